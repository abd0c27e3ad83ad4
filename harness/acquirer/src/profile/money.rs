//! What hosts differ in where money moves, and the cards of their customers.

use std::collections::BTreeMap;

use payrig_keys::{Family, Key, MacAlgorithm};
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::chip::{ChipTable, Issuers, RulesTable};
use super::{Checker, ProfileError};
use crate::card::{Card, CardStatus, Stripe, check_digit_holds};
use crate::chip::ChipRules;

/// How a host serves transactions.
#[derive(Clone, Debug)]
pub struct Money {
    /// The two digits of the year that the clock's date lacks.
    pub year: String,
    /// How field 64 is made under a MAK of the DES family.
    pub mac: MacAlgorithm,
    /// How field 64 is made under an SM4 MAK.
    pub mac_sm4: MacAlgorithm,
    /// How chip cards are treated.
    pub chip: ChipRules,
    /// Field 39 by reason.
    pub codes: MoneyCodes,
}

impl Money {
    /// How field 64 is made under this MAK.
    #[must_use]
    pub const fn mac_under(&self, mak: &Key) -> MacAlgorithm {
        match mak.family() {
            Family::Des => self.mac,
            Family::Sm4 => self.mac_sm4,
        }
    }
}

/// Field 39 of an answer to a transaction, by reason.
#[derive(Clone, Debug)]
pub struct MoneyCodes {
    /// The terminal is not signed on, or its batch is not the one it was given.
    pub not_signed_on: String,
    /// The MAC is missing, or is not the one under the MAK in force.
    pub mac: String,
    /// An amount of zero.
    pub amount: String,
    /// No card has this number.
    pub card_unknown: String,
    /// The card is blocked.
    pub card_restricted: String,
    /// The card has expired, or expires at another time than was said.
    pub expired: String,
    /// The PIN is wrong, or missing where the card asks for one.
    pub wrong_pin: String,
    /// Too many wrong PINs.
    pub pin_tries: String,
    /// Field 52 holds no PIN under the PIK in force.
    pub pin_translation: String,
    /// More than the account has.
    pub no_funds: String,
    /// More than the card's limit.
    pub limit: String,
    /// A reversal or void of what the host does not know.
    pub original_not_found: String,
    /// A reversal or void of what is reversed or voided.
    pub already_reversed: String,
    /// A reversal or void of what was declined.
    pub original_declined: String,
    /// A reversal or void with another amount.
    pub amount_differs: String,
    /// A cryptogram that is not the card's or was there before, or that tells of what the issuer declines.
    pub cryptogram: String,
    /// A stripe where the chip should have been read.
    pub fallback: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MoneyTable {
    year: Spanned<String>,
    mac: Spanned<MacAlgorithm>,
    mac_sm4: Spanned<MacAlgorithm>,
    chip: RulesTable,
    codes: CodesTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CodesTable {
    not_signed_on: Spanned<String>,
    mac: Spanned<String>,
    amount: Spanned<String>,
    card_unknown: Spanned<String>,
    card_restricted: Spanned<String>,
    expired: Spanned<String>,
    wrong_pin: Spanned<String>,
    pin_tries: Spanned<String>,
    pin_translation: Spanned<String>,
    no_funds: Spanned<String>,
    limit: Spanned<String>,
    original_not_found: Spanned<String>,
    already_reversed: Spanned<String>,
    original_declined: Spanned<String>,
    amount_differs: Spanned<String>,
    cryptogram: Spanned<String>,
    fallback: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CardTable {
    pan: Spanned<String>,
    expiry: Spanned<String>,
    pin: Spanned<String>,
    balance: Spanned<i64>,
    pin_bypass: bool,
    limit: Option<u64>,
    #[serde(default)]
    status: CardStatus,
    service_code: Option<Spanned<String>>,
    discretionary: Option<Spanned<String>>,
    chip: Option<ChipTable>,
}

/// The largest amount that field 4 can say.
const LARGEST: i64 = 999_999_999_999;

impl Checker<'_> {
    pub(super) fn money(&self, table: MoneyTable) -> Result<Money, ProfileError> {
        let year = self.digits(table.year, 2..=2, "a year has two digits here, as an expiry date has")?;
        let mac = self.mac(&table.mac, Family::Des, "expected a MAC under DES keys")?;
        let mac_sm4 = self.mac(&table.mac_sm4, Family::Sm4, "expected a MAC under SM4 keys")?;
        let chip = self.chip_rules(table.chip)?;
        Ok(Money { year, mac, mac_sm4, chip, codes: self.money_codes(table.codes)? })
    }

    fn mac(
        &self,
        mac: &Spanned<MacAlgorithm>,
        family: Family,
        message: &str,
    ) -> Result<MacAlgorithm, ProfileError> {
        self.must(mac.get_ref().family() == family, mac, message)?;
        Ok(*mac.get_ref())
    }

    fn money_codes(&self, codes: CodesTable) -> Result<MoneyCodes, ProfileError> {
        Ok(MoneyCodes {
            not_signed_on: self.refusal(codes.not_signed_on)?,
            mac: self.refusal(codes.mac)?,
            amount: self.refusal(codes.amount)?,
            card_unknown: self.refusal(codes.card_unknown)?,
            card_restricted: self.refusal(codes.card_restricted)?,
            expired: self.refusal(codes.expired)?,
            wrong_pin: self.refusal(codes.wrong_pin)?,
            pin_tries: self.refusal(codes.pin_tries)?,
            pin_translation: self.refusal(codes.pin_translation)?,
            no_funds: self.refusal(codes.no_funds)?,
            limit: self.refusal(codes.limit)?,
            original_not_found: self.response_code(codes.original_not_found)?,
            already_reversed: self.response_code(codes.already_reversed)?,
            original_declined: self.response_code(codes.original_declined)?,
            amount_differs: self.response_code(codes.amount_differs)?,
            cryptogram: self.refusal(codes.cryptogram)?,
            fallback: self.refusal(codes.fallback)?,
        })
    }

    pub(super) fn cards(
        &self,
        table: BTreeMap<Spanned<String>, CardTable>,
        issuers: &Issuers,
    ) -> Result<Vec<Card>, ProfileError> {
        let mut cards: Vec<Card> = Vec::new();
        for (name, card) in table {
            let pan_at = Spanned::new(card.pan.span(), ());
            let card = self.card(name.into_inner(), card, issuers)?;
            let twin = cards.iter().find(|c| c.pan == card.pan).map(|c| c.name.clone());
            let message = format!("card `{}` has this number already", twin.as_deref().unwrap_or_default());
            self.must(twin.is_none(), &pan_at, &message)?;
            cards.push(card);
        }
        Ok(cards)
    }

    fn card(&self, name: String, card: CardTable, issuers: &Issuers) -> Result<Card, ProfileError> {
        let check = Spanned::new(card.pan.span(), ());
        let pan = self.digits(card.pan, 13..=19, "a card number has 13 to 19 digits")?;
        self.must(
            check_digit_holds(&pan),
            &check,
            "the last digit of the card number is not its check digit",
        )?;
        let month_at = Spanned::new(card.expiry.span(), ());
        let expiry = self.digits(card.expiry, 4..=4, "expected an expiry date as YYMM")?;
        self.must(month_holds(&expiry), &month_at, "expected an expiry date as YYMM")?;
        let pin = Zeroizing::new(self.digits(card.pin, 4..=12, "a PIN has 4 to 12 digits")?);
        let balance = *card.balance.get_ref();
        let message = "a balance is 0 to 999999999999, in the currency's smallest unit";
        self.must((0..=LARGEST).contains(&balance), &card.balance, message)?;
        let (limit, pin_bypass, status) = (card.limit, card.pin_bypass, card.status);
        let stripe = self.stripe(card.service_code, card.discretionary, pan.len())?;
        let chip = card.chip.map(|table| self.chip(table, issuers)).transpose()?;
        Ok(Card { name, pan, expiry, pin, balance, limit, pin_bypass, status, stripe, chip })
    }

    fn stripe(
        &self,
        service_code: Option<Spanned<String>>,
        discretionary: Option<Spanned<String>>,
        pan: usize,
    ) -> Result<Option<Stripe>, ProfileError> {
        /// Digits of track 2, the separator, the expiry date and the service code taken off (ISO/IEC 7813).
        const ROOM: usize = 37 - 1 - 4 - 3;
        let Some(service_code) = service_code else {
            return match discretionary {
                None => Ok(None),
                Some(data) => {
                    let message = "expected `service-code` beside it: without one the card has no stripe";
                    self.must(false, &data, message).map(|()| None)
                }
            };
        };
        let service_code = self.digits(service_code, 3..=3, "a service code has 3 digits")?;
        let discretionary = match discretionary {
            None => String::new(),
            Some(data) => {
                let room = ROOM.saturating_sub(pan);
                self.digits(
                    data,
                    0..=room,
                    &format!("track 2 has room for {room} digits behind this number"),
                )?
            }
        };
        Ok(Some(Stripe { service_code, discretionary: Zeroizing::new(discretionary) }))
    }
}

/// Whether YYMM has a month in it.
pub(crate) fn month_holds(expiry: &str) -> bool {
    let month = expiry.get(2..4).and_then(|month| month.parse::<u8>().ok());
    month.is_some_and(|month| (1..=12).contains(&month))
}
