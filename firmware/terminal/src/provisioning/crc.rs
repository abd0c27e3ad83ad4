//! CRC-16/IBM-3740, which closes records and front-end frames (INTERFACE.md, section 1).

use crc::{CRC_16_IBM_3740, Crc};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// The CRC over `bytes`.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_interface_s_check_value() {
        assert_eq!(super::crc16(b"123456789"), 0x29B1);
    }
}
