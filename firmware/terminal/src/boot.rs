//! The boot line (INTERFACE.md, section 2).

use core::fmt::Write;

use heapless::String;

use crate::life::Life;
use crate::ports::{EntropySource, Identity};

/// The line's fixed text is 56 bytes, the version below 16, build id 40, counter 10, state 9, entropy 8.
const LINE: usize = 160;

/// The boot line with its CR LF.
pub(crate) fn boot_line(identity: &Identity, boot: u32, life: Life) -> String<LINE> {
    let mut line = String::new();
    let _ = write!(line, "PAYRIG-TERMINAL {} build=", env!("CARGO_PKG_VERSION"));
    match identity.build_id {
        Some(id) => {
            for byte in id {
                let _ = write!(line, "{byte:02x}");
            }
        }
        None => {
            let _ = line.push_str("native");
        }
    }
    let entropy = match identity.entropy {
        EntropySource::Hardware => "hardware",
        EntropySource::Emulated => "emulated",
    };
    let _ = write!(line, " boot={boot} state={} entropy={entropy}\r\n", life.boot_name());
    line
}

#[cfg(test)]
mod tests {
    use super::boot_line;
    use crate::life::Life;
    use crate::ports::{EntropySource, Identity};

    #[test]
    fn as_the_interface_shows_it() {
        let mut id = [0; 20];
        id[0] = 0x3F;
        id[1] = 0x0C;
        let image = Identity { build_id: Some(id), entropy: EntropySource::Emulated };
        assert_eq!(
            boot_line(&image, 17, Life::Keyed),
            "PAYRIG-TERMINAL 0.1.0 build=3f0c000000000000000000000000000000000000 boot=17 state=keyed \
             entropy=emulated\r\n"
        );
        let native = Identity { build_id: None, entropy: EntropySource::Hardware };
        assert_eq!(
            boot_line(&native, 1, Life::Blank),
            "PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=blank entropy=hardware\r\n"
        );
    }

    #[test]
    fn the_longest_line_fits() {
        let image = Identity { build_id: Some([0xFF; 20]), entropy: EntropySource::Hardware };
        assert!(boot_line(&image, u32::MAX, Life::SignedOn).ends_with("entropy=hardware\r\n"));
    }
}
