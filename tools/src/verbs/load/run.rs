//! The generator: one thread, every session's socket, a plan of intended moments.

use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use pinion_client::{Now, Options, Session, Update};
use pinion_types::{
    AccountId, CancelOnDisconnect, ClOrdId, InstrumentId, Nanos, OrdType, Px, Qty, Side,
    TimeInForce,
};
use pinion_wire::Outbound;
use pinion_wire::request::NewOrderSingle;

use crate::access;
use crate::config::{Loaded, venue};
use crate::failure::Failure;

/// What to send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    /// Orders a second; 0 for all at once.
    pub rate: u64,
    /// Orders altogether.
    pub orders: u64,
    /// Instrument.
    pub instrument: u32,
    /// Its tick, in 1e-8.
    pub tick: i64,
    /// Its lot.
    pub lot: u64,
}

impl Work {
    /// When order `index` is to be sent, from the begin.
    pub fn intended(&self, index: u64) -> Duration {
        let ns = u128::from(index) * 1_000_000_000 / u128::from(self.rate.max(1));
        let at_once = self.rate == 0;
        Duration::from_nanos(if at_once { 0 } else { u64::try_from(ns).unwrap_or(u64::MAX) })
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// From the intended moment of an order to its answer, in ns.
    pub latency: Histogram<u64>,
    /// From the intended moment to the write, in ns.
    pub lag: Histogram<u64>,
    pub sent: u64,
    pub accepted: u64,
    pub trades: u64,
    /// Refusals by reject code.
    pub rejects: BTreeMap<u16, u64>,
    /// Sessions that ended before their time.
    pub ended: u64,
    /// From the first intended moment to the last write.
    pub sending: Duration,
    /// When it began.
    pub began: SystemTime,
}

impl Outcome {
    /// Nothing was sent yet.
    pub fn new() -> Result<Self, Failure> {
        let histogram = || {
            Histogram::new_with_bounds(1, LATENCY_MAX_NS, 3)
                .map_err(|error| Failure::Usage(format!("no histogram: {error}")))
        };
        Ok(Outcome {
            latency: histogram()?,
            lag: histogram()?,
            sent: 0,
            accepted: 0,
            trades: 0,
            rejects: BTreeMap::new(),
            ended: 0,
            sending: Duration::ZERO,
            began: SystemTime::now(),
        })
    }

    /// An order was meant for `intended` and was written at `written`.
    pub fn note_sent(&mut self, intended: Duration, written: Duration) {
        let lag = nanos(written.saturating_sub(intended));
        self.lag.saturating_record(lag.max(1));
        self.sent += 1;
    }

    /// Orders that were sent and never answered.
    pub fn lost(&self) -> u64 {
        let answered = self.accepted + self.rejects.values().sum::<u64>();
        self.sent.saturating_sub(answered)
    }
}

/// Longest latency that is told apart.
const LATENCY_MAX_NS: u64 = 600_000_000_000;

/// Time for the last answers.
const GRACE: Duration = Duration::from_secs(5);

/// Time for all sessions to log on.
const LOGON: Duration = Duration::from_secs(30);

/// How often every session's timers are looked at.
const TIMERS: Duration = Duration::from_millis(100);

/// Below this the poll does not sleep: its timer is too coarse.
const SLEEP_MIN: Duration = Duration::from_micros(1_500);

/// A price far from both ends.
const PX: i64 = 100 * pinion_types::units::PX_ONE;

struct Line {
    stream: TcpStream,
    session: Session,
    account: AccountId,
    /// Orders without an answer: id and intended moment.
    open: VecDeque<(ClOrdId, Duration)>,
    is_up: bool,
    is_down: bool,
}

struct Generator<'a> {
    work: &'a Work,
    lines: Vec<Line>,
    poll: Poll,
    clock: Instant,
    /// The first intended moment; intended moments count from it.
    begin: Instant,
    outcome: Outcome,
    buffer: Vec<u8>,
}

/// Logs on every session, sends, and waits for the answers.
pub(super) fn run(
    work: &Work,
    address: SocketAddr,
    loaded: &Loaded,
    sessions: &[venue::Session],
) -> Result<Outcome, Failure> {
    let mut generator = Generator::connect(work, address, loaded, sessions)?;
    generator.log_on()?;
    generator.send_all()?;
    Ok(generator.outcome)
}

impl<'a> Generator<'a> {
    fn connect(
        work: &'a Work,
        address: SocketAddr,
        loaded: &Loaded,
        sessions: &[venue::Session],
    ) -> Result<Self, Failure> {
        let poll = Poll::new().map_err(Failure::system("cannot poll"))?;
        let mut lines = Vec::new();
        for (index, session) in sessions.iter().enumerate() {
            let options = Options {
                cod_type: Some(CancelOnDisconnect::OnDisconnectOrTerminate),
                app_name: "pinion-load".to_owned(),
                sent_max: 0,
                ..Options::default()
            };
            let credentials = access::credentials(loaded, session)?;
            let stream = std::net::TcpStream::connect(address).map_err(|error| {
                Failure::Usage(format!("nobody answers at {address} ({error}); is the venue up?"))
            })?;
            let failed = || Failure::system("cannot use a socket");
            stream.set_nodelay(true).map_err(failed())?;
            stream.set_nonblocking(true).map_err(failed())?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(index), Interest::READABLE)
                .map_err(failed())?;
            lines.push(Line {
                stream,
                session: Session::new(credentials, options),
                account: AccountId(session.accounts.first().copied().unwrap_or(0)),
                open: VecDeque::new(),
                is_up: false,
                is_down: false,
            });
        }
        let outcome = Outcome::new()?;
        let buffer = vec![0; 64 << 10];
        let clock = Instant::now();
        Ok(Generator { work, lines, poll, clock, begin: clock, outcome, buffer })
    }

    fn log_on(&mut self) -> Result<(), Failure> {
        let now = self.now();
        for line in &mut self.lines {
            line.session.begin(now);
        }
        let deadline = Instant::now() + LOGON;
        while self.lines.iter().any(|line| !line.is_up) {
            if self.outcome.ended > 0 || Instant::now() > deadline {
                let up = self.lines.iter().filter(|line| line.is_up).count();
                return Err(Failure::Refused(format!(
                    "{up} of {} sessions could log on",
                    self.lines.len()
                )));
            }
            self.tend();
            self.look(Duration::from_millis(1))?;
        }
        Ok(())
    }

    fn send_all(&mut self) -> Result<(), Failure> {
        self.outcome.began = SystemTime::now();
        self.begin = Instant::now();
        let (mut next, mut tended) = (0, Duration::ZERO);
        let mut grace = None;
        loop {
            while next < self.work.orders && self.work.intended(next) <= self.begin.elapsed() {
                if !self.send(next) {
                    break;
                }
                next += 1;
            }
            self.lines.iter_mut().for_each(write);
            if next == self.work.orders && grace.is_none() {
                self.outcome.sending = self.begin.elapsed();
                grace = Some(Instant::now() + GRACE);
            }
            let waits = self.lines.iter().any(|line| !line.open.is_empty() && !line.is_down);
            let is_over = grace.is_some_and(|grace| !waits || Instant::now() > grace);
            if is_over || self.lines.iter().all(|line| line.is_down) {
                return Ok(());
            }
            let elapsed = self.begin.elapsed();
            if elapsed.saturating_sub(tended) > TIMERS {
                tended = elapsed;
                self.tend();
            }
            let due =
                if next < self.work.orders { self.work.intended(next) } else { elapsed + TIMERS };
            let rest = due.saturating_sub(elapsed);
            self.look(if rest < SLEEP_MIN { Duration::ZERO } else { rest - SLEEP_MIN })?;
        }
    }

    /// Sends order `index`; false where its session takes nothing now.
    fn send(&mut self, index: u64) -> bool {
        let now = self.now();
        let count = self.lines.len() as u64;
        let Some(line) = self.lines.get_mut(usize::try_from(index % count).unwrap_or(0)) else {
            return false;
        };
        if line.is_down {
            // Counted as sent and lost: the plan does not wait for a session that is gone.
            self.outcome.sent += 1;
            return true;
        }
        // Neighbors in the plan meet each other, so that the book stays small.
        let side = if index.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let order = NewOrderSingle {
            px: Px(PX / self.work.tick * self.work.tick),
            qty: Qty(self.work.lot),
            instrument: InstrumentId(self.work.instrument),
            account: line.account,
            side: side.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrderSingle::default()
        };
        let intended = self.work.intended(index);
        let Ok(receipt) = line.session.send(now, &order) else { return false };
        line.open.push_back((ClOrdId(receipt.id), intended));
        write(line);
        self.outcome.note_sent(intended, self.begin.elapsed());
        true
    }

    fn tend(&mut self) {
        for index in 0..self.lines.len() {
            self.drain(index);
        }
    }

    /// Waits for sockets, at most so long, and takes what they have.
    fn look(&mut self, wait: Duration) -> Result<(), Failure> {
        let mut events = Events::with_capacity(256);
        match self.poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                return Err(Failure::system("cannot poll")(error));
            }
            _ => {}
        }
        for event in &events {
            self.read(event.token().0);
        }
        self.lines.iter_mut().for_each(write);
        Ok(())
    }

    fn read(&mut self, index: usize) {
        loop {
            let now = self.now();
            let Some(line) = self.lines.get_mut(index) else { return };
            match line.stream.read(&mut self.buffer) {
                Ok(0) => line.session.lost(),
                Ok(len) => line.session.feed(now, self.buffer.get(..len).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => line.session.lost(),
            }
            self.drain(index);
            if self.lines.get(index).is_none_or(|line| line.is_down) {
                return;
            }
        }
    }

    /// Takes what a session has to say.
    fn drain(&mut self, index: usize) {
        let (now, elapsed) = (self.now(), self.begin.elapsed());
        let Some(line) = self.lines.get_mut(index) else { return };
        while let Some(update) = line.session.poll(now) {
            match update {
                Update::Established(_) => line.is_up = true,
                Update::Ended(end) => {
                    tracing::warn!("a session ended: {end}");
                    line.is_down = true;
                    self.outcome.ended += 1;
                }
                Update::Message(message) => take(line, &mut self.outcome, &message, elapsed),
            }
        }
    }

    fn now(&self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { tick: nanos(self.clock.elapsed()), utc: Nanos(nanos(utc)) }
    }
}

fn take(line: &mut Line, outcome: &mut Outcome, message: &Outbound, elapsed: Duration) {
    let answered = match message {
        Outbound::ExecutionReportNew(report) => {
            outcome.accepted += 1;
            Some(report.cl_ord_id)
        }
        Outbound::ExecutionReportReject(report) => {
            *outcome.rejects.entry(report.code.0).or_default() += 1;
            Some(report.cl_ord_id)
        }
        Outbound::BusinessMessageReject(report) => {
            *outcome.rejects.entry(report.code.0).or_default() += 1;
            Some(ClOrdId(report.ref_id))
        }
        Outbound::ExecutionReportTrade(_) => {
            outcome.trades += 1;
            None
        }
        _ => None,
    };
    // Answers come in the order of the orders; one that is passed over was never answered.
    while let (Some(id), Some(&(open, intended))) = (answered, line.open.front()) {
        if open > id {
            break;
        }
        line.open.pop_front();
        if open == id {
            let latency = nanos(elapsed.saturating_sub(intended));
            outcome.latency.saturating_record(latency.max(1));
        }
    }
}

fn write(line: &mut Line) {
    while !line.session.outgoing().is_empty() && !line.is_down {
        match line.stream.write(line.session.outgoing()) {
            Ok(0) => line.session.lost(),
            Ok(len) => {
                line.session.written(len);
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => line.session.lost(),
        }
        return;
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
