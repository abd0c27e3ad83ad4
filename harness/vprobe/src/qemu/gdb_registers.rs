//! Which number QEMU's gdbstub gives each register, from its target description.
//!
//! Source: GDB manual, appendix G "Target Descriptions": registers are numbered on from the last one in
//! document order unless `regnum` says otherwise.

use std::collections::BTreeMap;

/// Register numbers by name, for example `xpsr` or `d3`.
#[derive(Debug, Default)]
pub(crate) struct RegisterNumbers {
    numbers: BTreeMap<String, u32>,
    next: u32,
}

impl RegisterNumbers {
    /// The number of the register `name`, where the stub has it.
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// Takes in the registers of one feature document.
    pub(crate) fn add_feature(&mut self, xml: &str) {
        for element in elements(xml, "reg") {
            let Some(name) = attribute(element, "name") else { continue };
            if let Some(number) = attribute(element, "regnum").and_then(|n| n.parse().ok()) {
                self.next = number;
            }
            self.numbers.insert(name.to_owned(), self.next);
            self.next += 1;
        }
    }
}

/// The documents that a target description includes, in order.
pub(crate) fn included(xml: &str) -> Vec<String> {
    elements(xml, "xi:include").filter_map(|e| attribute(e, "href")).map(str::to_owned).collect()
}

/// The text between `<name ` and `>` of each element `name`.
fn elements<'a>(xml: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    xml.split('<').filter_map(move |part| {
        let rest = part.strip_prefix(name)?;
        rest.starts_with(char::is_whitespace).then(|| rest.split('>').next().unwrap_or(rest))
    })
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = element;
    while let Some(at) = rest.find(name) {
        let (before, from) = rest.split_at(at);
        let after = from.get(name.len()..)?;
        if before.ends_with(char::is_whitespace)
            && let Some(value) = after.strip_prefix("=\"")
        {
            return value.split('"').next();
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_on_unless_regnum_says_otherwise() {
        let mut numbers = RegisterNumbers::default();
        numbers.add_feature(
            r#"<?xml version="1.0"?><feature name="m"><reg name="sp" bitsize="32" regnum="13"/>
               <reg name="lr" bitsize="32"/><reg name="pc" bitsize="32" type="code_ptr"/>
               <reg name="xpsr" bitsize="32" regnum="25"/></feature>"#,
        );
        numbers
            .add_feature(r#"<feature><reg name="d0" bitsize="64"/><reg name="d1" bitsize="64"/></feature>"#);
        let got = ["sp", "lr", "pc", "xpsr", "d0", "d1", "r0"].map(|n| numbers.get(n));
        assert_eq!(got, [Some(13), Some(14), Some(15), Some(25), Some(26), Some(27), None]);
    }

    #[test]
    fn includes_are_found_in_order() {
        let xml = r#"<target><xi:include href="a.xml"/><xi:include href="b.xml"/></target>"#;
        assert_eq!(included(xml), ["a.xml", "b.xml"]);
    }
}
