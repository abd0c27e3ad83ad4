//! Where an object's value comes from: the terminal, this transaction, the results so far, the card (INTERFACE.md,
//! section 21, terminal data).

use heapless::Vec;

use super::card_data::CardData;
use super::issuer_data::IssuerData;
use super::parameters::Application;
use super::tag::Tag;
use super::transaction::{Purpose, TerminalData, TransactionData};
use super::tsi::Tsi;
use super::tvr::Tvr;

/// 9F33: contact chip, stripe and keys; plaintext and enciphered PIN offline, PIN online, signature, no CVM; SDA,
/// DDA, CDA.
pub(crate) const CAPABILITIES: [u8; 3] = [0xE0, 0xF8, 0xC8];
/// 9F35: attended, online with offline capability, a merchant's.
const TERMINAL_TYPE: [u8; 1] = [0x22];
/// 9F40: goods and services; numeric, command and function keys; printer and display.
const MORE_CAPABILITIES: [u8; 5] = [0x60, 0x00, 0xF0, 0xA0, 0x01];
/// 9F1A: China.
pub(crate) const COUNTRY: [u8; 2] = [0x01, 0x56];
/// 5F2A: CNY.
pub(crate) const CURRENCY: [u8; 2] = [0x01, 0x56];
/// 5F36.
const CURRENCY_EXPONENT: [u8; 1] = [0x02];
/// 9F15.
const MERCHANT_CATEGORY: [u8; 2] = [0x59, 0x99];
/// 9F39: chip.
const ENTRY_MODE: [u8; 1] = [0x05];

/// What has been found out so far, of the terminal's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    /// Tag 95.
    pub(crate) tvr: Tvr,
    /// Tag 9B.
    pub(crate) tsi: Tsi,
    /// 9F34.
    pub(crate) cvm: [u8; 3],
    /// 9F37.
    pub(crate) unpredictable: [u8; 4],
    /// 8A, where it is known.
    pub(crate) response: Option<[u8; 2]>,
    /// 98, where a DOL has asked for it.
    pub(crate) hash: Option<[u8; 20]>,
    /// Whether GENERATE AC asks for a combined signature.
    pub(crate) asks_for_signature: bool,
    /// Whether the receipt needs a signature.
    pub(crate) needs_signature: bool,
}

/// All that an object can come from.
pub(crate) struct Values<'a> {
    pub(crate) terminal: &'a TerminalData,
    pub(crate) transaction: &'a TransactionData,
    pub(crate) application: &'a Application,
    pub(crate) results: &'a Results,
    pub(crate) issuer: &'a IssuerData,
    pub(crate) card: &'a CardData,
}

impl Values<'_> {
    /// Runs `take` with an object's value, where somebody has it: the card only what is nobody else's to say.
    pub(crate) fn with(&self, tag: Tag, take: &mut dyn FnMut(&[u8])) {
        let is_of_others = self.with_constant(tag, take)
            || self.with_transaction(tag, take)
            || self.with_result(tag, take)
            || self.with_issuer(tag, take);
        if !is_of_others && let Some(value) = self.card.find(tag) {
            take(value);
        }
    }

    fn with_constant(&self, tag: Tag, take: &mut dyn FnMut(&[u8])) -> bool {
        match tag {
            Tag::CAPABILITIES => take(&CAPABILITIES),
            Tag::TERMINAL_TYPE => take(&TERMINAL_TYPE),
            Tag::MORE_CAPABILITIES => take(&MORE_CAPABILITIES),
            Tag::TERMINAL_COUNTRY => take(&COUNTRY),
            Tag::CURRENCY => take(&CURRENCY),
            Tag::CURRENCY_EXPONENT => take(&CURRENCY_EXPONENT),
            Tag::MERCHANT_CATEGORY => take(&MERCHANT_CATEGORY),
            Tag::ENTRY_MODE => take(&ENTRY_MODE),
            Tag::ACQUIRER | Tag::AMOUNT_OTHER => take(&[0; 6]),
            Tag::SERIAL => take(&self.terminal.serial),
            Tag::TERMINAL_ID => take(&self.terminal.terminal_id),
            Tag::MERCHANT => take(&self.terminal.merchant_id),
            _ => return false,
        }
        true
    }

    fn with_transaction(&self, tag: Tag, take: &mut dyn FnMut(&[u8])) -> bool {
        let amount = self.transaction.purpose.amount().units();
        match tag {
            Tag::TYPE => take(match self.transaction.purpose {
                Purpose::Sale(_) => &[0x00],
                Purpose::Balance => &[0x31],
            }),
            Tag::AMOUNT => take(&packed::<6>(amount)),
            // What is more than four bytes hold is the most that they hold.
            Tag::AMOUNT_BINARY => take(&u32::try_from(amount).unwrap_or(u32::MAX).to_be_bytes()),
            Tag::FLOOR => take(&u32::try_from(self.application.floor).unwrap_or(u32::MAX).to_be_bytes()),
            Tag::DATE => take(&self.transaction.date),
            Tag::TIME => take(&self.transaction.time),
            Tag::SEQUENCE => take(&packed::<4>(self.transaction.stan.into())),
            Tag::TERMINAL_AID => take(&self.application.aid),
            Tag::TERMINAL_VERSION => take(&self.application.version),
            _ => return false,
        }
        true
    }

    fn with_result(&self, tag: Tag, take: &mut dyn FnMut(&[u8])) -> bool {
        match tag {
            Tag::TVR => take(self.results.tvr.bytes()),
            Tag::TSI => take(self.results.tsi.bytes()),
            Tag::CVM_RESULTS => take(&self.results.cvm),
            Tag::UNPREDICTABLE => take(&self.results.unpredictable),
            Tag::ARC => self.results.response.iter().for_each(|response| take(response)),
            Tag::TC_HASH => self.results.hash.iter().for_each(|hash| take(hash)),
            _ => return false,
        }
        true
    }

    fn with_issuer(&self, tag: Tag, take: &mut dyn FnMut(&[u8])) -> bool {
        match tag {
            Tag::ISSUER_AUTHENTICATION => take(&self.issuer.authentication),
            Tag::SCRIPT_RESULTS => take(&self.issuer.script_results),
            _ => return false,
        }
        true
    }

    /// Appends an object to a field 55, where somebody has it; `None` where there is no room.
    pub(crate) fn put<const N: usize>(&self, field: &mut Vec<u8, N>, tag: Tag) -> Option<()> {
        let mut is_written = Some(());
        self.with(tag, &mut |value| is_written = super::tlv::put(field, tag, value));
        is_written
    }
}

/// The last `2 * N` digits of a number, two to a byte.
pub(crate) fn packed<const N: usize>(mut number: u64) -> [u8; N] {
    let mut bytes = [0; N];
    for byte in bytes.iter_mut().rev() {
        // Both are below ten.
        *byte = (((number / 10 % 10) << 4) | (number % 10)) as u8;
        number /= 100;
    }
    bytes
}
