//! A step out of order does not compile.
//!
//! Every state is given a trait's method of each step's name. A method of the state's own goes before it (that is how
//! Rust looks methods up), and has another type: if a state had a step that is not its own, this file would not
//! compile.

use super::card::Card;
use super::parameters::{Counting, Parameters};
use crate::emv::action::Analysed;
use crate::emv::completion::Completed;
use crate::emv::course::{Course, Inserted, Parts, World};
use crate::emv::cvm::verification::Verified;
use crate::emv::first::{Approved, Online};
use crate::emv::initiation::Initiated;
use crate::emv::oda::authentication::Authenticated;
use crate::emv::reading::Read;
use crate::emv::restrictions::Restricted;
use crate::emv::risk::RiskManaged;
use crate::emv::selection::{Candidates, Selected};

/// A step that a state has not.
struct NotHere;

trait Steps: Sized {
    fn find_candidates(self) -> NotHere {
        NotHere
    }
    fn select(self, _holder: ()) -> NotHere {
        NotHere
    }
    fn initiate(self) -> NotHere {
        NotHere
    }
    fn read(self) -> NotHere {
        NotHere
    }
    fn authenticate(self) -> NotHere {
        NotHere
    }
    fn restrict(self) -> NotHere {
        NotHere
    }
    fn manage_risk(self) -> NotHere {
        NotHere
    }
    fn verify(self, _holder: ()) -> NotHere {
        NotHere
    }
    fn analyse(self) -> NotHere {
        NotHere
    }
    fn generate(self) -> NotHere {
        NotHere
    }
    fn complete(self, _answer: ()) -> NotHere {
        NotHere
    }
    fn without_answer(self, _why: ()) -> NotHere {
        NotHere
    }
    fn verdict(self) -> NotHere {
        NotHere
    }
}

impl<W: World, S> Steps for Course<'_, W, S> {}

type In<'a, S> = Course<'a, Parts<Card, Parameters, Counting>, S>;

/// The steps that a state has not, each a function that proves it.
macro_rules! lacks {
    ($($state:ty: $($step:ident($($argument:expr)?)),+;)+) => {
        $({
            $(
                let _proof: fn(In<'static, $state>) -> NotHere = |course| course.$step($($argument)?);
            )+
        })+
    };
}

#[test]
fn no_state_has_the_step_of_another() {
    lacks! {
        Inserted: select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Candidates: find_candidates(), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Selected: find_candidates(), select(()), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Initiated: find_candidates(), select(()), initiate(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Read: find_candidates(), select(()), initiate(), read(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Authenticated: find_candidates(), select(()), initiate(), read(), authenticate(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Restricted: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        RiskManaged: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), analyse(), generate(), complete(()), without_answer(()), verdict();
        Verified: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), generate(), complete(()), without_answer(()), verdict();
        Analysed: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), complete(()), without_answer(()), verdict();
        Approved: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(()), verdict();
        Online: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), verdict();
        Completed: find_candidates(), select(()), initiate(), read(), authenticate(), restrict(), manage_risk(), verify(()), analyse(), generate(), complete(()), without_answer(());
    }
}
