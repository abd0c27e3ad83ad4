//! The printer's commands, and the bytes that it answers with (ESC/POS; INTERFACE.md, section 13).

/// `ESC @`: forgets what earlier commands set.
pub(crate) const INITIALISE: &[u8] = b"\x1B@";
/// `FS &`: text is GB18030 from here on.
pub(crate) const CHINESE: &[u8] = b"\x1C&";
/// `ESC a 1`: lines in the middle.
pub(crate) const CENTRE: &[u8] = b"\x1Ba\x01";
/// `ESC a 0`: lines on the left.
pub(crate) const LEFT: &[u8] = b"\x1Ba\x00";
/// `GS ! 11`: double width and height.
pub(crate) const DOUBLE: &[u8] = b"\x1D!\x11";
/// `GS ! 01`: double height.
pub(crate) const DOUBLE_HEIGHT: &[u8] = b"\x1D!\x01";
/// `GS ! 00`: single width and height.
pub(crate) const SINGLE: &[u8] = b"\x1D!\x00";
/// `ESC d 4`: prints and feeds four lines.
pub(crate) const FEED: &[u8] = b"\x1Bd\x04";
/// `GS V B 0`: feeds to the knife and cuts.
pub(crate) const CUT: &[u8] = b"\x1DVB\x00";

/// A question to the printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    /// `DLE EOT 4`: answered at once, whatever the printer is doing.
    PaperNow,
    /// `GS r 1`: answered when what came before it is printed.
    PaperAfterPrinting,
}

impl Query {
    /// The bytes that ask it.
    pub(crate) fn command(self) -> &'static [u8] {
        match self {
            Self::PaperNow => b"\x10\x04\x04",
            Self::PaperAfterPrinting => b"\x1Dr\x01",
        }
    }

    /// What an answer says; `None` for a byte that is none. The bits that never change tell the two queries' answers
    /// apart, so that a late one is not taken for the other's.
    pub(crate) fn read(self, status: u8) -> Option<Paper> {
        let (constant, pattern, out) = match self {
            Self::PaperNow => (0x93, 0x12, 0x60),
            Self::PaperAfterPrinting => (0x90, 0x00, 0x0C),
        };
        (status & constant == pattern).then_some(match status & out == out {
            true => Paper::Out,
            false => Paper::There,
        })
    }
}

/// What the printer's sensor at the paper's end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    /// There is paper, be it little.
    There,
    /// There is none.
    Out,
}

#[cfg(test)]
mod tests {
    use super::{Paper, Query};
    use rstest::rstest;

    #[rstest]
    #[case::paper(Query::PaperNow, 0x12, Some(Paper::There))]
    #[case::nearly_out(Query::PaperNow, 0x1E, Some(Paper::There))]
    #[case::out(Query::PaperNow, 0x72, Some(Paper::Out))]
    #[case::nearly_and_quite_out(Query::PaperNow, 0x7E, Some(Paper::Out))]
    #[case::late_answer_of_the_other(Query::PaperNow, 0x00, None)]
    #[case::noise(Query::PaperNow, 0xFF, None)]
    #[case::printed(Query::PaperAfterPrinting, 0x00, Some(Paper::There))]
    #[case::printed_nearly_out(Query::PaperAfterPrinting, 0x03, Some(Paper::There))]
    #[case::not_printed(Query::PaperAfterPrinting, 0x0C, Some(Paper::Out))]
    #[case::not_printed_nearly_out(Query::PaperAfterPrinting, 0x0F, Some(Paper::Out))]
    #[case::late_answer_of_the_other(Query::PaperAfterPrinting, 0x12, None)]
    #[case::late_answer_of_the_other(Query::PaperAfterPrinting, 0x72, None)]
    #[case::noise(Query::PaperAfterPrinting, 0xFF, None)]
    fn status_bytes(#[case] query: Query, #[case] status: u8, #[case] paper: Option<Paper>) {
        assert_eq!(query.read(status), paper);
    }
}
