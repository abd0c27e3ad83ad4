//! Settings and identification (ITU-T V.250, 6.1 to 6.3; SIM800 Series AT Command Manual, 2 and 3).

use super::Engine;
use crate::{
    answer::{Outcome, Refusal},
    command::{Argument, Command, Form},
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
            ("Z" | "&F", _) => {
                self.settings = Settings::default();
                Outcome::Done
            }
            ("&W", _) => Outcome::Done,
            ("I", _) => self.identify(|module| &module.identification),
            ("+CGMI" | "+GMI", Form::Execute) => self.identify(|module| &module.manufacturer),
            ("+CGMM" | "+GMM", Form::Execute) => self.identify(|module| &module.model),
            ("+CGMR" | "+GMR", Form::Execute) => self.identify(|module| &module.revision),
            ("+CGSN" | "+GSN", Form::Execute) => self.identify(|module| &module.imei),
            ("+CGMI" | "+GMI" | "+CGMM" | "+GMM" | "+CGMR" | "+GMR" | "+CGSN" | "+GSN", Form::Test) => {
                Outcome::Done
            }
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

    fn identify(&mut self, which: impl Fn(&crate::profile::Module) -> &String) -> Outcome {
        let text = which(&self.profile.module).clone();
        self.say(&text);
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
