//! Issuing a card: its keys are derived, its records laid out and signed.

use payrig_fixture::FixtureError;
use payrig_keys::{
    CertificateError, DesKey, KeyCertificate, RsaKey, icc_certificate, issuer_certificate, pin_certificate,
    signed_static_data,
};

use super::{
    ApplicationProfile, CardProfile, Certified, ChipKeys, CryptogramVersion, EmvFault, IssuedCard,
    IssuerAuthentication, OfflineAuthentication, Tag,
    data_objects::{DataObjects, data_objects, packed},
    effect::{Shown, idle},
    issued::{CardKeys, IssuedApplication},
    obstacle::Obstacle,
    record::{Layout, filling, record, too_long, unknown},
    select::directory_information,
    spoil::spoiled_signature,
    tlv::tlv,
};

/// What an issuer puts on each card; which it is does not matter.
const AUTHENTICATION_CODE: [u8; 2] = [0xDA, 0xC1];

impl CardProfile {
    /// Issues the card with the keys of its key files, with its own faults and these.
    ///
    /// # Errors
    /// [`FixtureError`]: a key file that cannot be used, keys and data that do not fit, or a fault that does nothing on this card.
    pub fn issue(&self, faults: &[EmvFault]) -> Result<IssuedCard, FixtureError> {
        self.issue_with(&self.keys()?, faults)
    }

    /// The same with keys that are at hand.
    ///
    /// # Errors
    /// As [`CardProfile::issue`].
    pub fn issue_with(&self, keys: &ChipKeys, faults: &[EmvFault]) -> Result<IssuedCard, FixtureError> {
        let faults: Vec<_> = self.faults.iter().chain(faults).cloned().collect();
        let mut applications = Vec::new();
        let mut shown = Vec::new();
        for (name, application) in &self.application {
            let issued = Issuing { card: self, application, keys, faults: &faults }.issue();
            let (issued, own) = issued.map_err(|obstacle| self.wrong(&obstacle.of_application(name)))?;
            applications.push(issued);
            shown.push(own);
        }
        let directory: Vec<_> =
            applications.iter().map(|application| directory_record(&application.profile)).collect();
        if self.pse {
            shown.push(Shown::of_directory(&directory_information(), &directory));
        }
        if let Some((nth, why)) = idle(&faults, &shown) {
            let own = nth < self.faults.len();
            let obstacle = if own { Obstacle::at(["faults"], why) } else { Obstacle::at([], why) };
            return Err(self.wrong(&obstacle));
        }
        Ok(IssuedCard { profile: self.clone(), faults, applications, directory })
    }
}

struct Issuing<'a> {
    card: &'a CardProfile,
    application: &'a ApplicationProfile,
    keys: &'a ChipKeys,
    faults: &'a [EmvFault],
}

impl Issuing<'_> {
    /// The application, and what of it a terminal sees.
    fn issue(&self) -> Result<(IssuedApplication, Shown), Obstacle> {
        let mut application = self.application.clone();
        ask_for_issuer(&mut application);
        let mut right = data_objects(self.card, &application);
        let mut objects = right.clone();
        self.put_wrong_values(&mut objects);
        let aip = interchange_profile(&application);
        let signed = Layout::of(&application, &objects);
        let bodies = signed.bodies(&objects, self.faults);
        let static_data = signed.static_data(&bodies, &objects, aip, self.faults);
        let before = objects.clone();
        self.certify(&mut objects, &static_data)?;
        let certified = objects.iter().filter(|(tag, value)| before.get(tag) != Some(*value));
        right.extend(certified.map(|(tag, value)| (*tag, value.clone())));
        self.put_wrong_values(&mut objects);
        let layout = Layout::of(&application, &objects);
        let bodies = layout.bodies(&objects, self.faults);
        if layout.static_data(&bodies, &objects, aip, self.faults) != static_data {
            let message = "a record with keys or certificates cannot be authenticated itself";
            return Err(Obstacle::at(["authenticated"], message));
        }
        too_long(&bodies).map_or(Ok(()), |message| Err(Obstacle::at(["records"], message)))?;
        let (icc, pin) = self.own_keys()?;
        let issued = IssuedApplication {
            fci: control_information(&application, self.faults),
            aip,
            afl: layout.locator(),
            records: bodies
                .iter()
                .map(|(place, body)| (*place, [&record(body), filling(self.faults)].concat()))
                .collect(),
            keys: self.symmetric_keys()?,
            icc,
            pin,
            profile: application,
        };
        let shown = Shown::of(&issued, &layout, &right);
        Ok((issued, shown))
    }

    fn put_wrong_values(&self, objects: &mut DataObjects) {
        for fault in self.faults {
            match fault {
                EmvFault::CaIndex(index) if objects.contains_key(&Tag(0x8F)) => {
                    objects.insert(Tag(0x8F), index.0.to_vec());
                }
                EmvFault::Other { tag, value } => {
                    objects.insert(*tag, value.0.clone());
                }
                _ => {}
            }
        }
    }

    /// Certificates and signatures, and what a terminal needs to check them.
    fn certify(&self, objects: &mut DataObjects, static_data: &[u8]) -> Result<(), Obstacle> {
        let method = self.application.offline_authentication;
        if method == OfflineAuthentication::None && self.application.keys.pin.is_none() {
            return Ok(());
        }
        let no_issuer = |message| Obstacle::at(["keys", "issuer"], message);
        let issuer = self.keys.issuer(&self.application.keys.issuer).map_err(no_issuer)?;
        let ca = self.keys.ca(&issuer.ca).map_err(no_issuer)?;
        objects.insert(Tag(0x8F), vec![ca.key.index]);
        let certified = issuer_certificate(&ca.key.key, &issuer.key, self.identifier(), issuer.holder);
        put_key(objects, [0x90, 0x92, 0x9F32], certified).map_err(no_issuer)?;
        let pan = self.card.account.pan();
        if method == OfflineAuthentication::Sda {
            let signed = signed_static_data(&issuer.key, AUTHENTICATION_CODE, static_data);
            objects.insert(Tag(0x93), signed.map_err(told).map_err(no_issuer)?);
        }
        if let Some(name) = self.application.keys.icc.as_ref().filter(|_| method.signs()) {
            let no_key = |message| Obstacle::at(["keys", "icc"], message);
            let icc = self.keys.icc(name).map_err(no_key)?;
            let certified = icc_certificate(&issuer.key, &icc.key, pan, icc.holder, static_data);
            put_key(objects, [0x9F46, 0x9F48, 0x9F47], certified).map_err(no_key)?;
        }
        if let Some(name) = &self.application.keys.pin {
            let no_key = |message| Obstacle::at(["keys", "pin"], message);
            let pin = self.keys.icc(name).map_err(no_key)?;
            let certified = pin_certificate(&issuer.key, &pin.key, pan, pin.holder);
            put_key(objects, [0x9F2D, 0x9F2F, 0x9F2E], certified).map_err(no_key)?;
        }
        let signers = [
            (Certified::IssuerCertificate, &ca.key.key),
            (Certified::IccCertificate, &issuer.key),
            (Certified::PinCertificate, &issuer.key),
            (Certified::SignedStaticData, &issuer.key),
        ];
        for (which, key) in signers {
            if let Some(value) = objects.get_mut(&which.tag()) {
                let signed = std::mem::take(value);
                *value = spoiled_signature(self.faults, which, key, signed)
                    .map_err(|error| no_issuer(error.to_string()))?;
            }
        }
        Ok(())
    }

    /// The first eight digits of the card number.
    fn identifier(&self) -> [u8; 4] {
        packed(self.card.account.pan()).first_chunk().copied().unwrap_or_default()
    }

    /// The card's key for signatures, and the one for PINs, which is the same where it has none for that alone.
    fn own_keys(&self) -> Result<(Option<RsaKey>, Option<RsaKey>), Obstacle> {
        let key = |of: &str, name: &Option<String>| {
            let key = name.as_ref().map(|name| self.keys.icc(name).map(|entry| entry.key.clone()));
            key.transpose().map_err(|message| Obstacle::at(["keys", of], message))
        };
        let signs = self.application.offline_authentication.signs();
        let icc = key("icc", &self.application.keys.icc)?.filter(|_| signs);
        if signs && icc.is_none() {
            return Err(Obstacle::at(["keys"], "expected `icc` among its keys, for DDA and CDA"));
        }
        let pin = key("pin", &self.application.keys.pin)?.or_else(|| icc.clone());
        Ok((icc, pin))
    }

    fn symmetric_keys(&self) -> Result<CardKeys, Obstacle> {
        let names = &self.application.keys;
        Ok(CardKeys {
            cryptograms: self.own_key("cryptograms", &names.cryptograms)?,
            script_macs: self.own_key("script-macs", &names.script_macs)?,
            script_data: self.own_key("script-data", &names.script_data)?,
        })
    }

    /// The card's own key from the issuer's of this name.
    fn own_key(&self, of: &str, name: &str) -> Result<DesKey, Obstacle> {
        let wrong = |message: String| Obstacle::at(["keys", of], message);
        let account = &self.card.account;
        let issuer = &self.keys.master(name).map_err(wrong)?.key;
        let derivation = self.application.key_derivation();
        let own = derivation.master_key(issuer, account.pan(), account.sequence().unwrap_or("00"));
        own.map_err(|e| wrong(e.to_string()))
    }
}

fn told(error: CertificateError) -> String {
    error.to_string()
}

fn put_key(
    objects: &mut DataObjects,
    [certificate, remainder, exponent]: [u16; 3],
    certified: Result<KeyCertificate, CertificateError>,
) -> Result<(), String> {
    let certified = certified.map_err(told)?;
    objects.insert(Tag(certificate), certified.certificate);
    objects.insert(Tag(exponent), certified.exponent);
    if !certified.remainder.is_empty() {
        objects.insert(Tag(remainder), certified.remainder);
    }
    Ok(())
}

/// Adds to CDOL2 what the issuer's authentication needs there.
fn ask_for_issuer(application: &mut ApplicationProfile) {
    let asked = application.issuer_authentication == IssuerAuthentication::SecondGenerateAc;
    if asked && !application.cdol2.0.iter().any(|(tag, _)| *tag == Tag(0x91)) {
        let length = if application.cryptogram == CryptogramVersion::Cvn18 { 8 } else { 10 };
        application.cdol2.0.push((Tag(0x91), length));
    }
}

/// 82 (Book 3, annex C1). Terminal risk management is always asked for.
fn interchange_profile(application: &ApplicationProfile) -> [u8; 2] {
    let method = match application.offline_authentication {
        OfflineAuthentication::None => 0x00,
        OfflineAuthentication::Sda => 0x40,
        OfflineAuthentication::Dda => 0x20,
        OfflineAuthentication::Cda => 0x21,
    };
    let holder = if application.cvm.is_some() { 0x10 } else { 0 };
    let external = application.issuer_authentication == IssuerAuthentication::ExternalAuthenticate;
    [method | holder | 0x08 | if external { 0x04 } else { 0 }, 0x00]
}

/// Label, priority and preferred name, as FCI and directory have them.
fn names(application: &ApplicationProfile) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let label = tlv(Tag(0x50), application.label.as_bytes());
    let confirm = if application.confirm { 0x80 } else { 0 };
    let priority = match (application.priority, confirm) {
        (None, 0) => Vec::new(),
        (priority, confirm) => tlv(Tag(0x87), &[confirm | priority.unwrap_or_default()]),
    };
    let preferred = application.preferred_name.as_ref();
    (label, priority, preferred.map_or_else(Vec::new, |name| tlv(Tag(0x9F12), name.as_bytes())))
}

/// 6F (Book 1, 11.3.4).
fn control_information(application: &ApplicationProfile, faults: &[EmvFault]) -> Vec<u8> {
    let (label, priority, preferred) = names(application);
    let mut own = [label, priority].concat();
    if let Some(pdol) = &application.pdol {
        own.extend(tlv(Tag(0x9F38), &pdol.bytes()));
    }
    if let Some(language) = &application.language {
        own.extend(tlv(Tag(0x5F2D), language.as_bytes()));
    }
    if !preferred.is_empty() {
        own.extend(tlv(Tag(0x9F11), &[1]));
        own.extend(preferred);
    }
    if faults.contains(&EmvFault::UnknownTags) {
        own.extend(unknown());
    }
    let name = tlv(Tag(0x84), &application.aid.0);
    tlv(Tag(0x6F), &[name, tlv(Tag(0xA5), &own)].concat())
}

/// A record of the directory: 70 with one entry, 61 (Book 1, 12.2.3).
fn directory_record(application: &ApplicationProfile) -> Vec<u8> {
    let (label, priority, preferred) = names(application);
    let entry = [tlv(Tag(0x4F), &application.aid.0), label, preferred, priority].concat();
    record(&tlv(Tag(0x61), &entry))
}
