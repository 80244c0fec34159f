//! The `pinion` binary as the tests of this package run it: a supervisor ends with its test.
#![forbid(unsafe_code)]

use rustix::process::{Signal, set_parent_process_death_signal};

fn main() -> std::process::ExitCode {
    if std::env::args().any(|argument| argument == "up") {
        // A test that is killed cannot end its venue; what `up` begins watches `up`.
        let _goes_without = set_parent_process_death_signal(Some(Signal::TERM));
    }
    pinion::main()
}
