//! The venue in this process: a stream straight into the engine, without sockets and journal.

use pinion_engine::{Engine, Sink};
use pinion_types::command::{self, Establish, Negotiate, NewOrder};
use pinion_types::{
    AccountId, ClOrdId, Command, CommandRef, ConnectionId, Event, EventRef, FirmId, FlowType,
    InstrumentId, Nanos, OrdType, RejectCode, Seq, SessionId, SessionVerId, Side, SourceId,
    TimeInForce,
};

use super::check::Report;
use super::plan::Request;

/// Who sends the orders, and where they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Session.
    pub session: SessionId,
    /// Its firm.
    pub firm: FirmId,
    /// Account to trade for.
    pub account: AccountId,
    /// Instrument to trade.
    pub instrument: InstrumentId,
}

/// An engine with one session logged on.
pub struct InProcess {
    engine: Engine,
    sender: Sender,
    seq: Seq,
    now: Nanos,
    src_seq: u64,
    reports: Reports,
}

/// Events as reports, in order.
#[derive(Default)]
struct Reports(Vec<Report>);

impl Sink for Reports {
    fn emit(&mut self, event: &Event) {
        self.0.extend(report(event));
    }
}

/// One source of commands, as a gateway would be.
const SOURCE: SourceId = SourceId(2);

/// Nanoseconds between two commands.
const STEP: u64 = 1_000;

impl InProcess {
    /// A venue made of `commands`, the genesis first, with the sender logged on.
    ///
    /// # Errors
    /// Why the venue cannot be, or the session not log on.
    pub fn begin(commands: &[Command], sender: Sender) -> Result<Self, String> {
        let genesis = commands.first().and_then(Command::view);
        let Some(CommandRef::Genesis(genesis)) = genesis else {
            return Err("the first command is no genesis".to_owned());
        };
        let engine = Engine::new(genesis).map_err(|code| code.text().to_owned())?;
        let now = Nanos(1_000_000_000);
        let mut venue =
            InProcess { engine, sender, seq: Seq(1), now, src_seq: 0, reports: Reports::default() };
        commands.iter().skip(1).for_each(|command| venue.apply(command));
        venue.log_on()?;
        Ok(venue)
    }

    fn log_on(&mut self) -> Result<(), String> {
        let (version, connection) = (SessionVerId(1), ConnectionId(1));
        let negotiate = Negotiate {
            session_ver_id: version,
            timestamp: self.now,
            connection,
            firm: self.sender.firm,
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        };
        self.say(0, &negotiate);
        let establish = Establish {
            session_ver_id: version,
            timestamp: Nanos(self.now.0 + 1),
            next_seq_no: 1,
            connection,
            keep_alive_ms: 10_000,
            ..Establish::default()
        };
        self.say(0, &establish);
        let session = self.engine.session(self.sender.session);
        match session.is_some_and(|session| session.is_established()) {
            true => Ok(()),
            false => Err(format!("session {} cannot log on", self.sender.session)),
        }
    }

    /// Applies a request; gives what the venue reports of it.
    pub fn send(&mut self, request: &Request) -> &[Report] {
        self.reports.0.clear();
        self.src_seq += 1;
        let Sender { account, instrument, .. } = self.sender;
        let side = |is_buy: bool| if is_buy { Side::Buy } else { Side::Sell };
        match *request {
            Request::New { cl_ord_id, is_buy, px, qty, ioc } => {
                let tif = match ioc {
                    true => TimeInForce::ImmediateOrCancel,
                    false => TimeInForce::GoodTillCancel,
                };
                let body = NewOrder {
                    cl_ord_id,
                    px,
                    qty,
                    sending_time: self.now,
                    account,
                    instrument,
                    side: side(is_buy).into(),
                    ord_type: OrdType::Limit.into(),
                    time_in_force: tif.into(),
                    ..NewOrder::default()
                };
                self.say(self.src_seq, &body);
            }
            Request::Replace { cl_ord_id, orig_cl_ord_id, is_buy, px, qty } => {
                let body = command::Replace {
                    cl_ord_id,
                    orig_cl_ord_id,
                    px,
                    qty,
                    sending_time: self.now,
                    instrument,
                    side: side(is_buy).into(),
                    ..command::Replace::default()
                };
                self.say(self.src_seq, &body);
            }
            Request::Cancel { cl_ord_id, orig_cl_ord_id, is_buy } => {
                let body = command::Cancel {
                    cl_ord_id,
                    orig_cl_ord_id,
                    sending_time: self.now,
                    instrument,
                    side: side(is_buy).into(),
                    ..command::Cancel::default()
                };
                self.say(self.src_seq, &body);
            }
        }
        &self.reports.0
    }

    /// The engine, for whoever looks at its state.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn say<B: command::KindOf>(&mut self, src_seq: u64, body: &B) {
        let mut command = Command::new(self.sender.session, src_seq, body);
        command.set_source(SOURCE);
        self.apply(&command);
    }

    fn apply(&mut self, command: &Command) {
        self.seq = Seq(self.seq.0 + 1);
        self.now = Nanos(self.now.0 + STEP);
        self.engine.apply(self.seq, self.now, command, &mut self.reports);
    }
}

/// An event as a report, where it is one.
fn report(event: &Event) -> Option<Report> {
    let is_buy = |side: pinion_types::codes::RawSide| side.get() == Some(Side::Buy);
    Some(match event.view()? {
        EventRef::Accepted(one) => Report::Accepted {
            cl_ord_id: one.cl_ord_id,
            is_buy: is_buy(one.side),
            px: one.px,
            qty: one.qty,
        },
        EventRef::Trade(one) => Report::Trade {
            cl_ord_id: one.cl_ord_id,
            trade_id: one.trade_id,
            px: one.last_px,
            qty: one.last_qty,
        },
        EventRef::Canceled(one) => {
            Report::Canceled { cl_ord_id: one.cl_ord_id, orig_cl_ord_id: one.orig_cl_ord_id }
        }
        EventRef::Replaced(one) => Report::Replaced {
            cl_ord_id: one.cl_ord_id,
            orig_cl_ord_id: one.orig_cl_ord_id,
            leaves: one.leaves_qty,
        },
        EventRef::Rejected(one) => refused(one.cl_ord_id, one.code.get()),
        EventRef::CancelRejected(one) => refused(one.cl_ord_id, one.code.get()),
        EventRef::BusinessRejected(one) => refused(ClOrdId(one.ref_id), one.code.get()),
        _ => return None,
    })
}

fn refused(cl_ord_id: ClOrdId, code: Option<RejectCode>) -> Report {
    Report::Refused { cl_ord_id, code }
}
