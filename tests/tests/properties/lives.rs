//! Random lives of the engine, and what a venue looks like from outside between two commands.

use std::collections::BTreeMap;
use std::fmt::Debug;

use pinion_engine::{AccountView, Engine, InstrumentView, OrderView, PositionView};
use pinion_tests::live::Live;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::codes::Side;
use pinion_types::command::{KindOf, UNLIMITED_32};
use pinion_types::{AccountId, Command, CommandKind, Event, InstrumentId, Nanos, Seq, SessionId};

/// Name of a currency.
pub type Currency = [u8; 4];

/// Everything that orders, money and limits are made of. Numbers of sessions are not: every
/// message moves them, whatever becomes of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Business {
    /// Working orders by OrderID.
    pub orders: BTreeMap<u64, OrderView>,
    /// Who would trade first, by instrument and side.
    pub queues: BTreeMap<(u32, bool), Vec<u64>>,
    /// Who waits for a trigger, by instrument.
    pub waiting: BTreeMap<u32, Vec<u64>>,
    /// What an account has and wants, where it has or wants anything.
    pub positions: BTreeMap<(u32, u32), PositionView>,
    /// Cash and what is held of it.
    pub cash: BTreeMap<(u32, Currency), (i128, i128)>,
    /// Fees the venue has, and what was paid in less what was paid out.
    pub currencies: BTreeMap<Currency, (i128, i128)>,
    /// Accounts and their sums.
    pub accounts: BTreeMap<u32, AccountView>,
    /// Instruments and their prices.
    pub instruments: BTreeMap<u32, InstrumentView>,
}

impl Business {
    /// The venue as it is.
    pub fn of(engine: &Engine) -> Business {
        let mut it = Business::default();
        it.orders.extend(engine.orders().map(|order| (order.order_id.0, order)));
        for instrument in engine.instruments() {
            for side in [Side::Buy, Side::Sell] {
                let ids = engine.book(instrument, side).map(|order| order.order_id.0).collect();
                it.queues.insert((instrument.0, side.is_buy()), ids);
            }
            let ids = engine.stops(instrument).map(|order| order.order_id.0).collect();
            it.waiting.insert(instrument.0, ids);
            it.instruments.extend(engine.instrument(instrument).map(|view| (instrument.0, view)));
        }
        for position in engine.positions().filter(is_used) {
            it.positions.insert((position.account.0, position.instrument.0), position);
        }
        for (account, currency, amount) in engine.cash() {
            let held = engine.held_of(account, currency);
            if (amount, held) != (0, 0) {
                it.cash.insert((account.0, currency.0), (amount, held));
            }
        }
        let currencies = engine.currencies().map(|(name, fees, moved)| (name.0, (fees, moved)));
        it.currencies.extend(currencies);
        for account in engine.accounts() {
            // Cancels over their rate are counted whatever they met.
            let view = engine.account(account).map(|it| AccountView { cancels_over: 0, ..it });
            it.accounts.extend(view.map(|view| (account.0, view)));
        }
        it
    }

    /// The position of an account in an instrument; 0 where there is none.
    pub fn quantity(&self, account: AccountId, instrument: InstrumentId) -> i64 {
        self.positions.get(&(account.0, instrument.0)).map_or(0, |it| it.quantity)
    }

    /// What an account could hold at worst on one side with `more`, signed so that above 0 is a
    /// position on that side.
    pub fn worst(
        &self,
        account: AccountId,
        instrument: InstrumentId,
        side: Side,
        more: u64,
    ) -> i128 {
        let found = self.positions.get(&(account.0, instrument.0));
        let (quantity, buys, sells) =
            found.map_or((0, 0, 0), |it| (it.quantity, it.buys.0, it.sells.0));
        let (held, working) = if side.is_buy() { (quantity, buys) } else { (-quantity, sells) };
        i128::from(held) + i128::from(working) + i128::from(more)
    }
}

/// What no report shows and what decides something later all the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Depths {
    /// Positions that were ever made.
    pub positions: usize,
    /// Pages of price levels.
    pub pages: u32,
    /// When something ends or changes next.
    pub due: Option<Nanos>,
    /// Sum over everything that is kept, but sessions.
    pub sum: u64,
}

impl Depths {
    /// The venue as it is.
    pub fn of(engine: &Engine) -> Depths {
        Depths {
            positions: engine.positions().count(),
            pages: engine.pages_used(),
            due: engine.next_due(),
            sum: engine.full_state_hash().wrapping_sub(engine.sessions().full_hash()),
        }
    }
}

fn is_used(it: &PositionView) -> bool {
    it.quantity != 0 || it.open_orders != 0 || it.realized != 0 || it.fees != 0
}

/// One command and everything around it.
pub struct Turn<'a> {
    /// What was said.
    pub command: &'a Command,
    /// What followed.
    pub events: &'a [Event],
    /// The venue before it.
    pub before: &'a Business,
    /// The venue after it.
    pub after: &'a Business,
    /// What does not show, before it and after it.
    pub depths: [Depths; 2],
    /// The engine after it.
    pub engine: &'a Engine,
}

impl Turn<'_> {
    /// Nothing is otherwise than before, in view or out of it. A request still counts in the rate
    /// of its account, so that the sum is the same only where no account has one.
    #[track_caller]
    pub fn changed_nothing(&self, of: &dyn Debug) {
        assert_eq!(self.before, self.after, "{of:?}");
        let [mut before, after] = self.depths;
        if self.before.accounts.values().any(has_rate) {
            before.sum = after.sum;
        }
        assert_eq!(before, after, "{of:?}");
    }
}

fn has_rate(it: &AccountView) -> bool {
    let is_set = it.risk.account == it.definition.account;
    is_set && [it.risk.rate_burst, it.risk.cancel_rate_burst] != [UNLIMITED_32; 2]
}

/// A life that somebody looks at.
pub struct Life {
    stream: Stream,
    live: Live,
    /// The time of the last command.
    pub now: Nanos,
    seq: Seq,
    before: Business,
    depths: Depths,
    /// Everything that was said, and when.
    pub said: Vec<(Nanos, Command)>,
}

impl Life {
    /// A life that begins.
    pub fn new(stream: Stream) -> Life {
        let live = Live::new(&stream.genesis);
        let (before, depths) = (Business::of(&live.engine), Depths::of(&live.engine));
        Life { stream, live, now: Nanos(0), seq: Seq(1), before, depths, said: Vec::new() }
    }

    /// The venue's first command.
    pub fn genesis(&self) -> Command {
        Command::new(SessionId(0), 0, &self.stream.genesis)
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.live.engine
    }

    /// The venue as it is.
    pub fn business(&self) -> &Business {
        &self.before
    }

    /// Lives one more command of the stream. Hashes that the journal states are the core's own
    /// affair: a drawn one would be a lie that a replay finds.
    pub fn step(&mut self, see: &mut dyn FnMut(&Turn<'_>)) {
        let (now, command) = self.stream.command();
        if command.kind() != Some(CommandKind::StateHash) {
            self.apply(now, &command, see);
        }
    }

    /// Lives `count` more.
    pub fn steps(&mut self, count: u64) {
        (0..count).for_each(|_| self.step(&mut |_| ()));
    }

    /// Lives a command that is not the stream's own.
    pub fn say(&mut self, command: &Command, see: &mut dyn FnMut(&Turn<'_>)) {
        self.apply(self.now, command, see);
    }

    /// The same, giving what followed.
    pub fn hear(&mut self, command: &Command) -> Vec<Event> {
        let mut events = Vec::new();
        self.say(command, &mut |turn| events.extend_from_slice(turn.events));
        events
    }

    /// The next message of a session, as the engine expects it. The stream does not hear of it, so
    /// this is for the end of a life.
    pub fn message<B: KindOf>(&self, session: SessionId, body: &B) -> Command {
        let it = self.engine().session(session).expect("a session");
        let mut command = Command::new(session, it.expected().0, body);
        command.set_source(it.link().route().expect("a connection").source);
        command
    }

    fn apply(&mut self, now: Nanos, command: &Command, see: &mut dyn FnMut(&Turn<'_>)) {
        (self.now, self.seq) = (now, Seq(self.seq.0 + 1));
        self.said.push((now, *command));
        let events = self.live.apply(self.seq, now, command).to_vec();
        let engine = &self.live.engine;
        let (before, after) = (&self.before, Business::of(engine));
        let depths = [self.depths, Depths::of(engine)];
        see(&Turn { command, events: &events, before, after: &after, depths, engine });
        self.stream.see(command, &events);
        (self.before, self.depths) = (after, depths[1]);
    }
}

/// Seeds of the lives that a sentence is put to: those up to `count`, or the one asked for.
pub fn seeds(count: u64) -> impl Iterator<Item = u64> {
    let asked = std::env::var("PINION_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    asked
        .map_or(7_000..7_000 + count, |seed| seed..seed + 1)
        .inspect(|seed| println!("SEED={seed}"))
}

/// Puts a sentence to `count` lives of the usual stream and as many of the busy one.
pub fn all_lives(count: u64, commands: u64, see: &mut dyn FnMut(&Turn<'_>)) {
    for seed in seeds(count) {
        for stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut life = Life::new(stream);
            (0..commands).for_each(|_| life.step(see));
        }
    }
}
