//! The terminal's RAM, and what of it is a secret.

use std::{env, fmt, path::Path, path::PathBuf};

use payrig_bench::{Finding, World};
use payrig_rig::{BoardKind, Image, RigFile};

use crate::{forms, secrets::Searched};

/// The RAM of the image (firmware/boards/mps2-an386/memory.x).
const RAM: u64 = 0x2000_0000;
const SIZE: usize = 512 * 1024;

/// The rig that `PAYRIG_RIG` names, else `rigs/qemu.toml`.
pub fn rig_file() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    env::var_os("PAYRIG_RIG").map_or_else(|| root.join("rigs/qemu.toml"), |rig| root.join(rig))
}

/// The image that is in its flash.
pub fn image() -> Image {
    match RigFile::load(&rig_file()).unwrap().board {
        BoardKind::Qemu(section) => Image::load(&section.image, &section.machine).unwrap(),
        _ => panic!("{}: its board's RAM cannot be read", rig_file().display()),
    }
}

/// All of the RAM at one moment.
pub struct Memory {
    bytes: Vec<u8>,
    image: Image,
}

/// A secret that is there.
#[derive(Debug)]
pub struct Leak {
    /// Whose it is: not its value.
    pub secret: String,
    pub form: &'static str,
    pub address: u64,
    /// The symbol before it, and how far behind that it is.
    symbol: Option<(String, u64)>,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret, form, address, symbol } = self;
        write!(f, "{address:#010x}: {secret} as {form}")?;
        match symbol {
            Some((name, offset)) => write!(f, ", {offset:#x} behind {name}"),
            None => Ok(()),
        }
    }
}

impl Memory {
    pub async fn read(world: &mut World) -> Result<Self, Finding> {
        let missing = || Finding::Missing("this rig has no probe to read the RAM by".into());
        let bytes = world.read_memory(RAM, SIZE).await?.ok_or_else(missing)?;
        Ok(Self { bytes, image: image() })
    }

    /// Every place of every secret.
    pub fn search(&self, searched: &Searched) -> Vec<Leak> {
        let forms: Vec<_> = searched.forms().collect();
        let places = forms::places(forms.iter().map(|(_, form)| *form), &self.bytes);
        let leak = |(number, at): (usize, usize)| {
            let (secret, form) = forms[number];
            let address = RAM + at as u64;
            let symbol = self.image.nearest(address).map(|(name, start)| (name.to_owned(), address - start));
            Leak { secret: secret.to_owned(), form: form.name, address, symbol }
        };
        places.into_iter().map(leak).collect()
    }
}
