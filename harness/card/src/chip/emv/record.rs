//! Records of an application and the list that leads to them, 94 (EMV 4.3 Book 3, 10.2).

use std::collections::BTreeMap;

use super::{ApplicationProfile, EmvFault, Tag, data_objects::DataObjects, profile::place, tlv::tlv};

/// SFI and number.
pub(super) type Place = (u8, u8);
/// The longest record that an answer has room for.
const LONGEST: usize = 254;

/// Which data objects stand in which record, authenticated or not.
pub(super) struct Layout {
    places: BTreeMap<Place, Vec<Tag>>,
    authenticated: Vec<Place>,
}

impl Layout {
    /// The profile's, or the usual one. Data objects that the card has not are in neither.
    pub(super) fn of(application: &ApplicationProfile, objects: &DataObjects) -> Self {
        let authenticated = application.authenticated.iter().filter_map(|name| place(name)).collect();
        let own: BTreeMap<_, _> = application
            .records
            .iter()
            .filter_map(|(name, tags)| Some((place(name)?, present(tags, objects))))
            .collect();
        let places = if own.is_empty() { usual(objects) } else { own };
        let places = places.into_iter().filter(|(_, tags)| !tags.is_empty()).collect();
        Self { places, authenticated }
    }

    /// The content of each record, without its template.
    pub(super) fn bodies(&self, objects: &DataObjects, faults: &[EmvFault]) -> BTreeMap<Place, Vec<u8>> {
        let first = self.places.keys().next().copied();
        let body = |place: &Place, tags: &Vec<Tag>| {
            let mut body: Vec<u8> =
                tags.iter().flat_map(|tag| spelled(*tag, objects.get(tag), faults)).collect();
            if Some(*place) == first && faults.contains(&EmvFault::UnknownTags) {
                body.extend(unknown());
            }
            body
        };
        self.places.iter().map(|(place, tags)| (*place, body(place, tags))).collect()
    }

    /// What stands in the records.
    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        self.places.values().flatten().copied()
    }

    /// 94: runs of records, those that are authenticated first in each.
    pub(super) fn locator(&self) -> Vec<u8> {
        let mut runs: Vec<[u8; 4]> = Vec::new();
        for (sfi, number) in self.places.keys().copied() {
            let signed = self.authenticated.contains(&(sfi, number));
            match runs.last_mut() {
                Some([run, first, last, many])
                    if *run == sfi << 3
                        && last.checked_add(1) == Some(number)
                        && (!signed || last.wrapping_sub(*first).wrapping_add(1) == *many) =>
                {
                    *last = number;
                    *many += u8::from(signed);
                }
                _ => runs.push([sfi << 3, number, number, signed.into()]),
            }
        }
        runs.concat()
    }

    /// What is authenticated offline: those records, and the AIP where 9F4A asks for it (Book 3, 10.3).
    pub(super) fn static_data(
        &self,
        bodies: &BTreeMap<Place, Vec<u8>>,
        objects: &DataObjects,
        aip: [u8; 2],
        faults: &[EmvFault],
    ) -> Vec<u8> {
        let signed = bodies.iter().filter(|(place, _)| self.authenticated.contains(place));
        // Above SFI 10 the template is signed as well; whatever else is in the answer is in any case.
        let parts = signed.map(|((sfi, _), body)| if *sfi <= 10 { body.clone() } else { record(body) });
        let mut data: Vec<u8> = parts.flat_map(|part| [part.as_slice(), filling(faults)].concat()).collect();
        if objects.contains_key(&Tag(0x9F4A)) {
            data.extend(aip);
        }
        data
    }
}

/// A record: template 70.
pub(super) fn record(body: &[u8]) -> Vec<u8> {
    tlv(Tag(0x70), body)
}

/// What stands behind each record.
pub(super) fn filling(faults: &[EmvFault]) -> &'static [u8] {
    if faults.contains(&EmvFault::ZerosBehindRecords) { &[0, 0] } else { &[] }
}

/// A data object that no terminal knows.
pub(super) fn unknown() -> Vec<u8> {
    tlv(Tag(0xDF2A), &[0x01, 0x02, 0x03])
}

/// The first record that is longer than an answer.
pub(super) fn too_long(bodies: &BTreeMap<Place, Vec<u8>>) -> Option<String> {
    let (sfi, number, length) = bodies
        .iter()
        .map(|((sfi, number), body)| (sfi, number, record(body).len()))
        .find(|(.., n)| *n > LONGEST)?;
    Some(format!(
        "record {sfi}.{number} has {length} bytes, expected at most {LONGEST}: move tags to another one"
    ))
}

fn spelled(tag: Tag, value: Option<&Vec<u8>>, faults: &[EmvFault]) -> Vec<u8> {
    let Some(value) = value else { return Vec::new() };
    let once = tlv(tag, value);
    let times = faults.iter().map(|fault| match fault {
        EmvFault::Missing(missing) if *missing == tag => -1,
        EmvFault::Duplicate(twice) if *twice == tag => 1,
        _ => 0,
    });
    once.repeat(usize::try_from(times.fold(1, |all: i32, more| all + more)).unwrap_or_default())
}

fn present(tags: &[Tag], objects: &DataObjects) -> Vec<Tag> {
    tags.iter().copied().filter(|tag| objects.contains_key(tag)).collect()
}

/// Track and name; what is signed; what the terminal shall ask and check; the keys, in as many records as they need.
fn usual(objects: &DataObjects) -> BTreeMap<Place, Vec<Tag>> {
    const FIRST: [&[u16]; 2] = [
        &[0x57, 0x5F20],
        &[
            0x5A, 0x5F34, 0x5F24, 0x5F25, 0x5F28, 0x5F30, 0x9F07, 0x8E, 0x9F0D, 0x9F0E, 0x9F0F, 0x9F42,
            0x9F44, 0x9F4A,
        ],
    ];
    const SECOND: [&[u16]; 7] = [
        &[0x8C, 0x8D, 0x9F08, 0x9F49, 0x9F14, 0x9F23],
        &[0x8F, 0x92, 0x9F32],
        &[0x90],
        &[0x93],
        &[0x9F46],
        &[0x9F47, 0x9F48],
        &[0x9F2D, 0x9F2E, 0x9F2F],
    ];
    let tags = |tags: &&[u16]| present(&tags.iter().copied().map(Tag).collect::<Vec<_>>(), objects);
    let numbered = |sfi: u8, records: Vec<Vec<Tag>>| {
        let records = records.into_iter().filter(|tags| !tags.is_empty());
        (1..).zip(records).map(move |(number, tags)| ((sfi, number), tags)).collect::<Vec<_>>()
    };
    let first = numbered(1, FIRST.iter().map(tags).collect());
    let second = numbered(2, SECOND.iter().map(tags).collect());
    first.into_iter().chain(second).collect()
}
