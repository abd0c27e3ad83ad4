//! The cards of a host's customers: what a step may type of them by name, and what no record may hold.

use payrig_acquirer::Card;
use payrig_card::stripe::Track;
use payrig_keys::PinBlock;
use payrig_operator::TerminalFixture;
use payrig_rig::LineName;
use payrig_tape::{Secret, SecretError, SecretKind, Secrets};
use zeroize::Zeroizing;

use crate::swipes;

/// What can be typed of a card, written `<card>.<part>` in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardPart {
    /// Its number.
    Pan,
    /// Its expiry date, as cardholders type it: MMYY.
    Expiry,
    /// Its PIN.
    Pin,
    /// A number of another check digit.
    WrongPan,
    /// Another PIN of as many digits.
    WrongPin,
}

impl CardPart {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Pan, Self::Expiry, Self::Pin, Self::WrongPan, Self::WrongPin];

    /// The word in a step.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::Expiry => "expiry",
            Self::Pin => "pin",
            Self::WrongPan => "wrong-pan",
            Self::WrongPin => "wrong-pin",
        }
    }

    /// The digits of this part of `card`.
    pub(crate) fn digits(self, card: &Card) -> Zeroizing<String> {
        match self {
            Self::Pan => Zeroizing::new(card.pan.clone()),
            Self::Expiry => {
                let (year, month) = card.expiry.split_at_checked(2).unwrap_or((&card.expiry, ""));
                Zeroizing::new(format!("{month}{year}"))
            }
            Self::Pin => card.pin.clone(),
            Self::WrongPan => {
                let last = card.pan.len().saturating_sub(1);
                Zeroizing::new(
                    card.pan.char_indices().map(|(at, c)| if at == last { next(c) } else { c }).collect(),
                )
            }
            Self::WrongPin => Zeroizing::new(card.pin.chars().map(opposite).collect()),
        }
    }
}

/// The digit behind a digit.
fn next(digit: char) -> char {
    moved(digit, |value| value + 1)
}

/// A digit that is never the same.
fn opposite(digit: char) -> char {
    moved(digit, |value| 9 - value)
}

fn moved(digit: char, to: impl Fn(u32) -> u32) -> char {
    digit.to_digit(10).and_then(|value| char::from_digit(to(value) % 10, 10)).unwrap_or(digit)
}

/// Makes the numbers, tracks, PINs and clear PIN blocks of `cards` secrets, right and wrong ones. PINs are so short that they would be met by chance: they are looked
/// for where they are typed. Cards may share a PIN, so that PINs are numbered.
pub(crate) fn register(secrets: &Secrets, cards: &[Card]) -> Result<(), SecretError> {
    for (part, kind) in [(CardPart::Pan, "pan"), (CardPart::WrongPan, "wrong-pan")] {
        for card in cards {
            let name = format!("{kind}#{}", card.name);
            secrets.register(SecretKind::Pan, &name, part.digits(card).as_bytes())?;
        }
    }
    for card in cards {
        // One that cannot be written is refused where it is swiped.
        let Some(Ok(stripe)) = swipes::stripe(card) else { continue };
        for track in Track::ALL {
            let name = format!("track{}#{}", track.number(), card.name);
            secrets.register(SecretKind::Track, &name, stripe.data(track).as_bytes())?;
        }
    }
    let mut known: Vec<Zeroizing<String>> = Vec::new();
    for (part, kind) in [(CardPart::Pin, "pin"), (CardPart::WrongPin, "wrong-pin")] {
        let mut number = 0;
        for pin in cards.iter().map(|card| part.digits(card)) {
            if !known.contains(&pin) {
                number += 1;
                let secret = Secret::new(SecretKind::Pin, &format!("{kind}#{number}"), pin.as_bytes())?;
                secrets.add(secret.on_lines([LineName::Panel.word()]))?;
                known.push(pin);
            }
        }
    }
    for (part, kind) in [(CardPart::Pin, "block"), (CardPart::WrongPin, "wrong-block")] {
        for card in cards {
            register_block(secrets, &format!("{kind}#{}", card.name), &part.digits(card), &card.pan)?;
        }
    }
    Ok(())
}

/// Makes the clear block a secret that goes to the host enciphered: the PIN's own digits do not stand in it. Of what is no PIN there is none.
pub(crate) fn register_block(secrets: &Secrets, name: &str, pin: &str, pan: &str) -> Result<(), SecretError> {
    let Ok(block) = PinBlock::format0(pin, pan) else { return Ok(()) };
    secrets.register(SecretKind::Block, name, block.expose())
}

/// Makes the card numbers that a terminal is told not to take secrets. Those of the host's cards keep their names.
pub(crate) fn register_exceptions(secrets: &Secrets, terminal: &TerminalFixture) -> Result<(), SecretError> {
    let own = Secrets::new();
    for (number, pan) in (1..).zip(terminal.chip().map(|chip| chip.exceptions.as_slice()).unwrap_or_default())
    {
        let number: u32 = number;
        own.register(SecretKind::Pan, &format!("pan#exception-{number}"), pan.as_bytes())?;
    }
    secrets.absorb(&own);
    Ok(())
}

#[cfg(test)]
mod tests {
    use payrig_acquirer::AcquirerProfile;
    use payrig_tape::{Direction, Lens, Tape, read, render, restore};
    use rstest::rstest;
    use tokio::time::Instant;

    use super::*;

    fn cards() -> Vec<Card> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/acquirers/cup.toml");
        AcquirerProfile::load(file.as_ref()).unwrap().cards
    }

    fn typed(card: &str, part: CardPart) -> String {
        let card = cards().into_iter().find(|known| known.name == card).unwrap();
        part.digits(&card).to_string()
    }

    /// The parts are named in a row of keys, `{}` for what a person types between them.
    fn keys(words: &str) -> String {
        let word = |word: &str| match word.split_once('.') {
            Some((card, name)) => {
                typed(card, CardPart::ALL.into_iter().find(|part| part.word() == name).unwrap())
            }
            None => word.replace("confirm", "\r").replace("clear", "\x08"),
        };
        words.split(' ').map(word).collect()
    }

    /// What the tape says of `bytes` on a line, given in chunks of `size`.
    fn on_tape(line: (&str, Lens, Direction), bytes: &[u8], size: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::create(folder.path(), Instant::now()).unwrap();
        register(tape.secrets(), &cards()).unwrap();
        let tap = tape.line(line.0, line.1);
        bytes.chunks(size).for_each(|chunk| tap.record(line.2, chunk));
        tape.finish().unwrap();
        let pieces = read(tape.path()).unwrap().stream(line.0, line.2);
        assert_eq!(restore(&pieces, tape.secrets()).unwrap(), bytes);
        assert_eq!(payrig_tape::leaks(folder.path(), tape.secrets()).unwrap(), []);
        render(&pieces)
    }

    const PANEL: (&str, Lens, Direction) = ("panel", Lens::Text, Direction::ToTerminal);

    #[rstest]
    #[case::a_sale(
        "12300 confirm debit.pan confirm debit.expiry confirm debit.pin confirm",
        "12300\r{pan#debit 621234******1232 ascii}\r1230\r{pin#1}\r"
    )]
    #[case::right_behind_each_other(
        "debit.pin pin-only.pin poor.pan debit.pin",
        "{pin#1}{pin#3}{pan#poor 621234******1240 ascii}{pin#1}"
    )]
    #[case::behind_digits("12 debit.pin 6 pin-only.pin 9", "12{pin#1}6{pin#3}9")]
    #[case::wrong_ones(
        "debit.wrong-pan confirm debit.wrong-pin",
        "{wrong-pan#debit 621234******1233 ascii}\r{wrong-pin#1}"
    )]
    #[case::the_longest(
        "nineteen-digits.pan confirm nineteen-digits.pin",
        "{pan#nineteen-digits 621234*********0981 ascii}\r{pin#2}"
    )]
    #[case::once_more("debit.pin clear debit.pin", "{pin#1}\x08{pin#1}")]
    #[case::given_up("limited.pan clear", "{pan#limited 621234******1281 ascii}\x08")]
    #[tokio::test(start_paused = true)]
    async fn typed_digits_become_tokens_in_one_write_and_key_by_key(
        #[case] words: &str,
        #[case] shown: &str,
    ) {
        let keys = keys(words);
        for size in [1, 2, 3, 7, keys.len()] {
            assert_eq!(on_tape(PANEL, keys.as_bytes(), size), shown, "chunks of {size}");
        }
    }

    /// Amounts as they are typed and shown, STANs, batches, times, voucher numbers, masked card numbers.
    #[tokio::test(start_paused = true)]
    async fn what_a_terminal_shows_and_a_person_types_besides_stays_readable() {
        let screen = "PAYRIG T1 SIGNED ON Sale Approved CNY 1234.56 621234******1232 Voucher 000135 Auth 500001 \
                      Batch 000001 07-20 22:13:01 0.05 99999999.99 621234****** Void 000864 of 000123";
        let line = ("panel", Lens::Text, Direction::FromTerminal);
        let read = on_tape(line, screen.as_bytes(), 5);
        // Three digits of a PIN of four are not told apart from it.
        let expected = screen
            .replace("000135", "000{wrong-pin#3 part 0+6/8}")
            .replace("000864", "000{pin#3 part 0+6/8}");
        assert_eq!(read, expected);
        for amount in ["1", "500", "1234", "123", "99999", "621234", "100000000000"] {
            assert_eq!(on_tape(PANEL, format!("{amount}\r").as_bytes(), 1), format!("{amount}\r"));
        }
        // On other lines a PIN is not looked for.
        let modem = ("modem", Lens::Binary, Direction::FromTerminal);
        assert_eq!(on_tape(modem, b"123456 8642 \x12\x34\x56", 2), "123456 8642 <123456>");
    }

    /// Nobody who looks for the PIN's digits finds them in it.
    #[tokio::test(start_paused = true)]
    async fn a_clear_block_of_a_pin_becomes_a_token() {
        let block =
            PinBlock::format0(&typed("debit", CardPart::Pin), &typed("debit", CardPart::Pan)).unwrap();
        let modem = ("modem", Lens::Binary, Direction::FromTerminal);
        let shown = on_tape(modem, &[b"64 ", block.expose().as_slice(), b" 62"].concat(), 3);
        assert_eq!(shown, "64 {block#debit} 62");
        let screen = ("panel", Lens::Text, Direction::FromTerminal);
        let shown = on_tape(screen, hex::encode_upper(block.expose()).as_bytes(), 5);
        assert_eq!(shown, "{block#debit}");
    }

    #[test]
    fn wrong_data_are_wrong_and_no_other_cards() {
        let cards = cards();
        for card in &cards {
            for (right, wrong) in [(CardPart::Pan, CardPart::WrongPan), (CardPart::Pin, CardPart::WrongPin)] {
                let (right, wrong) = (right.digits(card), wrong.digits(card));
                assert_eq!(right.len(), wrong.len());
                assert_ne!(right, wrong);
                assert!(cards.iter().all(|other| other.pan != *wrong));
            }
        }
        assert_eq!(typed("expired", CardPart::Expiry), "0120");
    }
}
