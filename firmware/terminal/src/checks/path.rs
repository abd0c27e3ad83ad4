//! Which question follows which answer (INTERFACE.md, section 19).

use crate::diagnosis::Cause;

/// A question of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// M301.
    DialTone,
    /// M302.
    Arrears,
    /// M303.
    NoNoise,
    /// M304.
    Signal,
    /// M305.
    Credit,
    /// M306.
    Reseated,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// M311.
    LineDead,
    /// M312.
    LineInArrears,
    /// M313.
    LineGood,
    /// M314.
    LineNoisy,
    /// M315.
    NoSignalHere,
    /// M316.
    NoCredit,
    /// M318.
    SimOrSlot,
}

/// An answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Ask(Question),
    Tell(Finding),
    /// M317.
    SignOn,
}

impl Question {
    /// The first question about a cause; nothing where there is no check for it.
    pub(crate) fn about(cause: Cause) -> Option<Self> {
        match cause {
            Cause::NoDialTone
            | Cause::LineBusy
            | Cause::NumberSilent
            | Cause::NoCarrier
            | Cause::LineNoisy
            | Cause::PortSilent => Some(Self::DialTone),
            Cause::NoSignal | Cause::NoDataService | Cause::WeakSignal | Cause::AccessPointRefused => {
                Some(Self::Signal)
            }
            // A SIM without credit may be refused.
            Cause::SimRefused => Some(Self::Credit),
            Cause::ModemSilent | Cause::SimDamaged | Cause::SimContact | Cause::SimNotStarting => {
                Some(Self::Reseated)
            }
            _ => None,
        }
    }

    /// What follows its answer.
    pub(crate) fn answered(self, answer: Answer) -> Next {
        match (self, answer) {
            (Self::DialTone, Answer::Yes) => Next::Ask(Self::Arrears),
            (Self::DialTone, Answer::No) => Next::Tell(Finding::LineDead),
            (Self::Arrears, Answer::Yes) => Next::Tell(Finding::LineInArrears),
            (Self::Arrears, Answer::No) => Next::Ask(Self::NoNoise),
            (Self::NoNoise, Answer::Yes) => Next::Tell(Finding::LineGood),
            (Self::NoNoise, Answer::No) => Next::Tell(Finding::LineNoisy),
            (Self::Signal, Answer::Yes) => Next::Ask(Self::Credit),
            (Self::Signal, Answer::No) => Next::Tell(Finding::NoSignalHere),
            (Self::Credit, Answer::Yes) => Next::Ask(Self::Reseated),
            (Self::Credit, Answer::No) => Next::Tell(Finding::NoCredit),
            (Self::Reseated, Answer::Yes) => Next::SignOn,
            (Self::Reseated, Answer::No) => Next::Tell(Finding::SimOrSlot),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Finding, Next, Question};
    use crate::diagnosis::Cause;
    use rstest::rstest;

    #[rstest]
    #[case::at_the_socket(
        Some(Question::DialTone),
        &[
            Cause::NoDialTone,
            Cause::LineBusy,
            Cause::NumberSilent,
            Cause::NoCarrier,
            Cause::LineNoisy,
            Cause::PortSilent,
        ],
        &["E230", "E231", "E232", "E233", "E235", "E240"],
    )]
    #[case::at_the_signal(
        Some(Question::Signal),
        &[Cause::NoSignal, Cause::NoDataService, Cause::WeakSignal, Cause::AccessPointRefused],
        &["E205", "E207", "E215", "E216"],
    )]
    #[case::at_the_credit(Some(Question::Credit), &[Cause::SimRefused], &["E206"])]
    #[case::at_the_slot(
        Some(Question::Reseated),
        &[Cause::ModemSilent, Cause::SimDamaged, Cause::SimContact, Cause::SimNotStarting],
        &["E201", "E204", "E213", "E214"],
    )]
    #[case::nowhere(
        None,
        &[Cause::NoSim, Cause::HostNotReachable, Cause::CarrierLost, Cause::KeyCheckFailed],
        &["E202", "E208", "E234", "E310"],
    )]
    fn a_check_begins_where_the_cause_may_lie(
        #[case] first: Option<Question>,
        #[case] causes: &[Cause],
        #[case] ids: &[&str],
    ) {
        for (cause, id) in causes.iter().zip(ids) {
            assert_eq!((cause.message().id, Question::about(*cause)), (*id, first));
        }
        assert_eq!(causes.len(), ids.len());
    }

    /// Whatever is answered, a check ends after at most three questions.
    #[test]
    fn every_path_ends() {
        fn ends(question: Question, left: usize) -> usize {
            assert!(left > 0, "{question:?} comes too late");
            [Answer::Yes, Answer::No]
                .into_iter()
                .map(|answer| match question.answered(answer) {
                    Next::Ask(next) => ends(next, left - 1),
                    Next::Tell(_) | Next::SignOn => 1,
                })
                .sum()
        }
        assert_eq!([Question::DialTone, Question::Signal].map(|first| ends(first, 3)), [4, 4]);
        assert_eq!(Question::Reseated.answered(Answer::No), Next::Tell(Finding::SimOrSlot));
    }
}
