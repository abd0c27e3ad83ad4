//! Short messages, clock, character set and the like, as far as a host's modem stack asks for them before it works
//! (3GPP TS 27.005, 3; 3GPP TS 27.007, 5, 7 and 8). No message is stored, and none comes.

use super::{Engine, basic_commands::single_number};
use crate::{
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
};

impl Engine {
    pub(super) fn message_command(&mut self, command: &Command) -> Option<Outcome> {
        let name = command.name.as_str();
        let outcome = match (name, &command.form) {
            ("+CSCA", Form::Read) => self.with_sim("+CSCA: \"+8613800100500\",145"),
            ("+CPMS", Form::Read) => self.with_sim("+CPMS: \"SM\",0,50,\"SM\",0,50,\"SM\",0,50"),
            ("+CPMS", Form::Write(_)) => self.with_sim("+CPMS: 0,50,0,50,0,50"),
            ("+CPMS", Form::Test) => self.with_sim("+CPMS: (\"SM\"),(\"SM\"),(\"SM\")"),
            ("+CNMI", Form::Read) => self.tell("+CNMI: 2,1,0,0,0"),
            ("+CNMI", Form::Test) => self.tell("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)"),
            ("+CMGF", Form::Read) => self.tell("+CMGF: 0"),
            ("+CMGF", Form::Test) => self.tell("+CMGF: (0,1)"),
            ("+CSMS", Form::Read) => self.tell("+CSMS: 0,1,1,1"),
            ("+CSMS", Form::Write(_)) => self.tell("+CSMS: 1,1,1"),
            ("+CSCS", Form::Read) => self.tell("+CSCS: \"GSM\""),
            ("+CSCS", Form::Test) => self.tell("+CSCS: (\"GSM\",\"IRA\",\"UCS2\")"),
            ("+CSCS", Form::Write(arguments)) => known_character_set(arguments),
            ("+CMGL" | "+CNUM", _) => self.with_sim_done(),
            ("+CLCK", Form::Test) => self.tell("+CLCK: (\"SC\",\"PN\")"),
            ("+CLCK", Form::Write(arguments)) => self.facility_lock(arguments),
            ("+CCLK", Form::Read) => self.tell("+CCLK: \"26/01/01,08:00:00+32\""),
            (
                "+CNMI" | "+CMGF" | "+CCLK" | "+CTZU" | "+CTZR" | "+CLIP" | "+CRC" | "+CSCA",
                Form::Write(_),
            ) => Outcome::Done,
            ("+CGACT", Form::Read) => {
                let text = format!("+CGACT: 1,{}", u8::from(self.ip.has_context()));
                self.tell(&text)
            }
            _ => return None,
        };
        Some(outcome)
    }

    /// A line that needs a usable SIM.
    fn with_sim(&mut self, text: &str) -> Outcome {
        match self.sim_refusal() {
            Some(refusal) => refusal.into(),
            None => self.tell(text),
        }
    }

    fn with_sim_done(&self) -> Outcome {
        self.sim_refusal().map_or(Outcome::Done, Into::into)
    }

    /// `AT+CLCK="SC",2`: whether the SIM asks for its PIN at power-up.
    fn facility_lock(&mut self, arguments: &[Argument]) -> Outcome {
        let facility = arguments.first().and_then(Argument::string);
        match (facility, arguments.get(1).and_then(Argument::number)) {
            (Some("SC"), Some(2)) => {
                let locks = self.profile.sim.state == crate::profile::SimState::Pin;
                self.with_sim(&format!("+CLCK: {}", u8::from(locks)))
            }
            (Some(_), Some(2)) => self.with_sim("+CLCK: 0"),
            _ => Refusal::NOT_ALLOWED.into(),
        }
    }
}

/// `AT+CSCS=`.
fn known_character_set(arguments: &[Argument]) -> Outcome {
    let set = arguments.first().and_then(Argument::string).filter(|_| single_number(arguments).is_none());
    match set {
        Some("GSM" | "IRA" | "UCS2") => Outcome::Done,
        _ => Refusal::NOT_ALLOWED.into(),
    }
}
