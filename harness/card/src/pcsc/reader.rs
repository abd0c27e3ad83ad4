//! Which readers there are, and which one is meant.

use std::{ffi::CString, time::Duration};

use ::pcsc::{Context, Error, ReaderState, Scope, State};

use super::Obstacle;

/// A reader, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Its name in PC/SC.
    pub name: String,
    /// The answer to reset of the card in it; empty where the card is mute. Nothing where no card is in.
    pub card: Option<Vec<u8>>,
}

/// All readers that PC/SC has, in its order. Touches no card; blocks for as long as the service takes to answer.
///
/// # Errors
/// [`Obstacle`]: no service. That no reader is there is none.
pub fn readers() -> Result<Vec<Reader>, Obstacle> {
    readers_of(&establish()?)
}

/// The reader of this name, or the only one with this in its name (in upper or lower case); the only one at all where nothing is named. Of
/// several, it is the one that alone has a card in it. Blocks like [`readers`].
///
/// # Errors
/// [`Obstacle`]: no service, no reader, none of the name, or several.
pub fn find_reader(named: Option<&str>) -> Result<Reader, Obstacle> {
    choose(readers()?, named)
}

pub(super) fn establish() -> Result<Context, Obstacle> {
    Context::establish(Scope::User).map_err(Obstacle::of_service)
}

pub(super) fn readers_of(context: &Context) -> Result<Vec<Reader>, Obstacle> {
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => return Ok(Vec::new()),
        Err(error) => return Err(Obstacle::of_service(error)),
    };
    let mut states: Vec<_> = names.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
    if states.is_empty() {
        return Ok(Vec::new());
    }
    match context.get_status_change(Duration::ZERO, &mut states) {
        Ok(()) | Err(Error::Timeout) => {}
        // One was unplugged since they were listed.
        Err(Error::UnknownReader | Error::ReaderUnavailable) => {}
        Err(error) => return Err(Obstacle::of_service(error)),
    }
    let reader = |state: &ReaderState| Reader {
        name: state.name().to_string_lossy().into_owned(),
        card: state.event_state().contains(State::PRESENT).then(|| state.atr().to_vec()),
    };
    Ok(states.iter().map(reader).collect())
}

pub(super) fn choose(readers: Vec<Reader>, named: Option<&str>) -> Result<Reader, Obstacle> {
    let list = |readers: &[Reader]| {
        readers.iter().map(|reader| format!("`{}`", reader.name)).collect::<Vec<_>>().join(", ")
    };
    if readers.is_empty() {
        return Err(Obstacle::no_readers());
    }
    let all = list(&readers);
    let exact = readers.iter().position(|reader| named == Some(reader.name.as_str()));
    let part = named.unwrap_or_default().to_lowercase();
    let is_meant = |at: usize, reader: &Reader| match exact {
        Some(exact) => at == exact,
        None => reader.name.to_lowercase().contains(&part),
    };
    let mut meant: Vec<_> = readers
        .into_iter()
        .enumerate()
        .filter(|(at, reader)| is_meant(*at, reader))
        .map(|(_, reader)| reader)
        .collect();
    if meant.len() > 1 && meant.iter().filter(|reader| reader.card.is_some()).count() == 1 {
        meant.retain(|reader| reader.card.is_some());
    }
    match (meant.len(), meant.pop(), named) {
        (1, Some(reader), _) => Ok(reader),
        (0, _, _) => {
            let what = format!("no card reader is named like `{}`", named.unwrap_or_default().escape_debug());
            Err(Obstacle::new(what, format!("name one of {all}")))
        }
        (_, _, Some(named)) => {
            let what = format!("several card readers are named like `{}`", named.escape_debug());
            Err(Obstacle::new(what, format!("name one of {all} in full, or put a card into one alone")))
        }
        (_, _, None) => Err(Obstacle::new("there are several card readers", format!("name one of {all}"))),
    }
}

/// A reader's name for PC/SC.
pub(super) fn c_name(name: &str) -> CString {
    // A name that came from PC/SC has no zero byte in it.
    CString::new(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(with_card: &[usize]) -> Vec<Reader> {
        let names = ["ACS ACR38U 00 00", "Virtual PCD 00 00", "Virtual PCD 00 01"];
        let reader = |(at, name): (usize, &&str)| Reader {
            name: (*name).into(),
            card: with_card.contains(&at).then(|| vec![0x3B, 0x00]),
        };
        names.iter().enumerate().map(reader).collect()
    }

    #[test]
    fn a_reader_is_found_by_its_name_or_a_part_or_the_card_in_it() {
        for (named, with_card, found) in [
            (Some("Virtual PCD 00 01"), &[][..], "Virtual PCD 00 01"),
            (Some("acr38"), &[], "ACS ACR38U 00 00"),
            (Some("Virtual"), &[1], "Virtual PCD 00 00"),
            (Some("virtual"), &[0, 2], "Virtual PCD 00 01"),
            (None, &[2], "Virtual PCD 00 01"),
        ] {
            assert_eq!(choose(readers(with_card), named).unwrap().name, found, "{named:?}");
        }
    }

    #[test]
    fn what_is_not_found_is_told_with_what_is_there() {
        let all = "`ACS ACR38U 00 00`, `Virtual PCD 00 00`, `Virtual PCD 00 01`";
        for (named, with_card, told) in [
            (Some("Omnikey"), &[][..], format!("no card reader is named like `Omnikey`: name one of {all}")),
            (
                Some("Virtual"),
                &[1, 2],
                format!(
                    "several card readers are named like `Virtual`: name one of {all} in full, or put a card into one alone"
                ),
            ),
            (None, &[], format!("there are several card readers: name one of {all}")),
        ] {
            assert_eq!(choose(readers(with_card), named).unwrap_err().to_string(), told);
        }
        let none = choose(Vec::new(), None).unwrap_err().to_string();
        assert_eq!(none, "PC/SC runs, but no card reader is there: plug one in");
    }
}
