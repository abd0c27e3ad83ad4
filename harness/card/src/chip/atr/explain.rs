//! An answer to reset, in words.

use super::{Atr, Convention, parse::Group};

/// One character of an answer to reset, or its historical characters, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtrLine {
    /// The characters.
    pub bytes: Vec<u8>,
    /// The name of the character: `TS`, `TA1`.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Atr {
    /// Every character in words, in their order.
    #[must_use]
    pub fn explain(&self) -> Vec<AtrLine> {
        let line =
            |byte: u8, name: &str, text: String| AtrLine { bytes: vec![byte], name: name.into(), text };
        let mut lines = vec![match self.convention {
            Convention::Direct => line(0x3B, "TS", "direct convention".into()),
            Convention::Inverse => line(0x3F, "TS", "inverse convention".into()),
        }];
        let mut history = self.historical.len() as u8;
        history |= self.groups.first().map_or(0, announced);
        lines.push(line(history, "T0", format!("{} historical characters", self.historical.len())));
        for (at, group) in self.groups.iter().enumerate() {
            let characters = [("TA", group.ta), ("TB", group.tb), ("TC", group.tc), ("TD", group.td)];
            for (letter, byte) in
                characters.iter().filter_map(|(letter, byte)| byte.map(|byte| (letter, byte)))
            {
                let name = format!("{letter}{}", at + 1);
                let text = self.meaning(at, letter, byte, group.protocol);
                lines.push(line(byte, &name, text));
            }
        }
        if !self.historical.is_empty() {
            let text = "historical characters".into();
            lines.push(AtrLine { bytes: self.historical.clone(), name: "T1 to TK".into(), text });
        }
        if let Some(tck) = self.tck {
            lines.push(line(tck, "TCK", "right".into()));
        }
        lines
    }

    fn meaning(&self, group: usize, letter: &str, byte: u8, protocol: Option<u8>) -> String {
        let block = group >= 2 && protocol == Some(1);
        match (group, letter) {
            (_, "TD") => format!("T={}", byte & 0x0F),
            (0, "TA") => rates(byte),
            (0, "TC") if byte == 0xFF => "the least guard time".into(),
            (0, "TC") => format!("extra guard time {byte} etu"),
            (1, "TA") => {
                let rate = if byte & 0x10 == 0 { "as TA1 says" } else { "implicit" };
                format!("specific mode, T={}, rate {rate}", byte & 0x0F)
            }
            (1, "TC") => format!("WI {byte}"),
            (_, "TA") if block => format!("IFSC {byte}"),
            (_, "TB") if block => format!("BWI {}, CWI {}", byte >> 4, byte & 0x0F),
            (_, "TC") if block => if byte & 1 == 1 { "EDC is a CRC" } else { "EDC is an LRC" }.into(),
            (_, "TA") if protocol == Some(15) => {
                let class = ["", "A", "B", "A and B", "C", "A and C", "B and C", "A, B and C"];
                let class = class.get(usize::from(byte & 7)).copied().unwrap_or_default();
                format!("class {class}, clock stop {}", byte >> 6)
            }
            (0 | 1, "TB") => "programming voltage (not used any more)".into(),
            _ => "not used".into(),
        }
    }
}

/// Fi and Di (ISO/IEC 7816-3, tables 7 and 8).
fn rates(ta1: u8) -> String {
    let fi = [372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0];
    let di = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];
    let value = |value: Option<&u16>| match value {
        None | Some(0) => "reserved".to_owned(),
        Some(value) => value.to_string(),
    };
    format!("F {}, D {}", value(fi.get(usize::from(ta1 >> 4))), value(di.get(usize::from(ta1 & 0x0F))))
}

/// The bits by which a group is announced.
fn announced(group: &Group) -> u8 {
    [(0x10, group.ta), (0x20, group.tb), (0x40, group.tc), (0x80, group.td)]
        .into_iter()
        .filter_map(|(bit, character)| character.map(|_| bit))
        .sum()
}
