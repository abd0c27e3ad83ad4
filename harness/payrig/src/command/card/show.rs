//! What software and card say, in a line each.

use payrig_card::{chip::command_name, vpcd::Seen};

/// VERIFY and CHANGE REFERENCE DATA carry a PIN.
const WITH_PIN: [u8; 2] = [0x20, 0x24];

/// What vpcd does with the card. In full only where that is asked for: most of what a card says is secret.
pub(super) fn line(seen: Seen<'_>, reveal: bool) -> String {
    match seen {
        Seen::On([]) => "-- power on; the card is mute".into(),
        Seen::On(atr) => format!("-- power on; ATR {}", hex(atr)),
        Seen::Reset([]) => "-- reset; the card is mute".into(),
        Seen::Reset(atr) => format!("-- reset; ATR {}", hex(atr)),
        Seen::Off => "-- power off".into(),
        Seen::Command(command) => format!("> {}", self::command(command, reveal)),
        Seen::Response(response) => format!("< {}", self::response(response, reveal)),
    }
}

fn command(command: &[u8], reveal: bool) -> String {
    let Some((header, rest)) = command.split_first_chunk::<4>() else {
        return format!("{} (no command)", hex(command));
    };
    let [_, ins, _, _] = header;
    let name = command_name(*ins);
    match rest {
        [] | [_] => format!("{}  {name}", hex(command)),
        _ if reveal && !WITH_PIN.contains(ins) => format!("{}  {name}", hex(command)),
        [lc, ..] => format!("{} {lc:02X}  {name}, {lc} bytes", hex(header)),
    }
}

fn response(response: &[u8], reveal: bool) -> String {
    match response.split_last_chunk::<2>() {
        None => "nothing".into(),
        Some(([], status)) => hex(status),
        Some(_) if reveal => hex(response),
        Some((data, status)) => format!("{} behind {} bytes", hex(status), data.len()),
    }
}

/// Bytes in hex, a space between two.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_pin_nor_card_number_is_shown_unless_it_is_asked_for() {
        let verify = b"\0\x20\0\x80\x08\x24\x12\x34\xFF\xFF\xFF\xFF\xFF";
        let record = b"\x70\x0A\x5A\x08\x62\x12\x34\x56\x78\x90\x12\x32\x90\0";
        for reveal in [false, true] {
            assert_eq!(line(Seen::Command(verify), reveal), "> 00 20 00 80 08  VERIFY, 8 bytes");
        }
        assert_eq!(line(Seen::Response(record), false), "< 90 00 behind 12 bytes");
        assert_eq!(line(Seen::Response(record), true), "< 70 0A 5A 08 62 12 34 56 78 90 12 32 90 00");
        assert_eq!(line(Seen::Command(&[0, 0xB2, 1, 12, 0]), false), "> 00 B2 01 0C 00  READ RECORD");
        assert_eq!(line(Seen::Command(&[3]), false), "> 03 (no command)");
        assert_eq!(line(Seen::Response(&[]), false), "< nothing");
    }
}
