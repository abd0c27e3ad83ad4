//! What chip records brought, as the kernel asks for it.

use super::card_number::CardNumber;
use super::chip_desk::Desk;
use crate::chip_records::application;
use crate::chip_records::record::Revocation;
use crate::emv::parameters::{Application, ChipParameters, Date, PublicKey, Rid};
use crate::ports::Hardware;
use crate::stores::StoreFault;

/// The chip records in the terminal's journal. A journal that cannot be read is given up, and the answer is then the
/// one that helps no card.
pub(super) struct Records<'d, 't, 'a, H: Hardware>(pub(super) &'d Desk<'t, 'a, H>);

impl<H: Hardware> Records<'_, '_, '_, H> {
    async fn known<T>(&self, read: Result<T, StoreFault>, otherwise: T) -> T {
        match read {
            Ok(known) => known,
            Err(fault) => {
                self.0.lock().await.stores.give_up(fault);
                otherwise
            }
        }
    }
}

impl<H: Hardware> ChipParameters for Records<'_, '_, '_, H> {
    async fn application(&mut self, place: usize) -> Option<Application> {
        let read = self.0.lock().await.stores.application(place).await;
        self.known(read, None).await.map(of_record)
    }

    async fn authority_key(&mut self, rid: Rid, index: u8, key: &mut PublicKey) -> Option<Date> {
        let read = self.0.lock().await.stores.ca_key(rid, index).await;
        let record = self.known(read, None).await?;
        key.exponent = record.exponent.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        key.modulus = record.modulus;
        Some(record.expiry)
    }

    async fn is_revoked(&mut self, rid: Rid, index: u8, serial: [u8; 3]) -> bool {
        let read = self.0.lock().await.stores.is_revoked(&Revocation { rid, index, serial }).await;
        self.known(read, true).await
    }

    async fn is_exception(&mut self, number: &CardNumber) -> bool {
        let read = self.0.lock().await.stores.is_exception(number).await;
        self.known(read, true).await
    }
}

fn of_record(record: application::Application) -> Application {
    Application {
        aid: record.aid,
        is_partial: record.partial,
        version: record.version,
        tac_denial: record.tac_denial,
        tac_online: record.tac_online,
        tac_default: record.tac_default,
        floor: record.floor,
        threshold: record.threshold,
        target: record.target,
        max_target: record.max_target,
        ddol: record.ddol,
        tdol: Some(record.tdol).filter(|tdol| !tdol.is_empty()),
    }
}
