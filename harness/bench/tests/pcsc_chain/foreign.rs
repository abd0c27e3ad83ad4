//! A card that is none of ours, in the reader: Debian's `vicc`, an ISO/IEC 7816-4 card at T=1 that is no payment card.

use std::process::{Child, Command, Stdio};

use payrig_bench::Verdict;
use payrig_card::pcsc::find_reader;

use crate::{
    Test,
    card::READER,
    chain::{no_sale, play_text},
    desk::Desk,
    private::{self, Pcscd},
};

pub const TESTS: &[Test] =
    &[("a_foreign_card_without_a_payment_application_is_not_supported", no_application)];

/// A running `vicc`, its card in the reader until this is dropped.
struct Vicc(Child);

impl Vicc {
    fn start() -> Self {
        let mut command = Command::new("vicc");
        command.args(["--type", "iso7816", "--hostname", "127.0.0.1", "--port", &private::PORT.to_string()]);
        command.args(["-vvv"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let process =
            command.spawn().unwrap_or_else(|e| panic!("rig-fault: vicc: {e}; ci/setup installs it"));
        let card = Self(process);
        private::until("vicc, which ci/setup installs,", || {
            find_reader(Some(READER)).is_ok_and(|reader| reader.card.is_some())
        });
        card
    }

    /// Takes it out; what it says of its stay: each command and each answer.
    fn ended(mut self) -> String {
        self.0.kill().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.0.stderr.take().unwrap(), &mut said).unwrap();
        said
    }
}

impl Drop for Vicc {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ended_already = self.0.wait();
    }
}

/// It has neither the directory nor an application that the terminal knows: both are asked for, and both are not found.
fn no_application() {
    let _service = Pcscd::start();
    let card = Vicc::start();
    let steps = "[[steps]]\nsee = \"card-not-supported\"\nwithin = \"60s\"\n";
    let report = play_text(&Desk::new(), &no_sale("unionpay-debit", steps));
    let said = card.ended();
    assert_eq!(report.verdict, Verdict::Pass, "{:?}\n{said}", report.why);
    assert!(said.contains("31 50 41 59 2E 53 59 53 2E 44 44"), "no directory is asked for: {said}");
    assert!(said.contains("00 A4 04 00 05 A0 00 00 03 33"), "no application is asked for: {said}");
    assert!(said.matches("File or application not found").count() >= 2, "{said}");
}
