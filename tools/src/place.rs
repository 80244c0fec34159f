//! Where a venue's files are: everything follows from its data directory.
//!
//! ```text
//! DATA/journal  DATA/events      the two logs on disk
//! DATA/keys                      generated key files
//! DATA/up.lock                   held by the supervisor
//! DATA/run-dir                   where RUN was last
//! RUN/journal   RUN/events       the same logs as the hot thread writes them
//! RUN/core.sock RUN/ctl.sock     where a gateway attaches and an operator commands
//! RUN.ctl                        the latter, where others than the owner may command
//! ```
//!
//! RUN is on shared memory, `/dev/shm/pinion-UID-HASH`, unique to the data directory.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// Where hot segments and sockets go, where the system has it.
const SHARED_MEMORY: &str = "/dev/shm";

/// Name of the file in the data directory that says where the run directory was last.
const RUN_FILE: &str = "run-dir";

/// The paths of one venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The data directory, absolute.
    pub data: PathBuf,
    /// The run directory, absolute.
    pub run: PathBuf,
}

impl Places {
    /// The places of the venue in `data`, which must exist.
    ///
    /// # Errors
    /// [`Failure::Usage`] where there is no such directory.
    pub fn of(data: &Path) -> Result<Self, Failure> {
        let data = fs::canonicalize(data).map_err(|error| {
            Failure::Usage(format!("no data in {}: {error}; `pinion up` makes it", data.display()))
        })?;
        let hash = Sha256::digest(data.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let uid = rustix::process::geteuid().as_raw();
        let run = if Path::new(SHARED_MEMORY).is_dir() {
            Path::new(SHARED_MEMORY).join(format!("pinion-{uid}-{name}"))
        } else {
            data.join("run")
        };
        Ok(Places { data, run })
    }

    /// The same, after making both directories where they are not there yet.
    ///
    /// # Errors
    /// [`Failure::Usage`] where they cannot be made, or are open to others; [`Failure::Bad`] where
    /// what a venue left there is not all there.
    pub fn make(data: &Path) -> Result<Self, Failure> {
        private_dir(data)?;
        let places = Self::of(data)?;
        places.check_moved()?;
        places.check_journal()?;
        private_dir(&places.run)?;
        let note = places.data.join(RUN_FILE);
        fs::write(&note, places.run.as_os_str().as_encoded_bytes())
            .map_err(Failure::system(note.display()))?;
        Ok(places)
    }

    /// Refuses to go on without what a crash left in memory for another name of this directory.
    fn check_moved(&self) -> Result<(), Failure> {
        let Ok(before) = fs::read_to_string(self.data.join(RUN_FILE)) else { return Ok(()) };
        let before = Places { data: self.data.clone(), run: PathBuf::from(before) };
        if before.run == self.run || !before.has_hot_segments() {
            return Ok(());
        }
        Err(Failure::Bad(format!(
            "{} was moved or copied after a crash, and {} still holds its last records; start it \
             once under its old name, or from the directory it was copied from",
            self.data.display(),
            before.run.display()
        )))
    }

    /// Refuses to begin a new journal beside the event log of another, as where a disk was not
    /// mounted: its segments in memory would stand in the way of the old ones.
    fn check_journal(&self) -> Result<(), Failure> {
        let has_segments = |dir: &Path| {
            let is_segment = |entry: fs::DirEntry| entry.path().extension() == Some("seg".as_ref());
            fs::read_dir(dir).is_ok_and(|entries| entries.flatten().any(is_segment))
        };
        let [journal, hot, events] = [self.journal(), self.hot_journal(), self.events()];
        if !has_segments(&events) || has_segments(&journal) || has_segments(&hot) {
            return Ok(());
        }
        Err(Failure::Bad(format!(
            "{} has an event log, and {} has no journal it could follow from; bring the journal \
             back, or begin a new venue in an empty directory",
            events.display(),
            journal.display()
        )))
    }

    /// True where a crash, or a running core, has segments in memory.
    fn has_hot_segments(&self) -> bool {
        [self.hot_journal(), self.hot_events()].iter().any(|dir| {
            fs::read_dir(dir)
                .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name() != LOCK_FILE))
        })
    }

    /// Disk segments of the input journal.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.data.join("journal")
    }

    /// Disk segments of the event log.
    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.data.join("events")
    }

    /// Hot segments of the input journal.
    #[must_use]
    pub fn hot_journal(&self) -> PathBuf {
        self.run.join("journal")
    }

    /// Hot segments of the event log.
    #[must_use]
    pub fn hot_events(&self) -> PathBuf {
        self.run.join("events")
    }

    /// Where a gateway attaches.
    #[must_use]
    pub fn core_socket(&self) -> PathBuf {
        self.run.join("core.sock")
    }

    /// Where an operator commands: inside the run directory, or, where others than the owner may
    /// command, beside it, because the run directory is closed to them.
    #[must_use]
    pub fn control_socket(&self, is_shared: bool) -> PathBuf {
        if is_shared { self.run.with_extension("ctl") } else { self.run.join("ctl.sock") }
    }
}

impl Places {
    /// Takes the run directory away once nothing of worth is in it: hot segments stay, they are
    /// what the next start needs after a crash.
    pub fn clear_run(&self) {
        for dir in [self.hot_journal(), self.hot_events()] {
            let is_segment = |entry: std::io::Result<fs::DirEntry>| {
                entry.is_ok_and(|entry| entry.file_name() != LOCK_FILE)
            };
            if fs::read_dir(&dir).is_ok_and(|entries| !entries.into_iter().any(is_segment)) {
                // What cannot be removed is found again, and used, by the next start.
                let _stays = fs::remove_file(dir.join(LOCK_FILE));
                let _stays = fs::remove_dir(&dir);
            }
        }
        let _stays = fs::remove_dir(&self.run);
    }
}

/// What the journal leaves in a directory without segments.
const LOCK_FILE: &str = "lock";

/// Makes a directory that is ours alone, or checks that it is.
fn private_dir(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Failure::system(format!("cannot make {shown}")))?;
    let meta = fs::symlink_metadata(path).map_err(Failure::system(shown))?;
    let own = rustix::process::geteuid().as_raw();
    if !meta.is_dir() && !path.is_dir() {
        return Err(Failure::Usage(format!("{} is not a directory", path.display())));
    }
    if meta.uid() != own {
        return Err(Failure::Usage(format!("{} belongs to another user", path.display())));
    }
    if path.starts_with(SHARED_MEMORY) && (meta.mode() & 0o077 != 0 || !meta.is_dir()) {
        return Err(Failure::Usage(format!("{} is open to others", path.display())));
    }
    Ok(())
}
