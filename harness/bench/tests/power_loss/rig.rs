//! The rig under test, and boards on copies of a prepared state.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use payrig_rig::{Board, BoardKind, Image, QemuSection, RigFile, State, qemu::QemuBoard};
use tempfile::TempDir;

use crate::{fault::Fault, memory::Memory, probe::Chip};

/// An emulated board's rig, with its image.
pub struct Rig {
    section: QemuSection,
    pub image: Image,
    /// The routine that makes every store into persistent memory (the board's README).
    pub store: u64,
}

impl Rig {
    /// The rig that `PAYRIG_RIG` names, else `rigs/qemu.toml`; none where it is no emulated board.
    pub fn open() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let path =
            env::var_os("PAYRIG_RIG").map_or_else(|| root.join("rigs/qemu.toml"), |rig| root.join(rig));
        let BoardKind::Qemu(section) = RigFile::load(&path).unwrap().board else {
            println!("{}: skipped: its board has no store to halt before", path.display());
            return None;
        };
        let image = Image::load(&section.image, &section.machine).unwrap();
        // A function's symbol has bit 0 set for Thumb code.
        let store = image.symbol("PAYRIG_STORE").unwrap() & !1;
        Some(Self { section, image, store })
    }

    pub fn chip(&self) -> Chip {
        Chip { name: self.section.chip.clone(), file: self.section.chip_file.clone() }
    }

    /// A new board with the rig's image in flash.
    pub async fn new_board(&self) -> Result<Site, Fault> {
        let site = self.site()?;
        site.board()?.flash(&self.image, &|_| {}).await?;
        Ok(site)
    }

    /// Another board like the one of `site`, with this memory under its battery.
    pub fn copy(&self, site: &Site, memory: &Memory) -> Result<Site, Fault> {
        let copy = self.site()?;
        fs::copy(&site.flash, &copy.flash)?;
        memory.write(&copy.battery)?;
        Ok(copy)
    }

    fn site(&self) -> Result<Site, Fault> {
        let folder = tempfile::Builder::new().prefix("payrig-power-").tempdir()?;
        let section = QemuSection { state: folder.path().into(), ..self.section.clone() };
        let board = QemuBoard::new(section.clone(), State::Kept)?;
        Ok(Site { flash: board.flash_file(), battery: board.battery_file(), section, _folder: folder })
    }
}

/// A board's flash and battery, which are gone with it. One board at a time is on.
pub struct Site {
    section: QemuSection,
    flash: PathBuf,
    pub battery: PathBuf,
    _folder: TempDir,
}

impl Site {
    /// The board, off.
    pub fn board(&self) -> Result<QemuBoard, Fault> {
        Ok(QemuBoard::new(self.section.clone(), State::Kept)?)
    }

    /// The persistent memory, as it is at this moment.
    pub fn memory(&self) -> Result<Memory, Fault> {
        Ok(Memory::read(&self.battery)?)
    }
}
