//! A person who does what the test says.

use std::string::{String, ToString};
use std::vec::Vec;

use crate::emv::cardholder::{ApplicationName, Cardholder, Interruption, OfflinePin};

#[derive(Default)]
pub(crate) struct Holder {
    /// The PINs that are typed, in their order; an empty one is a confirmation without a digit.
    pub(crate) pins: Vec<&'static str>,
    pub(crate) online_pin: bool,
    pub(crate) choice: usize,
    pub(crate) interruption: Option<Interruption>,
    /// What was offered.
    pub(crate) offered: Vec<Vec<String>>,
    /// The tries left that were shown.
    pub(crate) shown: Vec<Option<u8>>,
}

impl Holder {
    fn is_there(&self) -> Result<(), Interruption> {
        self.interruption.map_or(Ok(()), Err)
    }
}

impl Cardholder for Holder {
    async fn choose(&mut self, names: &[ApplicationName]) -> Result<usize, Interruption> {
        self.offered.push(names.iter().map(ToString::to_string).collect());
        self.is_there().map(|()| self.choice)
    }

    async fn offline_pin(&mut self, tries_left: Option<u8>) -> Result<Option<OfflinePin>, Interruption> {
        self.shown.push(tries_left);
        self.is_there()?;
        Ok(OfflinePin::new(self.pins.remove(0).as_bytes()))
    }

    async fn online_pin(&mut self) -> Result<bool, Interruption> {
        self.is_there().map(|()| self.online_pin)
    }
}
