//! The engine allocates while it is built and never again.
//!
//! An allocator that counts needs `unsafe` by its nature: `GlobalAlloc` is an unsafe trait. It is
//! alone in this file, passes everything on to the system's allocator, and only counts.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pinion_engine::{Engine, Sink};
use pinion_types::{Command, Event, Nanos, Seq};
use support::dice::Dice;
use support::{Desk, genesis, shares};

thread_local! {
    /// Allocations of this thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on unchanged to `System`, which keeps the contract of the trait;
// counting touches a cell that needs no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller gives a block of this allocator, which is a block of `System`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts events, keeps none.
struct Tally(u64);

impl Sink for Tally {
    fn emit(&mut self, event: &Event) {
        self.0 += event.words().len() as u64;
    }
}

/// Commands of a life, recorded beforehand.
fn commands() -> Vec<(Nanos, Command)> {
    let seed = 5;
    println!("SEED={seed}");
    let mut desk = Desk::recording(&genesis());
    desk.checks = false;
    let mut dice = Dice::new(seed);
    for _ in 0..20_000 {
        desk.now.0 += dice.below(1_000_000);
        let command = shares::command(&mut dice, &mut desk);
        desk.apply(&command);
    }
    desk.record().0
}

#[test]
fn no_command_allocates() {
    let commands = commands();
    let mut engine = Engine::new(&genesis()).expect("the capacities are in range");
    let mut tally = Tally(0);
    let before = COUNT.with(Cell::get);
    for (index, (now, command)) in commands.iter().enumerate() {
        engine.apply(Seq(index as u64 + 1), *now, command, &mut tally);
    }
    assert_eq!(COUNT.with(Cell::get) - before, 0);
    assert!(tally.0 > 100_000, "the commands did something");
    drop(vec![0_u8; 9]);
    assert_eq!(COUNT.with(Cell::get) - before, 1, "the counter counts");
}
