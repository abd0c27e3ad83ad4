//! What a fault does to the working keys of an answer.

use payrig_keys::{Key, KeyName, Layout, SealedKeys, WorkingKeys};

use crate::behaviour::Fault;
use crate::books::{Books, HostFault};
use crate::device::Device;
use crate::key_maker;

impl Books {
    /// New keys, or what a fault wants in their place; and whether it did.
    pub(crate) fn working_keys(
        &mut self,
        device: &Device,
        layout: Layout,
        fault: Option<&Fault>,
    ) -> Result<(WorkingKeys, bool), HostFault> {
        let last = self.issued.iter().rev().find(|i| i.device_id == device.device_id);
        match (fault, last) {
            (Some(Fault::SameKeys), Some(last)) => return Ok((last.keys.clone(), true)),
            (Some(Fault::SameKeysOtherParity), Some(last)) => {
                return Ok((key_maker::all_of_other_parity(&last.keys)?, true));
            }
            _ => {}
        }
        let mut keys = self.keys.working_keys(layout)?;
        let (name, spoilt) = match fault {
            Some(Fault::ZeroKey(name)) => (*name, keys.get(*name).map(key_maker::zero).transpose()?),
            Some(Fault::EqualHalves(name)) => {
                (*name, keys.get(*name).map(key_maker::equal_halves).transpose()?)
            }
            Some(Fault::EvenParity(name)) => {
                (*name, keys.get(*name).map(key_maker::other_parity).transpose()?)
            }
            _ => return Ok((keys, false)),
        };
        let touched = spoilt.is_some();
        if let Some(key) = spoilt {
            match name {
                KeyName::Pik => keys.pik = key,
                KeyName::Mak => keys.mak = key,
                KeyName::Tdk => keys.tdk = Some(key),
            }
        }
        Ok((keys, touched))
    }

    /// Puts another key in the place of one; that key, so that it is known as a secret.
    pub(crate) fn put_another_key(
        &mut self,
        sealed: &mut SealedKeys,
        layout: Layout,
        tmk: &Key,
        keys: &WorkingKeys,
        fault: Option<&Fault>,
    ) -> Result<Option<(KeyName, Key)>, HostFault> {
        let Some(Fault::WrongKey(name)) = fault else { return Ok(None) };
        let (Some(place), Some(right)) = (sealed.get_mut(*name), keys.get(*name)) else {
            return Ok(None);
        };
        let other = self.keys.key(layout.family(), right.bytes().len())?;
        place.cryptogram = tmk.encrypt_ecb(other.bytes())?;
        Ok(Some((*name, other)))
    }
}

/// Makes KCVs wrong; whether the fault was one that does.
pub(crate) fn spoil_kcvs(sealed: &mut SealedKeys, fault: Option<&Fault>) -> bool {
    match fault {
        Some(Fault::WrongKcv(name)) => {
            let Some(key) = sealed.get_mut(*name) else { return false };
            key.kcv.0.iter_mut().for_each(|b| *b = !*b);
        }
        Some(Fault::SwappedKcvs([one, other])) => {
            let kcv = |sealed: &mut SealedKeys, name| sealed.get_mut(name).map(|key| key.kcv);
            let (Some(first), Some(second)) = (kcv(sealed, *one), kcv(sealed, *other)) else { return false };
            for (name, kcv) in [(*one, second), (*other, first)] {
                if let Some(key) = sealed.get_mut(name) {
                    key.kcv = kcv;
                }
            }
        }
        _ => return false,
    }
    true
}
