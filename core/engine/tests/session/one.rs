//! One session of the naive model, and its rate.

use pinion_types::codes::CancelOnDisconnect as Cod;
use pinion_types::command::SessionDef;
use pinion_types::{ConnectionId, Nanos, SourceId};

use crate::house::S;
use pinion_engine::session::CodScope;

/// One session as a person would write it down.
#[derive(Clone, Debug)]
pub struct One {
    pub def: SessionDef,
    pub version: u64,
    pub last_logon: u64,
    pub negotiated: Option<(SourceId, ConnectionId)>,
    pub established: Option<(SourceId, ConnectionId)>,
    /// Number of the client's next message.
    pub expected: u128,
    /// Number of the venue's next message.
    pub next: u64,
    pub cod: Cod,
    pub window_ms: u64,
    pub due: Option<(u128, CodScope)>,
    pub orders: Meter,
    pub throttled: u64,
}

/// A rate by the other of the two classical algorithms: when would the next message be due, had
/// they come evenly. In units of 1e-9 message at the session's rate, from the session's beginning.
#[derive(Clone, Debug)]
pub struct Meter {
    due: i128,
    began: u64,
}

impl Meter {
    pub fn passes(&mut self, def: &SessionDef, now: u64) -> bool {
        let one = i128::from(S);
        let here = i128::from(now - self.began) * i128::from(def.rate_per_second);
        let due = self.due.max(here);
        if due - here > (i128::from(def.rate_burst) - 1) * one {
            return false;
        }
        self.due = due + one;
        true
    }
}

impl One {
    pub fn new(def: SessionDef, now: u64) -> Self {
        One {
            def,
            version: 0,
            last_logon: 0,
            negotiated: None,
            established: None,
            expected: 1,
            next: 1,
            cod: def.cod_type.get().expect("a type"),
            window_ms: 0,
            due: None,
            orders: Meter { due: 0, began: now },
            throttled: 0,
        }
    }

    /// True where the timestamp is good, which spends it.
    pub fn logon(&mut self, now: u64, timestamp: u64, window: u128) -> bool {
        let (now, then) = (u128::from(now), u128::from(timestamp));
        if then > now + window || then + window < now || timestamp <= self.last_logon {
            return false;
        }
        self.last_logon = timestamp;
        true
    }

    /// A timestamp as a client would take it: now, or just above the last.
    pub fn fresh(&self, now: u64) -> Nanos {
        Nanos(now.max(self.last_logon.saturating_add(1)))
    }
}
