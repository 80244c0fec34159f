//! Money and positions, kept from the reports alone: what they say is what there is.

use std::collections::BTreeMap;

use pinion_tests::random::Stream;
use pinion_types::codes::Side;
use pinion_types::command::CashMove;
use pinion_types::event::{Trade, TradeCorrected};
use pinion_types::{AccountId, Event, EventRef, InstrumentId, Px, Qty};

use crate::lives::{Currency, Life, Turn, all_lives, seeds};

/// Books kept beside the venue's.
#[derive(Default)]
struct Books {
    cash: BTreeMap<(u32, Currency), i128>,
    fees: BTreeMap<Currency, i128>,
    paid_in: BTreeMap<Currency, i128>,
    trades: u64,
}

impl Books {
    fn turn(&mut self, turn: &Turn<'_>) {
        for event in turn.events {
            match event.view() {
                Some(EventRef::Trade(it)) => self.trade(turn, it),
                Some(EventRef::TradeCorrected(it)) => self.correction(turn, it),
                Some(EventRef::ControlDone(it)) if it.code.0 == 0 => self.payment(turn),
                _ => {}
            }
        }
    }

    fn payment(&mut self, turn: &Turn<'_>) {
        let Some(it) = turn.command.body::<CashMove>() else { return };
        let (currency, amount) = (it.currency.0, it.amount.get());
        *self.cash.entry((it.account.0, currency)).or_default() += amount;
        *self.paid_in.entry(currency).or_default() += amount;
    }

    fn trade(&mut self, turn: &Turn<'_>, it: &Trade) {
        let buys = it.side == Side::Buy.into();
        let worth = (it.last_px, it.last_qty);
        self.fill(turn, (it.account, it.instrument), buys, worth, it.fee.get());
        self.trades += 1;
    }

    /// A trade the other way, and once more where it stands at another price.
    fn correction(&mut self, turn: &Turn<'_>, it: &TradeCorrected) {
        let (buys, of) = (it.side == Side::Buy.into(), (it.account, it.instrument));
        self.fill(turn, of, !buys, (it.px, it.qty), -it.fee_back.get());
        if it.is_adjusted == 1 {
            self.fill(turn, of, buys, (it.new_px, it.qty), it.fee.get());
        }
    }

    fn fill(
        &mut self,
        turn: &Turn<'_>,
        (account, instrument): (AccountId, InstrumentId),
        buys: bool,
        (px, qty): (Px, Qty),
        fee: i128,
    ) {
        let def = &turn.before.instruments[&instrument.0].definition;
        let product = i128::from(px.0) * i128::from(qty.0);
        let value = product * i128::from(def.multiplier.0) / 100_000_000;
        let moved = if buys { -value } else { value };
        *self.cash.entry((account.0, def.currency.0)).or_default() += moved - fee;
        *self.fees.entry(def.currency.0).or_default() += fee;
    }
}

#[test]
fn money_is_neither_made_nor_lost() {
    let mut trades = 0;
    for seed in seeds(100) {
        for stream in [Stream::new(seed), Stream::busy(seed)] {
            let (mut life, mut books) = (Life::new(stream), Books::default());
            for _ in 0..1_500 {
                life.step(&mut |turn| {
                    books.turn(turn);
                    for (currency, (fees, moved)) in &turn.after.currencies {
                        let own = turn.after.cash.iter().filter(|((_, of), _)| of == currency);
                        let cash: i128 = own.map(|(_, (amount, _))| amount).sum();
                        let paid_in = books.paid_in.get(currency).copied().unwrap_or(0);
                        assert_eq!((cash + fees, *moved), (paid_in, paid_in), "{currency:?}");
                        assert_eq!(books.fees.get(currency).copied().unwrap_or(0), *fees);
                    }
                });
            }
            books.cash.retain(|_, amount| *amount != 0);
            let mut cash = life.business().cash.clone();
            cash.retain(|_, (amount, _)| *amount != 0);
            let cash: BTreeMap<_, _> = cash.into_iter().map(|(of, it)| (of, it.0)).collect();
            assert_eq!(books.cash, cash, "what reports say and what there is");
            trades += books.trades;
        }
    }
    assert!(trades > 5_000, "sides of trades: {trades}");
}

#[test]
fn every_trade_has_two_sides_of_one_quantity_and_price() {
    let mut trades = 0;
    all_lives(100, 1_500, &mut |turn| {
        let all: Vec<&Trade> = turn.events.iter().filter_map(trade_of).collect();
        for pair in all.chunks(2) {
            let [one, other] = pair else { panic!("a trade of one side: {pair:?}") };
            let of = |it: &Trade| (it.trade_id, it.instrument, it.last_px, it.last_qty);
            assert_eq!(of(one), of(other));
            let buys = |it: &Trade| it.side == Side::Buy.into();
            assert!(buys(one) != buys(other), "{one:?} and {other:?}");
            trades += 1;
        }
    });
    assert!(trades > 2_000, "trades: {trades}");
}

#[test]
fn a_position_is_what_its_fills_say() {
    let mut fills = 0;
    for seed in seeds(100) {
        for stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut life = Life::new(stream);
            let mut held: BTreeMap<(u32, u32), i64> = BTreeMap::new();
            for _ in 0..1_500 {
                life.step(&mut |turn| {
                    for event in turn.events {
                        let Some((of, moved, position)) = moved_by(event) else { continue };
                        let sum = held.entry(of).or_default();
                        *sum += moved;
                        assert_eq!(position, *sum, "{event:?}");
                        fills += 1;
                    }
                    for position in turn.after.positions.values() {
                        let of = (position.account.0, position.instrument.0);
                        assert_eq!(held.get(&of).copied().unwrap_or(0), position.quantity);
                    }
                });
            }
        }
    }
    assert!(fills > 5_000, "fills: {fills}");
}

/// The side of a trade that an event tells.
pub fn trade_of(event: &Event) -> Option<&Trade> {
    match event.view() {
        Some(EventRef::Trade(it)) => Some(it),
        _ => None,
    }
}

/// Whose position an event moves, by how much, and what it says the position then is.
fn moved_by(event: &Event) -> Option<((u32, u32), i64, i64)> {
    let signed = |buys: bool, qty: Qty| {
        let qty = i64::try_from(qty.0).expect("a quantity");
        if buys { qty } else { -qty }
    };
    match event.view()? {
        EventRef::Trade(it) => {
            let moved = signed(it.side == Side::Buy.into(), it.last_qty);
            Some(((it.account.0, it.instrument.0), moved, it.position))
        }
        EventRef::TradeCorrected(it) => {
            let back = signed(it.side != Side::Buy.into(), it.qty);
            let moved = if it.is_adjusted == 1 { 0 } else { back };
            Some(((it.account.0, it.instrument.0), moved, it.position))
        }
        _ => None,
    }
}
