//! Trades that are taken back or put to another price: nothing of them is left, nothing else
//! moves, and nobody is corrected twice.

use std::collections::{BTreeMap, BTreeSet};

use pinion_tests::random::{Rng, Stream};
use pinion_tests::venue::control;
use pinion_types::codes::{CancelReason, Liquidity, Scope};
use pinion_types::command::{InstrumentDef, TradeCorrect, correct_flags};
use pinion_types::event::{Trade, TradeCorrected};
use pinion_types::{AccountId, CommandKind, Event, EventKind, EventRef, Px, RejectCode, TradeId};

use crate::lives::{Business, Currency, Life, Turn, all_lives, seeds};
use crate::money::trade_of;

/// Quantity, result whether realized or not, and fees of every position; cash; earned fees.
type Money = (
    BTreeMap<(u32, u32), (i64, i128, i128)>,
    BTreeMap<(u32, Currency), i128>,
    BTreeMap<Currency, i128>,
);

fn money(business: &Business) -> Money {
    let mut positions: BTreeMap<_, _> = business
        .positions
        .iter()
        .map(|(key, it)| (*key, (it.quantity, it.realized - it.open_cost, it.fees)))
        .collect();
    positions.retain(|_, it| *it != (0, 0, 0));
    let mut cash: BTreeMap<_, _> = business.cash.iter().map(|(key, it)| (*key, it.0)).collect();
    cash.retain(|_, amount| *amount != 0);
    let fees = business.currencies.iter().map(|(name, (fees, _))| (*name, *fees));
    (positions, cash, fees.collect())
}

/// The side of a correction that an event tells.
fn correction_of(event: &Event) -> Option<&TradeCorrected> {
    match event.view() {
        Some(EventRef::TradeCorrected(it)) => Some(it),
        _ => None,
    }
}

/// Trades of one command, as they would be taken back.
fn busts(events: &[Event]) -> Vec<TradeCorrect> {
    let sides: Vec<(&Event, &Trade)> =
        events.iter().filter_map(|event| trade_of(event).map(|it| (event, it))).collect();
    let bust = |pair: &[(&Event, &Trade)]| {
        let buys = |it: &Trade| it.side.get().is_some_and(|side| side.is_buy());
        let first = usize::from(!buys(pair[0].1));
        let ((to_buyer, buyer), (to_seller, seller)) = (pair[first], pair[1 - first]);
        let took = |it: &Trade, flag: u8| match it.liquidity.get() {
            Some(Liquidity::Removed) => flag,
            _ => 0,
        };
        TradeCorrect {
            trade_id: buyer.trade_id,
            px: buyer.last_px,
            qty: buyer.last_qty,
            buyer_fee: buyer.fee,
            seller_fee: seller.fee,
            instrument: buyer.instrument,
            buyer: buyer.account,
            seller: seller.account,
            buyer_session: to_buyer.header().session,
            seller_session: to_seller.header().session,
            flags: took(buyer, correct_flags::BUYER_TOOK)
                | took(seller, correct_flags::SELLER_TOOK),
            ..TradeCorrect::default()
        }
    };
    sides.chunks(2).map(bust).collect()
}

#[test]
fn a_bust_gives_back_everything_to_the_last_unit() {
    let (mut commands, mut trades, mut turned) = (0, 0, 0);
    for seed in seeds(60) {
        for stream in [Stream::new(seed), Stream::busy(seed), Stream::sunk(seed)] {
            let (mut life, mut rng) = (Life::new(stream), Rng::new(seed));
            for _ in 0..1_200 {
                let before = life.business().clone();
                let mut told = Vec::new();
                life.step(&mut |turn| {
                    if turn.events.iter().all(|it| correction_of(it).is_none()) {
                        told = busts(turn.events);
                    }
                });
                if told.is_empty() || rng.chance(70) {
                    continue;
                }
                // Whoever trades again by that, because his loss is too large, is another matter.
                let mut clean = true;
                while !told.is_empty() {
                    let bust = told.swap_remove(rng.small(0, told.len() as u32 - 1) as usize);
                    let events = life.hear(&control(&bust));
                    clean &= events.iter().all(|it| trade_of(it).is_none());
                    let done = events.iter().filter_map(correction_of).count();
                    assert!(done == 2, "{bust:?}: {events:?}");
                    trades += u64::from(clean);
                }
                if clean {
                    assert_eq!(money(life.business()), money(&before));
                    commands += 1;
                    let signs = |of: &Business| -> Vec<(u32, u32, i64)> {
                        let all = of.positions.values().filter(|it| it.quantity != 0);
                        all.map(|it| (it.account.0, it.instrument.0, it.quantity.signum()))
                            .collect()
                    };
                    turned += u64::from(signs(life.business()) != signs(&before));
                }
            }
        }
    }
    assert_eq!(turned, 0, "positions that turned");
    assert!(commands > 500 && trades > 1_000, "{commands} commands of {trades} trades");
}

/// What a fee must be: a part in a million of the value, half-even to the minor unit.
fn fee(def: &InstrumentDef, px: Px, qty: u64, rate: i32) -> i128 {
    let product = i128::from(px.0) * i128::from(qty) * i128::from(def.multiplier.0);
    let (value, unit) =
        ((product / 100_000_000).abs(), 10_i128.pow(8 - u32::from(def.minor_digits)));
    let (times, by) = (value * i128::from(rate), 1_000_000 * unit);
    let (floor, rest) = (times.div_euclid(by), times.rem_euclid(by) * 2);
    let up = rest > by || (rest == by && floor.rem_euclid(2) == 1);
    (floor + i128::from(up)) * unit
}

#[test]
fn an_adjusted_trade_is_the_same_at_another_price() {
    let mut sides = 0;
    all_lives(100, 1_500, &mut |turn| {
        let all: Vec<&TradeCorrected> = turn.events.iter().filter_map(correction_of).collect();
        let Some(body) = turn.command.body::<TradeCorrect>().filter(|_| !all.is_empty()) else {
            return;
        };
        let def = turn.before.instruments[&body.instrument.0].definition;
        let mut cash: BTreeMap<u32, i128> = BTreeMap::new();
        for it in &all {
            let buys = it.side.get().is_some_and(|side| side.is_buy());
            let (said, took) = match buys {
                true => (body.buyer_fee, body.flags & correct_flags::BUYER_TOOK != 0),
                false => (body.seller_fee, body.flags & correct_flags::SELLER_TOOK != 0),
            };
            assert_eq!((it.fee_back, it.px, it.qty), (said, body.px, body.qty), "{it:?}");
            let account = turn.before.accounts[&it.account.0].definition;
            let rate = if took { account.taker_fee } else { account.maker_fee };
            let new = if it.is_adjusted == 1 { fee(&def, it.new_px, it.qty.0, rate) } else { 0 };
            assert_eq!(it.fee.get(), new, "{it:?}");
            let value = |px: Px| {
                let product = i128::from(px.0) * i128::from(it.qty.0);
                product * i128::from(def.multiplier.0) / 100_000_000
            };
            let paid = value(it.new_px) - value(it.px);
            *cash.entry(it.account.0).or_default() +=
                it.fee_back.get() - new - if buys { paid } else { -paid };
            sides += u64::from(it.is_adjusted);
        }
        if turn.events.iter().all(|it| trade_of(it).is_none()) {
            for (account, moved) in cash {
                let of = |business: &Business| {
                    let found = business.cash.get(&(account, def.currency.0));
                    found.map_or(0, |(amount, _)| *amount)
                };
                assert_eq!(of(turn.after) - of(turn.before), moved, "cash of {account}");
            }
        }
    });
    assert!(sides > 500, "sides that were adjusted: {sides}");
}

#[test]
fn no_trade_is_corrected_twice() {
    let (mut done, mut corrected, mut again) = (0, BTreeSet::new(), 0);
    all_lives(100, 1_500, &mut |turn| {
        if turn.before.accounts.is_empty() {
            corrected.clear();
        }
        let Some(body) = turn.command.body::<TradeCorrect>() else { return };
        let sides = turn.events.iter().filter_map(correction_of);
        let ids: Vec<TradeId> = sides.map(|it| it.trade_id).collect();
        match refusal(turn) {
            None => {
                assert_eq!(ids, [body.trade_id; 2], "both sides are told");
                assert!(corrected.insert(body.trade_id), "{body:?} a second time");
                done += 1;
            }
            Some(code) => {
                assert!(ids.is_empty(), "{code:?} and told");
                again += u64::from(corrected.contains(&body.trade_id));
                let is_said = code == RejectCode::TradeBusted;
                assert!(!is_said || corrected.contains(&body.trade_id), "{body:?} never was");
            }
        }
    });
    assert!(done > 1_000 && again > 200, "{done} corrected, {again} asked for again");
}

/// Why a correction was refused, if it was.
fn refusal(turn: &Turn<'_>) -> Option<RejectCode> {
    let mut answers = turn.events.iter().filter_map(|event| match event.view() {
        Some(EventRef::ControlDone(it)) => Some(it.code.get()),
        _ => None,
    });
    answers.next().expect("an answer")
}

#[test]
fn a_correction_opens_no_order_and_moves_no_price() {
    let (mut done, mut refused, mut stand) = (0, 0, 0);
    all_lives(100, 1_500, &mut |turn| {
        let Some(body) = turn.command.body::<TradeCorrect>() else { return };
        if refusal(turn).is_some() {
            assert_eq!(turn.events.len(), 1, "{body:?} is refused and nothing else");
            turn.changed_nothing(body);
            refused += 1;
            return;
        }
        let came = turn.after.orders.keys().find(|id| !turn.before.orders.contains_key(id));
        assert_eq!(came, None, "an order that {body:?} opened");
        // Who is closed by that trades, which is another matter.
        if turn.events.iter().all(|it| trade_of(it).is_none()) {
            for (id, order) in &turn.after.orders {
                let before = turn.before.orders[id];
                let is = (before.px, before.cum, before.priority);
                assert_eq!(is, (order.px, order.cum, order.priority), "order {id}");
                stand += 1;
            }
            assert_eq!(prices(turn.after), prices(turn.before), "{body:?}");
        }
        done += 1;
    });
    assert!(done > 1_000 && refused > 300, "{done} done, {refused} refused");
    assert!(stand > 5_000, "orders that stood beside a correction: {stand}");
}

/// The last trade, the settlement and the mark of every instrument.
fn prices(business: &Business) -> BTreeMap<u32, [Option<Px>; 3]> {
    let all = business.instruments.iter();
    all.map(|(id, it)| (*id, [it.last, it.settlement, it.mark])).collect()
}

/// What a correction caused, so that none of it can become rare unseen.
fn note(counts: &mut BTreeMap<String, u64>, turn: &Turn<'_>) {
    let mut note = |what: &str, happened: bool| {
        *counts.entry(what.to_owned()).or_insert(0) += u64::from(happened);
    };
    let Some(body) = turn.command.body::<TradeCorrect>() else { return };
    if let Some(code) = refusal(turn) {
        return note(&format!("refused with {}", code.code()), true);
    }
    note("adjusted", body.flags & correct_flags::ADJUST != 0);
    note("busted", body.flags & correct_flags::ADJUST == 0);
    note("of auctions", body.flags & !correct_flags::ADJUST == 0);
    let blocked = |scope: Scope, id: u32| turn.engine.is_blocked(scope, id);
    let firms = turn.engine.firms().any(|firm| blocked(Scope::Firm, firm.0));
    let instrument = blocked(Scope::Instrument, body.instrument.0);
    note("beside a block", blocked(Scope::Global, 0) || firms || instrument);
    note("with itself", body.buyer == body.seller);
    note("told to no session", body.buyer_session.0 == 0 || body.seller_session.0 == 0);
    for account in [body.buyer, body.seller] {
        note_position(&mut note, turn, account);
        note("close-only", turn.before.accounts[&account.0].is_close_only);
    }
    for event in turn.events {
        match event.view() {
            Some(EventRef::AccountAlert(it)) => note("alerts", it.is_close_only == 0),
            Some(EventRef::Replaced(it)) => note("orders that shrink", it.restated == 1),
            Some(EventRef::Canceled(it)) => {
                note("orders that end", it.reason == CancelReason::CloseOnly.into());
            }
            _ => {}
        }
    }
    let closed = |event: &Event| match event.view() {
        Some(EventRef::AccountAlert(it)) => it.is_close_only == 1,
        _ => false,
    };
    note("accounts that are stopped", turn.events.iter().any(closed));
}

fn note_position(note: &mut dyn FnMut(&str, bool), turn: &Turn<'_>, account: AccountId) {
    let Some(body) = turn.command.body::<TradeCorrect>() else { return };
    let [before, after] = [turn.before, turn.after].map(|it| it.quantity(account, body.instrument));
    note("positions that turn", before * after < 0);
    note("positions that close", before != 0 && after == 0);
    note("positions that open", before == 0 && after != 0);
}

#[test]
fn lives_are_full_of_corrections() {
    let mut counts = BTreeMap::new();
    all_lives(150, 1_500, &mut |turn| {
        if turn.command.kind() == Some(CommandKind::TradeCorrect) {
            note(&mut counts, turn);
            assert!(turn.events.iter().all(|it| it.kind() != Some(EventKind::Rejected)));
        }
    });
    println!("{counts:#?}");
    for (what, least) in [
        ("adjusted", 1_000),
        ("busted", 1_000),
        ("of auctions", 30),
        ("with itself", 30),
        ("told to no session", 30),
        ("positions that turn", 100),
        ("positions that close", 100),
        ("positions that open", 100),
        ("beside a block", 10),
        ("close-only", 30),
        ("alerts", 5),
        ("orders that shrink", 10),
        ("orders that end", 10),
        ("accounts that are stopped", 3),
        ("refused with 601", 30),
        ("refused with 1901", 100),
        ("refused with 1902", 300),
        ("refused with 1904", 200),
    ] {
        let count = counts.get(what).copied().unwrap_or(0);
        assert!(count >= least, "only {count} {what}");
    }
}
