//! The texts against the interface's page, and against the width of the screen.

use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use unicode_width::UnicodeWidthStr;

use super::{
    advice, ceremony, checks, chip, chip_causes, declines, details, hints, host_causes, life, line_causes,
    menu, money, provisioning, records, sign_on, till_causes, way_causes,
};
use crate::language::Language;
use crate::panel::screen::COLUMNS;
use crate::panel::text::Text;
use crate::panel::width;

const INTERFACE: &str = include_str!("../../../INTERFACE.md");

/// Columns of a hint, and of the life state beside the terminal's name.
const HINT: usize = 19;
const LIFE: usize = 14;

fn all() -> Vec<Text> {
    let files = [
        advice::ALL,
        ceremony::ALL,
        checks::ALL,
        chip::ALL,
        chip_causes::ALL,
        declines::ALL,
        details::ALL,
        hints::ALL,
        host_causes::ALL,
        life::ALL,
        line_causes::ALL,
        menu::ALL,
        money::ALL,
        provisioning::ALL,
        records::ALL,
        sign_on::ALL,
        till_causes::ALL,
        way_causes::ALL,
    ];
    files.concat()
}

/// A section of the page, without its heading.
fn section(number: u8) -> &'static str {
    let heading = format!("\n## {number}. ");
    let (_, from) = INTERFACE.split_once(heading.as_str()).unwrap();
    from.split("\n## ").next().unwrap()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The cells of each row of the tables whose first heading is `first`, with their headings.
fn rows<'t>(text: &'t str, first: &str) -> Vec<Vec<(&'t str, &'t str)>> {
    fn cells(line: &str) -> Vec<&str> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    }
    let mut found = Vec::new();
    let mut headings: Vec<&str> = vec![];
    for line in text.lines() {
        match line.starts_with('|') {
            false => headings.clear(),
            true if headings.is_empty() => headings = cells(line),
            true if line.starts_with("|---") || headings[0] != first => {}
            true => found.push(headings.iter().copied().zip(cells(line)).collect()),
        }
    }
    found
}

/// English and Chinese of section 20.
fn specified() -> Vec<(&'static str, &'static str)> {
    let row = |cells: Vec<(&'static str, &'static str)>| {
        let [(_, en), (_, zh)] = cells[..] else { panic!("{cells:?}") };
        (en.trim_matches('`'), zh.trim_matches('`'))
    };
    rows(section(20), "en").into_iter().map(row).collect()
}

#[test]
fn every_text_is_the_page_s_in_both_languages() {
    let page: BTreeSet<_> = specified().into_iter().collect();
    let code: BTreeSet<_> = all().into_iter().map(|text| (text.en, text.zh)).collect();
    assert_eq!(code.difference(&page).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "not on the page");
    assert_eq!(page.difference(&code).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "not in the code");
    assert_eq!(page.len(), specified().len(), "a row of section 20 stands there twice");
}

/// One English text has one Chinese form, wherever it stands, so that a reader of the page can look it up.
#[test]
fn no_text_has_two_translations() {
    let mut known = BTreeMap::new();
    for (en, zh) in specified() {
        assert_eq!(*known.entry(en).or_insert(zh), zh, "{en}");
    }
    assert!(known.len() > 200, "the tables were read: {}", known.len());
}

/// The screens' tables of sections 4, 16 and 19 say every text that a screen shows: each has a row in section 20.
#[test]
fn no_text_of_a_screen_lacks_its_translation() {
    let known: BTreeSet<_> = specified().into_iter().map(|(en, _)| en).collect();
    let same: BTreeSet<_> = quoted(section(20).split("\nRow 1:").next().unwrap()).collect();
    let modem = ["+CREG: ...", "+CSQ: ...", "RDY"];
    let mut looked_up = 0;
    for text in [4, 16, 19].into_iter().flat_map(|number| rows(section(number), "id")) {
        let shown =
            text.into_iter().filter(|(heading, _)| !["id", "keys", "when", "yes", "no"].contains(heading));
        for word in shown.flat_map(|(_, cell)| quoted(cell)) {
            let code = word.strip_prefix("code ").map_or(word, |_| "code «39»");
            if !has_words(word) || modem.contains(&word) {
                continue;
            }
            looked_up += 1;
            assert!(known.contains(code) || same.contains(code), "`{word}` has no row in section 20");
        }
    }
    assert!(looked_up > 200, "{looked_up}");
}

/// Whether there are letters outside the places for values.
fn has_words(text: &str) -> bool {
    let outside = text.split('«').enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('»').unwrap().1,
    });
    outside.flat_map(str::chars).any(char::is_alphabetic)
}

/// The longest value that a place can hold.
fn longest(place: &str, language: Language) -> String {
    match place {
        "type" => {
            let types = [money::SALE, money::VOID, money::BALANCE].map(|text| text.of(language));
            types.into_iter().max_by_key(|name| name.width()).unwrap().into()
        }
        // What does not fit is not shown.
        "amount" => "99999.99".into(),
        "tag" => "9F1A".into(),
        "4 hex digits" => "6A82".into(),
        "10 hex digits" => "F".repeat(10),
        "n" | "offset" => "9999".into(),
        "i" | "bars" | "key" => "999".into(),
        "m" | "39" => "99".into(),
        "version" => "0.1.0".into(),
        "boot" => "4294967295".into(),
        "serial" => "9".repeat(16),
        "merchant id" => "9".repeat(15),
        "terminal id" | "kcv" => "9".repeat(8),
        "STAN" | "6 digits" | "field 38" => "9".repeat(6),
        _ => panic!("how long is «{place}»?"),
    }
}

/// The text with the longest values in its places.
fn fullest(text: Text, language: Language) -> String {
    let places = text.of(language).split('«').skip(1).map(|piece| piece.split_once('»').unwrap().0);
    let values: Vec<String> = places.map(|place| longest(place, language)).collect();
    let values: Vec<&dyn core::fmt::Display> = values.iter().map(|value| value as _).collect();
    let mut filled = String::new();
    text.fill(language, &values, &mut filled).unwrap();
    filled
}

#[test]
fn every_text_fits_its_place_in_both_languages() {
    for language in [Language::English, Language::Chinese] {
        let fits = |texts: &[Text], columns: usize| {
            for text in texts {
                let fullest = fullest(*text, language);
                assert!(fullest.width() <= columns, "`{fullest}` takes more than {columns} columns");
                assert!(!fullest.is_empty(), "{text:?}");
            }
        };
        fits(&all(), COLUMNS);
        fits(hints::ALL, HINT);
        fits(&[ceremony::NEW_TMK], HINT);
        fits(life::ALL, LIFE);
    }
}

/// The terminal knows the widths of what it writes as the Unicode standard does.
#[test]
fn widths_are_unicode_s() {
    for text in all() {
        for words in [text.en, text.zh] {
            let shown: String = words.chars().filter(|character| !"«»".contains(*character)).collect();
            assert_eq!(width::of_text(&shown), shown.width(), "{shown}");
        }
    }
}

/// Both languages have the same places for values, in the same order: values are handed over by their order.
#[test]
fn the_places_for_values_are_the_same_in_both_languages() {
    for text in all() {
        let places = |words: &'static str| -> Vec<&str> {
            words.split('«').skip(1).map(|piece| piece.split_once('»').unwrap().0).collect()
        };
        assert_eq!(places(text.en), places(text.zh), "{text:?}");
    }
}

/// A Chinese text is Chinese: nobody left the English one in its place.
#[test]
fn every_chinese_text_has_chinese_in_it() {
    // What the standards call so in every language.
    let names = ["SW", "TVR"];
    for text in all().into_iter().filter(|text| !names.iter().any(|name| text.en.starts_with(name))) {
        assert!(text.zh.chars().any(|character| width::of_character(character) == 2), "{text:?}");
        assert!(text.en.is_ascii() || text.en.chars().all(|c| c.is_ascii() || "«»".contains(c)), "{text:?}");
    }
}
