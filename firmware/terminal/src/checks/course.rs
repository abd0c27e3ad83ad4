//! A check from its first question to what it found (INTERFACE.md, section 19).

use embassy_futures::join::join;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, with_deadline, with_timeout};
use embedded_io_async::Read;

use super::bars::Bars;
use super::path::{Answer, Finding, Next, Question};
use super::screens;
use crate::app::Terminal;
use crate::panel::keypad::{Key, Keypad};
use crate::panel::messages;
use crate::ports::Hardware;
use crate::sign_on::flow::Stop;

/// How long a question waits for a key.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the signal is asked for.
const SIGNAL_EVERY: Duration = Duration::from_secs(2);

impl<H: Hardware> Terminal<'_, H> {
    /// Asks from a question on, and tells what was found; without a key for too long it ends without a word.
    pub(crate) async fn check(&mut self, first: Question) {
        let mut question = first;
        loop {
            let Some(answer) = self.ask(question).await else { return };
            match question.answered(answer) {
                Next::Ask(next) => question = next,
                Next::Tell(finding) => return self.tell(finding).await,
                Next::SignOn => return self.prove_by_sign_on().await,
            }
        }
    }

    async fn ask(&mut self, question: Question) -> Option<Answer> {
        if question == Question::Signal {
            return self.ask_with_signal().await;
        }
        self.display.show(&screens::question(self.stores.head(), question, Bars::NONE)).await;
        answer(&mut self.keypad).await
    }

    /// Shows the signal as it is while the question waits for its answer.
    async fn ask_with_signal(&mut self) -> Option<Answer> {
        let head = self.stores.head();
        let answered = Signal::<NoopRawMutex, ()>::new();
        let Self { keypad, display, modem, .. } = self;
        // A command is ended rather than dropped when the answer comes: half of one would spoil the next.
        let showing = async {
            display.show(&screens::question(head, Question::Signal, Bars::NONE)).await;
            loop {
                let next = Instant::now() + SIGNAL_EVERY;
                let bars = Bars::of(modem.signal().await);
                display.show(&screens::question(head, Question::Signal, bars)).await;
                if with_deadline(next, answered.wait()).await.is_ok() {
                    return;
                }
            }
        };
        let answering = async {
            let answer = answer(keypad).await;
            answered.signal(());
            answer
        };
        join(answering, showing).await.0
    }

    async fn tell(&mut self, finding: Finding) {
        self.page(screens::finding(self.stores.head(), finding)).await;
    }

    /// M317: a sign-on shows whether the SIM works now.
    async fn prove_by_sign_on(&mut self) {
        match self.sign_on_once().await {
            Ok(()) => self.show_signed_on().await,
            Err(Stop::Failed(_)) => self.tell(Finding::SimOrSlot).await,
            Err(Stop::Cancelled) => self.page(messages::sign_on_stopped(self.stores.head())).await,
            Err(Stop::Store(fault)) => self.stores.give_up(fault),
        }
    }
}

/// Yes or no; nothing where no key comes. Other keys only show that somebody is there.
async fn answer<R: Read>(keypad: &mut Keypad<R>) -> Option<Answer> {
    loop {
        match with_timeout(PATIENCE, keypad.key()).await.ok()? {
            Key::Confirm | Key::Digit(1) => return Some(Answer::Yes),
            Key::Cancel | Key::Digit(2) => return Some(Answer::No),
            _ => {}
        }
    }
}
