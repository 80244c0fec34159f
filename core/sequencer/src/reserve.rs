//! The part of each log that is kept for cancels.

use pinion_journal::RECORD_LEN_MAX;
use pinion_types::command::Genesis;

use crate::config::LogConfig;

/// Bytes of a cancel in the input journal.
const CANCEL_LEN: usize = 128;

/// Most bytes that the end of one order takes in the event log.
const CANCELED_LEN: usize = 192;

/// Bytes of each log below which orders are not taken any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reserves {
    pub inputs: usize,
    pub events: usize,
}

impl Reserves {
    /// What is left when the reserves are used up: a command is begun where its first event fits.
    /// What more it causes is waited for; no command is split.
    pub const LAST: Reserves = Reserves { inputs: 0, events: RECORD_LEN_MAX };

    /// Room to cancel every order there can be, one by one, but no more than a quarter of the
    /// segments that stand ready.
    pub fn of(inputs: &LogConfig, events: &LogConfig, genesis: &Genesis) -> Reserves {
        let orders = genesis.orders_max as usize;
        let quarter = |log: &LogConfig| log.segment_len.saturating_mul(log.spare_segments) / 4;
        Reserves {
            inputs: orders.saturating_mul(CANCEL_LEN).min(quarter(inputs)),
            events: orders.saturating_mul(CANCELED_LEN).min(quarter(events)).max(RECORD_LEN_MAX),
        }
    }
}
