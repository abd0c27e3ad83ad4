//! What a chip record brings (INTERFACE.md, section 5).

use heapless::{String, Vec};

use super::record::{Entry, Record, hex_bytes, hex_up_to};
use super::record_key::{RecordKey, RecordKind};
use super::refusal::{Reason, Refusal};
use crate::chip_records::application::Application;
use crate::chip_records::ca_key::{CaKey, MODULUS, SHORTEST_MODULUS};
use crate::chip_records::exception;
use crate::chip_records::record::{ChipRecord, Issuer, Revocation};
use crate::crypto::keys::Key16;
use crate::money::card_number::CardNumber;

/// The lines of a modulus, in their order.
const MODULUS_LINES: [RecordKey; 6] = [
    RecordKey::CaModulus1,
    RecordKey::CaModulus2,
    RecordKey::CaModulus3,
    RecordKey::CaModulus4,
    RecordKey::CaModulus5,
    RecordKey::CaModulus6,
];
/// Bytes of a modulus on a line that another one follows.
const FULL_LINE: usize = 42;

/// Reads a chip record of a kind; an exception's card number is kept as this factory key marks it.
///
/// # Errors
/// R04, R03 where two values do not go together, R06 for a CA key.
pub(super) fn admit(
    record: &Record<'_>,
    kind: RecordKind,
    factory_key: &Key16,
) -> Result<ChipRecord, Refusal> {
    match kind {
        RecordKind::Calendar => {
            let year = record.require(RecordKey::Year)?;
            Ok(ChipRecord::Year(number(year)?))
        }
        RecordKind::Application => application(record).map(ChipRecord::Application),
        RecordKind::CaKey => ca_key(record).map(ChipRecord::CaKey),
        RecordKind::Revocation => Ok(ChipRecord::Revocation(Revocation {
            rid: array(record, RecordKey::RevokedRid)?,
            index: byte(record, RecordKey::RevokedIndex)?,
            serial: array(record, RecordKey::RevokedSerial)?,
        })),
        RecordKind::Issuer => {
            let bin = record.require(RecordKey::Bin)?;
            let name = record.require(RecordKey::Issuer)?;
            Ok(ChipRecord::Issuer(Issuer {
                bin: bin.value.try_into().map_err(|_| bad(bin))?,
                name: text(name).ok_or(bad(name))?,
            }))
        }
        RecordKind::Exception => {
            let entry = record.require(RecordKey::Exception)?;
            let number = core::str::from_utf8(entry.value).ok().and_then(CardNumber::new);
            Ok(ChipRecord::Exception(exception::mark(factory_key, &number.ok_or(bad(entry))?)))
        }
        // A factory record is read elsewhere.
        RecordKind::Erasure | RecordKind::Terminal => {
            record.require(RecordKey::Chip).map(|_| ChipRecord::Erasure)
        }
    }
}

fn application(record: &Record<'_>) -> Result<Application, Refusal> {
    let aid = record.require(RecordKey::Aid)?;
    let partial = record.require(RecordKey::AidMatch)?.value == b"partial";
    let version = array(record, RecordKey::AidVersion)?;
    let [tac_denial, tac_online, tac_default] =
        [RecordKey::AidTacDenial, RecordKey::AidTacOnline, RecordKey::AidTacDefault]
            .map(|key| array(record, key));
    let (tac_denial, tac_online, tac_default) = (tac_denial?, tac_online?, tac_default?);
    let floor = number(record.require(RecordKey::AidFloor)?)?;
    let threshold = record.require(RecordKey::AidThreshold)?;
    let target = number(record.require(RecordKey::AidTarget)?)?;
    let max_target = record.require(RecordKey::AidMaxTarget)?;
    let ddol = record.require(RecordKey::AidDdol)?;
    if number::<u64>(threshold)? > floor {
        return Err(bad(threshold));
    }
    if number::<u8>(max_target)? < target {
        return Err(bad(max_target));
    }
    Ok(Application {
        aid: bytes(aid)?,
        partial,
        version,
        tac_denial,
        tac_online,
        tac_default,
        floor,
        threshold: number(threshold)?,
        target,
        max_target: number(max_target)?,
        ddol: bytes(ddol)?,
        tdol: record.get(RecordKey::AidTdol).map_or(Ok(Vec::new()), bytes)?,
    })
}

fn ca_key(record: &Record<'_>) -> Result<CaKey, Refusal> {
    let rid = array(record, RecordKey::CaRid)?;
    let index = byte(record, RecordKey::CaIndex)?;
    let expiry = array(record, RecordKey::CaExpiry)?;
    let exponent = bytes(record.require(RecordKey::CaExponent)?)?;
    record.require(RecordKey::CaModulus1)?;
    let check = record.require(RecordKey::CaCheck)?;
    let key = CaKey { rid, index, expiry, exponent, modulus: modulus(record)? };
    match hex_bytes(check.value) {
        Some(stated) if key.check() == stated => Ok(key),
        _ => Err(Refusal::new(Reason::Kcv, check.line)),
    }
}

/// The modulus from its lines, of which all but the last are full and none is left out.
fn modulus(record: &Record<'_>) -> Result<Vec<u8, MODULUS>, Refusal> {
    let mut modulus = Vec::new();
    let last = MODULUS_LINES.iter().rposition(|key| record.get(*key).is_some()).unwrap_or(0);
    for (at, key) in MODULUS_LINES.iter().enumerate().take(last + 1) {
        let entry = record.require(*key)?;
        let part = bytes::<FULL_LINE>(entry)?;
        let is_whole = modulus.extend_from_slice(&part).is_ok();
        let is_full = at == last || part.len() == FULL_LINE;
        if !is_whole || !is_full || at == last && modulus.len() < SHORTEST_MODULUS {
            return Err(bad(entry));
        }
    }
    Ok(modulus)
}

fn bad(entry: Entry<'_>) -> Refusal {
    Refusal::new(Reason::BadValue, entry.line)
}

fn number<N: core::str::FromStr>(entry: Entry<'_>) -> Result<N, Refusal> {
    core::str::from_utf8(entry.value).ok().and_then(|digits| digits.parse().ok()).ok_or(bad(entry))
}

fn text<const N: usize>(entry: Entry<'_>) -> Option<String<N>> {
    String::try_from(core::str::from_utf8(entry.value).ok()?).ok()
}

fn bytes<const N: usize>(entry: Entry<'_>) -> Result<Vec<u8, N>, Refusal> {
    let bytes = hex_up_to(entry.value).and_then(|bytes| Vec::from_slice(&bytes).ok());
    bytes.ok_or(bad(entry))
}

fn array<const N: usize>(record: &Record<'_>, key: RecordKey) -> Result<[u8; N], Refusal> {
    let entry = record.require(key)?;
    hex_bytes(entry.value).ok_or(bad(entry))
}

fn byte(record: &Record<'_>, key: RecordKey) -> Result<u8, Refusal> {
    let [byte] = array(record, key)?;
    Ok(byte)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use std::format;
    use std::string::String;
    use std::vec::Vec;

    use crate::chip_records::exception;
    use crate::chip_records::record::ChipRecord;
    use crate::keystore::store::tests::factory;
    use crate::money::card_number::CardNumber;
    use crate::provisioning::admission::{Change, admit};
    use crate::provisioning::crc::crc16;
    use crate::provisioning::refusal::{Reason, Refusal};

    const APPLICATION: [&str; 12] = [
        "aid=A000000333010102",
        "aid-match=partial",
        "aid-version=0020",
        "aid-tac-denial=0010000000",
        "aid-tac-online=D84004F800",
        "aid-tac-default=d84000a800",
        "aid-floor=50000",
        "aid-threshold=10000",
        "aid-target=20",
        "aid-max-target=50",
        "aid-ddol=9F3704",
        "aid-tdol=9F0206",
    ];

    /// A record of these lines, which begin with line 2.
    pub(crate) fn record(lines: &[&str]) -> String {
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let body = format!("%PAYRIG-RECORD 1\n{lines}");
        format!("{body}%END {:04X}\n", crc16(body.as_bytes()))
    }

    fn judged(lines: &[&str]) -> Result<ChipRecord, Refusal> {
        match admit(record(lines).as_bytes(), Some(&factory())) {
            Ok(Change::Chip(record)) => Ok(record),
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => Err(refusal),
        }
    }

    fn refused(reason: Reason, line: u16) -> Result<ChipRecord, Refusal> {
        Err(Refusal::new(reason, line))
    }

    /// The lines of a CA key of so many bytes; its check sum by `sha1sum`.
    fn ca_key(bytes: usize, check: &str) -> Vec<String> {
        let digits = "A5".repeat(bytes);
        let mut lines: Vec<String> =
            ["ca-rid=A000000333", "ca-index=80", "ca-expiry=301231", "ca-exponent=03"]
                .map(String::from)
                .to_vec();
        for (part, number) in digits.as_bytes().chunks(84).zip(1..) {
            lines.push(format!("ca-modulus-{number}={}", core::str::from_utf8(part).unwrap()));
        }
        lines.push(format!("ca-check={check}"));
        lines
    }

    fn judged_lines(lines: &[String]) -> Result<ChipRecord, Refusal> {
        judged(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn an_application_has_its_parameters() {
        let Ok(ChipRecord::Application(application)) = judged(&APPLICATION) else { panic!() };
        assert_eq!(application.aid, [0xA0, 0, 0, 3, 0x33, 1, 1, 2]);
        assert!(application.partial);
        assert_eq!((application.version, application.tac_default), ([0, 0x20], [0xD8, 0x40, 0, 0xA8, 0]));
        assert_eq!((application.floor, application.threshold), (50_000, 10_000));
        assert_eq!((application.target, application.max_target), (20, 50));
        assert_eq!(
            (application.ddol.as_slice(), application.tdol.as_slice()),
            (&[0x9F, 0x37, 4][..], &[0x9F, 2, 6][..])
        );
        let mut backwards = APPLICATION;
        backwards.reverse();
        assert_eq!(judged(&backwards), Ok(ChipRecord::Application(application)));
        let Ok(ChipRecord::Application(without)) = judged(&APPLICATION[..11]) else { panic!() };
        assert!(without.tdol.is_empty());
    }

    #[rstest]
    #[case::threshold_above_the_floor("aid-floor=9999", Reason::BadValue, 9)]
    #[case::target_above_the_most("aid-max-target=19", Reason::BadValue, 11)]
    #[case::a_list_that_is_none("aid-ddol=9F37", Reason::BadValue, 12)]
    #[case::half_a_byte("aid=A00000033301010", Reason::BadValue, 2)]
    #[case::another_match("aid-match=longest", Reason::BadValue, 3)]
    fn an_application_that_cannot_be(#[case] line: &str, #[case] reason: Reason, #[case] at: u16) {
        let key = line.split('=').next().unwrap();
        let lines = APPLICATION.map(|known| if known.split('=').next() == Some(key) { line } else { known });
        assert_eq!(judged(&lines), refused(reason, at));
    }

    #[test]
    fn every_key_of_an_application_but_the_last_is_needed() {
        for left_out in 0..11 {
            let lines: Vec<_> = APPLICATION
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != left_out)
                .map(|(_, line)| *line)
                .collect();
            assert_eq!(judged(&lines), refused(Reason::KeyMissing, 13), "{left_out}");
        }
        // What is missing goes before what does not go together.
        assert_eq!(judged(&["aid-floor=0", "aid-threshold=1"]), refused(Reason::KeyMissing, 4));
    }

    #[rstest]
    #[case::shortest(64, "9F8E328CF7E17112442F77497ECA59F0A958ABC1")]
    #[case::two_full_lines(84, "04649763503250E97926A312B8D2D634E72804B2")]
    #[case::longest(248, "F21A3A0F97FE1F7615893C1B8FD0FF499EF2F02C")]
    fn a_ca_key_of_any_length_is_checked(#[case] bytes: usize, #[case] check: &str) {
        let Ok(ChipRecord::CaKey(key)) = judged_lines(&ca_key(bytes, check)) else { panic!() };
        assert_eq!((key.modulus.len(), key.exponent.as_slice(), key.index), (bytes, &[3][..], 0x80));
        let mut lines = ca_key(bytes, check);
        lines[1] = "ca-index=81".into();
        let last = u16::try_from(lines.len()).unwrap() + 1;
        assert_eq!(judged_lines(&lines), refused(Reason::Kcv, last));
    }

    #[test]
    fn a_modulus_has_no_gap_and_no_short_line_before_another() {
        let whole = ca_key(126, "0000000000000000000000000000000000000000");
        assert_eq!(judged_lines(&whole), refused(Reason::Kcv, 9));
        let mut gap = whole.clone();
        gap.remove(5);
        assert_eq!(judged_lines(&gap), refused(Reason::KeyMissing, 9));
        let mut short = whole;
        let length = short[5].len() - 2;
        short[5].truncate(length);
        assert_eq!(judged_lines(&short), refused(Reason::BadValue, 7));
        for (bytes, line) in [(63, 7), (249, 11)] {
            let lines = ca_key(bytes, "0000000000000000000000000000000000000000");
            assert_eq!(judged_lines(&lines), refused(Reason::BadValue, line), "{bytes}");
        }
    }

    #[test]
    fn the_other_kinds_are_taken() {
        assert_eq!(judged(&["year=26"]), Ok(ChipRecord::Year(26)));
        assert_eq!(judged(&["chip=erase"]), Ok(ChipRecord::Erasure));
        let revoked = judged(&["revoked-rid=A000000333", "revoked-index=80", "revoked-serial=0001f2"]);
        let Ok(ChipRecord::Revocation(revoked)) = revoked else { panic!("{revoked:?}") };
        assert_eq!((revoked.rid, revoked.index, revoked.serial), ([0xA0, 0, 0, 3, 0x33], 0x80, [0, 1, 0xF2]));
        let Ok(ChipRecord::Issuer(issuer)) = judged(&["bin=621234", "issuer=BANK OF TESTS"]) else {
            panic!()
        };
        assert_eq!((&issuer.bin, issuer.name.as_str()), (b"621234", "BANK OF TESTS"));
        let number = CardNumber::new("6212345678901232").unwrap();
        let mark = exception::mark(factory().factory_key(), &number);
        assert_eq!(judged(&["exception=6212345678901232"]), Ok(ChipRecord::Exception(mark)));
    }

    #[rstest]
    #[case::year("year=2026", Reason::BadValue, 2)]
    #[case::erasure("chip=all", Reason::BadValue, 2)]
    #[case::check_digit("exception=6212345678901233", Reason::BadValue, 2)]
    #[case::a_bin_alone("bin=621234", Reason::KeyMissing, 3)]
    #[case::twice("year=26\nyear=26", Reason::Twice, 3)]
    #[case::two_kinds("year=26\nbin=621234", Reason::UnknownKey, 3)]
    #[case::two_kinds_and_a_bad_value("year=26\nbin=6212", Reason::UnknownKey, 3)]
    #[case::with_a_terminal_s_key("exception=6212345678901232\ntries=3", Reason::UnknownKey, 3)]
    #[case::in_a_factory_record("tries=3\nyear=26", Reason::UnknownKey, 3)]
    #[case::in_a_key_record("tmk-kcv=00000000\nchip=erase", Reason::UnknownKey, 3)]
    fn what_is_refused(#[case] lines: &str, #[case] reason: Reason, #[case] line: u16) {
        let lines: Vec<_> = lines.split('\n').collect();
        assert_eq!(judged(&lines), refused(reason, line));
    }

    /// R09 goes before R04, R03 of a value before both.
    #[test]
    fn a_blank_terminal_takes_no_chip_record() {
        for lines in [&["year=26"][..], &["bin=621234"], &["aid-floor=0", "aid-threshold=1"]] {
            let refusal = admit(record(lines).as_bytes(), None).err();
            assert_eq!(refusal, Some(Refusal::new(Reason::NotProvisioned, 1)));
        }
        let refusal = admit(record(&["year=x"]).as_bytes(), None).err();
        assert_eq!(refusal, Some(Refusal::new(Reason::BadValue, 2)));
    }
}
