//! `pinion journal explain`: the story of one order, and the state that decided each step.

mod reasons;

mod story;

use std::collections::BTreeMap;

use clap::Args;
use pinion_engine::{Engine, InstrumentView, OrderView, TopOfBook};
use pinion_sequencer::Observer;
use pinion_types::codes::RawSide;
use pinion_types::{
    AccountId, ClOrdId, Command, EventRef, InstrumentId, Nanos, OrderId, Seq, SessionId, Side,
    TradeId,
};
use serde_json::json;

use super::cat::Both;
use crate::cli::DataArg;
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;
use crate::replaying;
use crate::scenario::{Input, Output, show_time};

/// Tell the story of one order: what became of it, when, why, and who stood ahead of it.
///
/// The logs say what happened; a replay up to there says what the book, the instrument and the
/// account were just before. Exit code 1 where no such order was ever sent.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal explain 1042")]
pub(super) struct Explain {
    /// OrderID, as reports have it. Of an order that was refused: the number of its command.
    order: u64,
}

/// A command that had to do with the order, and everything it caused.
struct Step {
    input: Input,
    outputs: Vec<Output>,
    /// Places of those that are about the order.
    about: Vec<usize>,
    before: Option<Before>,
}

/// What was just before a step.
struct Before {
    instrument: InstrumentView,
    top: TopOfBook,
    position: i64,
    /// The order as it worked.
    own: Option<OrderView>,
    /// Orders of its side that would trade before it, in that order.
    ahead: Vec<OrderView>,
}

/// What an order is known by, and where it is.
#[derive(Clone, Copy, Debug)]
struct Subject {
    order: OrderId,
    account: AccountId,
    instrument: InstrumentId,
    side: Option<Side>,
}

impl Explain {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        let places = Places::of(&data.data)?;
        let mut steps = gather(&places, OrderId(self.order))?;
        let subject = steps.first().and_then(|step| subject(step, OrderId(self.order)));
        let (Some(subject), Some(last)) = (subject, steps.last().map(|step| step.input.seq)) else {
            return Err(Failure::Usage(format!(
                "there is no order {}: no command of that number asked for one",
                self.order
            )));
        };
        let mut watcher = Watcher { subject, steps: BTreeMap::new() };
        watcher.steps.extend(steps.iter().map(|step| (step.input.seq, None)));
        replaying::run(&places, Some(last), true, &mut watcher)?;
        for step in &mut steps {
            step.before = watcher.steps.remove(&step.input.seq).flatten();
        }
        for step in &steps {
            let told = story::tell(step, subject.order);
            let text = told.iter().map(|line| format!("\n  {line}")).collect::<String>();
            let head = format!("{} {}{text}", step.input.seq, show_time(step.input.time));
            let value = json!({
                "seq": step.input.seq.0,
                "time": step.input.time.0,
                "order": self.order,
                "text": told,
            });
            printer.result(head, &value)?;
        }
        Ok(())
    }
}

/// Commands that had to do with the order, in order.
fn gather(places: &Places, order: OrderId) -> Result<Vec<Step>, Failure> {
    let mut both = Both::open(places, Seq(order.0), true)?;
    let mut known = Known { order, ids: Vec::new(), trades: Vec::new() };
    let mut steps = Vec::new();
    while let Some((input, outputs)) = both.next()? {
        let own = (0..).zip(&outputs).filter(|(_, output)| known.is_about(output));
        let about: Vec<usize> = own.map(|(place, _)| place).collect();
        if !about.is_empty() {
            steps.push(Step { input, outputs, about, before: None });
        } else if steps.is_empty() {
            // Its own command comes first, and says something of it.
            break;
        }
    }
    Ok(steps)
}

/// What events about an order are known by.
struct Known {
    order: OrderId,
    /// Its owner's ids for it.
    ids: Vec<(SessionId, ClOrdId)>,
    /// Its trades, and its side in them.
    trades: Vec<(TradeId, RawSide)>,
}

impl Known {
    /// Whether an event is about the order.
    fn is_about(&mut self, output: &Output) -> bool {
        let session = output.event.header().session;
        match output.event.view() {
            Some(EventRef::Rejected(_)) => output.cause.0 == self.order.0,
            Some(EventRef::CancelRejected(it)) => {
                let asked = (session, it.orig_cl_ord_id);
                it.order_id == self.order || (it.order_id.0 == 0 && self.ids.contains(&asked))
            }
            Some(EventRef::TradeCorrected(it)) => self.trades.contains(&(it.trade_id, it.side)),
            view => {
                let Some((_, cl_ord_id)) =
                    story::ids(&output.event).filter(|it| it.0 == self.order)
                else {
                    return false;
                };
                self.ids.push((session, cl_ord_id));
                if let Some(EventRef::Trade(it)) = view {
                    self.trades.push((it.trade_id, it.side));
                }
                true
            }
        }
    }
}

/// What the first step says of the order.
fn subject(step: &Step, order: OrderId) -> Option<Subject> {
    step.outputs.iter().find_map(|output| {
        let (account, instrument, side) = match output.event.view()? {
            EventRef::Accepted(it) if it.order_id == order => (it.account, it.instrument, it.side),
            EventRef::Rejected(it) if output.cause.0 == order.0 => {
                (it.account, it.instrument, it.side)
            }
            _ => return None,
        };
        Some(Subject { order, account, instrument, side: side.get() })
    })
}

/// Looks at the engine before each command of the story.
struct Watcher {
    subject: Subject,
    steps: BTreeMap<Seq, Option<Before>>,
}

impl Observer for Watcher {
    fn command(&mut self, seq: Seq, _: Nanos, _: &Command, before: Option<&Engine>) {
        if let (Some(place), Some(engine)) = (self.steps.get_mut(&seq), before) {
            *place = look(engine, &self.subject);
        }
    }
}

/// What the engine says that may have decided; `None` where there is no such instrument.
fn look(engine: &Engine, subject: &Subject) -> Option<Before> {
    let instrument = engine.instrument(subject.instrument)?;
    let top = engine.top_of_book(subject.instrument)?;
    let position = engine.position(subject.account, subject.instrument);
    let mut ahead = Vec::new();
    let mut own = None;
    for order in subject.side.into_iter().flat_map(|side| engine.book(subject.instrument, side)) {
        if order.order_id == subject.order {
            own = Some(order);
            break;
        }
        ahead.push(order);
    }
    Some(Before { instrument, top, position: position.map_or(0, |it| it.quantity), own, ahead })
}
