//! From steps of a stream to requests of the venue: ids, totals and whole levels.

use std::collections::HashMap;

use pinion_types::{ClOrdId, Px, Qty};

use super::stream::{Action, Best, Shape, Step, TapeId};

/// One request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A limit order.
    New {
        /// Its id.
        cl_ord_id: ClOrdId,
        /// Side.
        is_buy: bool,
        /// Limit.
        px: Px,
        /// Quantity.
        qty: Qty,
        /// Its rest is canceled.
        ioc: bool,
    },
    /// A replace at the same price to a smaller total, which keeps the order's place.
    Replace {
        /// Id of the request, and of the order from then on.
        cl_ord_id: ClOrdId,
        /// Id of the order until then.
        orig_cl_ord_id: ClOrdId,
        /// Side of the order.
        is_buy: bool,
        /// Price of the order.
        px: Px,
        /// New total, what is filled included.
        qty: Qty,
    },
    /// A cancel.
    Cancel {
        /// Id of the request.
        cl_ord_id: ClOrdId,
        /// Id of the order.
        orig_cl_ord_id: ClOrdId,
        /// Side of the order.
        is_buy: bool,
    },
}

/// A fill that is expected, by the venue's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedFill {
    /// The incoming order.
    pub taker: ClOrdId,
    /// The resting order.
    pub maker: ClOrdId,
    /// Price.
    pub px: Px,
    /// Quantity.
    pub qty: Qty,
}

/// What is expected of the requests of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Line of the stream.
    pub line: u64,
    /// First id of the step's requests; ids are dense within it. Those of no request are equal to
    /// the next step's.
    pub first: ClOrdId,
    /// The id after its last one.
    pub end: ClOrdId,
    /// Fills in order.
    pub fills: Vec<ExpectedFill>,
    /// Ask and bid afterwards.
    pub top: Option<(Best, Best)>,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    cl_ord_id: ClOrdId,
    is_buy: bool,
    px: Px,
    leaves: Qty,
    cum: Qty,
}

/// Turns steps into requests; knows what the stream says of every order.
///
/// What is filled is taken from the stream, not from the venue, so that requests can be sent ahead
/// of reports; the two are compared by the [`super::Checker`].
#[derive(Debug)]
pub struct Plan {
    next: ClOrdId,
    orders: HashMap<TapeId, Order>,
    levels: HashMap<(bool, Px), Vec<TapeId>>,
}

impl Plan {
    /// Gives ids from `first` on.
    #[must_use]
    pub fn new(first: ClOrdId) -> Self {
        Plan { next: first, orders: HashMap::new(), levels: HashMap::new() }
    }

    /// The requests of `step`, added to `out`, and what is expected of them.
    ///
    /// # Errors
    /// A sentence about what the stream does with an order it does not have.
    pub fn step(&mut self, step: &Step, out: &mut Vec<Request>) -> Result<Expected, String> {
        let first = self.next;
        let lost =
            |id: TapeId| format!("line {}: the stream has no such order ({id:?})", step.line);
        match step.action {
            Action::New(shape) => self.enter(shape, false, out),
            Action::Ioc(shape) => self.enter(shape, true, out),
            Action::Replace(shape) => {
                self.end(shape.id, out).ok_or_else(|| lost(shape.id))?;
                self.enter(shape, false, out);
            }
            Action::Reduce { id, qty } => {
                self.reduce(id, qty, out).ok_or_else(|| lost(id))?;
            }
            Action::Cancel { id } => {
                self.end(id, out).ok_or_else(|| lost(id))?;
            }
            Action::CancelLevel { is_buy, px } => {
                for id in self.levels.get(&(is_buy, px)).cloned().unwrap_or_default() {
                    self.end(id, out).ok_or_else(|| lost(id))?;
                }
            }
        }
        let mut fills = Vec::with_capacity(step.fills.len());
        for fill in &step.fills {
            let taker = self.fill(fill.taker, fill.qty).ok_or_else(|| lost(fill.taker))?;
            let maker = self.fill(fill.maker, fill.qty).ok_or_else(|| lost(fill.maker))?;
            fills.push(ExpectedFill { taker, maker, px: fill.px, qty: fill.qty });
        }
        if let Action::Ioc(shape) = step.action {
            self.forget(shape.id);
        }
        Ok(Expected { line: step.line, first, end: self.next, fills, top: step.top })
    }

    fn id(&mut self) -> ClOrdId {
        let id = self.next;
        self.next = ClOrdId(id.0 + 1);
        id
    }

    fn enter(&mut self, shape: Shape, ioc: bool, out: &mut Vec<Request>) {
        let Shape { id, is_buy, px, qty } = shape;
        let cl_ord_id = self.id();
        out.push(Request::New { cl_ord_id, is_buy, px, qty, ioc });
        self.orders.insert(id, Order { cl_ord_id, is_buy, px, leaves: qty, cum: Qty(0) });
        self.levels.entry((is_buy, px)).or_default().push(id);
    }

    fn end(&mut self, id: TapeId, out: &mut Vec<Request>) -> Option<()> {
        let order = *self.orders.get(&id)?;
        let cl_ord_id = self.id();
        let is_buy = order.is_buy;
        out.push(Request::Cancel { cl_ord_id, orig_cl_ord_id: order.cl_ord_id, is_buy });
        self.forget(id);
        Some(())
    }

    fn reduce(&mut self, id: TapeId, qty: Qty, out: &mut Vec<Request>) -> Option<()> {
        let cl_ord_id = self.id();
        let order = self.orders.get_mut(&id)?;
        let orig_cl_ord_id = order.cl_ord_id;
        (order.cl_ord_id, order.leaves) = (cl_ord_id, qty);
        let Order { is_buy, px, cum, .. } = *order;
        let qty = Qty(cum.0.checked_add(qty.0)?);
        out.push(Request::Replace { cl_ord_id, orig_cl_ord_id, is_buy, px, qty });
        Some(())
    }

    fn fill(&mut self, id: TapeId, qty: Qty) -> Option<ClOrdId> {
        let order = self.orders.get_mut(&id)?;
        order.leaves = Qty(order.leaves.0.checked_sub(qty.0)?);
        order.cum = Qty(order.cum.0.checked_add(qty.0)?);
        let cl_ord_id = order.cl_ord_id;
        if order.leaves == Qty(0) {
            self.forget(id);
        }
        Some(cl_ord_id)
    }

    fn forget(&mut self, id: TapeId) {
        if let Some(order) = self.orders.remove(&id)
            && let Some(level) = self.levels.get_mut(&(order.is_buy, order.px))
        {
            level.retain(|other| *other != id);
        }
    }
}
