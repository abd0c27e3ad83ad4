//! The end of a world: what is still to be judged, and the records that are closed.

use super::{World, check_leaks, record};
use crate::{Finding, meaning, receipts, whole_file};

impl World {
    /// Cuts the power, ends the actors and closes the records. A rig that fails at this outweighs `result`.
    pub(crate) async fn close(mut self, result: Result<(), Finding>) -> Result<(), Finding> {
        let mishap = self.check_mishap();
        let off = self.board.power_off().await;
        // A simulated terminal that crashed is known only when its power is cut.
        let mishap = mishap.and_then(|()| self.check_mishap());
        let receipts = self.printer.receipts();
        let dead = self.key_usage().check(&self.uplink.exchanged(), &self.sign_ons());
        let result = mishap.and(result).and(receipts::masked(&receipts, self.tape.secrets())).and(dead);
        let actors = self.end_actors().await;
        let written = self.register_issued_keys();
        self.tape.settle();
        if let Err(finding) = &result {
            self.tape.note("verdict", &format!("{}: {finding}", finding.verdict()));
        } else {
            self.tape.note("verdict", "pass");
        }
        // Each record is closed, whatever becomes of the others.
        let captured = self.capture.finish().map(drop).map_err(record);
        let taped = self.tape.finish().map(drop).map_err(record);
        let transcript = meaning::of_exchanges(&self.dialect, &self.host);
        let told = whole_file::write(&self.folder.join("host.txt"), &transcript);
        let printed = receipts::write(&self.folder, &receipts, self.tape.secrets());
        check_leaks(&self.folder, self.tape.secrets())?;
        taped?;
        captured?;
        told?;
        printed?;
        off?;
        actors?;
        written?;
        result
    }

    /// Ends the actors. One that panicked had a defect, whatever the terminal did.
    async fn end_actors(&mut self) -> Result<(), Finding> {
        let serving = self.uplink.take_serving();
        let mut ended = Ok(());
        for task in self.tasks.drain(..).chain(serving) {
            task.abort();
            if let Err(error) = task.await
                && let Ok(panic) = error.try_into_panic()
            {
                ended = Err(Finding::panicked("actor of a line", &*panic));
            }
        }
        ended
    }
}
