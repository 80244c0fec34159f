//! What the core does for whoever asks at the control socket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pinion_sequencer::{Answer, CommandError, Commander};
use pinion_types::command::{Kill, KindOf, Release, TradeCorrect, correct_flags};
use pinion_types::text::Chars;
use pinion_types::{Command, KillAction, Px, RejectCode, Scope, SessionId, Text, TradeId};
use serde_json::{Map, Value, json};

use crate::config::core::Durability;
use crate::control::{Reply, Request, Venue};
use crate::correction;
use crate::place::Places;

/// Serves requests with a core's commander.
pub(crate) struct Operator {
    commander: Commander,
    durability: Durability,
    places: Places,
    next_request: AtomicU64,
}

/// How long the venue may take to answer a command.
const PATIENCE: Duration = Duration::from_secs(5);

impl Operator {
    pub fn new(commander: Commander, durability: Durability, places: Places) -> Self {
        // Numbers of another run do not come again: they are journaled.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let first = u64::try_from(now.as_micros()).unwrap_or(1);
        Operator { commander, durability, places, next_request: AtomicU64::new(first) }
    }

    fn status(&self) -> Reply {
        let now = self.commander.snapshot();
        let metrics: Map<String, Value> = now
            .metrics
            .iter()
            .map(|(metric, value)| (metric.name().into(), json!(value)))
            .collect();
        Reply::done(json!({
            "state": now.state.map_or("unknown", |state| state.name()),
            "halted": now.halted.map(|reason| reason.to_string()),
            "durability": self.durability.name(),
            "pid": now.pid,
            "epoch": format!("{:016x}", now.epoch),
            "data": self.places.data.display().to_string(),
            "input_seq": now.input.0,
            "event_seq": now.event.0,
            "durable_input_seq": now.durable_input.0,
            "durable_event_seq": now.durable_event.0,
            "heartbeat": now.heartbeat,
            "metrics": metrics,
        }))
    }

    fn say<B: KindOf>(&self, body: &B) -> Reply {
        let answer = match self.ask(body) {
            Ok(answer) => answer,
            Err(reply) => return reply,
        };
        match answer.done.code.get() {
            None => Reply::done(json!({
                "canceled": answer.done.affected_count,
                "seq": answer.seq.0,
                "time": answer.time.0,
            })),
            Some(RejectCode::UnknownTarget) => Reply::refused("there is no such target"),
            Some(code) => Reply::refused(format!("{} [{}]", code.text(), code.code())),
        }
    }

    /// Has a command sequenced, and waits for its answer.
    fn ask<B: KindOf>(&self, body: &B) -> Result<Answer, Reply> {
        let command = Command::new(SessionId(0), 0, body);
        self.commander.request(&command, PATIENCE).map_err(|error| match error {
            CommandError::NotLive(_) | CommandError::Halted(_) => Reply::refused(error.to_string()),
            _ => Reply::bad(error.to_string()),
        })
    }

    /// Takes a trade back, or puts it to another price: what it was, the event log says.
    fn correct(&self, trade_id: u64, px: Option<&str>, reason: &str, actor: &str) -> Reply {
        let new_px = match px.map(Px::parse) {
            Some(None) => return Reply::bad("the price is no decimal"),
            Some(px) => px,
            None => None,
        };
        let trade = match correction::of_trade(&self.places, TradeId(trade_id)) {
            Ok(Some(trade)) => trade,
            Ok(None) => return Reply::refused(format!("there is no trade {trade_id}")),
            Err(error) => return Reply::bad(error.to_string()),
        };
        let adjusts = if new_px.is_some() { correct_flags::ADJUST } else { 0 };
        let body = TradeCorrect {
            request_id: self.request_id(),
            new_px: new_px.unwrap_or_default(),
            flags: trade.flags | adjusts,
            actor: Chars::new(actor),
            reason: Chars::new(reason),
            ..trade
        };
        let answer = match self.ask(&body) {
            Ok(answer) => answer,
            Err(reply) => return reply,
        };
        match answer.done.code.get() {
            None => self.corrected(&body, &answer),
            Some(code @ RejectCode::BadValue) => {
                let or = match new_px {
                    Some(px) => format!(", or it cannot be put from {} to {px}", body.px),
                    None => String::new(),
                };
                let why = format!("trade {trade_id} is not of this day{or} [{}]", code.code());
                Reply::refused(why)
            }
            Some(code) => Reply::refused(format!("{} [{}]", code.text(), code.code())),
        }
    }

    fn corrected(&self, body: &TradeCorrect, answer: &Answer) -> Reply {
        let sides = match correction::told(&self.places, answer.event) {
            Ok(sides) => sides,
            // It is done all the same.
            Err(error) => vec![json!({ "error": error.to_string() })],
        };
        Reply::done(json!({
            "trade_id": body.trade_id.0,
            "instrument": body.instrument.0,
            "px": body.px.to_string(),
            "qty": body.qty.0,
            "new_px": (body.flags & correct_flags::ADJUST != 0).then(|| body.new_px.to_string()),
            "sides": sides,
            "seq": answer.seq.0,
            "time": answer.time.0,
        }))
    }

    fn request_id(&self) -> u64 {
        self.next_request.fetch_add(1, Ordering::Relaxed)
    }
}

impl Venue for Operator {
    fn command(&self, request: &Request, actor: &str) -> Reply {
        let scope_of = |word: &str| Scope::ALL.iter().copied().find(|scope| scope.name() == word);
        match request {
            Request::Status {} => self.status(),
            Request::Kill { scope, id, action, reason } => {
                let named = KillAction::ALL.iter().copied().find(|one| one.name() == action);
                let (Some(scope), Some(action)) = (scope_of(scope), named) else {
                    return Reply::bad("no such scope or action");
                };
                self.say(&Kill {
                    request_id: self.request_id(),
                    scope: scope.into(),
                    action: action.into(),
                    id: *id,
                    actor: Chars::new(actor),
                    reason: Chars::new(reason),
                    ..Kill::default()
                })
            }
            Request::Release { scope, id, reason } => {
                let Some(scope) = scope_of(scope) else { return Reply::bad("no such scope") };
                self.say(&Release {
                    request_id: self.request_id(),
                    scope: scope.into(),
                    id: *id,
                    actor: Chars::new(actor),
                    reason: Chars::new(reason),
                    ..Release::default()
                })
            }
            Request::Bust { trade_id, reason } => self.correct(*trade_id, None, reason, actor),
            Request::Adjust { trade_id, px, reason } => {
                self.correct(*trade_id, Some(px), reason, actor)
            }
        }
    }
}
