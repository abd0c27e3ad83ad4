//! What a terminal can set at the module and what stays set while its power is on.

/// V.250 settings and the few of 3GPP TS 27.007 and of the module that change how it talks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `ATE`: characters are echoed.
    pub(crate) echo: bool,
    /// `ATQ`: result codes are suppressed.
    pub(crate) quiet: bool,
    /// `ATV`: answers in words.
    pub(crate) verbose: bool,
    /// `ATS3`: the character that ends a command line.
    pub(crate) line_end: u8,
    /// `ATS4`: the character that follows it in answers.
    pub(crate) line_feed: u8,
    /// `ATS5`: the character that takes one back.
    pub(crate) take_back: u8,
    /// `AT+CMEE`: 0 `ERROR`, 1 number, 2 words.
    pub(crate) error_level: u8,
    /// `AT+CREG=`.
    pub(crate) registration_lines: u8,
    /// `AT+CGREG=`.
    pub(crate) packet_registration_lines: u8,
    /// `AT+CEREG=`.
    pub(crate) lte_registration_lines: u8,
    /// `AT+COPS=3`: how the operator is told, 0 and 1 by name, 2 by number.
    pub(crate) operator_format: u8,
    /// `ATX`: which result codes a call may have (ITU-T V.250, 6.3.6).
    pub(crate) call_codes: u8,
    /// `AT&D`: what a line modem makes of a terminal that is no more ready (circuit 108/2 off).
    pub(crate) not_ready: u8,
    /// The other S-registers, 0 to 12, by their numbers.
    pub(crate) registers: [u8; 13],
    /// `AT+CIPHEAD`: received data are framed.
    pub(crate) data_header: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            echo: true,
            quiet: false,
            verbose: true,
            line_end: b'\r',
            line_feed: b'\n',
            take_back: 0x08,
            error_level: 0,
            registration_lines: 0,
            packet_registration_lines: 0,
            lte_registration_lines: 0,
            operator_format: 0,
            call_codes: 4,
            not_ready: 2,
            // S2 `+`, S6 2 s, S7 60 s, S8 2 s, S9 0.6 s, S10 1.4 s, S11 95 ms, S12 1 s (as usual modems begin).
            registers: [0, 0, b'+', b'\r', b'\n', 0x08, 2, 60, 2, 6, 14, 95, 50],
            data_header: false,
        }
    }
}
