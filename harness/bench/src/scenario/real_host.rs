//! What a scenario cannot ask for where its host is a real one: what only our own host knows or does.

use std::ops::Range;

use payrig_fixture::{FixtureError, FixtureFile};
use toml::Spanned;

use super::{
    KeysExpected, SnapshotKind,
    file::{RawExpect, RawScenario, RawStep},
};

const BOOKS: &str = "the host is a real one, whose books are its own: leave `books` out";
const BEHAVIOUR: &str = "the host is a real one, which cannot be told how to behave: leave this step out";
const KEYS: &str =
    "the host is a real one, and only our own tells which keys it issued: expected `unchanged` or `none`";
const JUDGED: &str =
    "the host is a real one, which does not tell why it answered so: expected its `fields`, such as `39`";
const KEY_NAMES: &str =
    "the host is a real one, and keys are named after the sets that our own has issued: leave `keys` out";

/// A place in the file, and what is wrong with it there.
type Refused = Option<(Range<usize>, &'static str)>;

/// Refuses the first thing that a real host makes impossible.
pub(super) fn check(file: &FixtureFile, raw: &RawScenario) -> Result<(), FixtureError> {
    let books = raw.world.books.as_ref().map(|books| (books.span(), BOOKS));
    let mut steps = raw.steps.iter().map(Spanned::get_ref).map(step);
    let expected = || raw.expect.as_ref().map(Spanned::get_ref).and_then(expect);
    match books.or_else(|| steps.find_map(|refused| refused)).or_else(expected) {
        Some((span, message)) => Err(file.wrong_at(span, message)),
        None => Ok(()),
    }
}

fn step(step: &RawStep) -> Refused {
    let behaviour = step.acquirer.as_ref().map(|acquirer| (acquirer.span(), BEHAVIOUR));
    let told = step.host_tmk.as_ref().or(step.host_clock.as_ref()).map(|told| (told.span(), BEHAVIOUR));
    behaviour.or(told).or_else(|| keys(step.keys.as_ref()))
}

fn expect(expect: &RawExpect) -> Refused {
    let mut messages = expect.host.iter().filter_map(|message| message.get_ref().judged.as_ref());
    let mut snapshots = expect.snapshot.iter();
    keys(expect.keys.as_ref())
        .or_else(|| messages.next().map(|judged| (judged.span(), JUDGED)))
        .or_else(|| Some((snapshots.find(|kind| *kind.get_ref() == SnapshotKind::Keys)?.span(), KEY_NAMES)))
}

fn keys(expected: Option<&Spanned<KeysExpected>>) -> Refused {
    let changed = expected.filter(|keys| *keys.get_ref() == KeysExpected::Changed);
    changed.map(|keys| (keys.span(), KEYS))
}
