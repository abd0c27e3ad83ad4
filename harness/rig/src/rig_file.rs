//! The file that describes a rig.

use std::path::{Path, PathBuf};

use payrig_fixture::FixtureError;
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Access, Board, Capability, ExternalModem, Image, RigError, State,
    card_reader::{self, CardReader, RawCards},
    external::{self, RawHost, RawLines},
    probe,
    qemu::QemuBoard,
    sim::SimBoard,
};

/// A rig, as its file describes it.
#[derive(Clone, Debug)]
pub struct RigFile {
    /// The file's stem: `qemu` for `rigs/qemu.toml`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Whose time the rig's clock follows.
    pub time: TimeKind,
    /// The board and what is particular to its kind.
    pub board: BoardKind,
    /// The device on the modem line, where it is not the bench that plays one.
    pub modem: Option<ExternalModem>,
    /// The reader whose card can be put into the terminal's slot.
    pub slot: Option<CardReader>,
}

/// Whose time a rig's clock follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeKind {
    /// Idle time is skipped.
    Virtual,
    /// The wall clock.
    Real,
}

/// The kinds of boards.
#[derive(Clone, Debug)]
pub enum BoardKind {
    /// The application, compiled natively, in this process.
    Sim,
    /// The image in QEMU behind the virtual debug probe.
    Qemu(QemuSection),
}

/// What is particular to an emulated board. Paths are absolute, or relative to the working directory.
#[derive(Clone, Debug)]
pub struct QemuSection {
    /// The emulator's program, found by `PATH` or with a path.
    pub program: PathBuf,
    /// QEMU's machine.
    pub machine: String,
    /// The image.
    pub image: PathBuf,
    /// The chip's name in `chip_file` or in probe-rs's own registry.
    pub chip: String,
    /// probe-rs target description, where probe-rs does not know the chip.
    pub chip_file: Option<PathBuf>,
    /// First address of the flash.
    pub flash_base: u32,
    /// Size of the flash in bytes.
    pub flash_size: u32,
    /// Where the board's flash and battery are kept between two commands.
    pub state: PathBuf,
    /// What carries the board's lines.
    pub lines: LineCarrier,
    /// Where the debug probe listens; `None`: in a folder of the board's own.
    pub probe_socket: Option<PathBuf>,
}

/// What carries the lines of an emulated board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineCarrier {
    /// Unix sockets.
    #[default]
    Sockets,
    /// Ptys, which are opened as serial ports as those of a bench are.
    Pty,
}

impl RigFile {
    /// Reads the rig file at `path`.
    ///
    /// # Errors
    /// [`RigError::File`], with line and column.
    pub fn load(path: &Path) -> Result<Self, RigError> {
        Self::parse(path, &FixtureError::read(path)?)
    }

    /// Checks the text of a rig file; `path` is named in errors and is what its paths are relative to.
    ///
    /// # Errors
    /// [`RigError::File`] with line and column, or [`RigError::Inconsistent`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, RigError> {
        let name = path.display().to_string();
        let raw: RawRig = payrig_fixture::parse(&name, text)?;
        if let Some(section) = &raw.qemu {
            check_flash(&name, text, &section.flash)?;
        }
        let board = match (raw.board, raw.qemu) {
            (RawBoard::Sim, None) => BoardKind::Sim,
            (RawBoard::Qemu, Some(section)) => BoardKind::Qemu(section.resolve(path)),
            (RawBoard::Sim, Some(_)) => {
                return Err(inconsistent(path, "board = \"sim\" has no table [qemu]", "remove the table"));
            }
            (RawBoard::Qemu, None) => {
                return Err(inconsistent(
                    path,
                    "board = \"qemu\" needs a table [qemu]",
                    "see rigs/qemu.toml for an example",
                ));
            }
        };
        if matches!((&board, raw.time), (BoardKind::Qemu(_), TimeKind::Virtual)) {
            let message = "an emulated board runs in real time: time = \"virtual\" cannot be kept";
            return Err(inconsistent(path, message, "write time = \"real\""));
        }
        let modem = external::modem(path, text, raw.lines, raw.host)?;
        let slot = card_reader::slot(&name, text, raw.cards)?;
        let name = path.file_stem().map_or_else(|| "rig".into(), |s| s.to_string_lossy().into_owned());
        Ok(Self { name, title: raw.title, time: raw.time, board, modem, slot })
    }

    /// What the rig can do, without touching anything.
    pub fn capabilities(&self) -> crate::Capabilities {
        let of_board = match &self.board {
            BoardKind::Sim => SimBoard::CAPABILITIES.as_slice(),
            BoardKind::Qemu(_) => QemuBoard::CAPABILITIES.as_slice(),
        };
        // A device lives in real time, and so does everything around it.
        let in_real_time = self.time == TimeKind::Real || self.modem.is_some();
        let has = |capability: &Capability| !(in_real_time && *capability == Capability::VirtualTime);
        let of_slot = self.slot.as_ref().map(|_| Capability::PhysicalCard);
        of_board.iter().copied().filter(has).chain(self.of_modem_line()).chain(of_slot).collect()
    }

    /// What the modem line can do. Our own actor plays every kind of modem and every network.
    fn of_modem_line(&self) -> Vec<Capability> {
        use Capability::{CellularModem, LineModem, PlayedNetwork};
        match self.modem.as_ref().map(|modem| modem.access) {
            None => vec![PlayedNetwork, CellularModem, LineModem],
            Some(Access::Cellular) => vec![CellularModem],
            Some(Access::Line) => vec![LineModem],
        }
    }

    /// The image of the rig's board; `None` on a board that has none.
    ///
    /// # Errors
    /// [`RigError::NoImage`], [`RigError::Image`].
    pub fn image(&self) -> Result<Option<Image>, RigError> {
        match &self.board {
            BoardKind::Sim => Ok(None),
            BoardKind::Qemu(section) => Image::load(&section.image, &section.machine).map(Some),
        }
    }

    /// Refuses a chip file or an image that is not what it must be. What is missing altogether is the doctor's business.
    ///
    /// # Errors
    /// [`RigError::ChipFile`], [`RigError::Image`].
    pub fn check_inputs(&self) -> Result<(), RigError> {
        let BoardKind::Qemu(section) = &self.board else { return Ok(()) };
        probe::registry(&section.chip, section.chip_file.as_deref())?;
        match self.image() {
            Err(error) if error.is_usage() => Err(error),
            _ => Ok(()),
        }
    }

    /// The rig's board, off. Nothing is started yet.
    ///
    /// # Errors
    /// A state folder that is in use or cannot be made.
    pub fn board(&self, state: State) -> Result<Box<dyn Board>, RigError> {
        Ok(match &self.board {
            BoardKind::Sim => Box::new(SimBoard::new()),
            BoardKind::Qemu(section) => Box::new(QemuBoard::new(section.clone(), state)?),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRig {
    title: String,
    board: RawBoard,
    time: TimeKind,
    qemu: Option<RawQemu>,
    #[serde(default)]
    lines: RawLines,
    host: Option<RawHost>,
    #[serde(default)]
    cards: RawCards,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawBoard {
    Sim,
    Qemu,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawQemu {
    program: PathBuf,
    machine: String,
    image: PathBuf,
    chip: String,
    chip_file: Option<PathBuf>,
    flash: Spanned<RawFlash>,
    state: PathBuf,
    #[serde(default)]
    lines: LineCarrier,
}

/// What the emulator's memory is made of.
const FLASH_PAGE: u32 = 4096;

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFlash {
    base: u32,
    size: u32,
}

/// Refuses a flash that cannot be.
fn check_flash(file: &str, text: &str, flash: &Spanned<RawFlash>) -> Result<(), FixtureError> {
    let RawFlash { base, size } = *flash.get_ref();
    let whole = |value: u32| value.is_multiple_of(FLASH_PAGE);
    if size == 0 || !whole(base) || !whole(size) || base.checked_add(size).is_none() {
        let message = format!(
            "expected a flash of whole pages of {FLASH_PAGE} bytes below 4 GiB, found {size:#x} bytes at {base:#x}"
        );
        return Err(FixtureError::at(file, text, flash.span(), message));
    }
    Ok(())
}

impl RawQemu {
    fn resolve(self, rig_file: &Path) -> QemuSection {
        let folder = rig_file.parent().unwrap_or(Path::new("."));
        QemuSection {
            program: self.program,
            machine: self.machine,
            image: folder.join(self.image),
            chip: self.chip,
            chip_file: self.chip_file.map(|file| folder.join(file)),
            flash_base: self.flash.get_ref().base,
            flash_size: self.flash.get_ref().size,
            state: folder.join(self.state),
            lines: self.lines,
            probe_socket: None,
        }
    }
}

fn inconsistent(path: &Path, message: &str, help: &str) -> RigError {
    RigError::Inconsistent { path: path.into(), message: message.into(), help: help.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const QEMU: &str = include_str!("../../../rigs/qemu.toml");

    #[test]
    fn the_shipped_rigs_are_read_and_their_paths_are_relative_to_them() {
        let rig = RigFile::parse("rigs/qemu.toml".as_ref(), QEMU).unwrap();
        assert_eq!((rig.name.as_str(), rig.time), ("qemu", TimeKind::Real));
        let BoardKind::Qemu(section) = &rig.board else { panic!("an emulated board") };
        assert_eq!(section.image, Path::new("rigs/../target-firmware/images/mps2-an386.elf"));
        assert_eq!((section.flash_base, section.flash_size), (0, 1 << 20));

        let pty = include_str!("../../../rigs/qemu-pty.toml");
        let rig = RigFile::parse("rigs/qemu-pty.toml".as_ref(), pty).unwrap();
        let BoardKind::Qemu(over_ptys) = &rig.board else { panic!("an emulated board") };
        assert_eq!((section.lines, over_ptys.lines), (LineCarrier::Sockets, LineCarrier::Pty));
        assert_ne!(section.state, over_ptys.state, "each rig keeps a board of its own");

        let sim = include_str!("../../../rigs/sim.toml");
        let rig = RigFile::parse("rigs/sim.toml".as_ref(), sim).unwrap();
        assert_eq!(rig.time, TimeKind::Virtual);
        assert!(matches!(rig.board, BoardKind::Sim));
        assert!(rig.capabilities().has(Capability::PlayedNetwork));

        let external = include_str!("../../../rigs/line-modem.toml");
        let rig = RigFile::parse("rigs/line-modem.toml".as_ref(), external).unwrap();
        let modem = rig.modem.as_ref().unwrap();
        assert_eq!((modem.address.to_string().as_str(), modem.access), ("tty:/dev/ttyUSB0", Access::Line));
        assert_eq!(modem.host, Some("127.0.0.1:5000".parse().unwrap()));
        let lacks = [Capability::VirtualTime, Capability::PlayedNetwork, Capability::CellularModem];
        assert_eq!(rig.capabilities().missing(&[&lacks[..], &[Capability::LineModem]].concat()), lacks);
    }

    #[test]
    fn a_reader_for_the_slot_is_one_more_capability() {
        let text = QEMU.replacen("[qemu]", "[cards]\nslot = { reader = \"ACR38\" }\n\n[qemu]", 1);
        let [without, with] = [QEMU, &text].map(|text| RigFile::parse("r.toml".as_ref(), text).unwrap());
        assert_eq!(with.slot, Some(CardReader { reader: "ACR38".into() }));
        assert!(!without.capabilities().has(Capability::PhysicalCard));
        let more: Vec<_> = with.capabilities().iter().filter(|c| !without.capabilities().has(*c)).collect();
        assert_eq!(more, [Capability::PhysicalCard]);
    }

    #[rstest]
    #[case::unknown_key(
        "machine = ",
        "machin = ",
        "r.toml:8:1: unknown key `machin`; did you mean `machine`?"
    )]
    #[case::wrong_type(
        "\"mps2-an386\"\n#",
        "7\n#",
        "r.toml:8:11: invalid type: integer `7`, expected a string"
    )]
    #[case::unknown_board("board = \"qemu\"", "board = \"bench\"", "r.toml:3:9: unknown value `bench`")]
    #[case::syntax("title = \"", "title = ", "r.toml:2:9: ")]
    #[case::no_flash(
        "size = 0x0010_0000",
        "size = 0",
        "r.toml:14:9: expected a flash of whole pages of 4096 bytes below 4 GiB, found 0x0 bytes at 0x0"
    )]
    #[case::odd_flash("0x0010_0000", "0x0010_0001", "r.toml:14:9: expected a flash of whole pages")]
    #[case::flash_beyond_the_end(
        "0x0000_0000",
        "0xFFFF_F000",
        "r.toml:14:9: expected a flash of whole pages"
    )]
    #[case::unknown_lines(
        "chip = ",
        "lines = \"ptys\"\nchip = ",
        "r.toml:11:9: unknown value `ptys`; did you mean `pty`?"
    )]
    #[case::virtual_time("\"real\"", "\"virtual\"", "r.toml: an emulated board runs in real time")]
    #[case::no_address(
        "[qemu]",
        "[lines]\nmodem = { external = \"/dev/ttyS0\" }\n[qemu]",
        "r.toml:7:22: expected `tcp:HOST:PORT` or `tty:PATH`, as in `tty:/dev/ttyUSB0`, found `/dev/ttyS0`"
    )]
    #[case::baud_of_tcp(
        "[qemu]",
        "[lines]\nmodem = { external = \"tcp:h:1\", baud = 9600 }\n[qemu]",
        "r.toml:7:40: `baud` goes with `tty:`"
    )]
    #[case::no_baud(
        "[qemu]",
        "[lines]\nmodem = { external = \"tty:p\", baud = 0 }\n[qemu]",
        "r.toml:7:38: expected bits per second"
    )]
    #[case::other_line(
        "[qemu]",
        "[lines]\nmodm = { external = \"tty:p\" }\n[qemu]",
        "r.toml:7:1: unknown key `modm`; did you mean `modem`?"
    )]
    #[case::unknown_access(
        "[qemu]",
        "[lines]\nmodem = { external = \"tty:p\", access = \"lime\" }\n[qemu]",
        "r.toml:7:40: unknown value `lime`; did you mean `line`?"
    )]
    #[case::host_address(
        "[qemu]",
        "[lines]\nmodem = { external = \"tty:p\" }\n[host]\nlisten = \"localhost\"\n[qemu]",
        "r.toml:9:10: expected an address of this machine and a port, as in `127.0.0.1:5000`, found `localhost`"
    )]
    #[case::host_of_ours(
        "[qemu]",
        "[host]\nlisten = \"127.0.0.1:1\"\n[qemu]",
        "r.toml:7:10: expected a modem in [lines] that is external"
    )]
    #[case::no_reader(
        "[qemu]",
        "[cards]\nslot = { reader = \" \" }\n[qemu]",
        "r.toml:7:19: expected the name of a PC/SC reader or a part of it, as in `ACR38`, found ` `"
    )]
    #[case::other_slot(
        "[qemu]",
        "[cards]\nslott = { reader = \"ACR38\" }\n[qemu]",
        "r.toml:7:1: unknown key `slott`; did you mean `slot`?"
    )]
    fn a_wrong_rig_file_is_named_with_line_and_column(
        #[case] from: &str,
        #[case] to: &str,
        #[case] expected: &str,
    ) {
        let text = QEMU.replacen(from, to, 1);
        assert_ne!(text, QEMU, "the case must change something");
        let error = RigFile::parse("r.toml".as_ref(), &text).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains('\n'), "one sentence: {message}");
        assert!(error.is_usage());
    }
}
