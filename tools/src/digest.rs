//! The business digest: what a venue's members have to show for a run, and nothing else.
//!
//! Orders by session and ClOrdID with their fills, positions and cash; no ids of the venue, no
//! times, no counters of sessions. A run that was disturbed and one that was not have the same,
//! where the same orders were sent.

use std::collections::BTreeMap;

use pinion_engine::Engine;
use pinion_sequencer::Observer;
use pinion_types::{
    ClOrdId, Event, EventRef, Nanos, OrdStatus, Px, Qty, RejectCode, Seq, SessionId, Side,
};
use sha2::{Digest as _, Sha256};

/// An order as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    instrument: u32,
    account: u32,
    side: Option<Side>,
    px: Px,
    qty: Qty,
    cum: Qty,
    leaves: Qty,
    status: Option<OrdStatus>,
    refused: Option<RejectCode>,
    /// Price, quantity, liquidity code and fee of each fill, in order.
    fills: Vec<(Px, Qty, u8, i128)>,
}

/// Gathers orders from events, as they are replayed.
#[derive(Clone, Debug, Default)]
pub struct Gatherer {
    orders: BTreeMap<(SessionId, ClOrdId), Order>,
    /// Orders the venue entered itself, which have no ids of a client.
    own: u64,
}

impl Observer for Gatherer {
    fn event(&mut self, _seq: Seq, _time: Nanos, _cause: Seq, event: &Event) {
        self.take(event);
    }
}

impl Gatherer {
    /// Takes the next event of a log.
    pub fn take(&mut self, event: &Event) {
        let session = event.header().session;
        match event.view() {
            Some(EventRef::Accepted(body)) => {
                let order = Order {
                    instrument: body.instrument.0,
                    account: body.account.0,
                    side: body.side.get(),
                    px: body.px,
                    qty: body.qty,
                    cum: Qty(0),
                    leaves: body.qty,
                    status: body.ord_status.get(),
                    refused: None,
                    fills: Vec::new(),
                };
                if session.0 == 0 {
                    self.own += 1;
                }
                self.orders.insert((session, self.id(session, body.cl_ord_id)), order);
            }
            Some(EventRef::Rejected(body)) => {
                // An id that was used already says nothing about the order that has it.
                let is_repeat = body.code.get() == Some(RejectCode::DuplicateClOrdId);
                let key = (session, body.cl_ord_id);
                if !is_repeat && !self.orders.contains_key(&key) {
                    let order = Order {
                        instrument: body.instrument.0,
                        account: body.account.0,
                        side: body.side.get(),
                        px: Px(0),
                        qty: Qty(0),
                        cum: Qty(0),
                        leaves: Qty(0),
                        status: Some(OrdStatus::Rejected),
                        refused: body.code.get(),
                        fills: Vec::new(),
                    };
                    self.orders.insert(key, order);
                }
            }
            Some(EventRef::Trade(body)) => {
                let id = self.id(session, body.cl_ord_id);
                if let Some(order) = self.orders.get_mut(&(session, id)) {
                    let fill = (body.last_px, body.last_qty, body.liquidity.0, body.fee.get());
                    order.fills.push(fill);
                    (order.cum, order.leaves) = (body.cum_qty, body.leaves_qty);
                    order.status = body.ord_status.get();
                }
            }
            Some(EventRef::Canceled(body)) => {
                let own = match body.orig_cl_ord_id {
                    ClOrdId(0) => body.cl_ord_id,
                    orig => orig,
                };
                let own = self.id(session, own);
                if let Some(order) = self.orders.get_mut(&(session, own)) {
                    (order.leaves, order.status) = (Qty(0), body.ord_status.get());
                }
            }
            Some(EventRef::Replaced(body)) => {
                if let Some(mut order) = self.orders.remove(&(session, body.orig_cl_ord_id)) {
                    (order.px, order.qty, order.leaves) = (body.px, body.qty, body.leaves_qty);
                    order.status = body.ord_status.get();
                    self.orders.insert((session, body.cl_ord_id), order);
                }
            }
            _ => {}
        }
    }

    /// The id an order is kept by: one of the venue's own is done before the next begins.
    const fn id(&self, session: SessionId, id: ClOrdId) -> ClOrdId {
        if session.0 == 0 { ClOrdId(self.own) } else { id }
    }

    /// The digest, with positions and cash of the engine in its last state.
    #[must_use]
    pub fn finish(self, engine: &Engine) -> BusinessDigest {
        let mut lines = Vec::new();
        let mut fills = 0;
        for ((session, id), order) in &self.orders {
            lines.push(order.line(*session, *id));
            fills += order.fills.len();
            for (index, (px, qty, liquidity, fee)) in order.fills.iter().enumerate() {
                lines.push(format!("fill {session} {id} {index} {px} {qty} {liquidity} {fee}"));
            }
        }
        let mut positions: Vec<_> = engine.positions().collect();
        positions.sort_by_key(|one| (one.account, one.instrument));
        for one in &positions {
            lines.push(format!(
                "position {} {} {} cost {} realized {} fees {} working {} {} value {}",
                one.account,
                one.instrument,
                one.quantity,
                one.open_cost,
                one.realized,
                one.fees,
                one.buys,
                one.sells,
                one.open_notional
            ));
        }
        let mut cash: Vec<_> = engine.cash().map(|(id, code, sum)| (id, code.0, sum)).collect();
        cash.sort_unstable();
        for (account, currency, sum) in &cash {
            let currency = String::from_utf8_lossy(currency);
            lines.push(format!("cash {account} {} {sum}", currency.trim_end_matches('\0')));
        }
        let hash = Sha256::digest(lines.join("\n"));
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let counts = (self.orders.len(), fills, positions.len(), cash.len());
        BusinessDigest { hash, counts, lines }
    }
}

impl Order {
    fn line(&self, session: SessionId, id: ClOrdId) -> String {
        format!(
            "order {session} {id} {} {} {} {} {} cum {} leaves {} {}{}",
            self.instrument,
            self.account,
            self.side.map_or("?", Side::name),
            self.qty,
            self.px,
            self.cum,
            self.leaves,
            self.status.map_or("?", OrdStatus::name),
            self.refused.map_or(String::new(), |code| format!(" {}", code.code()))
        )
    }
}

/// What there is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessDigest {
    /// SHA-256 of the lines, in hexadecimal.
    pub hash: String,
    /// Orders, fills, positions, amounts of cash.
    pub counts: (usize, usize, usize, usize),
    /// What was hashed, in order, for whoever looks for a difference.
    pub lines: Vec<String>,
}
