//! Data on the line: the terminal's bytes to the access controller, its frames to the terminal, the way back to commands.

use std::time::Duration;

use super::super::{Activity, Engine};
use crate::{
    access_controller::Heard,
    agenda::Event,
    fault::Break,
    link::{LinkEvent, LinkOrder},
};

/// After so long without a byte of it a frame is not whole (INTERFACE.md, section 15).
const SILENCE: Duration = Duration::from_millis(500);
/// S12 counts in fiftieths of a second, and is looked at so often.
const TICK: Duration = Duration::from_millis(20);
/// Bits of a byte on the line: start, eight, stop.
const BITS: u64 = 10;

impl Engine {
    /// Takes one byte of the terminal while the modem calls, or is on the line.
    pub(in crate::engine) fn take_for_line(&mut self) -> bool {
        let Some(byte) = self.inbox.pop_front() else { return false };
        self.follows = false;
        if std::mem::take(&mut self.drop_line_feed) && byte == b'\n' {
            return true;
        }
        if self.activity == Activity::Calling {
            // Any character ends a call that does not stand yet (ITU-T V.250, 5.6.1).
            self.call_fails("NO CARRIER");
            return true;
        }
        self.look_for_escape(byte);
        self.counters.bytes_up += 1;
        let byte = self.line.harm_up.pass(byte, self.profile.line.noise_up, &mut self.rng);
        let heard = self.line.controller.hear(byte);
        self.agenda.strike(|event| *event == Event::Silence);
        if self.line.controller.is_within_frame() {
            self.agenda.enter(self.now, SILENCE, Event::Silence);
        }
        if self.profile.host.breaks == Some(Break::DuringRequest) && self.line.controller.has_half_a_frame() {
            self.lose_carrier();
        } else {
            self.controller_heard(heard);
        }
        true
    }

    pub(in crate::engine) fn line_happens(&mut self, event: &Event) {
        self.follows = false;
        match event {
            Event::CallAnswered => self.call_answered(),
            Event::CarrierLost => self.lose_carrier(),
            Event::Silence => {
                self.line.harm_up.end_frame();
                let heard = self.line.controller.fall_silent();
                self.controller_heard(heard);
            }
            Event::Escaped => {
                self.activity = Activity::Ready;
                self.line.escapes = 0;
                self.say_result("OK");
            }
            _ => {}
        }
    }

    /// Three escape characters with silence around them lead back to commands; S2 is the character, S12 the silence.
    fn look_for_escape(&mut self, byte: u8) {
        self.agenda.strike(|event| *event == Event::Escaped);
        let guard = TICK * u32::from(self.settings.registers[12].saturating_sub(1));
        let silent = self.line.heard.is_none_or(|heard| self.now.saturating_duration_since(heard) >= guard);
        self.line.heard = Some(self.now);
        let escape = self.settings.registers[2];
        self.line.escapes = match self.line.escapes {
            _ if byte != escape || escape > 127 => 0,
            0 if silent => 1,
            before @ 1..=2 if !silent => before + 1,
            _ => 0,
        };
        if self.line.escapes == 3 {
            self.agenda.enter(self.now, guard, Event::Escaped);
        }
    }

    fn controller_heard(&mut self, heard: Heard) {
        match heard {
            Heard::Nothing => {}
            Heard::Answer(bytes) => {
                self.send_down(bytes);
            }
            Heard::Message(message) => {
                self.record_frame(message.len());
                self.line.for_host.extend(message);
                self.give_host();
            }
        }
    }

    fn give_host(&mut self) {
        if self.line.host && !self.line.for_host.is_empty() {
            self.orders.push_back(LinkOrder::Write(std::mem::take(&mut self.line.for_host)));
        }
    }

    /// Something happened between the access controller and its host.
    pub(in crate::engine) fn controller_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened => {
                self.line.host = true;
                self.give_host();
            }
            LinkEvent::NotOpened(_) => self.lose_carrier(),
            LinkEvent::Written if self.profile.host.breaks == Some(Break::AfterRequest) => {
                self.lose_carrier()
            }
            LinkEvent::Received(data) => {
                for mut frame in self.line.controller.take_from_host(&data) {
                    if self.profile.host.breaks == Some(Break::DuringAnswer) {
                        frame.truncate(frame.len().div_ceil(2));
                        let arrived = self.send_down(frame);
                        return self.agenda.enter(self.now, arrived, Event::CarrierLost);
                    }
                    self.send_down(frame);
                }
            }
            LinkEvent::PeerClosed => {
                let delay = self.network().latency.downlink.longest();
                self.agenda.enter(self.now, delay, Event::CarrierLost);
            }
            LinkEvent::Written | LinkEvent::Closed => {}
        }
    }

    /// Bytes of the access controller to the terminal; they take the time that the line's rate gives them. When the last is there.
    fn send_down(&mut self, mut bytes: Vec<u8>) -> Duration {
        let noise = self.profile.line.noise_down;
        for byte in &mut bytes {
            *byte = self.line.harm_down.pass(*byte, noise, &mut self.rng);
        }
        let rate = u64::from(self.profile.line.rate.max(1));
        let on_the_line = Duration::from_millis(bytes.len() as u64 * BITS * 1000 / rate);
        let delay = self.draw(|latency| latency.downlink) + on_the_line;
        self.agenda.enter(self.now, delay, Event::Data(bytes));
        delay
    }
}
