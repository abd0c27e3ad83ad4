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
            data_header: false,
        }
    }
}
