//! Cards of ours, as Cardpeek reads payment cards: in either protocol, by the directory and by names that it knows, with GET PROCESSING
//! OPTIONS as the card asks for them, all records, and the counters.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use payrig_card::chip::Atr;

use crate::{
    Test,
    cards::{Inserted, card_profile},
    private::{Pcscd, run},
};

pub const TESTS: &[Test] = &[("cardpeek_reads_cards_of_either_protocol", reads)];

/// What it has found, as its own file has it: tag and bytes in hex, in the order in which they came.
struct Found {
    data: Vec<(String, String)>,
    /// Which protocol it spoke, and what else it did.
    said: String,
}

impl Found {
    /// All that was found under this tag.
    fn all(&self, tag: &str) -> Vec<&str> {
        self.data.iter().filter(|(found, _)| found == tag).map(|(_, value)| value.as_str()).collect()
    }
}

/// Lets it read the card that is in.
fn cardpeek() -> Found {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join(".cardpeek");
    fs::create_dir(&own).unwrap();
    symlink("/usr/share/cardpeek", own.join("scripts")).unwrap();
    // Newer than any that it would put there itself.
    fs::write(own.join("version"), "4000000000\n").unwrap();
    let file = home.path().join("card.xml");
    // What its window does before a script begins; and nobody is there to be asked. Without its end it would ask for more for ever.
    let script = format!(
        "print(pcall(function() require('lib.apdu') card.CLA = 0 ui.question = function() return 1 end dofile('emv.lua') \
         ui.save_view('{}') end)) os.exit(0)",
        file.display()
    );
    let mut command = Command::new("cardpeek");
    command.args(["--console", "--reader", "pcsc://Virtual PCD 00 00", "--exec", &script]);
    let said = run(command.env("HOME", home.path()));
    assert!(file.exists(), "{said}");
    Found { data: data(&file), said }
}

/// Each node's id and value.
fn data(file: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(file).unwrap();
    let attribute = |node: &str, begin: &str| {
        let (_, behind) = node.split_once(begin)?;
        Some(behind.split_once('<')?.0.to_owned())
    };
    let nodes = text.split("<node>").filter_map(|node| {
        let value = attribute(node, "<attr name=\"val\" encoding=\"bytes\">8:")?;
        Some((attribute(node, "<attr name=\"id\">").unwrap_or_default(), value))
    });
    nodes.collect()
}

fn reads() {
    for name in ["unionpay-credit", "t1", "asks-for-options", "nineteen-digits", "other-scheme"] {
        let _service = Pcscd::start();
        let _card = Inserted::seen(name);
        let profile = card_profile(name);
        let (account, main) = (&profile.account, &profile.application["main"]);
        let found = cardpeek();
        let protocol = Atr::parse(&profile.atr.0).unwrap().protocols()[0];
        assert!(found.said.contains(&format!("protocol is T={protocol}")), "{}", found.said);
        let has = |tag: &str, expected: &[u8]| {
            let (all, expected) = (found.all(tag), hex::encode_upper(expected));
            assert!(!all.is_empty() && all.iter().all(|value| *value == expected), "{name}: {tag}: {all:?}");
        };
        assert_eq!(found.all("")[0], hex::encode_upper(&profile.atr.0), "{name}");
        has("4F", &main.aid.0);
        has("50", main.label.as_bytes());
        let digits = |text: &str| hex::decode(format!("{text}{}", &"F"[..text.len() % 2])).unwrap();
        has("5A", &digits(account.pan()));
        has("57", &digits(&account.track_2()));
        has("5F24", &[0x30, 0x12, 0x31]);
        has("8C", &main.cdol1.bytes());
        has("8E", &main.cvm.as_ref().unwrap().bytes());
        has("9F0F", &main.iac_online.0);
        // Its one transaction is counted, and nothing was asked of the issuer.
        has("9F36", &(main.atc + 1).to_be_bytes());
        has("9F13", &main.last_online_atc.to_be_bytes());
        has("9F17", &[profile.pin_tries]);
        if let Some(pdol) = &main.pdol {
            has("9F38", &pdol.bytes());
        }
        assert!(!found.said.contains("GPO Failed"), "{name}: {}", found.said);
    }
}
