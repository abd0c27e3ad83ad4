//! The sign-on that the terminal begins by itself, on the first screen (INTERFACE.md, section 17).

use embassy_time::{Duration, Instant, with_deadline, with_timeout};

use super::flow::Stop;
use crate::app::Terminal;
use crate::life::Life;
use crate::log::info;
use crate::panel::keypad::Input;
use crate::panel::messages;
use crate::panel::screen::Screen;
use crate::ports::Hardware;

/// How long the outcome is shown where no key is pressed.
const SHOWN: Duration = Duration::from_secs(5);

impl<H: Hardware> Terminal<'_, H> {
    /// Whether a sign-on is due now.
    pub(crate) fn is_sign_on_due(&self) -> bool {
        self.sign_on_due_from().is_some_and(|from| from <= Instant::now())
    }

    /// From when on one is, of a terminal that has signed on.
    fn sign_on_due_from(&self) -> Option<Instant> {
        let parameters = self.stores.parameters().filter(|_| self.stores.life() == Life::SignedOn)?;
        let kept = self.stores.contents().and_then(|contents| contents.signed_on_at);
        self.rotation.due_from(parameters, &self.clock, kept)
    }

    /// What comes from the panel before it is time to sign on; `None` when it is.
    pub(crate) async fn input_before_sign_on(&mut self) -> Option<Input> {
        match self.sign_on_due_from() {
            Some(from) => with_deadline(self.rotation.next_by_itself(from), self.keypad.input()).await.ok(),
            None => Some(self.keypad.input().await),
        }
    }

    /// Signs on unasked, and shows the outcome to whoever is there.
    pub(crate) async fn sign_on_by_itself(&mut self) {
        info!("signing on by itself");
        let ended = self.sign_on_once().await;
        let head = self.stores.head();
        match ended {
            Ok(()) => {
                self.display.show(&messages::signed_on(head, self.stores.batch(), self.clock.now())).await;
                if with_timeout(SHOWN, self.keypad.input()).await == Ok(Input::RecordStart) {
                    self.provision().await;
                }
            }
            Err(Stop::Cancelled) => self.brief_page(messages::sign_on_stopped(head)).await,
            Err(Stop::Failed(diagnosis)) => self.show_failed_sign_on(&diagnosis, Some(SHOWN)).await,
            Err(Stop::Store(fault)) => self.stores.give_up(fault),
        }
    }

    /// Shows a screen until a key is pressed, or for a short time.
    async fn brief_page(&mut self, screen: Screen) {
        let _ = with_timeout(SHOWN, self.page(screen)).await;
    }
}
