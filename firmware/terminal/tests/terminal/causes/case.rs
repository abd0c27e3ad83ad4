//! A sign-on that fails, and the one after it that does not.

use std::rc::Rc;

use crate::bench::modem::{Kind, Script};
use crate::bench::{Memories, scenario};
use crate::operator::*;

/// What a sign-on ends with: the message id and the detail.
pub type Ending = (&'static str, &'static str);

/// Lets a sign-on fail, checks how and after how many seconds, that no key changed, and that the next one works.
/// Returns the commands up to the failure, and how many requests the host had by then.
pub fn fails(kind: Kind, spoil: impl Fn(&Script), expected: Ending, seconds: u64) -> (Vec<String>, usize) {
    let script = Script::of(kind);
    let seen = script.clone();
    let mut requests = 0;
    let mut commands = Vec::new();
    scenario(async {
        let memories = Memories::default();
        let mut powered = keyed(&memories, &script).await;
        let before = memories.ram_bytes();
        spoil(&script);
        let start = tokio::time::Instant::now();
        let screen = sign_on(&mut powered).await;
        let what = format!("{kind:?} {:?} {:?}", script.answers.borrow(), script.after_data.borrow());
        assert_eq!((id(&screen), screen[5].as_str()), expected, "{what}");
        assert_eq!(screen[1], "Sign-on failed");
        let took = start.elapsed().as_secs();
        assert!((seconds..=seconds + 1).contains(&took), "took {took} s: {what}");
        assert_eq!(before, memories.ram_bytes(), "{what}");
        requests = seen.host.requests.borrow().len();
        commands = seen.commands();
        script.mend();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111", "after {what}");
    });
    (commands, requests)
}

/// The same for a command that is answered otherwise; nothing goes out to the host.
pub fn fails_at(kind: Kind, command: &str, answer: &str, expected: Ending, seconds: u64) -> Vec<String> {
    let (commands, requests) = fails(kind, |script| script.answer(command, answer), expected, seconds);
    assert_eq!(requests, 0, "{command} {answer:?}");
    commands
}

/// A sign-on that works, and its commands.
pub fn succeeds(script: &Rc<Script>) -> Vec<String> {
    scenario(async {
        let memories = Memories::default();
        let mut powered = keyed(&memories, script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111", "{:?}", script.commands());
    });
    script.commands()
}

/// How often a command is among them.
pub fn count(commands: &[String], command: &str) -> usize {
    commands.iter().filter(|sent| *sent == command).count()
}
