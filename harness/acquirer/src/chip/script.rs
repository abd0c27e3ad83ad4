//! Issuer scripts (EMV Book 3, 10.10; PBOC 3.0, part 5): what the host wants a card to do.

use std::fmt;

use payrig_keys::emv::{EmvKeyError, PinChange, ScriptMac, encipher_script_data};
use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::tlv::object;
use super::verify::Verified;

/// A script that goes with the answer to a chip whose cryptogram is right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Script {
    /// Before or after the second GENERATE AC.
    #[serde(default)]
    pub place: ScriptPlace,
    /// Tag 9F18, 8 hex digits; without one the script has none.
    pub id: Option<String>,
    /// What the card is to do, in this order.
    pub commands: Vec<ScriptCommand>,
}

/// When a card is given a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptPlace {
    /// Template 71.
    Before,
    /// Template 72.
    #[default]
    After,
}

/// A command to the card, its MAC right unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptCommand {
    /// APPLICATION BLOCK.
    BlockApplication,
    /// APPLICATION UNBLOCK.
    UnblockApplication,
    /// PIN CHANGE/UNBLOCK that unblocks: the tries are as they were at first.
    UnblockPin,
    /// PIN CHANGE/UNBLOCK with another offline PIN. The PIN that this host verifies stays.
    ChangePin(NewPin),
    /// PUT DATA.
    PutData(PutData),
    /// APPLICATION BLOCK with a wrong MAC.
    WrongMac,
    /// A command that no card knows, INS EE.
    Unknown,
    /// A command (tag 86) that announces more bytes than the script has; nothing can follow it.
    Malformed,
}

/// An offline PIN. It is not printed.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "String")]
pub struct NewPin(#[schemars(with = "String")] Zeroizing<String>);

impl From<String> for NewPin {
    fn from(pin: String) -> Self {
        Self(Zeroizing::new(pin))
    }
}

impl NewPin {
    /// 4 to 12 digits.
    #[must_use]
    pub fn new(pin: &str) -> Self {
        Self(Zeroizing::new(pin.to_owned()))
    }
}

impl fmt::Debug for NewPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PIN")
    }
}

/// An object of the card that is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutData {
    /// Its tag, 4 hex digits, such as `9F79`.
    pub tag: String,
    /// Its value, hex digits.
    pub value: String,
}

/// The largest template with what stands beside it in field 55.
const LARGEST: usize = 230;

impl Script {
    /// Why there can be no such script.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        let is_hex = |text: &str| hex::decode(text).is_ok();
        if self.id.as_ref().is_some_and(|id| id.len() != 8 || !is_hex(id)) {
            return Some("expected a script's id of 8 hex digits");
        }
        let wrong = self.commands.iter().find_map(|command| match command {
            ScriptCommand::ChangePin(NewPin(pin))
                if !(4..=12).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Some("expected a PIN of 4 to 12 digits")
            }
            ScriptCommand::PutData(put) if put.tag.len() != 4 || !is_hex(&put.tag) || !is_hex(&put.value) => {
                Some("expected a tag of 4 hex digits, and a value of hex digits")
            }
            _ => None,
        });
        let size: usize = self.commands.iter().map(ScriptCommand::most_bytes).sum();
        wrong.or((size > LARGEST).then_some("expected a script that has room in field 55"))
    }

    /// The template as field 55 has it.
    pub(super) fn template(&self, verified: &Verified) -> Result<Vec<u8>, EmvKeyError> {
        let mut inside = match self.id.as_ref().and_then(|id| hex::decode(id).ok()) {
            Some(id) => object(0x9F18, &id),
            None => Vec::new(),
        };
        for command in &self.commands {
            match command {
                ScriptCommand::Malformed => inside.extend([0x86, 0x0D, 0x84, 0x1E, 0, 0, 8]),
                command => inside.extend(object(0x86, &command.bytes(verified)?)),
            }
        }
        Ok(object(
            match self.place {
                ScriptPlace::Before => 0x71,
                ScriptPlace::After => 0x72,
            },
            &inside,
        ))
    }
}

impl ScriptCommand {
    /// Bytes in a template, at most.
    fn most_bytes(&self) -> usize {
        match self {
            Self::PutData(put) => put.value.len() / 2 + 16,
            Self::ChangePin(_) => 32,
            _ => 16,
        }
    }

    fn bytes(&self, verified: &Verified) -> Result<Vec<u8>, EmvKeyError> {
        let Verified { keys, version, atc, cryptogram } = verified;
        let mac_key = version.script_key(&keys.smi, *atc)?;
        let made = |header, data: &[u8]| {
            let mac = ScriptMac { header, atc: *atc, cryptogram: *cryptogram, data };
            mac.command(&mac_key, version.script_mac_bytes())
        };
        match self {
            Self::BlockApplication => made([0x84, 0x1E, 0, 0], &[]),
            Self::UnblockApplication => made([0x84, 0x18, 0, 0], &[]),
            Self::UnblockPin => made([0x84, 0x24, 0, 0], &[]),
            Self::ChangePin(NewPin(pin)) => {
                let block = PinChange::new(&keys.ac, pin, None)?;
                let key = version.script_key(&keys.smc, *atc)?;
                made([0x84, 0x24, 0, 2], &encipher_script_data(&key, block.expose())?)
            }
            Self::PutData(put) => {
                let mut tag = [0; 2];
                // Both were checked when the behaviour was read.
                let _ = hex::decode_to_slice(&put.tag, &mut tag);
                made([0x04, 0xDA, tag[0], tag[1]], &hex::decode(&put.value).unwrap_or_default())
            }
            Self::WrongMac => {
                let mut command = made([0x84, 0x1E, 0, 0], &[])?;
                command.iter_mut().skip(5).for_each(|byte| *byte ^= 1);
                Ok(command)
            }
            Self::Unknown | Self::Malformed => made([0x84, 0xEE, 0, 0], &[]),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place {
            ScriptPlace::Before => "script before the second cryptogram:",
            ScriptPlace::After => "script after the second cryptogram:",
        })?;
        for (i, command) in self.commands.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { " and " })?;
            f.write_str(match command {
                ScriptCommand::BlockApplication => "block the application",
                ScriptCommand::UnblockApplication => "unblock the application",
                ScriptCommand::UnblockPin => "unblock the PIN",
                ScriptCommand::ChangePin(_) => "change the PIN",
                ScriptCommand::PutData(_) => "put data",
                ScriptCommand::WrongMac => "a wrong MAC",
                ScriptCommand::Unknown => "an unknown command",
                ScriptCommand::Malformed => "a malformed command",
            })?;
        }
        Ok(())
    }
}
