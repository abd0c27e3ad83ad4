//! What the issuer sends to its card: field 55 of an answer (INTERFACE.md, section 21, online).

use super::tag::Tag;
use super::tlv::Objects;

/// Scripts of an answer, at most.
pub(super) const SCRIPTS: usize = 5;

/// An answer's field 55. Tags that the terminal does not know are passed over.
#[derive(Clone, Default)]
pub(super) struct IssuerAnswer<'a> {
    /// 91.
    pub(super) authentication: Option<&'a [u8]>,
    objects: Option<Objects<'a>>,
}

impl<'a> IssuerAnswer<'a> {
    /// A field that cannot be decoded counts as none.
    pub(super) fn read(field: &'a [u8]) -> Self {
        Self::decode(field).unwrap_or_default()
    }

    fn decode(field: &'a [u8]) -> Option<Self> {
        let objects = Objects::of(field);
        let mut scripts = 0;
        for object in objects.clone() {
            scripts += usize::from(matches!(object.ok()?.tag, Tag::SCRIPT_1 | Tag::SCRIPT_2));
        }
        let authentication = objects.find(Tag::ISSUER_AUTHENTICATION).ok()?;
        let is_right = authentication.is_none_or(|value| (8..=16).contains(&value.len()));
        (is_right && scripts <= SCRIPTS).then_some(Self { authentication, objects: Some(objects) })
    }

    /// The scripts of a kind, 71 or 72.
    pub(super) fn scripts(&self, kind: Tag) -> impl Iterator<Item = Objects<'a>> {
        let objects = self.objects.clone().into_iter().flatten().filter_map(Result::ok);
        objects.filter(move |object| object.tag == kind).map(|object| Objects::of(object.value))
    }
}
