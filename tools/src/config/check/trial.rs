//! The engine's own opinion: the commands of a configuration, applied to an empty venue.

use pinion_engine::{Engine, Sink};
use pinion_types::command::Genesis;
use pinion_types::{Command, CommandRef, Event, EventRef, Nanos, RejectCode, Seq};

use super::Check;

/// Tables of a trial are at most this large where ids do not depend on their size.
const TABLE_MAX: u32 = 4_096;

/// Notes the last refusal.
#[derive(Default)]
struct Refusals(Option<RejectCode>);

impl Sink for Refusals {
    fn emit(&mut self, event: &Event) {
        if let Some(EventRef::ControlDone(done)) = event.view()
            && let Some(code) = done.code.get()
        {
            self.0 = Some(code);
        }
    }
}

/// Applies `commands`, each with the key it comes from, and reports what the engine refuses.
pub(super) fn check(check: &mut Check<'_>, commands: &[(String, Command)]) {
    let mut engine = None;
    for (seq, (path, command)) in (1_u64..).zip(commands) {
        let Some(engine) = &mut engine else {
            let Some(CommandRef::Genesis(genesis)) = command.view() else { return };
            match Engine::new(&small(genesis)) {
                Ok(made) => engine = Some(made),
                Err(code) => return check.error("core.capacity", refused(code)),
            }
            continue;
        };
        let mut refusals = Refusals::default();
        engine.apply(Seq(seq), Nanos(seq), command, &mut refusals);
        if let Some(code) = refusals.0 {
            check.error(path, refused(code));
        }
    }
}

fn refused(code: RejectCode) -> String {
    format!("the engine refuses it: {} [{}]", code.text(), code.code())
}

/// The same venue with room for the definitions and little else.
fn small(genesis: &Genesis) -> Genesis {
    Genesis {
        orders_max: genesis.orders_max.min(TABLE_MAX),
        pages_max: genesis.pages_max.min(TABLE_MAX),
        closed_orders_max: genesis.closed_orders_max.min(TABLE_MAX),
        ..*genesis
    }
}

/// Bytes of the engine's tables with these capacities.
///
/// Measured on a small engine and scaled, table by table, so that asking costs little.
pub(super) fn memory_len(genesis: &Genesis) -> u64 {
    let cut = |max: u32| max.clamp(1, TABLE_MAX);
    let small = Genesis {
        instruments_max: cut(genesis.instruments_max),
        firms_max: cut(genesis.firms_max),
        accounts_max: cut(genesis.accounts_max),
        sessions_max: cut(genesis.sessions_max),
        orders_max: cut(genesis.orders_max),
        positions_max: cut(genesis.positions_max),
        pages_max: cut(genesis.pages_max),
        closed_orders_max: cut(genesis.closed_orders_max),
        ..*genesis
    };
    let Ok(engine) = Engine::new(&small) else { return 0 };
    let memory = engine.memory();
    let scaled = |len: usize, max: u32| len as u64 * u64::from(max.max(1)) / u64::from(cut(max));
    scaled(memory.orders, genesis.orders_max)
        + scaled(memory.order_indexes, genesis.orders_max)
        + scaled(memory.closed_orders, genesis.closed_orders_max)
        + scaled(memory.pages, genesis.pages_max)
        + scaled(memory.positions, genesis.positions_max)
        + scaled(memory.accounts, genesis.accounts_max)
        + scaled(memory.instruments, genesis.instruments_max)
        + scaled(memory.firms, genesis.firms_max)
        + scaled(memory.sessions, genesis.sessions_max)
        + scaled(memory.scratch, genesis.orders_max.max(genesis.positions_max))
}
