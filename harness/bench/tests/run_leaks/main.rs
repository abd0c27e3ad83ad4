//! A secret in any file that a run leaves is found by the search that ends the run: every file that is there, in each way in which such a file
//! would have it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by its panic"
)]

mod artefact;
mod packets;
mod records;
mod run;
mod secrets;
mod writing;

use std::collections::BTreeSet;

use artefact::Artefact;
use run::Run;
use secrets::Planted;
use writing::Writing;

/// The files are those of a chip card's sale with offline PIN, of one with online PIN and of a stripe's: what a run leaves of them is listed by the
/// run, and a file of a kind that this test cannot write into fails it.
#[test]
fn a_secret_in_any_file_of_a_run_is_found_in_each_form() {
    let run = Run::play();
    assert_eq!(run.leaks(), [], "before anything is planted");
    let secrets = secrets::of(&run);
    let kinds: BTreeSet<_> = run.files.iter().map(artefact::of).collect();
    assert_eq!(kinds, Artefact::ALL.into(), "what this run left has to have a file of each kind");

    let (mut told, mut missed) = (0, Vec::new());
    for writing in Writing::ALL {
        // A card's number is in its track, so that it is planted by itself.
        for alone in [false, true] {
            let planted: Vec<_> = secrets.iter().filter(|secret| secret.alone == alone).collect();
            run.plant(|file| artefact::plant(file, writing, &planted));
            let (found, not_found) = found(&run, writing, &planted);
            told += found;
            missed.extend(not_found);
            let near: Vec<_> = planted.iter().map(|secret| secret.nearly()).collect();
            run.plant(|file| artefact::plant(file, writing, &near.iter().collect::<Vec<_>>()));
            assert_eq!(run.leaks(), [], "{writing:?}: what was planted is nearly a secret and none");
        }
    }
    println!(
        "{told} leaks in {} files of {} kinds were found, each in its file",
        run.files.len(),
        kinds.len()
    );
    assert!(missed.is_empty(), "{} were not found:\n{}", missed.len(), missed.join("\n"));
}

/// How many of the leaks that were planted are told with their file, and a sentence for each that is not.
fn found(run: &Run, writing: Writing, planted: &[&Planted]) -> (usize, Vec<String>) {
    let leaks = run.leaks();
    let (mut found, mut missed) = (0, Vec::new());
    for file in &run.files {
        for secret in artefact::taken(file, writing, planted) {
            if leaks.iter().any(|leak| leak.path == file.path && secret.is_named(&leak.name)) {
                found += 1;
            } else {
                missed.push(format!("{}: {} as {writing:?}", file.path.display(), secret.name));
            }
        }
    }
    (found, missed)
}
