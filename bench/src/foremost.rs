//! Threads that go before all others while something is measured.

use std::fs;
use std::process::{Command, Stdio};

/// Threads under `SCHED_FIFO` until this is dropped, where the system allows it.
///
/// `chrt` does it, which is there wherever util-linux is. To be held for less than a second at a
/// time: then the kernel lets others in, for 50 ms. Whoever a foremost thread waits for must run
/// on another core.
#[derive(Debug)]
pub struct Foremost(Vec<u32>);

impl Foremost {
    /// Puts those threads in front.
    #[must_use]
    pub fn these(threads: &[u32]) -> Foremost {
        Foremost(threads.iter().copied().filter(|&id| set("-f", "1", id)).collect())
    }

    /// True where none was.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Foremost {
    fn drop(&mut self) {
        for &id in &self.0 {
            // A thread that ended meanwhile needs no priority.
            let _set = set("-o", "0", id);
        }
    }
}

fn set(policy: &str, priority: &str, id: u32) -> bool {
    let mut chrt = Command::new("chrt");
    chrt.args([policy, "-p", priority, &id.to_string()]);
    chrt.stdout(Stdio::null()).stderr(Stdio::null());
    chrt.status().is_ok_and(|status| status.success())
}

/// The calling thread's id; 0 where the system does not tell.
#[must_use]
pub fn this_thread() -> u32 {
    let link = fs::read_link("/proc/thread-self").unwrap_or_default();
    link.file_name().and_then(|id| id.to_str()?.parse().ok()).unwrap_or(0)
}

/// Ids, names and nanoseconds on a processor of this process's threads.
#[must_use]
pub fn threads() -> Vec<(u32, String, u64)> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    let read = |task: fs::DirEntry| {
        let id = task.file_name().to_str()?.parse().ok()?;
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let spent = fs::read_to_string(task.path().join("schedstat")).ok()?;
        Some((id, name.trim().to_owned(), spent.split(' ').next()?.parse().ok()?))
    };
    tasks.flatten().filter_map(read).collect()
}
