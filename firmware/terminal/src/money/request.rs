//! The requests of transactions and reversals (INTERFACE.md, section 12).

use core::fmt::Write;

use heapless::{String, Vec};

use super::chip_data;
use super::chip_fields::ChipFields;
use super::entry_mode::EntryMode;
use super::kind::Kind;
use super::order::{Order, What};
use crate::batch::card_seal::Card;
use crate::batch::entry::{Entry, Id, Original};
use crate::crypto::mac::mac;
use crate::crypto::pin_block::{PinBlock, pin_block};
use crate::crypto::track;
use crate::crypto::working_keys::{CipherKey, PinKey, TrackKey, WorkingKeys};
use crate::iso8583::frame::{MESSAGE_AT, REQUEST};
use crate::iso8583::six_digits::six_digits;
use crate::iso8583::writer::{EncodeError, Writer};
use crate::parameters::Parameters;
use crate::stripe::tracks::Tracks;

const TRANSACTION: [u8; 2] = [0x02, 0x00];
const REVERSAL: [u8; 2] = [0x04, 0x00];
/// Bytes of field 64.
const MAC: usize = 8;
/// Field 25: normal.
const CONDITION: &[u8] = b"00";
/// Field 26: digits of the longest PIN.
const PIN_CAPTURE: &[u8] = b"12";
/// Field 49: yuan.
const CURRENCY: &[u8] = b"156";
/// Field 52 where the PIN block is in field 62.
const ELSEWHERE: [u8; 8] = [0; 8];

/// What a card brought for its request besides number and expiry.
#[derive(Clone, Copy)]
pub(crate) enum Brought<'a> {
    /// Nothing: typed, or a void.
    Nothing,
    /// The tracks of its stripe.
    Tracks(&'a Tracks),
    /// What its chip said.
    Chip(&'a ChipFields<'a>),
}

/// Writes a transaction's request.
///
/// # Errors
/// When a parameter cannot be sent, which no provisioning record can bring about; when a chip's field 55 or track 2 is too
/// long, or there is anything but digits and `D` in the latter.
pub(crate) fn transaction(
    order: &Order,
    brought: Brought<'_>,
    id: Id,
    parameters: &Parameters,
    keys: &WorkingKeys,
) -> Result<Vec<u8, REQUEST>, EncodeError> {
    let number = order.card.number.digits().as_bytes();
    let mut writer = Writer::new(&parameters.tpdu, TRANSACTION)?;
    writer.put(2, number)?;
    writer.put(3, order.kind().processing_code())?;
    if let Some(amount) = order.amount() {
        writer.put(4, amount.digits().as_bytes())?;
    }
    writer.put(11, six_digits(id.stan).as_bytes())?;
    writer.put(14, &order.card.expiry)?;
    writer.put(22, order.mode.field_22(order.pin.is_some()))?;
    if let Brought::Chip(chip) = brought {
        put_sequence(&mut writer, chip.sequence)?;
    }
    writer.put(25, CONDITION)?;
    if order.pin.is_some() {
        writer.put(26, PIN_CAPTURE)?;
    }
    match brought {
        Brought::Nothing => {}
        Brought::Tracks(tracks) => {
            put_track(&mut writer, 35, tracks.two.characters(), keys)?;
            put_track(&mut writer, 36, tracks.three.characters(), keys)?;
        }
        Brought::Chip(chip) => put_track(&mut writer, 35, chip.track_2, keys)?,
    }
    if let What::Void(sale) = &order.what
        && let Some(approval) = &sale.approval
    {
        writer.put(37, &approval.reference)?;
        put_authorisation(&mut writer, approval.authorisation)?;
    }
    put_parties(&mut writer, parameters)?;
    let block = order.pin.as_ref().map(|pin| pin_block(&keys.pik, pin.digits(), number));
    if let Some(block) = block {
        let field_52 = if let PinBlock::Des(block) = block { block } else { ELSEWHERE };
        writer.put(52, &field_52)?;
    }
    let encrypted_under = keys.tdk.as_ref().filter(|_| !matches!(brought, Brought::Nothing));
    if let Some(control) = security_control(block.map(|_| &keys.pik), encrypted_under) {
        writer.put(53, &control)?;
    }
    if let Brought::Chip(chip) = brought {
        writer.put(55, chip.data)?;
    }
    put_batch(&mut writer, order.kind(), id.batch, order.mode, order.original())?;
    if let Some(PinBlock::Sm4(block)) = block {
        writer.put(62, &block)?;
    }
    sealed(writer, keys)
}

/// Writes the reversal of a record. The MAK is the one in force now, whatever it was then.
///
/// # Errors
/// When a parameter cannot be sent, which no provisioning record can bring about.
pub(crate) fn reversal(
    entry: &Entry,
    card: &Card,
    serial: &[u8; 16],
    parameters: &Parameters,
    keys: &WorkingKeys,
) -> Result<Vec<u8, REQUEST>, EncodeError> {
    let mut writer = Writer::new(&parameters.tpdu, REVERSAL)?;
    writer.put(2, card.number.digits().as_bytes())?;
    writer.put(3, entry.kind().processing_code())?;
    writer.put(4, entry.amount.digits().as_bytes())?;
    writer.put(11, six_digits(entry.id.stan).as_bytes())?;
    writer.put(14, &card.expiry)?;
    writer.put(22, entry.mode.field_22(entry.with_pin))?;
    put_sequence(&mut writer, entry.chip.as_ref().and_then(|chip| chip.sequence))?;
    writer.put(25, CONDITION)?;
    put_authorisation(&mut writer, entry.original.and_then(|original| original.authorisation))?;
    writer.put(39, entry.reason.code())?;
    put_parties(&mut writer, parameters)?;
    if let Some(chip) = &entry.chip {
        writer.put(55, &chip_data::of_reversal(chip, serial))?;
    }
    put_batch(&mut writer, entry.kind(), entry.id.batch, entry.mode, entry.original)?;
    sealed(writer, keys)
}

pub(super) type Request = Writer<REQUEST>;

/// Field 53: the PIN block's format, which is one with the card number; the algorithm, which is DES, double-length 3DES or
/// SM4; whether tracks are encrypted. Nothing where there is neither a PIN nor an encrypted track.
fn security_control(pik: Option<&PinKey>, tdk: Option<&TrackKey>) -> Option<[u8; 16]> {
    let algorithm = match pik.map(PinKey::cipher).or(tdk.map(TrackKey::cipher))? {
        CipherKey::Des(_) => b'0',
        CipherKey::TripleDes(_) => b'6',
        CipherKey::Sm4(_) => b'3',
    };
    let mut control = [b'0'; 16];
    let format = if pik.is_some() { b'2' } else { b'0' };
    let encrypted = if tdk.is_some() { b'1' } else { b'0' };
    for (place, digit) in control.iter_mut().zip([format, algorithm, encrypted]) {
        *place = digit;
    }
    Some(control)
}

/// A track that was read, encrypted where there is a key for it.
fn put_track(writer: &mut Request, field: u8, track: &[u8], keys: &WorkingKeys) -> Result<(), EncodeError> {
    match &keys.tdk {
        _ if track.is_empty() => Ok(()),
        None => writer.put(field, track),
        Some(tdk) => {
            let encrypted = track::encrypt(tdk, track).ok_or(EncodeError::Length(field))?;
            writer.put(field, &encrypted)
        }
    }
}

fn put_authorisation(writer: &mut Request, authorisation: Option<[u8; 6]>) -> Result<(), EncodeError> {
    authorisation.map_or(Ok(()), |authorisation| writer.put(38, &authorisation))
}

pub(super) fn put_parties(writer: &mut Request, parameters: &Parameters) -> Result<(), EncodeError> {
    writer.put(41, &parameters.terminal_id)?;
    writer.put(42, &parameters.merchant_id)?;
    writer.put(49, CURRENCY)
}

/// Field 23, where the card has a sequence number.
pub(super) fn put_sequence(writer: &mut Request, sequence: Option<u8>) -> Result<(), EncodeError> {
    let Some(sequence) = sequence else { return Ok(()) };
    let mut digits = String::<3>::new();
    let _ = write!(digits, "{sequence:03}");
    writer.put(23, digits.as_bytes())
}

/// Fields 60 and 61. How the card came is said of a sale or balance alone.
fn put_batch(
    writer: &mut Request,
    kind: Kind,
    batch: u32,
    mode: EntryMode,
    original: Option<Original>,
) -> Result<(), EncodeError> {
    let end = if kind == Kind::Void { "" } else { mode.field_60_end() };
    let mut field = String::<17>::new();
    let _ = write!(field, "{}{}000{end}", kind.message_type(), six_digits(batch));
    writer.put(60, field.as_bytes())?;
    let Some(Original { id, at, .. }) = original else { return Ok(()) };
    put_original(writer, id, &at.month_and_day())
}

/// Field 61: batch, STAN and date, MMDD, of a sale.
pub(super) fn put_original(writer: &mut Request, id: Id, date: &str) -> Result<(), EncodeError> {
    let mut field = String::<29>::new();
    let _ = write!(field, "{}{}{date}", six_digits(id.batch), six_digits(id.stan));
    writer.put(61, field.as_bytes())
}

/// Closes a message with its MAC.
pub(super) fn sealed(mut writer: Request, keys: &WorkingKeys) -> Result<Vec<u8, REQUEST>, EncodeError> {
    writer.put(64, &[0; MAC])?;
    let mut frame = writer.finish()?;
    let end = frame.len() - MAC;
    let (covered, field) = frame.split_at_mut(end);
    field.copy_from_slice(&mac(&keys.mak, covered.get(MESSAGE_AT..).unwrap_or_default()));
    Ok(frame)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Brought, reversal, transaction};
    use crate::batch::card_seal::Card;
    use crate::batch::chip_part::ChipPart;
    use crate::batch::chip_part::tests::part;
    use crate::batch::entry::tests::{captured, chip_sale, sale, void_of};
    use crate::batch::entry::{Entry, Id, Reason};
    use crate::crypto::keys::Key;
    use crate::crypto::mac::mac;
    use crate::crypto::pin_block::{PinBlock, pin_block};
    use crate::crypto::working_keys::{MacKey, PinKey, TrackKey, WorkingKeys};
    use crate::iso8583::fields::{Kind, format};
    use crate::iso8583::message::Message;
    use crate::iso8583::writer::EncodeError;
    use crate::money::amount::Amount;
    use crate::money::card_number::CardNumber;
    use crate::money::chip_fields::ChipFields;
    use crate::money::entry_mode::EntryMode;
    use crate::money::order::{Order, Pin, What};
    use crate::parameters::tests::example;
    use crate::stripe::tests::card::swiped;
    use crate::vectors::{Vectors, bytes};
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// The working keys of the vectors' sale.
    pub(crate) fn keys() -> WorkingKeys {
        let case = Vectors::load("cup_frames").named("sale_chip_constructed");
        let (mut pik, mut mak) = (bytes(case.input("pik")), bytes(case.input("mak")));
        let mak = MacKey::Single(Key::take(&mut mak));
        WorkingKeys { pik: PinKey::Double(Key::take(&mut pik)), mak, tdk: None }
    }

    /// The working keys of the vectors' SM4 scheme.
    fn sm4_keys() -> WorkingKeys {
        let case = Vectors::load("cup_sm4_constructed").named("field62_005");
        let [pik, mak, tdk] = ["pik", "mak", "tdk"].map(|name| Key::take(&mut bytes(case.input(name))));
        WorkingKeys { pik: PinKey::Sm4(pik), mak: MacKey::Sm4(mak), tdk: Some(TrackKey::Sm4(tdk)) }
    }

    pub(crate) fn card() -> Card {
        Card { number: CardNumber::new("6212345678901232").unwrap(), expiry: *b"3012" }
    }

    fn order(what: What, pin: Option<&str>) -> Order {
        let pin = pin.and_then(|digits| Pin::new(digits.try_into().unwrap()));
        Order { card: card(), mode: EntryMode::Keyed, pin, what }
    }

    pub(crate) const SERIAL: &[u8; 16] = b"0000290210015708";

    /// A frame's MTI and fields as text.
    pub(crate) fn shown(frame: &[u8]) -> Vec<String> {
        shown_under(&keys().mak, frame)
    }

    fn shown_under(mak: &MacKey, frame: &[u8]) -> Vec<String> {
        let message = Message::decode(frame).unwrap();
        let field = |number: u8| {
            let value = match format(number)?.kind {
                Kind::Text => String::from_utf8(message.bytes(number)?.to_vec()).unwrap(),
                Kind::Bytes => hex::encode_upper(message.bytes(number)?),
                _ => String::from_utf8(message.digits::<104>(number)?.to_vec()).unwrap(),
            };
            Some(std::format!("{number}={value}"))
        };
        assert_eq!(message.bytes(64).unwrap(), mac(mak, &frame[13..frame.len() - 8]));
        std::iter::once(hex::encode(message.mti())).chain((2..64).filter_map(field)).collect()
    }

    const ID: Id = Id { batch: 42, stan: 7 };

    #[test]
    fn a_sale_with_pin_has_the_pin_block_of_the_vectors() {
        let order = order(What::Sale(Amount::new(1).unwrap()), Some("123456"));
        let frame = transaction(&order, Brought::Nothing, ID, &example(), &keys()).unwrap();
        assert_eq!(
            shown(&frame),
            [
                "0200",
                "2=6212345678901232",
                "3=000000",
                "4=000000000001",
                "11=000007",
                "14=3012",
                "22=011",
                "25=00",
                "26=12",
                "41=99999906",
                "42=001430170119999",
                "49=156",
                "52=E6B12BF75D78ED49",
                "53=2600000000000000",
                "60=22000042000"
            ]
        );
    }

    /// Tag 57 and field 55 of the vectors' sale.
    fn vectors_chip() -> (Vec<u8>, Vec<u8>) {
        let case = Vectors::load("cup_frames").named("sale_chip_constructed");
        let field = |number: &str| String::from(case.outputs["fields"][number].as_str().unwrap());
        (field("35").into_bytes(), hex::decode(field("55")).unwrap())
    }

    fn chip_order(what: What, pin: Option<&str>) -> Order {
        Order { mode: EntryMode::Chip, ..order(what, pin) }
    }

    /// The vectors' sale has one digit more in field 60 than this terminal sends; its MAC is therefore another one.
    #[test]
    fn a_chip_s_sale_has_the_fields_of_the_vectors() {
        let case = Vectors::load("cup_frames").named("sale_chip_constructed");
        let (track_2, data) = vectors_chip();
        let chip = ChipFields { sequence: Some(1), track_2: &track_2, data: &data };
        let order = chip_order(What::Sale(Amount::new(1).unwrap()), Some("123456"));
        let id = Id { batch: 1, stan: 7 };
        let frame = transaction(&order, Brought::Chip(&chip), id, &example(), &keys()).unwrap();
        let mut expected: Vec<String> = case.outputs["fields"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(field, _)| field.as_str() != "64")
            .map(|(field, value)| match field.as_str() {
                "60" => "60=2200000100050".into(),
                _ => std::format!("{field}={}", value.as_str().unwrap()),
            })
            .collect();
        expected.sort_by_key(|field| field.split_once('=').unwrap().0.parse::<u8>().unwrap());
        assert_eq!(shown(&frame)[1..], expected);
    }

    #[test]
    fn a_chip_s_balance_without_pin_says_no_more_than_it_has_and_encrypts_its_track() {
        let (track_2, data) = vectors_chip();
        let chip = ChipFields { sequence: None, track_2: &track_2, data: &data };
        let order = chip_order(What::Balance, None);
        let tdk = Some(TrackKey::Double(Key::take(&mut [0x69; 16])));
        let keys = WorkingKeys { tdk, ..keys() };
        let frame = transaction(&order, Brought::Chip(&chip), ID, &example(), &keys).unwrap();
        let fields = shown(&frame);
        let has = |wanted: &str| fields.iter().any(|field| field.starts_with(wanted));
        assert!(has("22=052") && has("53=0610000000000000") && has("60=0100004200050"), "{fields:?}");
        assert!(has("35=6212") && !has("35=6212345678901232D30122010000000000"), "{fields:?}");
        assert!(!has("23=") && !has("26=") && !has("52=") && !has("4="), "{fields:?}");
    }

    /// What a card could bring about is an error and no panic.
    #[test]
    fn a_track_2_or_a_field_55_that_cannot_be_sent_is_an_error() {
        let (track_2, data) = vectors_chip();
        let order = chip_order(What::Balance, None);
        let write = |chip: ChipFields<'_>| {
            transaction(&order, Brought::Chip(&chip), ID, &example(), &keys()).map(drop)
        };
        let good = ChipFields { sequence: Some(99), track_2: &track_2, data: &data };
        assert_eq!(write(good), Ok(()));
        assert_eq!(write(ChipFields { data: &[0; 255], ..good }), Err(EncodeError::Full));
        assert_eq!(write(ChipFields { data: &[0; 256], ..good }), Err(EncodeError::Length(55)));
        assert_eq!(write(ChipFields { track_2: &[b'1'; 38], ..good }), Err(EncodeError::Length(35)));
        assert_eq!(write(ChipFields { track_2: &[b'1'; 80], ..good }), Err(EncodeError::Length(35)));
        assert_eq!(write(ChipFields { track_2: b"6G", ..good }), Err(EncodeError::Character(35)));
    }

    #[test]
    fn the_longest_chip_request_fits() {
        let longest = Card { number: CardNumber::new("6212340000000000012").unwrap(), expiry: *b"3012" };
        let amount = Amount::new(999_999_999_999).unwrap();
        let order = Order { card: longest, ..chip_order(What::Sale(amount), Some("123456789012")) };
        let track_2 = b"6212340000000000012D30121011234567890";
        // INTERFACE.md, section 21, online: each object with its tag and length at its longest.
        let objects = [11, 4, 35, 7, 5, 7, 5, 3, 9, 5, 4, 5, 9, 6, 6, 4, 11, 18, 5, 7];
        let data = std::vec![0xFF; objects.iter().sum()];
        let chip = ChipFields { sequence: Some(99), track_2, data: &data };
        for keys in [keys(), sm4_keys()] {
            let frame = transaction(&order, Brought::Chip(&chip), ID, &example(), &keys).unwrap();
            let track =
                shown_under(&keys.mak, &frame).into_iter().find(|field| field.starts_with("35=")).unwrap();
            assert_eq!(track.len(), 3 + 37);
            assert_eq!(track.ends_with("D30121011234567890"), keys.tdk.is_none());
        }
    }

    #[test]
    fn the_reversal_of_a_chip_s_sale_says_what_the_chip_did() {
        let chip = ChipPart { issuer_data: [0x07, 0x01].into_iter().collect(), ..part() };
        let entry = Entry { chip: Some(chip), ..chip_sale(6) };
        let fields = shown(&reversal(&entry, &card(), SERIAL, &example(), &keys()).unwrap());
        let scripts = "20".repeat(20);
        let data = std::format!("950508000480009F1E0831303031353730389F100207019F36020001DF3114{scripts}");
        assert_eq!(fields[6..8], ["22=051", "23=001"]);
        assert_eq!(fields[13..], [std::format!("55={data}"), "60=2200051900050".into()]);
        let bare = ChipPart { issuer_data: Default::default(), script_results: Default::default(), ..part() };
        let entry = Entry { chip: Some(bare), ..chip_sale(6) };
        let fields = shown(&reversal(&entry, &card(), SERIAL, &example(), &keys()).unwrap());
        assert_eq!(fields[13], "55=950508000480009F1E0831303031353730389F36020001");
    }

    /// The sale's, its reversal's, and not its void's.
    #[test]
    fn a_fallback_is_said_in_fields_22_and_60() {
        let tracks = swiped("6212345678901232D30122010000000000", "");
        let order = Order { mode: EntryMode::Fallback, ..order(What::Sale(Amount::new(1).unwrap()), None) };
        assert!(order.has_tracks());
        let frame = transaction(&order, Brought::Tracks(&tracks), ID, &example(), &keys()).unwrap();
        let fields = shown(&frame);
        assert!(
            fields.contains(&"22=022".into()) && fields.contains(&"60=2200004200052".into()),
            "{fields:?}"
        );
        let done = Entry { mode: EntryMode::Fallback, ..captured(sale(5)) };
        let fields = shown(&reversal(&done, &card(), SERIAL, &example(), &keys()).unwrap());
        assert!(fields.contains(&"60=2200051900052".into()), "{fields:?}");
        let void = Order { mode: EntryMode::Fallback, what: What::Void(done), ..order };
        assert!(!void.has_tracks());
        let fields = shown(&transaction(&void, Brought::Nothing, ID, &example(), &keys()).unwrap());
        assert!(fields.contains(&"22=022".into()) && fields.contains(&"60=23000042000".into()), "{fields:?}");
    }

    #[test]
    fn a_void_of_a_chip_s_sale_has_no_chip_s_fields() {
        let done = captured(chip_sale(5));
        let void = Order { mode: done.mode, ..order(What::Void(done), None) };
        let fields = shown(&transaction(&void, Brought::Nothing, ID, &example(), &keys()).unwrap());
        assert!(fields.contains(&"22=052".into()) && fields.contains(&"60=23000042000".into()), "{fields:?}");
        assert!(
            !fields
                .iter()
                .any(|field| ["23=", "35=", "53=", "55="].iter().any(|start| field.starts_with(start)))
        );
    }

    #[test]
    fn a_single_length_pik_is_said_in_field_53() {
        let pik = PinKey::Single(Key::take(&mut [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]));
        let block = pin_block(&pik, b"123456", b"6212345678901232");
        let order = order(What::Sale(Amount::new(1).unwrap()), Some("123456"));
        let frame =
            transaction(&order, Brought::Nothing, ID, &example(), &WorkingKeys { pik, ..keys() }).unwrap();
        let fields = shown(&frame);
        let security = fields.iter().filter(|field| field.starts_with("52=") || field.starts_with("53="));
        let PinBlock::Des(block) = block else { panic!("a block of SM4 under a key of DES") };
        let expected = [std::format!("52={}", hex::encode_upper(block)), "53=2000000000000000".into()];
        assert_eq!(security.cloned().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn under_sm4_the_pin_block_of_the_vectors_is_in_field_62() {
        let keys = sm4_keys();
        let with_pin = order(What::Sale(Amount::new(1).unwrap()), Some("123456"));
        let frame = transaction(&with_pin, Brought::Nothing, ID, &example(), &keys).unwrap();
        let block = Vectors::load("cup_sm4_constructed").named("pin_block_field62");
        let fields = shown_under(&keys.mak, &frame);
        let tail = [
            "22=011",
            "25=00",
            "26=12",
            "41=99999906",
            "42=001430170119999",
            "49=156",
            "52=0000000000000000",
            "53=2300000000000000",
            "60=22000042000",
            &std::format!("62={}", block.output("field62")),
        ];
        assert_eq!(fields[6..], tail.map(ToString::to_string));
        let frame =
            transaction(&order(What::Balance, None), Brought::Nothing, ID, &example(), &keys).unwrap();
        let fields = shown_under(&keys.mak, &frame);
        for without in ["26=", "52=", "53=", "62="] {
            assert!(!fields.iter().any(|field| field.starts_with(without)), "{fields:?}");
        }
    }

    /// The void of a sale, whose field 61 goes before 62; and a reversal, which has no PIN block.
    #[test]
    fn under_sm4_voids_and_reversals_have_their_fields_and_mac() {
        let keys = sm4_keys();
        let void = order(What::Void(captured(sale(5))), Some("123456"));
        let fields =
            shown_under(&keys.mak, &transaction(&void, Brought::Nothing, ID, &example(), &keys).unwrap());
        let tail = fields[fields.len() - 3..].iter().map(|field| &field[..3]).collect::<Vec<_>>();
        assert_eq!(tail, ["60=", "61=", "62="]);
        let fields = shown_under(&keys.mak, &reversal(&sale(6), &card(), SERIAL, &example(), &keys).unwrap());
        assert_eq!(fields.last().unwrap(), "60=22000519000");
    }

    #[test]
    fn a_balance_and_a_sale_without_pin_have_no_more_than_they_need() {
        let frame =
            transaction(&order(What::Balance, None), Brought::Nothing, ID, &example(), &keys()).unwrap();
        let balance = shown(&frame);
        assert_eq!(
            balance,
            [
                "0200",
                "2=6212345678901232",
                "3=310000",
                "11=000007",
                "14=3012",
                "22=012",
                "25=00",
                "41=99999906",
                "42=001430170119999",
                "49=156",
                "60=01000042000"
            ]
        );
    }

    #[test]
    fn a_void_names_its_sale_and_its_reversal_names_both() {
        let done = captured(sale(5));
        let void = order(What::Void(done.clone()), None);
        let frame = transaction(&void, Brought::Nothing, ID, &example(), &keys()).unwrap();
        let tail = [
            "37=221301000002",
            "38=500001",
            "41=99999906",
            "42=001430170119999",
            "49=156",
            "60=23000042000",
            "61=0005190000050720",
        ];
        assert_eq!(shown(&frame)[8..], tail.map(ToString::to_string));
        let entry = Entry { reason: Reason::WrongMac, with_pin: false, ..void_of(&done, 9) };
        let frame = reversal(&entry, &card(), SERIAL, &example(), &keys()).unwrap();
        assert_eq!(
            shown(&frame),
            [
                "0400",
                "2=6212345678901232",
                "3=200000",
                "4=000000001234",
                "11=000009",
                "14=3012",
                "22=012",
                "25=00",
                "38=500001",
                "39=A0",
                "41=99999906",
                "42=001430170119999",
                "49=156",
                "60=23000519000",
                "61=0005190000050720"
            ]
        );
    }

    #[test]
    fn the_reversal_of_a_sale_has_its_batch_and_stan_and_no_pin() {
        let frame = reversal(&sale(6), &card(), SERIAL, &example(), &keys()).unwrap();
        assert_eq!(
            shown(&frame),
            [
                "0400",
                "2=6212345678901232",
                "3=000000",
                "4=000000001234",
                "11=000006",
                "14=3012",
                "22=011",
                "25=00",
                "39=98",
                "41=99999906",
                "42=001430170119999",
                "49=156",
                "60=22000519000"
            ]
        );
    }

    #[test]
    fn the_longest_request_fits() {
        let longest = Card { number: CardNumber::new("6212340000000000012").unwrap(), expiry: *b"3012" };
        let order = Order { card: longest, ..order(What::Void(captured(sale(5))), Some("123456789012")) };
        for keys in [keys(), sm4_keys()] {
            assert!(
                transaction(
                    &order,
                    Brought::Nothing,
                    Id { batch: 999_999, stan: 999_999 },
                    &example(),
                    &keys
                )
                .is_ok()
            );
        }
    }

    #[test]
    fn the_longest_swiped_request_fits() {
        let longest = Card { number: CardNumber::new("6212340000000000012").unwrap(), expiry: *b"3012" };
        let three = std::format!("996212340000000000012D{}", "7".repeat(82));
        let tracks = swiped("6212340000000000012D30121011234567890", &three);
        let amount = Amount::new(999_999_999_999).unwrap();
        let order = Order {
            card: longest,
            mode: EntryMode::Stripe,
            ..order(What::Sale(amount), Some("123456789012"))
        };
        for keys in [keys(), sm4_keys()] {
            let frame = transaction(&order, Brought::Tracks(&tracks), ID, &example(), &keys).unwrap();
            let fields = shown_under(&keys.mak, &frame);
            let has = |start: &str| fields.iter().any(|field| field.starts_with(start));
            assert!(has("22=021") && has("35=62123400000000") == keys.tdk.is_none() && has("36=99"));
            assert_eq!(has("53=2310"), keys.tdk.is_some());
        }
    }
}
