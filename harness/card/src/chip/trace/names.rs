//! Names of commands and of statuses (ISO/IEC 7816-4, EMV Book 3).

/// The command's name by its INS; its hex where it has none here.
pub fn command_name(ins: u8) -> String {
    let name = match ins {
        0x16 => "CARD BLOCK",
        0x18 => "APPLICATION UNBLOCK",
        0x1E => "APPLICATION BLOCK",
        0x20 => "VERIFY",
        0x24 => "PIN CHANGE/UNBLOCK",
        0x82 => "EXTERNAL AUTHENTICATE",
        0x84 => "GET CHALLENGE",
        0x88 => "INTERNAL AUTHENTICATE",
        0xA4 => "SELECT",
        0xA8 => "GET PROCESSING OPTIONS",
        0xAE => "GENERATE AC",
        0xB0 => "READ BINARY",
        0xB2 => "READ RECORD",
        0xC0 => "GET RESPONSE",
        0xCA => "GET DATA",
        0xD6 => "UPDATE BINARY",
        0xDA => "PUT DATA",
        0xDC => "UPDATE RECORD",
        _ => return format!("INS {ins:02X}"),
    };
    name.to_owned()
}

/// A status, with what it says where that is of the transport.
pub(super) fn status([sw1, sw2]: [u8; 2]) -> String {
    let said = match (sw1, sw2) {
        (0x90, 0x00) => ", done".to_owned(),
        (0x61, 0x00) => ", 256 bytes or more to fetch".to_owned(),
        (0x61, count) => format!(", {count} bytes to fetch"),
        (0x6C, 0x00) => ", Le is 256".to_owned(),
        (0x6C, count) => format!(", Le is {count}"),
        (0x63, tries @ 0xC0..=0xCF) => format!(", {} tries left", tries & 0x0F),
        _ => String::new(),
    };
    format!("{sw1:02X}{sw2:02X}{said}")
}
