//! What this machine lacks to run a rig, and the command that mends it.

use std::{
    env, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process::Command,
};

use payrig_card::pcsc;

use crate::{
    BoardKind, CardReader, DeviceAddress, ExternalModem, Image, LineCarrier, QemuSection, RigFile, probe, pty,
};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What was found, or what is missing.
    pub found: Result<String, Missing>,
}

/// A thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is wrong.
    pub message: String,
    /// The command that mends it.
    pub mend: String,
}

/// Looks at everything that `rig` needs. Starts no board and opens no line or device.
pub fn examine(rig: &RigFile) -> Vec<Finding> {
    let mut findings = of_board(rig);
    findings.extend(rig.modem.as_ref().map(modem));
    findings.extend(rig.slot.as_ref().map(card_reader));
    findings
}

fn of_board(rig: &RigFile) -> Vec<Finding> {
    match &rig.board {
        BoardKind::Sim => {
            vec![Finding { what: "board".into(), found: Ok("simulated, in this process".into()) }]
        }
        BoardKind::Qemu(section) => {
            let mut findings = vec![emulator(&section.program), chip_file(section), image(section)];
            findings.extend(lines(section.lines));
            findings.push(thumb_compiler());
            findings
        }
    }
}

/// What keeps `rig` from running here, if anything does. A compiler is needed only to build an image that is missing.
pub fn first_obstacle(rig: &RigFile) -> Option<Missing> {
    let of_board = match &rig.board {
        BoardKind::Sim => None,
        BoardKind::Qemu(section) => [emulator(&section.program), chip_file(section), image(section)]
            .into_iter()
            .chain(lines(section.lines))
            .find_map(|finding| finding.found.err()),
    };
    of_board
        .or_else(|| modem(rig.modem.as_ref()?).found.err())
        .or_else(|| card_reader(rig.slot.as_ref()?).found.err())
}

/// PC/SC is asked which readers it has and whether a card is in. The card is left alone: a case resets it.
fn card_reader(CardReader { reader }: &CardReader) -> Finding {
    let found = match pcsc::find_reader(Some(reader)) {
        Ok(found) if found.card.is_some() => Ok(format!("{}, with a card in it; a case uses it", found.name)),
        Ok(found) => Err(Missing {
            message: format!("no card is in the reader `{}`", found.name),
            mend: "put one in".into(),
        }),
        Err(obstacle) => Err(Missing { message: obstacle.what, mend: obstacle.mend }),
    };
    Finding { what: "card reader".into(), found }
}

/// A port that is there is opened, and an address called, when a case begins: a device may take every visitor for its terminal.
fn modem(modem: &ExternalModem) -> Finding {
    let ExternalModem { address, access, host } = modem;
    let host = host.map_or_else(String::new, |host| format!("; the host waits for it on {host}"));
    let there = format!("external, {}, {address}{host}; a case opens it", access.word());
    let found = match address {
        DeviceAddress::Tcp { .. } => Ok(there),
        DeviceAddress::Tty { path, .. } => match is_character_device(path) {
            Ok(true) => Ok(there),
            Ok(false) => Err(format!("{address} is no serial port")),
            Err(e) => Err(format!("the modem line has no device: {address}: {e}")),
        },
    };
    let mend = "power the device and plug it in, or correct `modem` under [lines] in the rig's file";
    let found = found.map_err(|message| Missing { message, mend: mend.into() });
    Finding { what: "modem".into(), found }
}

fn is_character_device(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.file_type().is_char_device())
}

fn emulator(program: &Path) -> Finding {
    let found = Command::new(program).arg("--version").output();
    let found = match found {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(text.lines().next().unwrap_or("no version").to_owned())
        }
        Ok(output) => Err(Missing {
            message: format!("{} does not run: {}", program.display(), output.status),
            mend: "ci/setup".into(),
        }),
        Err(e) => Err(Missing {
            message: format!("{} is not to be found: {e}", program.display()),
            mend: "ci/setup   (installs Debian's qemu-system-arm)".into(),
        }),
    };
    Finding { what: "emulator".into(), found }
}

fn chip_file(section: &QemuSection) -> Finding {
    let found = match probe::registry(&section.chip, section.chip_file.as_deref()) {
        Ok(_) => {
            let file =
                section.chip_file.as_ref().map_or("probe-rs itself".into(), |p| p.display().to_string());
            Ok(format!("{} in {file}", section.chip))
        }
        Err(e) => Err(Missing {
            message: e.to_string(),
            mend: "correct `chip-file` or `chip` in the rig's file".into(),
        }),
    };
    Finding { what: "chip".into(), found }
}

fn image(section: &QemuSection) -> Finding {
    let found = match Image::load(&section.image, &section.machine) {
        Ok(image) => Ok(format!(
            "{}, {} bytes, build {}",
            section.image.display(),
            image.size(),
            image.build_id().unwrap_or("without an id")
        )),
        Err(e) => Err(Missing { message: e.to_string(), mend: format!("ci/firmware {}", section.machine) }),
    };
    Finding { what: "image".into(), found }
}

/// Serial ports that are ptys need nothing that has to be installed. Only a container without `/dev/pts` has none.
fn lines(carrier: LineCarrier) -> Option<Finding> {
    if carrier == LineCarrier::Sockets {
        return None;
    }
    let found = match pty::pair() {
        Ok(_) => Ok("serial ports that are ptys; nothing is to be installed for them".into()),
        Err(e) => Err(Missing {
            message: format!("no pty can be made: {e}"),
            mend: "mount -t devpts devpts /dev/pts".into(),
        }),
    };
    Some(Finding { what: "lines".into(), found })
}

/// Whether this machine could build the image: an installed thumb target, or a distribution's compiler with `core`'s source.
fn thumb_compiler() -> Finding {
    const TARGET: &str = "thumbv7em-none-eabihf";
    let with_target =
        rustc_sysroot().map(|root| root.join("lib/rustlib").join(TARGET)).filter(|p| p.is_dir());
    let found = if let Some(path) = with_target {
        Ok(format!("target {TARGET} in {}", path.display()))
    } else if distribution_builds_core() {
        Ok("the distribution's rustc, with core built from source".into())
    } else {
        Err(Missing {
            message: format!("no compiler for {TARGET}"),
            mend: format!("ci/setup   (or, with rustup: rustup target add {TARGET})"),
        })
    };
    Finding { what: "thumb compiler".into(), found }
}

/// What `ci/firmware` needs to build core with the distribution's compiler: the compiler, core's source, a linker.
fn distribution_builds_core() -> bool {
    let core = Path::new("/usr/lib/rustlib/src/rust/library/core/Cargo.toml");
    let rust_lld = || {
        let hosts = std::fs::read_dir(rustc_sysroot()?.join("lib/rustlib")).ok()?;
        hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|path| path.is_file())
    };
    let lld = || {
        env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|p| p.join("ld.lld").is_file()))
    };
    Path::new("/usr/bin/rustc").is_file() && core.is_file() && (lld() || rust_lld().is_some())
}

fn rustc_sysroot() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ptys_need_nothing_that_sockets_do_not() {
        let rig = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rigs").join(name);
            RigFile::load(&path).unwrap()
        };
        let (sockets, mut ptys) = (examine(&rig("qemu.toml")), examine(&rig("qemu-pty.toml")));
        let lines = ptys.iter().position(|finding| finding.what == "lines").unwrap();
        assert!(ptys.remove(lines).found.is_ok());
        assert_eq!(ptys, sockets);
    }
}
