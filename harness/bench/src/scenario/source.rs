//! Reads the files of a folder of scenarios.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use payrig_fixture::{FixtureError, FixtureFile};

use super::{Scenario, check::Checker, file::RawScenario, matrix};
use crate::Fixtures;

/// Every scenario under the fixtures' folder, in the order of their names, and what is wrong with the files that cannot be used.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn read_all(fixtures: &Fixtures) -> io::Result<(Vec<Scenario>, Vec<FixtureError>)> {
    let root = fixtures.scenarios();
    let (mut scenarios, mut errors) = (Vec::new(), Vec::new());
    for file in files(&root)? {
        match read(fixtures, &root, &file) {
            Ok(read) => scenarios.extend(read),
            Err(error) => errors.push(error),
        }
    }
    Ok((scenarios, errors))
}

/// The scenarios of one file: one, or one for each row of its matrix.
fn read(fixtures: &Fixtures, root: &Path, path: &Path) -> Result<Vec<Scenario>, FixtureError> {
    // A message, and a tape, names the file as it is found in any checkout.
    let inside = path.strip_prefix(root).unwrap_or(path);
    let file =
        FixtureFile::open_as(path, Path::new("fixtures/scenarios").join(inside).display().to_string())?;
    let name = name(inside);
    let mut scenarios = Vec::new();
    for variant in matrix::expand(&file)? {
        let raw: RawScenario = file.read(variant.table)?;
        let name = format!("{name}{}", variant.suffix);
        scenarios.push(Checker::new(fixtures, &file, &raw.world)?.check(name, raw)?);
    }
    Ok(scenarios)
}

/// `sign-on::succeeds` for `sign-on/succeeds.toml`.
fn name(path: &Path) -> String {
    let parts = path.with_extension("");
    let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("::")
}

fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            // What an editor leaves beside a file is none of ours; a link to a folder may lead in circles.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if path.is_file() && path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
