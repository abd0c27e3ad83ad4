//! M301 to M318 (INTERFACE.md, section 19).

use super::bars::Bars;
use super::path::{Finding, Question};
use crate::panel::screen::{Head, Screen};
use crate::panel::text::{NOTHING, Text};
use crate::panel::texts::{advice, checks, hints};

/// A question; `bars` are shown where it is about the signal.
pub(crate) fn question(head: Head, question: Question, bars: Bars) -> Screen {
    let (id, texts) = match question {
        Question::DialTone => {
            ("M301", [checks::LINE_CHECK, checks::ATTACH_A_PHONE, checks::HEAR_A, checks::DIAL_TONE])
        }
        Question::Arrears => (
            "M302",
            [checks::LINE_CHECK, checks::CALL_A_MOBILE, checks::ANNOUNCEMENT_OF, checks::ARREARS_PLAYED],
        ),
        Question::NoNoise => {
            ("M303", [checks::LINE_CHECK, checks::DID_THE_CALL, checks::WITHOUT_NOISE, NOTHING])
        }
        Question::Signal => ("M304", [checks::NETWORK_CHECK, checks::MOVE, NOTHING, checks::TWO_BARS]),
        Question::Credit => {
            ("M305", [checks::NETWORK_CHECK, checks::HAS_CREDIT, checks::ASK_THE_OPERATOR, NOTHING])
        }
        Question::Reseated => ("M306", [checks::NETWORK_CHECK, checks::RESEAT, checks::WORKS_NOW, NOTHING]),
    };
    let screen = Screen::new(head, id, hints::YES_OR_NO).texts(&texts);
    match question {
        Question::Signal => screen.filled(4, checks::SIGNAL, &[&bars]),
        _ => screen,
    }
}

/// What a check found, and what to do.
pub(crate) fn finding(head: Head, finding: Finding) -> Screen {
    let line = |found: Text, first: Text, second: Text| [checks::LINE_CHECK, found, first, second];
    let network = |found: Text, advice: Text| [checks::NETWORK_CHECK, found, advice, NOTHING];
    let (id, texts) = match finding {
        Finding::LineDead => ("M311", line(checks::LINE_DEAD, checks::CALL_THE_COMPANY, NOTHING)),
        Finding::LineInArrears => ("M312", line(checks::LINE_IN_ARREARS, checks::PAY_THE_BILL, NOTHING)),
        Finding::LineGood => ("M313", line(checks::LINE_GOOD, checks::THE_PORT, advice::AND_CALL_AGENT)),
        Finding::LineNoisy => ("M314", line(checks::LINE_NOISY, checks::CALL_THE_COMPANY, NOTHING)),
        Finding::NoSignalHere => ("M315", network(checks::NO_SIGNAL_HERE, checks::USE_ELSEWHERE)),
        Finding::NoCredit => ("M316", network(checks::NO_CREDIT, checks::TOP_UP)),
        Finding::SimOrSlot => ("M318", network(checks::SIM_OR_SLOT, advice::CALL_AGENT)),
    };
    Screen::new(head, id, hints::ANY_KEY).texts(&texts)
}
