//! Whether what is wrong with a card shows: a fault that does nothing would have a terminal blamed for doing what is right.

use super::{
    Certified, EmvFault, IssuerAuthentication, Tag,
    data_objects::DataObjects,
    issued::IssuedApplication,
    record::Layout,
    tlv::{objects, tlv},
};

/// Data objects, with their values where those are known when the card is issued.
type Objects = Vec<(Tag, Option<Vec<u8>>)>;

/// What answers in template 80 have without their tags.
const UNTAGGED: [u16; 6] = [0x82, 0x94, 0x9F10, 0x9F26, 0x9F27, 0x9F36];

/// What of a card, or of one of its applications, a terminal gets to see.
#[derive(Default)]
pub(super) struct Shown {
    /// The templates that answers come in.
    templates: Vec<Tag>,
    /// What stands in the application's records.
    records: Objects,
    /// What stands in all other templates.
    inside: Objects,
    /// What GET DATA brings.
    data: Vec<Tag>,
    signs: bool,
    hears_issuer: bool,
}

impl Shown {
    /// What an application shows whose records are laid out like this. `right` are its data objects without anything wrong.
    pub(super) fn of(application: &IssuedApplication, layout: &Layout, right: &DataObjects) -> Self {
        let profile = &application.profile;
        let signs = profile.offline_authentication.signs();
        let combines = profile.offline_authentication == super::OfflineAuthentication::Cda;
        let mut inside = nested(&application.fci);
        let mut templates = vec![Tag(0x6F), Tag(0x70)];
        if profile.tagged {
            let known = [(Tag(0x82), application.aip.to_vec()), (Tag(0x94), application.afl.clone())];
            inside.extend(known.map(|(tag, value)| (tag, Some(value))));
        }
        if profile.tagged || combines {
            templates.push(Tag(0x77));
            inside.extend([0x9F10, 0x9F26, 0x9F27, 0x9F36].map(|tag| (Tag(tag), None)));
        }
        if signs && (profile.tagged || combines) {
            inside.push((Tag(0x9F4B), None));
        }
        if !profile.tagged {
            templates.push(Tag(0x80));
        }
        Self {
            templates,
            records: layout.tags().map(|tag| (tag, right.get(&tag).cloned())).collect(),
            inside,
            data: brought(profile, layout),
            signs,
            hears_issuer: profile.issuer_authentication != IssuerAuthentication::None,
        }
    }

    /// What a payment system directory shows.
    pub(super) fn of_directory(fci: &[u8], records: &[Vec<u8>]) -> Self {
        let inside = records.iter().map(Vec::as_slice).chain([fci]).flat_map(nested).collect();
        Self { templates: vec![Tag(0x6F), Tag(0x70)], inside, ..Self::default() }
    }

    /// Whether this fault can be seen here.
    fn shows(&self, fault: &EmvFault) -> bool {
        let stands = |tag: &Tag| self.records.iter().chain(&self.inside).any(|(known, _)| known == tag);
        let differs = |tag: &Tag, value: &[u8]| {
            let mut known = self.records.iter().chain(&self.inside).filter(|(known, _)| known == tag);
            known.any(|(_, known)| known.as_deref() != Some(value))
        };
        let recorded = |tag: Tag| self.records.iter().any(|(known, right)| *known == tag && right.is_some());
        match fault {
            EmvFault::Truncated(tag) => self.templates.contains(tag) || stands(tag),
            EmvFault::Missing(tag) => stands(tag) || self.data.contains(tag),
            EmvFault::Duplicate(tag) => recorded(*tag),
            EmvFault::Other { tag, value } => differs(tag, &value.0) || self.data.contains(tag),
            EmvFault::CaIndex(index) => recorded(Tag(0x8F)) && differs(&Tag(0x8F), &index.0),
            EmvFault::FlippedBit { of: Certified::SignedDynamicData, .. }
            | EmvFault::WrongHash(Certified::SignedDynamicData) => self.signs,
            EmvFault::FlippedBit { of, .. } | EmvFault::WrongHash(of) => recorded(of.tag()),
            EmvFault::RefusesArpc => self.hears_issuer,
            EmvFault::Status { nth, .. } => *nth > 0,
            _ => true,
        }
    }
}

/// The first of `faults` that shows nowhere, and why.
pub(super) fn idle(faults: &[EmvFault], card: &[Shown]) -> Option<(usize, String)> {
    let (nth, fault) =
        faults.iter().enumerate().find(|(_, fault)| !card.iter().any(|part| part.shows(fault)))?;
    let has = |tag: &Tag| {
        card.iter().flat_map(|part| part.records.iter().chain(&part.inside)).any(|(known, _)| known == tag)
    };
    let why = match fault {
        EmvFault::Other { tag, .. } if has(tag) => "the card has this value already",
        EmvFault::CaIndex(_) if has(&Tag(0x8F)) => "it is the card's own",
        EmvFault::Missing(tag) | EmvFault::Other { tag, .. } if UNTAGGED.contains(&tag.0) => {
            "the card's answers come in template 80, which has no tags; `tagged = true` has them in 77"
        }
        EmvFault::Missing(_) | EmvFault::Other { .. } => "the card has no such data object",
        EmvFault::Truncated(_) => "no answer of the card has it",
        EmvFault::Duplicate(_) => "no record of the card has it",
        EmvFault::RefusesArpc => "the card hears no issuer's answer",
        EmvFault::Status { .. } => "`nth` counts from 1",
        _ => "the card has none",
    };
    Some((nth, format!("`{}` does nothing: {why}", told(fault))))
}

/// As a profile says it; a value may be a card number.
fn told(fault: &EmvFault) -> String {
    match fault {
        EmvFault::Truncated(tag) => format!("truncated = \"{tag}\""),
        EmvFault::Missing(tag) => format!("missing = \"{tag}\""),
        EmvFault::Duplicate(tag) => format!("duplicate = \"{tag}\""),
        EmvFault::Other { tag, .. } => format!("other = {{ tag = \"{tag}\" }}"),
        EmvFault::CaIndex(index) => format!("ca-index = \"{:02X}\"", index.0[0]),
        EmvFault::FlippedBit { of, .. } => format!("flipped-bit = {{ of = \"{}\" }}", of.word()),
        EmvFault::WrongHash(of) => format!("wrong-hash = \"{}\"", of.word()),
        EmvFault::Status { nth, .. } => format!("status = {{ nth = {nth} }}"),
        _ => "refuses-arpc".to_owned(),
    }
}

/// What GET DATA brings where a terminal asks for it (EMV 4.3 Book 3, 6.5.7): PIN tries and balance of each card that has them, counters of
/// one whose limits they are compared with (10.6.3).
fn brought(profile: &super::ApplicationProfile, layout: &Layout) -> Vec<Tag> {
    let has_limit = layout.tags().any(|tag| matches!(tag.0, 0x9F14 | 0x9F23));
    let counters = [0x9F13, 0x9F36].into_iter().filter(|_| has_limit);
    let balance = profile.offline_balance.map(|_| 0x9F79);
    counters.chain([0x9F17]).chain(balance).map(Tag).collect()
}

/// All that stands in a template, at whatever depth.
fn nested(template: &[u8]) -> Objects {
    let outer = objects(template).unwrap_or_default();
    outer.into_iter().filter(|(tag, _)| tag.is_constructed()).flat_map(|(_, value)| within(value)).collect()
}

fn within(value: &[u8]) -> Objects {
    let found = objects(value).unwrap_or_default();
    let each = |(tag, value): (Tag, &[u8])| {
        let deeper = if tag.is_constructed() { nested(&tlv(tag, value)) } else { Vec::new() };
        [(tag, Some(value.to_vec()))].into_iter().chain(deeper)
    };
    found.into_iter().flat_map(each).collect()
}
