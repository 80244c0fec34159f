//! The engine against the naive model, command by command, over random lives of a venue.
//!
//! Whatever differs is shrunk to the few commands that are needed and printed in the scenario
//! language. `PINION_SOAK` lives longer: more seeds, longer lives; `PINION_SEED` lives one again.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use pinion::scenario::{Input, Output, Scenario, Step};
use pinion_engine::{Engine, OrderView};
use pinion_tests::live::Live;
use pinion_tests::model::{Model, Queued, State};
use pinion_tests::random::{Rng, Stream};
use pinion_tests::reserved;
use pinion_tests::venue::Venue;
use pinion_types::codes::{
    CancelReason, EstablishmentReject, LimitId, NegotiationReject, RawLimitId, RawScope, Scope,
    Side,
};
use pinion_types::command::Genesis;
use pinion_types::{Command, CommandKind, Event, EventKind, EventRef, Nanos, RejectCode, Seq};

/// Lives whose seeds once failed stay here.
const FIXED: &[u64] = &[70, 254, 84, 814, 853];

/// A life: its genesis and its commands.
struct Life {
    genesis: Genesis,
    commands: Vec<(Nanos, Command)>,
}

/// Both venues side by side.
struct Pair {
    live: Live,
    model: Model,
    seq: u64,
}

impl Pair {
    fn new(genesis: &Genesis) -> Self {
        Pair { live: Live::new(genesis), model: Model::new(genesis), seq: 1 }
    }

    /// Applies one command to both and compares everything there is to compare.
    fn apply(&mut self, now: Nanos, command: &Command) -> Result<Vec<Event>, String> {
        self.seq += 1;
        let wanted = self.model.apply(Seq(self.seq), now, command).to_vec();
        let found = self.live.apply(Seq(self.seq), now, command).to_vec();
        let engine = &self.live.engine;
        let same = wanted.len() == found.len()
            && wanted.iter().zip(&found).all(|(wanted, found)| is_same(wanted, found));
        if !same {
            return Err(format!(
                "events differ\nmodel:\n{}engine:\n{}",
                self.show(now, command, &wanted),
                self.show(now, command, &found)
            ));
        }
        engine.check().map_err(|violation| format!("{violation:?}"))?;
        if engine.state_hash() != engine.full_state_hash() {
            return Err("the state hash is not that of the state".to_owned());
        }
        if engine.next_due().map(|due| due.0) != self.model.next_due() {
            return Err("the next moment differs".to_owned());
        }
        // Every state would cost more than it tells: events have told most of it.
        if self.seq.is_multiple_of(16) && state(engine) != self.model.state() {
            return Err(format!(
                "state differs\nmodel:\n{:#?}\nengine:\n{:#?}",
                self.model.state(),
                state(engine)
            ));
        }
        Ok(found)
    }

    fn show(&self, now: Nanos, command: &Command, events: &[Event]) -> String {
        step(Seq(self.seq), now, command, events).to_string()
    }
}

/// Equal bytes. Only how a closed order is remembered is the engine's own affair: it may answer
/// "unknown" where the model, which forgets nothing, says "too late"; and it keeps 32 bits of an
/// OrderID beside the account, so that one no order ever had may be "too late" to its own account.
fn is_same(wanted: &Event, found: &Event) -> bool {
    let refused = |event: &Event| match event.view() {
        Some(EventRef::CancelRejected(body)) => Some(*body),
        _ => None,
    };
    let (Some(wanted_body), Some(found_body)) = (refused(wanted), refused(found)) else {
        return wanted == found;
    };
    let (late, unknown) = (RejectCode::TooLateToCancel, RejectCode::UnknownOrder);
    let codes = (wanted_body.code.get(), found_body.code.get());
    let forgot = codes == (Some(late), Some(unknown));
    let alike = codes == (Some(unknown), Some(late)) && found_body.order_id.0 > u64::from(u32::MAX);
    let code = if forgot || alike { wanted_body.code } else { found_body.code };
    wanted.header() == found.header()
        && wanted_body == pinion_types::event::CancelRejected { code, ..found_body }
}

/// The engine's state in the model's words.
fn state(engine: &Engine) -> State {
    let mut state = State::default();
    for instrument in engine.instruments() {
        for side in [Side::Buy, Side::Sell] {
            let queue = engine.book(instrument, side).map(|order| queued(&order));
            let key = (instrument.0, side.is_buy());
            state.books.insert(key, queue.collect());
            state.tops.extend(engine.top_order(instrument, side).map(|id| (key, id.0)));
        }
        let stands = |order: &Queued| {
            let books = [true, false].map(|buys| &state.books[&(instrument.0, buys)]);
            books.into_iter().flatten().any(|it| it.order_id == order.order_id)
        };
        // Stops, and closing orders before their auction.
        let of = engine.orders().filter(|order| order.instrument == instrument);
        let mut waiting: Vec<_> = of.map(|order| queued(&order)).collect();
        waiting.retain(|order| !stands(order));
        waiting.sort_by_key(|order| order.order_id);
        state.waiting.insert(instrument.0, waiting);
    }
    for it in engine.positions() {
        let sums = [i128::from(it.quantity), it.open_cost, it.realized, it.fees];
        state.positions.insert((it.account.0, it.instrument.0), sums);
    }
    let cash = engine.cash().map(|(account, currency, amount)| ((account.0, currency.0), amount));
    state.cash = cash.collect();
    let fees = engine.currencies().map(|(currency, fees, moved)| (currency.0, (fees, moved)));
    state.fees = fees.collect();
    state
}

fn queued(order: &OrderView) -> Queued {
    Queued {
        order_id: order.order_id.0,
        session: order.session.0,
        cl_ord_id: order.cl_ord_id.0,
        account: order.account.0,
        px: order.px.0,
        leaves: order.leaves.0,
        shown: order.shown.0,
        cum: order.cum.0,
        prevented: order.prevented.0,
        stop_px: order.stop_px.0,
        link: (order.link_id, order.link_kind, order.link_leg),
    }
}

fn step(seq: Seq, time: Nanos, command: &Command, events: &[Event]) -> Step {
    let input = Input { seq, time, command: *command };
    let outputs =
        events.iter().map(|event| Output { seq: Seq(0), time, cause: seq, event: *event });
    Step::new(input, outputs.collect())
}

/// Lives `count` commands of a stream; gives the model in the end, or the life where it failed.
fn live(
    mut stream: Stream,
    count: usize,
    mut see: impl FnMut(&[Event]),
) -> Result<Model, Box<(Life, String)>> {
    let mut life = Life { genesis: stream.genesis, commands: Vec::with_capacity(count) };
    let mut pair = Pair::new(&life.genesis);
    for _ in 0..count {
        let (now, command) = stream.command();
        life.commands.push((now, command));
        match pair.apply(now, &command) {
            Ok(events) => {
                see(&events);
                stream.see(&command, &events);
            }
            Err(difference) => return Err(Box::new((life, difference))),
        }
    }
    Ok(pair.model)
}

/// Why a life fails, if it does.
fn fails(genesis: &Genesis, commands: &[(Nanos, Command)]) -> Option<String> {
    let mut pair = Pair::new(genesis);
    commands.iter().find_map(|(now, command)| pair.apply(*now, command).err())
}

/// Leaves out whatever is not needed to fail: halves, then quarters, down to single commands.
fn shrink(life: &mut Life) -> String {
    let mut size = life.commands.len();
    while size > 0 {
        let mut at = 0;
        while at < life.commands.len() {
            let mut fewer = life.commands.clone();
            fewer.drain(at..(at + size).min(fewer.len()));
            if fails(&life.genesis, &fewer).is_some() {
                life.commands = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    fails(&life.genesis, &life.commands).unwrap_or_default()
}

/// Fails with the shortest form of a life that failed, as a scenario.
fn tell(seed: u64, (mut life, difference): (Life, String)) -> ! {
    println!("SEED={seed}: {difference}");
    let shortest = shrink(&mut life);
    let mut scenario = Scenario::default();
    let first = Command::new(pinion_types::SessionId(0), 0, &life.genesis);
    scenario.steps.push(step(Seq(1), Nanos(0), &first, &[]));
    for (seq, (now, command)) in (2..).zip(&life.commands) {
        scenario.steps.push(step(Seq(seq), *now, command, &[]));
    }
    panic!("SEED={seed} differs; shortest form:\n{scenario}\n{shortest}");
}

fn check(seeds: impl Iterator<Item = u64>, count: usize, stream: fn(u64) -> Stream) {
    for seed in seeds {
        println!("SEED={seed}");
        if let Err(failed) = live(stream(seed), count, |_| {}) {
            tell(seed, *failed);
        }
    }
}

/// Seeds and lengths of lives: short by themselves, longer where the environment says so.
fn check_lives(stream: fn(u64) -> Stream) {
    let word = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match (word("PINION_SEED"), word("PINION_SOAK")) {
        (Some(seed), _) => check(seed..seed + 1, 20_000, stream),
        (None, Some(soak)) => check(300..300 + 1_000 * soak.max(1), 2_000, stream),
        (None, None) => check(0..300, 1_500, stream),
    }
}

#[test]
fn random_lives_are_equal() {
    check_lives(Stream::new);
}

/// Little is refused, but by risk.
#[test]
fn busy_lives_are_equal() {
    check_lives(Stream::busy);
}

/// Many orders at few prices.
#[test]
fn crowded_lives_are_equal() {
    check_lives(Stream::crowded);
}

/// Many orders are linked with others.
#[test]
fn linked_lives_are_equal() {
    check_lives(Stream::linked);
}

/// Many orders that follow prices: pegs, trailing stops.
#[test]
fn following_lives_are_equal() {
    check_lives(Stream::following);
}

/// Every number near the end of its range: prices, values, fees, payments.
#[test]
fn extreme_lives_are_equal() {
    check_lives(Stream::extreme);
}

#[test]
fn lives_that_failed_once_are_equal() {
    check(FIXED.iter().copied(), 3_000, Stream::new);
    // A collar wider than all prices around one at their end; bands that end before one.
    check([117, 313, 2_155].into_iter(), 3_000, Stream::extreme);
    // Two stops that start in one command and wait for the same trigger.
    check([1_511].into_iter(), 2_000, Stream::linked);
}

/// Events of rules that the venue does not have yet.
const EVENTS_ELSEWHERE: &[EventKind] = &[];

/// A peg has to move more often than a life has commands.
const ENDS_ELSEWHERE: &[CancelReason] = &[CancelReason::Throttle];

/// Logons are refused by the gateway as well, where its core is not there.
const LOGONS_ELSEWHERE: &[NegotiationReject] = &[NegotiationReject::SystemUnavailable];

/// The same of Establish.
const RESUMES_ELSEWHERE: &[EstablishmentReject] = &[EstablishmentReject::SystemUnavailable];

/// Every word that events were seen to say.
#[derive(Default)]
struct Seen {
    kinds: BTreeSet<EventKind>,
    refusals: BTreeSet<RejectCode>,
    limits: BTreeSet<LimitId>,
    scopes: BTreeSet<Scope>,
    ends: BTreeSet<CancelReason>,
    logons: BTreeSet<NegotiationReject>,
    resumes: BTreeSet<EstablishmentReject>,
    restated: usize,
}

impl Seen {
    fn see(&mut self, event: &Event) {
        self.kinds.extend(event.kind());
        let none = RawScope::default();
        let (code, limit, scope) = match event.view() {
            Some(EventRef::Rejected(it)) => (it.code, it.limit_id, it.scope),
            Some(EventRef::CancelRejected(it)) => (it.code, it.limit_id, it.scope),
            Some(EventRef::BusinessRejected(it)) => (it.code, it.limit_id, none),
            Some(EventRef::MassCanceled(it)) => (it.code, RawLimitId::default(), none),
            Some(EventRef::ControlDone(it)) => (it.code, RawLimitId::default(), none),
            Some(EventRef::Canceled(it)) => return self.ends.extend(it.reason.get()),
            Some(EventRef::NegotiateRefused(it)) => return self.logons.extend(it.code.get()),
            Some(EventRef::EstablishRefused(it)) => return self.resumes.extend(it.code.get()),
            Some(EventRef::Replaced(it)) => {
                self.restated += usize::from(it.restated);
                return;
            }
            _ => return,
        };
        self.refusals.extend(code.get());
        self.limits.extend(limit.get());
        self.scopes.extend(scope.get());
    }
}

/// Everything in `all` was seen, but for what is said `elsewhere`.
#[track_caller]
fn check_reached<T: Copy + Ord + Debug>(
    what: &str,
    all: &[T],
    elsewhere: &[T],
    seen: &BTreeSet<T>,
) {
    let missing = |it: &&T| !seen.contains(it) && !elsewhere.contains(it);
    let missing: Vec<&T> = all.iter().filter(missing).collect();
    assert!(missing.is_empty(), "{what} that never occurred: {missing:?}");
}

/// Everything in `all` was seen, but what is said `elsewhere`, and that was not.
#[track_caller]
fn check_all<T: Copy + Ord + Debug>(what: &str, all: &[T], elsewhere: &[T], seen: &BTreeSet<T>) {
    let wrong = |it: &&T| seen.contains(it) == elsewhere.contains(it);
    let wrong: Vec<&T> = all.iter().filter(wrong).collect();
    assert!(wrong.is_empty(), "{what} that never occurred, or could not and did: {wrong:?}");
}

#[test]
fn every_word_of_an_event_occurs() {
    let mut seen = Seen::default();
    for seed in 1_000..1_150 {
        let lived = live(Stream::new(seed), 2_000, |events| {
            events.iter().for_each(|event| seen.see(event))
        });
        if let Err(failed) = lived {
            tell(seed, *failed);
        }
    }
    check_all("events", EventKind::ALL, EVENTS_ELSEWHERE, &seen.kinds);
    check_all("refusals", RejectCode::ALL, reserved::REFUSALS, &seen.refusals);
    check_all("limits", LimitId::ALL, reserved::LIMITS, &seen.limits);
    check_all("levels", Scope::ALL, &[], &seen.scopes);
    let ends = [reserved::ENDS, ENDS_ELSEWHERE].concat();
    check_all("ends of orders", CancelReason::ALL, &ends, &seen.ends);
    let logons = [reserved::LOGONS, LOGONS_ELSEWHERE].concat();
    let resumes = [reserved::RESUMES, RESUMES_ELSEWHERE].concat();
    // What a gateway found is told as it is, so that a bit turned over tells any of them.
    check_reached("logon refusals", NegotiationReject::ALL, &logons, &seen.logons);
    check_reached("resume refusals", EstablishmentReject::ALL, &resumes, &seen.resumes);
    assert!(seen.restated > 10, "orders that self-trade prevention made smaller");
}

/// What extreme lives are for, so that they cannot become tame unseen.
#[test]
fn extreme_lives_reach_the_ends() {
    let (mut refused, mut payments, mut dear) = (0, 0, 0);
    let mut see = |event: &Event| match event.view() {
        Some(EventRef::Rejected(it)) => {
            refused += usize::from(it.code.get() == Some(RejectCode::ArithmeticOverflow));
        }
        Some(EventRef::ControlDone(it)) if it.command == CommandKind::CashMove.code() => {
            payments += usize::from(it.code.get() == Some(RejectCode::ArithmeticOverflow));
        }
        // Its value times its rate did not fit 128 bits.
        Some(EventRef::Trade(it)) => dear += usize::from(it.fee.get().abs() > 1 << 107),
        _ => {}
    };
    for seed in 2_000..2_200 {
        let lived = live(Stream::extreme(seed), 2_000, |events| events.iter().for_each(&mut see));
        if let Err(failed) = lived {
            tell(seed, *failed);
        }
    }
    assert!(refused > 100, "orders that no sum could take: {refused}");
    assert!(payments > 20, "payments that no sum could take: {payments}");
    assert!(dear > 60, "fees whose product did not fit: {dear}");
}

/// Around zero and below it, where who sells may pay.
#[test]
fn sunk_lives_are_equal() {
    check_lives(Stream::sunk);
}

/// What only some accounts meet, so that it cannot become rare unseen.
#[test]
fn lives_close_accounts_again_and_sell_below_zero() {
    let (mut again, mut below_zero, mut paid) = (0, 0, 0);
    let mut see = |events: &[Event]| {
        let is_closed = |event: &Event| match event.view() {
            Some(EventRef::AccountAlert(it)) => it.is_close_only == 1,
            _ => false,
        };
        let is_first = events.iter().any(is_closed);
        for event in events {
            match event.view() {
                // An order of the venue's own.
                Some(EventRef::Accepted(it)) if it.order_id.0 >> 63 == 1 => {
                    again += usize::from(!is_first);
                }
                Some(EventRef::Rejected(it)) if it.side == Side::Sell.into() => {
                    below_zero += usize::from(it.code.get() == Some(RejectCode::BuyingPower));
                }
                Some(EventRef::Trade(it)) if it.side == Side::Sell.into() => {
                    paid += usize::from(it.last_px.0 < 0);
                }
                _ => {}
            }
        }
    };
    for seed in 3_000..3_080 {
        for stream in [Stream::sunk(seed), Stream::busy(seed)] {
            if let Err(failed) = live(stream, 2_000, &mut see) {
                tell(seed, *failed);
            }
        }
    }
    assert!(again > 30, "accounts that were closed again: {again}");
    assert!(below_zero > 200, "sales below zero that nobody can pay for: {below_zero}");
    assert!(paid > 300, "sales below zero: {paid}");
}

/// Steps of the algorithms of allocation, by CME's letters, and that what was not shown before is
/// shared as well.
const STEPS: &[(char, &[&str])] = &[
    ('A', &["exception", "top", "pro-rata", "fifo", "again"]),
    ('C', &["exception", "pro-rata", "fifo", "again"]),
    ('K', &["exception", "top", "makers", "split", "pro-rata", "leveling", "fifo", "again"]),
    ('O', &["exception", "top", "pro-rata", "fifo", "again"]),
    ('Q', &["exception", "top", "makers", "pro-rata", "fifo", "again"]),
    ('S', &["exception", "top", "makers", "fifo", "again"]),
    ('T', &["exception", "makers", "fifo", "again"]),
];

#[test]
fn every_step_of_every_algorithm_is_taken_often() {
    let mut taken = BTreeMap::new();
    for seed in 3_000..3_100 {
        let model = live(Stream::crowded(seed), 1_500, |_| {});
        let model = model.unwrap_or_else(|failed| tell(seed, *failed));
        for (step, count) in model.taken() {
            *taken.entry(*step).or_insert(0) += count;
        }
    }
    let steps = STEPS.iter().flat_map(|(letter, steps)| steps.iter().map(|step| (*letter, *step)));
    let steps: Vec<(char, &str)> = steps.collect();
    let rare = steps.iter().filter(|step| taken.get(*step).is_none_or(|count| *count < 20));
    assert_eq!(rare.collect::<Vec<_>>(), [] as [&(char, &str); 0], "of {taken:?}");
    assert!(taken.keys().all(|step| steps.contains(step)), "no others: {taken:?}");
}

#[test]
fn the_generator_of_lives_stays_the_same() {
    let mut rng = Rng::new(7);
    let words: Vec<u64> = (0..3).map(|_| rng.word()).collect();
    let first = [7_191_089_600_892_374_487, 309_689_372_594_955_804, 16_616_101_746_815_609_346];
    assert_eq!(words, first);
}
