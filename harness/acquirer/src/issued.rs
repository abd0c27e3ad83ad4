//! Working keys that the host gave out.

use payrig_keys::{Key, KeyName, WorkingKeys};

/// One set of working keys. The keys do not print themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedKeys {
    /// Which set it is, from 1.
    pub number: usize,
    /// To whom.
    pub device_id: String,
    /// KCV of the PIK, 8 upper-case hex digits.
    pub pik_kcv: String,
    /// KCV of the MAK.
    pub mak_kcv: String,
    /// KCV of the TDK; `--------` where the layout has none.
    pub tdk_kcv: String,
    /// The keys that the host believes to be in use.
    pub keys: WorkingKeys,
    /// A key that was sent in the place of one of them, on purpose.
    pub instead: Option<(KeyName, Key)>,
}

impl IssuedKeys {
    /// The `number`th set, as it went to `device_id`.
    #[must_use]
    pub fn new(number: usize, device_id: &str, keys: WorkingKeys, instead: Option<(KeyName, Key)>) -> Self {
        let kcv = |key: Option<&Key>| key.map_or_else(|| "--------".to_owned(), |key| key.kcv().to_string());
        Self {
            number,
            device_id: device_id.to_owned(),
            pik_kcv: kcv(Some(&keys.pik)),
            mak_kcv: kcv(Some(&keys.mak)),
            tdk_kcv: kcv(keys.tdk.as_ref()),
            keys,
            instead,
        }
    }

    /// Every clear key that went out with this set, under a name such as `PIK#2`, for who must keep them off records.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &Key)> {
        let number = self.number;
        let instead = self.instead.iter().map(move |(name, key)| (format!("{name}#{number} instead"), key));
        self.keys.iter().map(move |(name, key)| (format!("{name}#{number}"), key)).chain(instead)
    }
}
