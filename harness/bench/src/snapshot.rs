//! Reviewed snapshots of what a line meant, kept with insta.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    path::Path,
    sync::Once,
};

use crate::{Finding, run_folder::file_name};

/// Compares `content` with the reviewed snapshot `kind` of `case` under `root` (`fixtures/snapshots`), and keeps it in
/// `folder` as well. A difference is written beside the reviewed file as `.snap.new`, for `cargo insta review`.
///
/// # Errors
/// [`Finding::Terminal`] where it differs or where there is no reviewed snapshot yet; [`Finding::Rig`] where it cannot be kept.
pub fn check(root: &Path, folder: &Path, case: &str, kind: &str, content: &str) -> Result<(), Finding> {
    let kept = folder.join(format!("{kind}.txt"));
    std::fs::write(&kept, content)
        .map_err(|e| Finding::Rig(format!("failed to write {}: {e}", kept.display())))?;

    let mut parts: Vec<_> = case.split("::").map(file_name).collect();
    let stem = parts.pop().unwrap_or_default();
    let mut place = root.to_owned();
    place.extend(parts);

    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(&place);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = format!("{stem}.{kind}");
    let compare = || settings.bind(|| insta::assert_snapshot!(name, content));
    if without_panic(compare) {
        return Ok(());
    }
    Err(Finding::terminal(format!(
        "the {kind} differs from the reviewed snapshot {}; the new one is beside it: look at both with `cargo insta review`",
        place.join(format!("{stem}.{kind}.snap")).display()
    )))
}

thread_local! {
    static COMPARING: Cell<bool> = const { Cell::new(false) };
}

/// Whether `compare` returned. insta prints a difference and panics: the panic itself says nothing more, and is not shown.
fn without_panic(compare: impl FnOnce()) -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = take_hook();
        set_hook(Box::new(move |info| {
            if !COMPARING.get() {
                shown(info);
            }
        }));
    });
    COMPARING.set(true);
    let returned = catch_unwind(AssertUnwindSafe(compare)).is_ok();
    COMPARING.set(false);
    returned
}
