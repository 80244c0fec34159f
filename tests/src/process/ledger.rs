//! What a client asked and what came back: every request answered once, every fill told once.

use std::collections::{HashMap, HashSet};

use pinion_types::{ClOrdId, TradeId};
use pinion_wire::Outbound;

/// The books of one session.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Requests without an answer.
    waiting: HashSet<u64>,
    /// Requests with one.
    answered: HashSet<u64>,
    /// Filled quantity of every order that was accepted, by its present id.
    filled: HashMap<ClOrdId, u64>,
    trades: HashSet<(TradeId, ClOrdId)>,
    /// Highest number of an event so far.
    exec_id: u64,
    refused: u64,
}

impl Ledger {
    /// A request is about to be sent.
    ///
    /// # Panics
    /// Where its id was used.
    pub fn ask(&mut self, id: ClOrdId) {
        let is_new = !self.answered.contains(&id.0) && self.waiting.insert(id.0);
        assert!(is_new, "request {id} is asked twice");
    }

    /// Takes the venue's next message.
    ///
    /// # Panics
    /// Where it says something for the second time, or something before it is missing.
    pub fn take(&mut self, message: &Outbound) {
        if let Some(head) = message.head() {
            assert!(head.exec_id.0 > self.exec_id, "told again: {message:?}");
            self.exec_id = head.exec_id.0;
        }
        match message {
            Outbound::ExecutionReportNew(one) => {
                self.answer(one.cl_ord_id);
                let before = self.filled.insert(one.cl_ord_id, 0);
                assert_eq!(before, None, "accepted twice: {one:?}");
            }
            Outbound::ExecutionReportTrade(one) => {
                let is_new = self.trades.insert((one.trade_id, one.cl_ord_id));
                assert!(is_new, "a fill is told twice: {one:?}");
                let filled = self.filled.get_mut(&one.cl_ord_id).expect("an accepted order");
                *filled += one.last_qty.0;
                assert_eq!(*filled, one.cum_qty.0, "a fill is missing before {one:?}");
            }
            Outbound::ExecutionReportCanceled(one) => {
                let own = match one.orig_cl_ord_id {
                    ClOrdId(0) => one.cl_ord_id,
                    orig if orig == one.cl_ord_id => orig,
                    orig => {
                        self.answer(one.cl_ord_id);
                        orig
                    }
                };
                let filled = self.filled.get(&own).copied();
                assert_eq!(filled, Some(one.cum_qty.0), "a fill is missing before {one:?}");
            }
            Outbound::ExecutionReportReplaced(one) => {
                self.answer(one.cl_ord_id);
                let filled = self.filled.remove(&one.orig_cl_ord_id);
                assert_eq!(filled, Some(one.cum_qty.0), "a fill is missing before {one:?}");
                self.filled.insert(one.cl_ord_id, one.cum_qty.0);
            }
            Outbound::ExecutionReportReject(one) => self.refuse(one.cl_ord_id),
            Outbound::OrderCancelReject(one) => self.refuse(one.cl_ord_id),
            Outbound::BusinessMessageReject(one) => panic!("not taken at all: {one:?}"),
            _ => {}
        }
    }

    fn refuse(&mut self, id: ClOrdId) {
        self.refused += 1;
        self.answer(id);
    }

    fn answer(&mut self, id: ClOrdId) {
        assert!(self.answered.insert(id.0), "request {id} is answered twice");
        assert!(self.waiting.remove(&id.0), "request {id} is answered and was not asked");
    }

    /// Requests without an answer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Requests with an answer.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.answered.len()
    }

    /// Fills of this session's orders.
    #[must_use]
    pub fn fills(&self) -> usize {
        self.trades.len()
    }

    /// Requests that were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }
}
