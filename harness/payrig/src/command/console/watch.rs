//! Finds the tapes of runs and follows them while they are written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use payrig_bench::{Row, Transcript};
use payrig_iso8583::Dialect;
use payrig_tape::{Follower, ReadError, TAPE_FILE};

use super::show::Show;

/// Folders are searched for new tapes at every so manieth look.
const LOOKS_PER_SEARCH: u32 = 3;
/// The newest run folders that are looked into for new tapes; what is written in an older one is followed all the same.
const MOST_RUNS: usize = 8;
/// A case's tape is not deeper in a run folder: a level for each `::` of its name.
const DEEPEST: usize = 8;

/// Where tapes are looked for.
pub(super) enum Place {
    /// In one run folder, whatever rig it is of.
    Run(PathBuf),
    /// In the newest run folder of a rig, and in every new one.
    Runs {
        /// The folder of run folders.
        folder: PathBuf,
        /// The rig's name.
        rig: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(run) => write!(f, "{}", run.display()),
            Self::Runs { folder, rig } => write!(f, "the runs of {rig} under {}", folder.display()),
        }
    }
}

/// Follows the tapes of a place.
pub(super) struct Watch {
    place: Place,
    filter: Option<String>,
    dialect: Arc<Dialect>,
    looks: u32,
    /// Run folders that are not looked into any more, or never were.
    passed_over: BTreeSet<PathBuf>,
    /// Tapes that are followed.
    open: BTreeMap<PathBuf, Followed>,
    /// Tapes that have been shown, or are not to be shown.
    done: BTreeSet<PathBuf>,
    /// The tape whose row was shown last.
    last: Option<PathBuf>,
}

struct Followed {
    follower: Follower,
    transcript: Transcript,
    /// Whether it was there when the console was opened.
    old: bool,
    begun: bool,
    /// Whether its file is no longer there.
    gone: bool,
}

/// What came of a look at a tape.
enum News {
    /// It is written on.
    Open(Vec<Row>),
    /// It is finished, or gone.
    Ended(Vec<Row>),
    /// It is not one to show.
    Other,
}

impl Watch {
    /// A watch over `place`, for cases whose name contains `filter`.
    pub(super) fn new(place: Place, filter: Option<String>, dialect: Arc<Dialect>) -> Self {
        Self {
            place,
            filter,
            dialect,
            looks: 0,
            passed_over: BTreeSet::new(),
            open: BTreeMap::new(),
            done: BTreeSet::new(),
            last: None,
        }
    }

    /// Shows what was written since the last look.
    pub(super) fn look(&mut self, show: &Show) {
        if self.looks.is_multiple_of(LOOKS_PER_SEARCH) {
            self.search();
        }
        self.looks = self.looks.wrapping_add(1);
        let widest = self.open.values().map(Followed::width).max().unwrap_or(0);
        let several = self.open.len() > 1;
        let mut ended = Vec::new();
        for (path, tape) in &mut self.open {
            let news = match tape.news(&self.place, self.filter.as_deref()) {
                Ok(news) => news,
                Err(error) => {
                    // A person who has closed that window does not read it.
                    let _ =
                        writeln!(anstream::stderr(), "payrig: {error}; this tape is not followed any more");
                    News::Other
                }
            };
            let rows = match news {
                News::Open(rows) => rows,
                News::Ended(rows) => {
                    ended.push(path.clone());
                    rows
                }
                News::Other => {
                    ended.push(path.clone());
                    continue;
                }
            };
            if rows.is_empty() && tape.begun {
                continue;
            }
            // Where another case's rows were the last, the name tells them apart.
            let named = several || tape.begun && self.last.as_ref() != Some(path);
            tape.show(show, named.then_some(widest), path, &rows);
            self.last = Some(path.clone());
        }
        for path in ended {
            self.open.remove(&path);
            self.done.insert(path);
        }
    }

    /// Finds tapes that are new, and forgets those that are gone.
    fn search(&mut self) {
        let first = self.looks == 0;
        let found: Vec<_> = self.runs(first).iter().flat_map(|run| tapes_under(run)).collect();
        self.done.retain(|path| path.is_file());
        for (path, tape) in &mut self.open {
            tape.gone = !path.is_file();
        }
        for path in found {
            if !self.open.contains_key(&path) && !self.done.contains(&path) {
                let old = first && matches!(self.place, Place::Runs { .. });
                let follower = Follower::new(&path);
                let transcript = Transcript::new(self.dialect.clone());
                self.open.insert(path, Followed { follower, transcript, old, begun: false, gone: false });
            }
        }
    }

    /// The run folders to look into.
    fn runs(&mut self, first: bool) -> Vec<PathBuf> {
        let (folder, rig) = match &self.place {
            Place::Run(run) => return vec![run.clone()],
            Place::Runs { folder, rig } => (folder, rig),
        };
        let mut runs: Vec<_> = folders_in(folder).filter(|run| is_of(run, rig)).collect();
        runs.retain(|run| !self.passed_over.contains(run));
        runs.sort_by_key(|run| changed(run));
        let watched = runs.split_off(runs.len().saturating_sub(if first { 1 } else { MOST_RUNS }));
        self.passed_over.extend(runs);
        watched
    }
}

impl Followed {
    fn news(&mut self, place: &Place, filter: Option<&str>) -> Result<News, ReadError> {
        let entries = self.follower.news()?;
        let Some(about) = self.follower.about() else {
            return Ok(if self.gone { News::Other } else { News::Open(Vec::new()) });
        };
        let of_rig = match place {
            Place::Run(_) => true,
            Place::Runs { rig, .. } => about.rig == *rig,
        };
        let wanted = of_rig && filter.is_none_or(|filter| about.case.contains(filter));
        let ended = self.follower.end().is_some();
        // What had ended before anyone looked on is there to be printed by its name.
        if !wanted || self.old && ended && !self.begun {
            return Ok(News::Other);
        }
        let mut rows: Vec<_> = entries.iter().flat_map(|entry| self.transcript.push(entry)).collect();
        if ended || self.gone {
            rows.extend(self.transcript.finish());
            return Ok(News::Ended(rows));
        }
        Ok(News::Open(rows))
    }

    /// How wide the case's name is, once it is known.
    fn width(&self) -> usize {
        self.follower.about().map_or(0, |about| about.case.chars().count())
    }

    /// Shows rows, with the case's name padded to a width before each where one is given.
    fn show(&mut self, show: &Show, named: Option<usize>, path: &Path, rows: &[Row]) {
        let Some(about) = self.follower.about() else { return };
        if !std::mem::replace(&mut self.begun, true) {
            show.begins(about, path);
        }
        for row in rows {
            let name = named.map(|width| format!("{:width$}", about.case));
            show.row(name.as_deref(), row);
        }
    }
}

/// The tapes in a folder and below, in the order of their paths. What cannot be read is not there.
pub(super) fn tapes_under(folder: &Path) -> Vec<PathBuf> {
    let mut tapes = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let tape = folder.join(TAPE_FILE);
        if tape.is_file() {
            tapes.push(tape);
        }
        if depth < DEEPEST {
            folders.extend(folders_in(&folder).map(|below| (below, depth + 1)));
        }
    }
    tapes.sort();
    tapes
}

fn folders_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path())
}

/// Whether a run folder is named after the rig: `<time>-<rig>`, with a number where there are several.
fn is_of(run: &Path, rig: &str) -> bool {
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let counted = name.rsplit_once('-').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
    let ends = |name: &str| name.strip_suffix(rig).is_some_and(|time| time.ends_with('-'));
    ends(&name) || counted.is_some_and(|(name, _)| ends(name))
}

/// When something was last made in a folder; one that vanishes meanwhile is old.
fn changed(folder: &Path) -> SystemTime {
    fs::metadata(folder).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}
