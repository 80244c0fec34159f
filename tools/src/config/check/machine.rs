//! Processors, memory and permissions: what the machine must have.

use super::Check;
use crate::config::Birth;
use crate::config::core::{Day, Idle};
use crate::config::number::Pin;
use crate::days::ZonedDays;

/// What a machine offers the processes of a venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Numbers of the processors this process may run on.
    pub cores: Vec<usize>,
    /// Main memory, in bytes.
    pub memory_len: u64,
    /// Memory this process may hold in place, in bytes; `None` for any amount.
    pub memlock_len: Option<u64>,
}

impl Machine {
    /// The machine this program runs on.
    #[must_use]
    pub fn here() -> Self {
        let cores = match rustix::thread::sched_getaffinity(None) {
            Ok(set) => {
                (0..rustix::thread::CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect()
            }
            Err(_) => Vec::new(),
        };
        let system = rustix::system::sysinfo();
        #[expect(clippy::useless_conversion, reason = "the width differs between machines")]
        let total = u64::try_from(system.totalram).unwrap_or(u64::MAX);
        let memlock = rustix::process::getrlimit(rustix::process::Resource::Memlock);
        Machine {
            cores,
            memory_len: total.saturating_mul(u64::from(system.mem_unit)),
            memlock_len: memlock.current,
        }
    }
}

pub(super) fn check(check: &mut Check<'_>, machine: &Machine) {
    pins(check, machine);
    idle(check, machine);
    memory(check, machine);
    day(check);
}

/// Threads that name a processor, each with its key.
fn pinned(check: &Check<'_>) -> Vec<(&'static str, usize)> {
    let core = &check.loaded.config.core.threads;
    let pins: [(&'static str, Pin); 6] = [
        ("core.threads.hot", core.hot),
        ("core.threads.journal", core.journal),
        ("core.threads.preparer", core.preparer),
        ("core.threads.timekeeper", core.timekeeper),
        ("core.threads.control", core.control),
        ("gateway.threads.io", check.loaded.config.gateway.threads.io),
    ];
    pins.iter().filter_map(|(path, pin)| Some((*path, pin.core()?))).collect()
}

/// Threads that spin need a processor each; the others may share theirs.
const SPINNING: [&str; 2] = ["core.threads.hot", "gateway.threads.io"];

fn pins(check: &mut Check<'_>, machine: &Machine) {
    let pinned = pinned(check);
    for &(path, core) in &pinned {
        if !machine.cores.contains(&core) {
            let list: Vec<String> = machine.cores.iter().map(ToString::to_string).collect();
            let message = format!("there is no processor {core}; there are {}", list.join(", "));
            check.error(path, message);
        }
        let other = pinned.iter().find(|(other, same)| *same == core && *other != path);
        if let Some((other, _)) = other
            && SPINNING.contains(&path)
        {
            check.error(path, format!("processor {core} is also that of {other}"));
        }
    }
}

fn idle(check: &mut Check<'_>, machine: &Machine) {
    let config = &check.loaded.config;
    let spinners = [
        ("core.threads.idle", config.core.threads.idle),
        ("gateway.threads.idle", config.gateway.threads.idle),
    ];
    let spinning = spinners.iter().filter(|(_, idle)| *idle == Idle::Spin).count();
    if machine.cores.len() <= spinning {
        for (path, _) in spinners.iter().filter(|(_, idle)| *idle == Idle::Spin) {
            check.warn(
                path,
                format!(
                    "{spinning} threads spin on {} processors and leave none to the others; \
                     \"auto\" would yield here",
                    machine.cores.len()
                ),
            );
        }
    }
}

fn memory(check: &mut Check<'_>, machine: &Machine) {
    let core = &check.loaded.config.core;
    let needed = memory_len(check);
    if needed > machine.memory_len / 10 * 9 {
        check.error(
            "core.capacity",
            format!(
                "tables, rings and hot segments need {} MiB; the machine has {} MiB",
                needed >> 20,
                machine.memory_len >> 20
            ),
        );
    }
    if let (true, Some(limit)) = (core.threads.lock_memory, machine.memlock_len)
        && limit < needed
    {
        check.warn(
            "core.threads.lock_memory",
            format!(
                "{} MiB would be held in place, this user may hold {} MiB (ulimit -l): \
                 it will run without",
                needed >> 20,
                limit >> 20
            ),
        );
    }
}

/// Memory the core takes at boot, in bytes.
fn memory_len(check: &Check<'_>) -> u64 {
    let core = &check.loaded.config.core;
    let hot = |log: &crate::config::core::LogConfig| {
        // The one that is written, the one being copied to disk, and those kept ready.
        (u64::from(log.segment_size_mib) << 20) * (u64::from(log.spare_segments) + 2)
    };
    let rings =
        u64::from(core.rings.gateway_ring_lines) * 64 * u64::from(core.rings.gateways_max.max(1));
    let tables = super::trial::memory_len(&check.loaded.genesis(&Birth::default()));
    hot(&core.journal) + hot(&core.event_log) + rings + tables
}

fn day(check: &mut Check<'_>) {
    let day = check.loaded.config.core.day.clone();
    let utc = Day { roll_time: "00:00".to_owned(), ..day.clone() };
    if let Err(message) = ZonedDays::new(&utc) {
        check.error("core.day.zone", message);
    } else if let Err(message) = ZonedDays::new(&day) {
        check.error("core.day.roll_time", message);
    }
}
