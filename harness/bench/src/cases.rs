//! The suite.

pub mod power;
pub mod sign_on;

use crate::Case;

/// Every case, in a fixed order. Building them touches nothing.
pub fn all() -> Vec<Case> {
    let mut cases = sign_on::all();
    cases.extend(power::all());
    cases
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_two_cases_share_a_name_or_a_folder() {
        let cases = super::all();
        let folders: BTreeSet<_> = cases
            .iter()
            .map(|c| c.name.split("::").map(crate::run_folder::file_name).collect::<Vec<_>>())
            .collect();
        assert_eq!(folders.len(), cases.len());
        assert!(cases.iter().all(|c| c.name.contains("::") && !c.title.is_empty()));
    }
}
