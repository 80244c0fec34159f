//! The hot thread allocates nothing once the core is live, whatever it is given.

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use common::{Gateway, House, PATIENCE, Random, SESSIONS};
use pinion_sequencer::Metric;
use pinion_types::command::Kill;
use pinion_types::{Command, KillAction, Scope, SessionId};

/// Counts what one thread allocates and frees.
struct Counting;

/// The thread that is watched; 0 for none.
static WATCHED: AtomicI32 = AtomicI32::new(0);
static COUNT: AtomicU64 = AtomicU64::new(0);

fn count() {
    let watched = WATCHED.load(Ordering::Relaxed);
    if watched != 0 && rustix::thread::gettid().as_raw_nonzero().get() == watched {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it is; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the contract of this very function.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The thread of this process with that name.
fn thread_named(name: &str) -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let found = tasks.map(|task| task.path()).find(|path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm.trim_end() == name)
    });
    found.unwrap().file_name().unwrap().to_str().unwrap().parse().unwrap()
}

#[test]
fn the_hot_thread_allocates_nothing() {
    let house = House::new();
    let core = house.start();
    WATCHED.store(thread_named("pinion-hot"), Ordering::Relaxed);
    let mut random = Random::seeded(41);
    let mut sent = 0;
    for round in 0..4 {
        let mut gateway = Gateway::attach(&house.socket(), round % 2);
        (1..=SESSIONS).for_each(|session| gateway.log_on(session));
        gateway.trade(&mut random, 2_000);
        sent += 2_000 + 2 * u64::from(SESSIONS);
        gateway.settle(sent);
        if round == 1 {
            // Broken by its producer: that way out must not allocate either.
            gateway.ring.send(&[0; 20]).unwrap();
            while core.status().counter(Metric::SourcesCorrupt.index()) == 0 {
                std::thread::yield_now();
            }
        }
        drop(gateway);
        // Attached anew only after the ring before is given back.
        let kill = Kill {
            scope: Scope::Session.into(),
            action: KillAction::BlockAndCancel.into(),
            id: 8,
            request_id: 1,
            ..Kill::default()
        };
        core.commander().request(&Command::new(SessionId(0), 0, &kill), PATIENCE).unwrap();
        while core.status().counter(Metric::Sources.index()) > 0 {
            std::thread::yield_now();
        }
    }
    let counted = COUNT.load(Ordering::Relaxed);
    WATCHED.store(0, Ordering::Relaxed);
    assert_eq!(counted, 0);
    // The watch works: this thread allocates.
    WATCHED.store(rustix::thread::gettid().as_raw_nonzero().get(), Ordering::Relaxed);
    drop(std::hint::black_box(Box::new(1)));
    WATCHED.store(0, Ordering::Relaxed);
    assert_eq!(COUNT.load(Ordering::Relaxed), 2);
    core.stop().unwrap();
}
