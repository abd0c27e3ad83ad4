//! Processing restrictions (EMV Book 3, 10.4).

use super::course::{Course, World};
use super::day::is_before;
use super::kernel::Kernel;
use super::oda::authentication::Authenticated;
use super::tag::Tag;
use super::transaction::Purpose;
use super::tvr::Check;
use super::values::COUNTRY;

/// Whether the card may be used here, today, for this is known.
pub(crate) struct Restricted(());

/// Application usage control (EMV Book 3, annex C2), byte 1: valid for domestic goods, or services.
const DOMESTIC: u8 = 0x20 | 0x08;
/// Valid for international goods, or services.
const INTERNATIONAL: u8 = 0x10 | 0x04;
/// Valid at terminals other than ATMs.
const ELSEWHERE_THAN_ATMS: u8 = 0x01;

impl<'a, W: World> Course<'a, W, Authenticated> {
    /// Compares versions, usage and dates.
    pub(crate) fn restrict(mut self) -> Course<'a, W, Restricted> {
        self.kernel.compare_versions();
        self.kernel.hold_to_usage();
        self.kernel.compare_dates();
        self.to(Restricted(()))
    }
}

impl<W: World> Kernel<'_, W> {
    fn compare_versions(&mut self) {
        let version = self.memory.data.find(Tag::CARD_VERSION);
        if version.is_some_and(|version| version != self.memory.application.version) {
            self.memory.results.tvr.set(Check::VersionsDiffer);
        }
    }

    fn hold_to_usage(&mut self) {
        let data = &self.memory.data;
        let Some([usage, _]) = data.array(Tag::USAGE) else { return };
        let place = data.array(Tag::ISSUER_COUNTRY);
        let is_sale = matches!(self.transaction.purpose, Purpose::Sale(_));
        let is_for_sales = match place {
            Some(COUNTRY) => usage & DOMESTIC != 0,
            Some(_) => usage & INTERNATIONAL != 0,
            // Without the issuer's country nothing is said of what it is used for.
            None => true,
        };
        if usage & ELSEWHERE_THAN_ATMS == 0 || is_sale && !is_for_sales {
            self.memory.results.tvr.set(Check::ServiceNotAllowed);
        }
    }

    fn compare_dates(&mut self) {
        let today = self.transaction.date;
        let (data, tvr) = (&self.memory.data, &mut self.memory.results.tvr);
        if data.array(Tag::EFFECTIVE).is_some_and(|effective| is_before(today, effective)) {
            tvr.set(Check::NotYetEffective);
        }
        if data.array(Tag::EXPIRATION).is_some_and(|expiration| is_before(expiration, today)) {
            tvr.set(Check::Expired);
        }
    }
}
