//! The screens of the ceremony (INTERFACE.md, section 16, M401 to M407).

use super::component::{COMPONENT_DIGITS, TypedKcv};
use crate::crypto::kcv::Kcv;
use crate::panel::screen::{Head, Screen};
use crate::panel::text::{NOTHING, Text};
use crate::panel::texts::ceremony::{
    BOTH_CUSTODIANS, CEREMONY, COMPONENT, CUSTODIAN_1, CUSTODIAN_2, KCV, KCV_OF_TMK, LOADED_KCV,
    OLD_TMK_KEPT, SIGN_ON_NEXT, TMK_LOADED,
};
use crate::panel::texts::hints::{ANY_KEY, CANCELLED, CONFIRM_OR_CANCEL, TIMEOUT};

/// One of the two who hold a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Custodian {
    First = 1,
    Second = 2,
}

/// How the ceremony was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Cancelled,
    Timeout,
}

impl Custodian {
    /// 1 or 2.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    fn name(self) -> Text {
        match self {
            Self::First => CUSTODIAN_1,
            Self::Second => CUSTODIAN_2,
        }
    }
}

/// M401 and M403, with so many digits typed.
pub(crate) fn component(head: Head, custodian: Custodian, digits: usize) -> Screen {
    const STARS: &str = "****************";
    let id = match custodian {
        Custodian::First => "M401",
        Custodian::Second => "M403",
    };
    let row = COMPONENT_DIGITS / 2;
    let stars = |count: usize| STARS.get(..count.min(row)).unwrap_or(STARS);
    Screen::new(head, id, CONFIRM_OR_CANCEL)
        .texts(&[CEREMONY, custodian.name(), COMPONENT])
        .row(5, format_args!("{}", stars(digits)))
        .row(6, format_args!("{}", stars(digits.saturating_sub(row))))
}

/// M402 and M404.
pub(crate) fn component_kcv(head: Head, custodian: Custodian, typed: &TypedKcv) -> Screen {
    let id = match custodian {
        Custodian::First => "M402",
        Custodian::Second => "M404",
    };
    let screen = Screen::new(head, id, CONFIRM_OR_CANCEL).texts(&[CEREMONY, custodian.name(), KCV]);
    screen.row(5, format_args!("{typed}"))
}

/// M405.
pub(crate) fn combined_kcv(head: Head, typed: &TypedKcv) -> Screen {
    let screen = Screen::new(head, "M405", CONFIRM_OR_CANCEL).texts(&[CEREMONY, BOTH_CUSTODIANS, KCV_OF_TMK]);
    screen.row(5, format_args!("{typed}"))
}

/// M406.
pub(crate) fn loaded(head: Head, kcv: Kcv) -> Screen {
    Screen::new(head, "M406", ANY_KEY).texts(&[CEREMONY, TMK_LOADED, NOTHING, SIGN_ON_NEXT]).filled(
        4,
        LOADED_KCV,
        &[&kcv],
    )
}

/// M407.
pub(crate) fn stopped(head: Head, stopped: Stopped) -> Screen {
    let why = match stopped {
        Stopped::Cancelled => CANCELLED,
        Stopped::Timeout => TIMEOUT,
    };
    Screen::new(head, "M407", ANY_KEY).texts(&[CEREMONY, why, OLD_TMK_KEPT])
}
