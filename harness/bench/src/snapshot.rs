//! Reviewed snapshots of what a line meant, kept as insta keeps them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Finding, quiet, run_folder::file_name, whole_file};

/// Compares `content` with the reviewed snapshot `kind` of `case` under `root` (`fixtures/snapshots`), and keeps it in
/// `folder` as well. The verdict is this function's own: none of insta's settings changes it. What differs is then handed to insta,
/// which shows it and writes it beside the reviewed file, for `cargo insta review`.
///
/// # Errors
/// [`Finding::Terminal`] where it differs; [`Finding::Missing`] where there is no reviewed snapshot yet; [`Finding::Rig`] where a
/// file cannot be read or written.
pub fn check(root: &Path, folder: &Path, case: &str, kind: &str, content: &str) -> Result<(), Finding> {
    let kept = folder.join(format!("{kind}.txt"));
    whole_file::write(&kept, content)?;

    let (place, name) = place(root, case, kind);
    let reviewed_file = place.join(format!("{name}.snap"));
    let finding = match fs::read_to_string(&reviewed_file) {
        Ok(text) if reviewed(&text).trim_end() == content.trim_end() => {
            // One that was kept for review has nothing more to say. It seldom is there.
            let _ = fs::remove_file(place.join(format!("{name}.snap.new")));
            return Ok(());
        }
        Ok(_) => Finding::terminal(format!(
            "the {kind} differs from the reviewed snapshot {}: look at both with `cargo insta review`",
            reviewed_file.display()
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Finding::Missing(format!(
            "there is no reviewed snapshot {} yet: look at the new one with `cargo insta review`",
            reviewed_file.display()
        )),
        Err(e) => Finding::Rig(format!("failed to read {}: {e}", reviewed_file.display())),
    };
    show(&place, &name, content);
    Err(finding)
}

/// The folder and the name of a snapshot: a level for each `::` of the case's name.
pub fn place(root: &Path, case: &str, kind: &str) -> (PathBuf, String) {
    let mut parts: Vec<_> = case.split("::").map(file_name).collect();
    let stem = parts.pop().unwrap_or_default();
    let mut place = root.to_owned();
    place.extend(parts);
    (place, format!("{stem}.{kind}"))
}

/// The contents of a snapshot file: what follows the metadata between two lines of `---`.
fn reviewed(text: &str) -> &str {
    let metadata = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    metadata.map_or(text, |(_, contents)| contents)
}

/// Lets insta show the difference and keep the new snapshot.
fn show(place: &Path, name: &str, content: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(place);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    // insta prints a difference and panics, which says nothing more.
    let _ = quiet::caught(|| settings.bind(|| insta::assert_snapshot!(name, content)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "sign-on::kcv-wrong[key=PIK]";

    fn checked(reviewed: Option<&str>, content: &str) -> Result<(), Finding> {
        let folder = tempfile::tempdir().unwrap();
        let (place, name) = place(&folder.path().join("snapshots"), CASE, "screen");
        if let Some(text) = reviewed {
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join(format!("{name}.snap")), format!("---\nsource: x.rs\n---\n{text}\n"))
                .unwrap();
        }
        check(&folder.path().join("snapshots"), folder.path(), CASE, "screen", content)
    }

    #[test]
    fn a_difference_is_the_terminals_and_a_missing_snapshot_is_nobodys() {
        checked(Some("PAYRIG T1\n---\nend"), "PAYRIG T1\n---\nend\n").unwrap();
        assert!(matches!(checked(Some("PAYRIG T1"), "PAYRIG T2\n"), Err(Finding::Terminal(_))));
        assert!(matches!(checked(None, "PAYRIG T1\n"), Err(Finding::Missing(_))));
    }

    #[test]
    fn a_case_has_a_place_of_its_own() {
        let (place, name) = place("s".as_ref(), CASE, "host");
        assert_eq!((place.as_path(), name.as_str()), ("s/sign-on".as_ref(), "kcv-wrong-key=PIK.host"));
    }
}
