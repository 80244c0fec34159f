//! A reader of the event log that keeps its own books, and finds every event that cannot be.

use std::collections::{BTreeMap, BTreeSet};

use pinion_types::event::{Accepted, Canceled, Replaced, Trade};
use pinion_types::{Event, EventRef, OrdStatus, Side};

/// One order as its owner would keep it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub order_id: u64,
    pub cl_ord_id: u64,
    pub session: u32,
    pub account: u32,
    pub instrument: u32,
    pub side: Side,
    px: i64,
    qty: u64,
    cum: u64,
    prevented: u64,
    /// Whether it stands in no book.
    pub waits: bool,
}

impl Kept {
    fn leaves(&self) -> u64 {
        self.qty - self.cum - self.prevented
    }
}

/// What the log says there is.
#[derive(Default)]
pub struct Audit {
    orders: BTreeMap<u64, Kept>,
    done: BTreeSet<u64>,
    positions: BTreeMap<(u32, u32), i64>,
    numbers: BTreeMap<u32, u64>,
    /// The maker's side of a trade whose taker comes next.
    half: Option<Trade>,
    pub trades: u64,
}

impl Audit {
    /// Reads the events of one command.
    pub fn read(&mut self, events: &[Event]) {
        for event in events {
            self.number(event);
            let session = event.header().session.0;
            match event.view().expect("a known kind") {
                EventRef::Negotiated(_) => {
                    self.numbers.insert(session, 0);
                }
                EventRef::Accepted(body) => self.accepted(session, body),
                EventRef::Trade(body) => self.trade(session, body),
                EventRef::Canceled(body) => self.canceled(session, body),
                EventRef::Replaced(body) => self.replaced(body),
                _ => {}
            }
        }
        assert!(self.half.is_none(), "a trade has two sides");
        assert!(self.orders.values().all(|order| order.leaves() > 0), "who works has leaves");
        let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
        for (&(_, instrument), position) in &self.positions {
            *sums.entry(instrument).or_default() += position;
        }
        assert!(sums.values().all(|&sum| sum == 0), "positions of an instrument sum to zero");
    }

    /// The working order whose turn it is, counting around.
    pub fn nth(&self, index: u64) -> Option<Kept> {
        let count = self.orders.len() as u64;
        let index = index.checked_rem(count)?;
        self.orders.values().nth(index as usize).copied()
    }

    /// Numbers of a session's messages are dense within its version.
    fn number(&mut self, event: &Event) {
        let number = event.header().msg_seq_num;
        if number > 0 {
            let last = self.numbers.entry(event.header().session.0).or_default();
            assert_eq!(number, *last + 1, "{event:?}");
            *last = number;
        }
    }

    fn accepted(&mut self, session: u32, body: &Accepted) {
        let id = body.order_id.0;
        assert!(!self.done.contains(&id), "an id is of one order");
        let kept = Kept {
            order_id: id,
            cl_ord_id: body.cl_ord_id.0,
            session,
            account: body.account.0,
            instrument: body.instrument.0,
            side: body.side.get().expect("a side"),
            px: body.px.0,
            qty: body.qty.0,
            cum: 0,
            prevented: 0,
            waits: body.ord_status.get() == Some(OrdStatus::Suspended),
        };
        assert!(self.orders.insert(id, kept).is_none(), "an id is of one order");
    }

    fn trade(&mut self, session: u32, body: &Trade) {
        let order = self.orders.get_mut(&body.order_id.0).expect("an order that works");
        let signed = if order.side.is_buy() { 1 } else { -1 };
        assert_eq!((order.session, order.account), (session, body.account.0));
        assert_eq!(order.instrument, body.instrument.0);
        assert!(body.last_qty.0 > 0 && body.last_qty.0 <= order.leaves(), "{body:?} {order:?}");
        let better = (i128::from(order.px) - i128::from(body.last_px.0)) * i128::from(signed);
        assert!(better >= 0, "no worse than its limit: {body:?} {order:?}");
        order.cum += body.last_qty.0;
        assert_eq!((body.cum_qty.0, body.leaves_qty.0), (order.cum, order.leaves()));
        let filled = body.ord_status.get() == Some(OrdStatus::Filled);
        assert_eq!(filled, order.leaves() == 0);
        let position = self.positions.entry((order.account, order.instrument)).or_default();
        *position += signed * i64::try_from(body.last_qty.0).expect("a quantity");
        match self.half.take() {
            None => self.half = Some(*body),
            Some(maker) => {
                assert_eq!(maker.trade_id, body.trade_id);
                assert_eq!((maker.last_px, maker.last_qty), (body.last_px, body.last_qty));
                assert_eq!(body.position, *position);
                assert!(maker.side != body.side);
                self.trades += 1;
            }
        }
        if order.leaves() == 0 {
            self.orders.remove(&body.order_id.0);
            self.done.insert(body.order_id.0);
        }
    }

    fn canceled(&mut self, session: u32, body: &Canceled) {
        let id = body.order_id.0;
        let Some(order) = self.orders.get(&id) else {
            assert!(self.done.contains(&id), "gone before: {body:?}");
            return;
        };
        // The order's own session is told first; who asked is told besides.
        assert_eq!(order.session, session, "{body:?}");
        assert_eq!(body.cum_qty.0, order.cum);
        assert!(body.prevented_qty.0 >= order.prevented);
        let rest = body.cum_qty.0 + body.canceled_qty.0 + body.prevented_qty.0;
        // A replace to what is filled shrinks the order in the same step.
        let replaced = body.reason.get() == Some(pinion_types::CancelReason::ReplacedToFilled);
        assert!(rest == order.qty || replaced && rest <= order.qty, "{body:?} {order:?}");
        self.orders.remove(&id);
        self.done.insert(id);
    }

    fn replaced(&mut self, body: &Replaced) {
        let Some(order) = self.orders.get_mut(&body.order_id.0) else {
            panic!("a replace of an order that works: {body:?}");
        };
        assert_eq!(body.cum_qty.0, order.cum);
        let waits = body.ord_status.get() == Some(OrdStatus::Suspended);
        if body.restated == 1 {
            // Prevention took of it, it shrank to what reduces, or it joined its auction.
            let is_prevented = body.qty.0 == order.qty && body.prevented_qty.0 > order.prevented;
            let same = body.prevented_qty.0 == order.prevented;
            let shrinks = body.qty.0 < order.qty && same;
            let joins = body.qty.0 == order.qty && same && order.waits && !waits;
            assert!(is_prevented || shrinks || joins, "{body:?} {order:?}");
        }
        order.waits = waits;
        order.qty = body.qty.0;
        order.px = body.px.0;
        order.cl_ord_id = body.cl_ord_id.0;
        order.account = body.account.0;
        order.prevented = body.prevented_qty.0;
        assert_eq!(body.leaves_qty.0, order.leaves(), "{body:?} {order:?}");
    }
}
