//! The keys of a step: digits, names of the panel, parts of cards, and parts of the keys that custodians type.

use payrig_fixture::FixtureError;
use toml::Spanned;
use zeroize::Zeroizing;

use super::{Action, Keys, check::Checker};
use crate::{cards::CardPart, typed_keys::KeyPart};

impl Checker<'_> {
    /// The keys that a step names.
    pub(super) fn press(&self, names: &Spanned<String>) -> Result<Action, FixtureError> {
        let mut keys = Zeroizing::new(String::new());
        for name in names.get_ref().split_whitespace() {
            let word = Spanned::new(names.span(), name.to_owned());
            if name.bytes().all(|b| b.is_ascii_digit()) {
                self.no_card_number(&word)?;
                keys.push_str(name);
            } else if let Some((card, part)) = name.rsplit_once('.') {
                keys.push_str(&self.of_a_card_or_key(&word, card, part)?);
            } else {
                self.known("key", &word, self.terminal.intents().collect())?;
                keys.push_str(self.terminal.keys(name).unwrap_or_default());
            }
        }
        if keys.is_empty() {
            return Err(self
                .file
                .wrong(names, "expected keys: digits, names of the panel, and parts of cards and keys"));
        }
        Ok(Action::Press { names: names.get_ref().clone(), keys: Keys::new(keys) })
    }

    /// What `<card>.<part>` or `<key>.<part>` types.
    fn of_a_card_or_key(
        &self,
        word: &Spanned<String>,
        name: &str,
        part: &str,
    ) -> Result<Zeroizing<String>, FixtureError> {
        let Some(key) = self.terminal.typed_key(name) else { return self.of_a_card(word, name, part) };
        let of = Spanned::new(word.span(), part.to_owned());
        self.known("part of a key", &of, KeyPart::ALL.map(KeyPart::word).to_vec())?;
        let part = KeyPart::ALL.into_iter().find(|known| known.word() == part);
        Ok(part.map(|part| part.digits(key)).unwrap_or_default())
    }

    /// What `<card>.<part>` types.
    fn of_a_card(
        &self,
        word: &Spanned<String>,
        card: &str,
        part: &str,
    ) -> Result<Zeroizing<String>, FixtureError> {
        let of = |name: &str| Spanned::new(word.span(), name.to_owned());
        let names = self.cards.iter().map(|card| card.name.as_str()).chain(self.terminal.typed_keys());
        self.known("card or key", &of(card), names.collect())?;
        self.known("part of a card", &of(part), CardPart::ALL.map(CardPart::word).to_vec())?;
        let card = self.cards.iter().find(|known| known.name == card);
        let part = CardPart::ALL.into_iter().find(|known| known.word() == part);
        Ok(card.zip(part).map(|(card, part)| part.digits(card)).unwrap_or_default())
    }

    /// A card's number is named, so that files, tapes and messages do not hold it.
    fn no_card_number(&self, word: &Spanned<String>) -> Result<(), FixtureError> {
        match self.cards.iter().find(|card| card.pan == *word.get_ref()) {
            Some(card) => {
                Err(self.file.wrong(word, &format!("write `{}.pan` for the number of this card", card.name)))
            }
            None => Ok(()),
        }
    }
}
