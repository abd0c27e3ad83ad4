//! Terminal risk management (EMV Book 3, 10.6), whatever the AIP says.

use super::course::{Course, World};
use super::fault::{CardError, Ending};
use super::kernel::Kernel;
use super::pan;
use super::parameters::{Application, ChipParameters};
use super::restrictions::Restricted;
use super::tag::Tag;
use super::tsi::Performed;
use super::tvr::Check;
use crate::ports::Entropy;

/// What the terminal risks is known.
pub(crate) struct RiskManaged(());

impl<'a, W: World> Course<'a, W, Restricted> {
    /// Exception list, floor limit, random selection, velocity.
    ///
    /// # Errors
    /// The session is over.
    pub(crate) async fn manage_risk(mut self) -> Result<Course<'a, W, RiskManaged>, Ending> {
        let kernel = &mut self.kernel;
        kernel.look_up_exception().await;
        kernel.hold_to_floor();
        kernel.count_offline().await?;
        kernel.memory.results.tsi.set(Performed::TerminalRiskManagement);
        Ok(self.to(RiskManaged(())))
    }
}

impl<W: World> Kernel<'_, W> {
    async fn look_up_exception(&mut self) {
        let Some(number) = pan::number(&self.memory.data) else { return };
        if self.parameters.is_exception(&number).await {
            self.memory.results.tvr.set(Check::OnExceptionFile);
        }
    }

    fn hold_to_floor(&mut self) {
        let amount = self.transaction.purpose.amount().units();
        let application = &self.memory.application;
        if amount >= application.floor {
            return self.memory.results.tvr.set(Check::FloorLimitExceeded);
        }
        if percentage(self.entropy) <= target(amount, application) {
            self.memory.results.tvr.set(Check::SelectedRandomly);
        }
    }

    /// Velocity (10.6.3), where the card has both limits.
    async fn count_offline(&mut self) -> Result<(), CardError> {
        let data = &self.memory.data;
        let limits = (data.array(Tag::LOWER_LIMIT), data.array(Tag::UPPER_LIMIT));
        let (Some([lower]), Some([upper])) = limits else { return Ok(()) };
        let count = self.get_data(Tag::ATC).await?.map(u16::from_be_bytes);
        let last = self.get_data(Tag::LAST_ONLINE_ATC).await?.map(u16::from_be_bytes);
        let tvr = &mut self.memory.results.tvr;
        if last == Some(0) {
            tvr.set(Check::NewCard);
        }
        let (Some(count), Some(last)) = (count, last) else {
            tvr.set(Check::DataMissing);
            tvr.set(Check::LowerLimitExceeded);
            tvr.set(Check::UpperLimitExceeded);
            return Ok(());
        };
        // A counter that has not gone on is past every limit.
        let offline = count.checked_sub(last).filter(|offline| *offline > 0);
        let exceeds = |limit: u8| offline.is_none_or(|offline| offline > limit.into());
        if exceeds(lower) {
            tvr.set(Check::LowerLimitExceeded);
        }
        if exceeds(upper) {
            tvr.set(Check::UpperLimitExceeded);
        }
        Ok(())
    }
}

/// A random number from 1 to 99, each as likely as the others.
fn percentage<E: Entropy>(entropy: &mut E) -> u64 {
    let mut byte = [0];
    loop {
        entropy.fill(&mut byte);
        let [number] = byte;
        // 198 is the largest multiple of 99 in a byte.
        if number < 198 {
            return u64::from(number % 99) + 1;
        }
    }
}

/// The share of transactions of an amount below the floor limit that goes online (10.6.2).
fn target(amount: u64, application: &Application) -> u64 {
    let (target, most) = (u64::from(application.target), u64::from(application.max_target));
    let above = amount.saturating_sub(application.threshold);
    let span = application.floor.saturating_sub(application.threshold);
    // Amounts have at most twelve digits.
    let bias = (most.saturating_sub(target) * above).checked_div(span).unwrap_or_default();
    target + bias
}

#[cfg(test)]
mod tests {
    use super::{Application, percentage, target};
    use crate::ports::Entropy;

    #[test]
    fn the_target_rises_from_the_threshold_to_the_floor_limit() {
        let application =
            Application { floor: 1000, threshold: 500, target: 10, max_target: 90, ..Default::default() };
        for (amount, expected) in [(0, 10), (500, 10), (750, 50), (999, 89)] {
            assert_eq!(target(amount, &application), expected, "{amount}");
        }
    }

    #[test]
    fn every_percentage_comes_as_often_as_the_others_and_the_rest_is_drawn_again() {
        struct Counting(u8);
        impl Entropy for Counting {
            fn fill(&mut self, bytes: &mut [u8]) {
                bytes.fill(self.0);
                self.0 = self.0.wrapping_add(1);
            }
        }
        let mut counting = Counting(0);
        let mut counts = [0_u8; 100];
        for _ in 0..198 {
            counts[percentage(&mut counting) as usize] += 1;
        }
        assert_eq!(counts[0], 0);
        assert!(counts[1..].iter().all(|count| *count == 2));
        assert_eq!((counting.0, percentage(&mut counting)), (198, 1));
    }
}
