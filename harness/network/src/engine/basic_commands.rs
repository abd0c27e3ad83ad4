//! Settings and identification (ITU-T V.250, 6.1 to 6.3; SIM800 Series AT Command Manual, 2 and 3; EC2x AT Commands Manual, 2).

use std::time::Duration;

use super::Engine;
use crate::{
    agenda::Event,
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
    profile::Identity,
    settings::Settings,
};

impl Engine {
    pub(super) fn basic_command(&mut self, command: &Command) -> Option<Outcome> {
        let outcome = match (command.name.as_str(), &command.form) {
            ("", Form::Execute) => Outcome::Done,
            ("E", form) => self.set_flag(form, |settings| &mut settings.echo),
            ("Q", form) => self.set_flag(form, |settings| &mut settings.quiet),
            ("V", form) => self.set_flag(form, |settings| &mut settings.verbose),
            ("S3", form) => self.character(form, |settings| &mut settings.line_end),
            ("S4", form) => self.character(form, |settings| &mut settings.line_feed),
            ("S5", form) => self.character(form, |settings| &mut settings.take_back),
            (register, form) if register_number(register).is_some() => self.register(register, form),
            ("Z", _) => {
                self.settings = self.settings_at_first();
                Outcome::Done
            }
            ("&F", _) => {
                self.settings = Settings::default();
                Outcome::Done
            }
            ("X", Form::Execute) => {
                self.settings.call_codes = 0;
                Outcome::Done
            }
            ("X", Form::Write(arguments)) => set_level(arguments, 4, &mut self.settings.call_codes),
            ("&D", Form::Execute) => {
                self.settings.not_ready = 0;
                Outcome::Done
            }
            ("&D", Form::Write(arguments)) => set_level(arguments, 3, &mut self.settings.not_ready),
            ("&W", _) | ("&C" | "&K" | "L" | "M" | "H", Form::Execute | Form::Write(_)) => Outcome::Done,
            ("+IPR", Form::Read) => self.tell("+IPR: 0"),
            ("+IFC", Form::Read) => self.tell("+IFC: 0,0"),
            ("+ICF", Form::Read) => self.tell("+ICF: 3,3"),
            ("+IPR" | "+IFC" | "+ICF", Form::Write(_)) => Outcome::Done,
            ("I", _) => self.identify_in_full(),
            ("+CGMI" | "+GMI", Form::Execute) => self.identify(|identity| &identity.manufacturer),
            ("+CGMM" | "+GMM", Form::Execute) => self.identify(|identity| &identity.model),
            ("+CGMR" | "+GMR", Form::Execute) => self.identify(|identity| &identity.revision),
            ("+CGSN" | "+GSN", Form::Execute) => {
                let imei = self.profile.module.imei.clone();
                self.tell(&imei)
            }
            ("+CGMI" | "+GMI" | "+CGMM" | "+GMM" | "+CGMR" | "+GMR" | "+CGSN" | "+GSN", Form::Test) => {
                Outcome::Done
            }
            ("+GCAP", Form::Execute) => self.tell(self.words.capabilities()),
            ("+CFUN", Form::Read) => self.tell("+CFUN: 1"),
            ("+CFUN", Form::Test) => self.tell("+CFUN: (0,1,4),(0,1)"),
            ("+CFUN", Form::Write(arguments)) => self.set_functionality(arguments),
            ("+CMEE", Form::Read) => {
                self.say(&format!("+CMEE: {}", self.settings.error_level));
                Outcome::Done
            }
            ("+CMEE", Form::Test) => {
                self.say("+CMEE: (0-2)");
                Outcome::Done
            }
            ("+CMEE", Form::Write(arguments)) => set_level(arguments, 2, &mut self.settings.error_level),
            _ => return None,
        };
        Some(outcome)
    }

    fn identify(&mut self, which: impl Fn(&Identity) -> &String) -> Outcome {
        match self.profile.module.identity().map(|identity| which(identity).clone()) {
            Some(text) => self.tell(&text),
            None => Refusal::Plain.into(),
        }
    }

    fn identify_in_full(&mut self) -> Outcome {
        let identity = self.profile.module.identity();
        let lines = identity.map_or_else(Vec::new, |identity| identity.identification.clone());
        for line in lines {
            self.say(&line);
        }
        Outcome::Done
    }

    fn set_flag(&mut self, form: &Form, which: impl Fn(&mut Settings) -> &mut bool) -> Outcome {
        let value = match form {
            Form::Execute => Some(0),
            Form::Write(arguments) => single_number(arguments),
            _ => None,
        };
        match value {
            Some(value @ 0..=1) => {
                *which(&mut self.settings) = value == 1;
                Outcome::Done
            }
            _ => Refusal::Plain.into(),
        }
    }

    fn character(&mut self, form: &Form, which: impl Fn(&mut Settings) -> &mut u8) -> Outcome {
        match form {
            Form::Read => {
                let text = format!("{:03}", which(&mut self.settings));
                self.say(&text);
                Outcome::Done
            }
            Form::Write(arguments) => set_level(arguments, 127, which(&mut self.settings)),
            _ => Refusal::Plain.into(),
        }
    }

    /// `AT+CFUN`: less than full functionality is not played; `AT+CFUN=1,1` restarts the module.
    fn set_functionality(&mut self, arguments: &[Argument]) -> Outcome {
        let numbers: Option<Vec<_>> = arguments.iter().map(Argument::number).collect();
        match numbers.as_deref() {
            Some([1] | [1, 0]) => Outcome::Done,
            Some([1, 1]) if self.words.is_cellular() => {
                self.agenda.enter(self.now, RESTARTS_AFTER, Event::Restarts);
                Outcome::Done
            }
            _ => Refusal::NOT_ALLOWED.into(),
        }
    }

    /// An S-register without a setting of its own.
    fn register(&mut self, name: &str, form: &Form) -> Outcome {
        let register = register_number(name).and_then(|number| self.settings.registers.get_mut(number));
        match (register, form) {
            (Some(register), Form::Read) => {
                let text = format!("{register:03}");
                self.tell(&text)
            }
            (Some(register), Form::Write(arguments)) => set_level(arguments, 255, register),
            _ => Refusal::Plain.into(),
        }
    }
}

/// How long a module that is told to restart still is there: its `OK` is away by then.
const RESTARTS_AFTER: Duration = Duration::from_millis(500);

/// The number of an S-register by its name, `S7`.
fn register_number(name: &str) -> Option<usize> {
    name.strip_prefix('S')?.parse().ok()
}

/// Sets a number of 0 to `highest`.
pub(super) fn set_level(arguments: &[Argument], highest: u8, level: &mut u8) -> Outcome {
    match single_number(arguments).and_then(|number| u8::try_from(number).ok()) {
        Some(number) if number <= highest => {
            *level = number;
            Outcome::Done
        }
        _ => Refusal::Plain.into(),
    }
}

/// The one number of a command that has exactly one.
pub(super) fn single_number(arguments: &[Argument]) -> Option<u32> {
    match arguments {
        [argument] => argument.number(),
        _ => None,
    }
}
