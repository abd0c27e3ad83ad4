//! The values of a card's data objects, as they follow from its profile.

use std::collections::BTreeMap;

use super::{Account, ApplicationProfile, CardProfile, HexBytes, OfflineAuthentication, Tag};

/// Values by tag.
pub(super) type DataObjects = BTreeMap<Tag, Vec<u8>>;

/// Everything but certificates and signatures. The profile's own values go before what follows from it.
pub(super) fn data_objects(card: &CardProfile, application: &ApplicationProfile) -> DataObjects {
    let mut objects = DataObjects::new();
    account(&mut objects, &card.account);
    application_data(&mut objects, application);
    for (tag, HexBytes(value)) in &application.data {
        if let Ok(tag) = tag.parse() {
            objects.insert(tag, value.clone());
        }
    }
    objects
}

fn account(objects: &mut DataObjects, account: &Account) {
    let mut put = |tag, value: Vec<u8>| objects.insert(Tag(tag), value);
    put(0x57, packed(&account.track_2()));
    put(0x5A, packed(account.pan()));
    put(0x5F20, account.holder.clone().into_bytes());
    put(0x5F24, packed(&last_day(account.expiry())));
    put(0x5F30, packed(&format!("0{}", account.service_code())));
    if let Some(sequence) = account.sequence() {
        put(0x5F34, packed(sequence));
    }
}

fn application_data(objects: &mut DataObjects, application: &ApplicationProfile) {
    let mut put = |tag, value: Vec<u8>| objects.insert(Tag(tag), value);
    put(0x5F25, application.effective.0.to_vec());
    put(0x5F28, application.country.0.to_vec());
    put(0x8C, application.cdol1.bytes());
    put(0x8D, application.cdol2.bytes());
    put(0x9F07, application.usage.0.to_vec());
    put(0x9F08, application.version.0.to_vec());
    put(0x9F0D, application.iac_default.0.to_vec());
    put(0x9F0E, application.iac_denial.0.to_vec());
    put(0x9F0F, application.iac_online.0.to_vec());
    put(0x9F42, application.currency.0.to_vec());
    put(0x9F44, vec![2]);
    if let Some(cvm) = &application.cvm {
        put(0x8E, cvm.bytes());
    }
    if let Some(limit) = application.lower_limit {
        put(0x9F14, vec![limit]);
    }
    if let Some(limit) = application.upper_limit {
        put(0x9F23, vec![limit]);
    }
    if application.offline_authentication != OfflineAuthentication::None {
        put(0x9F4A, vec![0x82]);
    }
    if application.offline_authentication.signs() {
        put(0x9F49, application.ddol.bytes());
    }
}

/// Digits and `D` as half bytes, filled up with `F`.
pub(super) fn packed(digits: &str) -> Vec<u8> {
    let filled = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("{digits}F") };
    hex::decode(zeroize::Zeroizing::new(filled).as_bytes()).unwrap_or_default()
}

/// YYMM as YYMMDD. Every fourth year of this century has a day more.
fn last_day(expiry: &str) -> String {
    let part = |range: std::ops::Range<usize>| {
        expiry.get(range).and_then(|text| text.parse::<u8>().ok()).unwrap_or_default()
    };
    let day = match (part(2..4), part(0..2)) {
        (2, year) if year.is_multiple_of(4) => 29,
        (2, _) => 28,
        (4 | 6 | 9 | 11, _) => 30,
        _ => 31,
    };
    format!("{expiry}{day}")
}
