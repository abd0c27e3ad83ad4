//! What the terminal must be at the boot after a power cut.

use payrig_keys::Key;

use crate::{
    fault::{Fault, check},
    recording::{Action, Recording, Scene},
    rig::Site,
    world::{Host, Request, Shown, Terminal},
};

/// Draws the keys that the host issues after the power cut.
const SEED: u64 = 13;

impl Scene<'_> {
    /// The board boots, once more counted, with the old state or the new; whether it is the new. If `works`, the
    /// terminal then signs on with a host that knows its TMK.
    pub async fn boots(
        &self,
        recording: &Recording,
        point: usize,
        site: &Site,
        works: bool,
    ) -> Result<bool, Fault> {
        // Until the terminal signs on it makes no difference which TMK the host knows.
        let host = self.parts.host(&self.start.tmk, SEED)?;
        let terminal = self.parts.power_on(site, &host).await?;
        let (boot, last) = (terminal.boot.boot, recording.boot);
        check(boot == last + 1, || format!("boot {last} was cut, and the next is boot {boot}"))?;
        let shown = terminal.shown().await?;
        let (old, new) = (&self.start.shown, &recording.new);
        check([old, new].contains(&&shown), || {
            format!(
                "the terminal has neither the old state nor the new\n old {old}\n new {new}\n  it {shown}"
            )
        })?;
        let is_new = shown == *new;
        if !works {
            terminal.cut().await?;
            return Ok(is_new);
        }
        let (terminal, host, tmk) = if is_new && self.action == Action::KeyRecord {
            terminal.cut().await?;
            let tmk = &self.parts.other_tmk;
            let host = self.parts.host(tmk, SEED)?;
            (self.parts.power_on(site, &host).await?, host, tmk)
        } else {
            (terminal, host, &self.start.tmk)
        };
        let request = self.signs_on(terminal, &host, tmk).await?;
        let batch = if is_new { &recording.new_batch } else { &self.start.last.batch };
        check(request.batch == *batch, || {
            format!("the keys are those of batch {batch}, and the batch is {}", request.batch)
        })?;
        let used = recording.requests_before(point).last().unwrap_or(&self.start.last).stan;
        check(request.stan > used, || format!("STAN {used} was used, and the next is {}", request.stan))?;
        Ok(is_new)
    }

    /// A sign-on; its request.
    async fn signs_on(&self, terminal: Terminal<'_>, host: &Host, tmk: &Key) -> Result<Request, Fault> {
        if terminal.boot.state == "blank" {
            terminal.send(&self.parts.record()?).await?;
            terminal.press("any").await?;
        }
        terminal.see("menu").await?;
        terminal.check_identity().await?;
        terminal.sign_on().await?;
        terminal.press("any").await?;
        terminal.see("menu").await?;
        let keys = terminal.keys().await?;
        terminal.cut().await?;
        let issued = Shown::signed_on(tmk, host).map(|shown| shown.keys).unwrap_or_default();
        check(keys == issued, || {
            format!("the host has issued {} and the terminal shows {}", issued.join(" "), keys.join(" "))
        })?;
        Ok(host.requests()?.pop().ok_or("the terminal sent no request")?)
    }
}
