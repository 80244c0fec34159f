//! A recorded command stream: one line each, commands with what followed from them.
//!
//! ```text
//! N,id,side,px,qty    limit, good till canceled      F,taker,maker,px,qty   expected fill
//! I,id,side,px,qty    immediate or cancel            B,askpx,askqty,bidpx,bidqty
//! R,id,side,px,qty    replace, new priority                                expected top of book
//! D,id,qty            reduce in place to qty
//! X,id                cancel                         side B is buy, S and A are sell;
//! A,id,side,px,qty    becomes known, rests           prices are currency x 10,000;
//! G,side,px           cancel the whole level         0 where a side is empty
//! ```

use std::collections::HashMap;
use std::io::BufRead;

use pinion_types::{Px, Qty};

/// A stream's own name of an order, numbered in the order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TapeId(usize);

/// Units of 1e-8 in a unit of a tape's prices, which are in 1e-4.
const PX_SCALE: i64 = 10_000;

/// A price, and how much stands there; zeros where a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Best {
    /// The price.
    pub px: Px,
    /// All that stands there.
    pub qty: Qty,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A limit order that rests.
    New(Shape),
    /// A limit order whose rest is canceled.
    Ioc(Shape),
    /// The order with that id ends, one with the same id begins at the back.
    Replace(Shape),
    /// The order's leaves become `qty`, it keeps its place.
    Reduce {
        /// Which.
        id: TapeId,
        /// Leaves from now on.
        qty: Qty,
    },
    /// The order ends.
    Cancel {
        /// Which.
        id: TapeId,
    },
    /// Every order of that price ends.
    CancelLevel {
        /// Of which side.
        is_buy: bool,
        /// Of which price.
        px: Px,
    },
}

impl Action {
    /// The order it is about, where it is about one.
    #[must_use]
    pub fn id(&self) -> Option<TapeId> {
        match self {
            Action::New(shape) | Action::Ioc(shape) | Action::Replace(shape) => Some(shape.id),
            Action::Reduce { id, .. } | Action::Cancel { id } => Some(*id),
            Action::CancelLevel { .. } => None,
        }
    }
}

/// Id, side, price and quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The tape's id.
    pub id: TapeId,
    /// Side.
    pub is_buy: bool,
    /// Limit.
    pub px: Px,
    /// Quantity.
    pub qty: Qty,
}

/// A fill that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The incoming order.
    pub taker: TapeId,
    /// The resting order.
    pub maker: TapeId,
    /// The maker's price.
    pub px: Px,
    /// Quantity.
    pub qty: Qty,
}

/// A command and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Line it stands on, from 1.
    pub line: u64,
    /// What to do.
    pub action: Action,
    /// Fills in order.
    pub fills: Vec<Fill>,
    /// Ask and bid after it, where the stream says them.
    pub top: Option<(Best, Best)>,
}

/// Reads a stream step by step.
#[derive(Debug)]
pub struct Stream<R> {
    input: R,
    line_count: u64,
    /// The step whose fills are being read.
    open: Option<Step>,
    text: String,
    names: Names,
}

/// Every name a stream has used.
#[derive(Debug, Default)]
struct Names {
    ids: HashMap<String, TapeId>,
    texts: Vec<String>,
}

impl Names {
    fn id(&mut self, text: &str) -> TapeId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = TapeId(self.texts.len());
        self.ids.insert(text.to_owned(), id);
        self.texts.push(text.to_owned());
        id
    }
}

impl<R: BufRead> Stream<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        let names = Names::default();
        Stream { input, line_count: 0, open: None, text: String::new(), names }
    }

    /// The name as it stands in the stream.
    #[must_use]
    pub fn name(&self, id: TapeId) -> &str {
        self.names.texts.get(id.0).map_or("", String::as_str)
    }

    /// The next step; `None` at the end.
    ///
    /// # Errors
    /// A sentence with the line that cannot be read.
    pub fn next_step(&mut self) -> Result<Option<Step>, String> {
        loop {
            self.text.clear();
            let len = self.input.read_line(&mut self.text);
            if len.map_err(|error| format!("line {}: {error}", self.line_count + 1))? == 0 {
                return Ok(self.open.take());
            }
            self.line_count += 1;
            let line = parse(self.text.trim_end(), &mut self.names)
                .ok_or_else(|| format!("line {}: not a line of a stream", self.line_count))?;
            match line {
                Parsed::Nothing => {}
                Parsed::Action(action) => {
                    let step = Step { line: self.line_count, action, fills: Vec::new(), top: None };
                    if let Some(done) = self.open.replace(step) {
                        return Ok(Some(done));
                    }
                }
                Parsed::Fill(fill) => self.last()?.fills.push(fill),
                Parsed::Top(top) => self.last()?.top = Some(top),
            }
        }
    }

    fn last(&mut self) -> Result<&mut Step, String> {
        let line = self.line_count;
        self.open.as_mut().ok_or_else(|| format!("line {line}: expected of no command"))
    }
}

enum Parsed {
    Nothing,
    Action(Action),
    Fill(Fill),
    Top((Best, Best)),
}

fn parse(text: &str, names: &mut Names) -> Option<Parsed> {
    if text.is_empty() || text.starts_with('#') {
        return Some(Parsed::Nothing);
    }
    let fields: Vec<&str> = text.split(',').collect();
    Some(match fields[..] {
        ["N" | "A", id, side, px, qty] => {
            Parsed::Action(Action::New(shape(names, [id, side, px, qty])?))
        }
        ["I", id, side, px, qty] => Parsed::Action(Action::Ioc(shape(names, [id, side, px, qty])?)),
        ["R", id, side, px, qty] => {
            Parsed::Action(Action::Replace(shape(names, [id, side, px, qty])?))
        }
        ["D", id, qty] => {
            Parsed::Action(Action::Reduce { id: names.id(id), qty: Qty(qty.parse().ok()?) })
        }
        ["X", id] => Parsed::Action(Action::Cancel { id: names.id(id) }),
        ["G", side, px] => {
            Parsed::Action(Action::CancelLevel { is_buy: is_buy(side)?, px: price(px)? })
        }
        ["F", taker, maker, px, qty] => Parsed::Fill(Fill {
            taker: names.id(taker),
            maker: names.id(maker),
            px: price(px)?,
            qty: Qty(qty.parse().ok()?),
        }),
        ["B", ask_px, ask_qty, bid_px, bid_qty] => {
            Parsed::Top((best(ask_px, ask_qty)?, best(bid_px, bid_qty)?))
        }
        _ => return None,
    })
}

fn shape(names: &mut Names, [id, side, px, qty]: [&str; 4]) -> Option<Shape> {
    Some(Shape {
        id: names.id(id),
        is_buy: is_buy(side)?,
        px: price(px)?,
        qty: Qty(qty.parse().ok()?),
    })
}

fn best(px: &str, qty: &str) -> Option<Best> {
    Some(Best { px: price(px)?, qty: Qty(qty.parse().ok()?) })
}

fn is_buy(side: &str) -> Option<bool> {
    match side {
        "B" => Some(true),
        "S" | "A" => Some(false),
        _ => None,
    }
}

fn price(text: &str) -> Option<Px> {
    text.parse::<i64>().ok()?.checked_mul(PX_SCALE).map(Px)
}

#[cfg(test)]
mod tests {
    use super::{Action, Best, Shape, Stream, TapeId};
    use pinion_types::{Px, Qty};

    #[test]
    fn what_follows_a_command_belongs_to_it() {
        let text =
            "N,Z1,S,5853300,100\nB,5853300,100,0,0\nI,2,B,5853400,40\nF,2,Z1,5853300,40\nX,Z1\n";
        let mut stream = Stream::new(text.as_bytes());
        let first = stream.next_step().expect("right").expect("there");
        let px = Px(58_533_000_000);
        let shape = Shape { id: TapeId(0), is_buy: false, px, qty: Qty(100) };
        assert_eq!(first.action, Action::New(shape));
        let empty = Best::default();
        assert_eq!(first.top, Some((Best { px, qty: Qty(100) }, empty)));
        let second = stream.next_step().expect("right").expect("there");
        assert_eq!((second.line, second.fills.len(), second.fills[0].maker), (3, 1, TapeId(0)));
        let third = stream.next_step().expect("right").expect("there");
        assert_eq!(third.action, Action::Cancel { id: TapeId(0) });
        assert_eq!(stream.next_step(), Ok(None));
        assert_eq!(stream.name(TapeId(0)), "Z1");
    }

    #[test]
    fn a_bad_line_is_named() {
        let mut stream = Stream::new("N,1,S,5,1\nN,1,Q,5,1\n".as_bytes());
        assert_eq!(stream.next_step(), Err("line 2: not a line of a stream".to_owned()));
        let mut stream = Stream::new("F,1,2,3,4\n".as_bytes());
        assert_eq!(stream.next_step(), Err("line 1: expected of no command".to_owned()));
    }
}
