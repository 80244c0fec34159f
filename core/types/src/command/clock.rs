//! What the core tells itself: time, producers that come and go, and the state hash.

use crate::codes::RawTerminationCode;
use crate::text::Spare;
use crate::units::{Nanos, Seq, SourceId};

body! {
    /// A new trading day: ClOrdID days begin, DAY orders of yesterday end.
    DayRoll(16) {
        /// Days since the Unix epoch in the venue's zone.
        day: u32,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// Time passed a moment the engine waits for.
    Timer(16) {
        /// What is due by then comes, and nothing later; 0 or later than the command: its time.
        due: Nanos,
        /// Zero.
        spare: Spare<1>,
    }
}

body! {
    /// A producer began, anew after a crash too: whatever was bound to it is disconnected.
    SourceUp(16) {
        /// Which.
        about: SourceId,
        /// Zero.
        spare: [u8; 6],
        /// Process id, for people.
        pid: u64,
    }
}

body! {
    /// A producer is gone: its sessions are disconnected.
    SourceDown(16) {
        /// Which.
        about: SourceId,
        /// Why, a `TerminationCode`; 0 is gateway down.
        code: RawTerminationCode,
        /// Zero.
        spare: [u8; 5],
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// The logs run short of room, or have enough again. While they are short, new orders and
    /// replaces are refused, so that what is left serves cancels.
    RoomChange(16) {
        /// 1 short, 0 enough.
        is_short: u8,
        /// Zero.
        spare: [u8; 3],
        /// Bytes ready in the log that has less, in KiB, for people.
        headroom_kib: u32,
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// Not an input: what the state hashed to after the command before it. Replay compares.
    StateHash(16) {
        /// The state hash.
        hash: u64,
        /// Events emitted so far.
        events: Seq,
    }
}
