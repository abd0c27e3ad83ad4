//! The issuer's judgement of a cryptogram.

use payrig_keys::emv::Cvn;

use super::keys::IssuerKeys;
use super::request::ChipRequest;
use super::rules::ChipRules;
use crate::card::Card;
use crate::judge::{Refusal, refuse};
use crate::profile::MoneyCodes;

/// A cryptogram that is the card's: what the answer to it is made with.
#[derive(Clone)]
pub(crate) struct Verified {
    /// The card's keys.
    pub keys: IssuerKeys,
    pub version: Cvn,
    pub atc: [u8; 2],
    pub cryptogram: [u8; 8],
}

/// Recomputes the cryptogram with the card's key over the values of field 55 (EMV Book 2, 8.1), and holds its ATC to the last
/// one. `last` is the last ATC that came with a right cryptogram.
pub(crate) fn authenticate(
    card: &Card,
    last: Option<u16>,
    request: &ChipRequest,
    codes: &MoneyCodes,
) -> Result<Verified, Refusal> {
    let name = &card.name;
    let Some(chip) = &card.chip else {
        return refuse(&codes.card_unknown, format!("card {name} has no chip"));
    };
    let known = chip.sequence.as_ref().map(|digits| format!("0{digits}"));
    if request.sequence != known {
        let said = request.sequence.as_deref().unwrap_or("missing");
        let reason = format!("field 23 is {said}, card {name} has {}", known.as_deref().unwrap_or("none"));
        return refuse(&codes.card_unknown, reason);
    }
    if request.objects.value(0x84).is_some_and(|name| !name.starts_with(&chip.aid)) {
        return refuse(&codes.card_unknown, format!("tag 84 is not an application of card {name}"));
    }
    let issuer_data = request.objects.value(0x9F10).unwrap_or_default();
    if Cvn::of_issuer_data(issuer_data) != Some(chip.version) {
        let reason = format!(
            "tag 9F10 names another cryptogram version than the {:02X} of card {name}",
            chip.version.byte()
        );
        return refuse(&codes.cryptogram, reason);
    }
    let keys = chip.keys(&card.pan);
    let covered = chip.version.covered(|tag| request.objects.value(tag));
    let right =
        match keys.and_then(|keys| Ok((chip.version.cryptogram(&keys.ac, request.atc, &covered?)?, keys))) {
            Ok((right, keys)) if right == request.cryptogram => keys,
            Ok(_) => return refuse(&codes.cryptogram, format!("the ARQC is not the one of card {name}")),
            Err(error) => return refuse(&codes.cryptogram, error.to_string()),
        };
    let atc = u16::from_be_bytes(request.atc);
    if let Some(last) = last.filter(|last| atc <= *last) {
        let reason =
            format!("ATC {atc:04X} of card {name}, {last:04X} was there before: a cryptogram of old?");
        return refuse(&codes.cryptogram, reason);
    }
    Ok(Verified { keys: right, version: chip.version, atc: request.atc, cryptogram: request.cryptogram })
}

/// Whether the issuer approves what card and terminal found, the cryptogram being right.
pub(crate) fn permitted(request: &ChipRequest, rules: &ChipRules, codes: &MoneyCodes) -> Result<(), Refusal> {
    let results = Cvn::verification_results(request.objects.value(0x9F10).unwrap_or_default());
    // Bits 8 and 7 of byte 2: no second GENERATE AC yet; bits 6 and 5: the first one gave an ARQC.
    if !results.is_some_and(|[length, kinds, ..]| length == 3 && kinds & 0xF0 == 0xA0) {
        return refuse(&codes.cryptogram, "the CVR in tag 9F10 is not the one of an ARQC");
    }
    let tvr = request.tvr.iter().zip(rules.tvr_refused).any(|(said, refused)| said & refused != 0);
    if tvr {
        let reason = format!("the TVR is {}: the issuer declines that", hex::encode_upper(request.tvr));
        return refuse(&codes.cryptogram, reason);
    }
    Ok(())
}
