//! Auctions: orders collect, what would trade is told, and everything crossed trades at one price.

mod support;

use pinion_types::command::{
    AccountDef, InstrumentDef, Mark, NewOrder, RoomChange, Schedule, StateChange,
};
use pinion_types::text::Chars;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, AccountKind, Event, EventRef, ExecInst, FirmId, InstrumentId, MarkKind, OrdType, Px,
    RejectCode, Side, SideFilter, StpMode, TimeInForce, TradingState,
};
use support::{Desk, check, px, refusal};

use Side::{Buy, Sell};
use TradingState::{
    Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen,
};

fn enter(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let body =
        StateChange { instrument: InstrumentId(1), state: state.into(), ..StateChange::default() };
    desk.control(&body)
}

fn mark(desk: &mut Desk, kind: MarkKind, whole: i64) -> Vec<Event> {
    let instrument = InstrumentId(1);
    desk.control(&Mark { instrument, kind: kind.into(), px: px(whole), ..Mark::default() })
}

/// A venue whose instrument 1 is in a state, with a settlement.
fn desk_in(state: TradingState, settlement: Option<i64>) -> Desk {
    let mut desk = Desk::new();
    if let Some(whole) = settlement {
        mark(&mut desk, MarkKind::Settlement, whole);
    }
    enter(&mut desk, state);
    desk
}

/// The auction's price where these bids and offers (price and quantity) met.
#[track_caller]
fn price(
    settlement: Option<i64>,
    bids: &[(i64, u64)],
    asks: &[(i64, u64)],
    told: &str,
) -> Vec<Event> {
    let mut desk = desk_in(OpeningAuction, settlement);
    let mut last = String::new();
    let sides = [(Buy, bids), (Sell, asks)];
    for (account, (side, orders)) in (4..).zip(sides) {
        for &(whole, qty) in orders {
            let lines = support::lines(&desk.enter(account, side, whole, qty));
            last = lines.into_iter().find(|line| line.starts_with("auction")).unwrap_or(last);
        }
    }
    assert_eq!(last, format!("auction 1 opening-auction {told}"));
    enter(&mut desk, Continuous)
}

#[test]
fn the_price_is_that_of_the_largest_volume() {
    let traded = price(
        None,
        &[(103, 10), (102, 20), (100, 30)],
        &[(99, 15), (101, 5), (102, 20)],
        "30 @ 102 surplus 10 sell",
    );
    check(
        &traded,
        &[
            "2 trade 1 10 @ 102 left 0 auction",
            "3 trade 1 10 @ 102 left 5 auction",
            "2 trade 2 5 @ 102 left 15 auction",
            "3 trade 1 5 @ 102 left 0 auction",
            "2 trade 2 5 @ 102 left 10 auction",
            "3 trade 2 5 @ 102 left 0 auction",
            "2 trade 2 10 @ 102 left 0 auction",
            "3 trade 3 10 @ 102 left 10 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
}

#[test]
fn then_of_the_least_surplus() {
    // 10 trade from 98 to 103; the bid at 100 adds 4 below it, the offer at 101 adds 7 above.
    price(None, &[(103, 10), (100, 4)], &[(98, 10), (101, 7)], "10 @ 100 surplus 4 buy");
    price(None, &[(103, 10), (100, 7)], &[(98, 10), (101, 4)], "10 @ 101 surplus 4 sell");
    // Prices between the two leave nothing over; only the reference is one of them.
    let (bids, asks) = ([(105, 10), (100, 7)], [(98, 10), (103, 4)]);
    price(Some(102), &bids, &asks, "10 @ 102 surplus 0");
    price(Some(104), &bids, &asks, "10 @ 103 surplus 4 sell");
    price(None, &bids, &asks, "10 @ 103 surplus 4 sell");
}

#[test]
fn then_of_the_side_that_is_left_over() {
    price(Some(98), &[(103, 12)], &[(98, 10)], "10 @ 103 surplus 2 buy");
    price(Some(103), &[(103, 10)], &[(98, 12)], "10 @ 98 surplus 2 sell");
}

#[test]
fn then_the_nearest_to_the_reference_then_the_higher() {
    let (bids, asks) = ([(103, 10)], [(98, 10)]);
    price(Some(101), &bids, &asks, "10 @ 101 surplus 0");
    price(Some(90), &bids, &asks, "10 @ 98 surplus 0");
    price(Some(200), &bids, &asks, "10 @ 103 surplus 0");
    price(None, &bids, &asks, "10 @ 103 surplus 0");
    // As much over on both sides: whoever is nearer, of two as near the higher.
    let (bids, asks) = ([(104, 10), (100, 5)], [(96, 10), (102, 5)]);
    price(Some(99), &bids, &asks, "10 @ 99 surplus 5 buy");
    price(Some(101), &bids, &asks, "10 @ 101 surplus 0");
    let (bids, asks) = ([(104, 10), (100, 5)], [(96, 10), (101, 5)]);
    price(None, &bids, &asks, "10 @ 104 surplus 5 sell");
    price(Some(95), &bids, &asks, "10 @ 96 surplus 5 buy");
}

#[test]
fn an_indication_is_told_as_it_changes_and_only_then() {
    let mut desk = desk_in(PreOpen, None);
    desk.enter(4, Buy, 100, 5);
    desk.enter(5, Sell, 99, 3);
    // Before the auction nothing is told; it begins with what there is.
    let told = "auction 1 opening-auction 3 @ 100 surplus 2 buy";
    check(&enter(&mut desk, OpeningAuction), &["state 1 opening-auction", "done 0 code 0", told]);
    // Far from the middle: nothing changes.
    check(&desk.enter(4, Buy, 90, 5), &["2 accepted 2 5 @ 90"]);
    let id = desk.last_id(3);
    check(
        &desk.replace(3, id, 99, 2),
        &["3 replaced 1 to 2 2 @ 99 left 2", "auction 1 opening-auction 2 @ 100 surplus 3 buy"],
    );
    let id = desk.last_id(3);
    check(&desk.cancel(3, id), &["3 canceled 2 by 3 2 request", "auction 1 opening-auction 0"]);
    // The next auction begins with nothing told.
    desk.enter(5, Sell, 100, 5);
    check(
        &enter(&mut desk, ClosingAuction),
        &[
            "state 1 closing-auction",
            "done 0 code 0",
            "auction 1 closing-auction 5 @ 100 surplus 0",
        ],
    );
    check(&enter(&mut desk, PreOpen), &["state 1 pre-open", "done 0 code 0"]);
}

#[test]
fn a_settlement_may_move_an_indication() {
    let mut desk = desk_in(OpeningAuction, None);
    desk.enter(4, Buy, 105, 5);
    desk.enter(5, Sell, 95, 5);
    let told = "auction 1 opening-auction 5 @ 101 surplus 0";
    check(&mark(&mut desk, MarkKind::Settlement, 101), &["done 0 code 0", told]);
    check(&mark(&mut desk, MarkKind::Mark, 99), &["done 0 code 0"]);
}

#[test]
fn where_orders_collect_only_those_are_taken_that_can_wait() {
    for state in [PreOpen, OpeningAuction, ClosingAuction] {
        let mut desk = Desk::new();
        let post =
            NewOrder { exec_inst: ExecInst::PostOnlyReject.into(), ..desk.limit(Buy, 90, 5) };
        desk.send(1, &post);
        enter(&mut desk, state);
        for time_in_force in [TimeInForce::Day, TimeInForce::GoodTillCancel] {
            let order = NewOrder { time_in_force: time_in_force.into(), ..desk.limit(Buy, 100, 1) };
            assert_eq!(desk.send(1, &order)[0].header().kind, 1, "{state} {time_in_force}");
        }
        let refused: [fn(&mut NewOrder); 5] = [
            |it| it.time_in_force = TimeInForce::ImmediateOrCancel.into(),
            |it| it.time_in_force = TimeInForce::FillOrKill.into(),
            |it| (it.ord_type, it.px) = (OrdType::Market.into(), Px(0)),
            |it| (it.ord_type, it.px) = (OrdType::MarketToLimit.into(), Px(0)),
            |it| it.exec_inst = ExecInst::PostOnlySlide.into(),
        ];
        for change in refused {
            let mut order = desk.limit(Buy, 100, 1);
            change(&mut order);
            assert_eq!(refusal(&desk.send(1, &order)), RejectCode::StateForbids, "{state}");
        }
        let replaced = desk.replace(1, pinion_types::ClOrdId(1), 90, 4);
        assert_eq!(refusal(&replaced), RejectCode::StateForbids, "post-only waits for a market");
    }
}

#[test]
fn what_is_crossed_trades_before_trading_goes_on() {
    // (from, to, trades)
    let cases = [
        (PreOpen, Continuous, true),
        (OpeningAuction, Continuous, true),
        (ClosingAuction, Continuous, true),
        (ClosingAuction, PostClose, true),
        (ClosingAuction, Closed, true),
        (PreOpen, Closed, false),
        (OpeningAuction, PostClose, false),
        (OpeningAuction, Halted, false),
        (ClosingAuction, OpeningAuction, false),
    ];
    for (from, to, trades) in cases {
        let mut desk = desk_in(from, None);
        desk.enter(4, Buy, 100, 5);
        desk.enter(5, Sell, 99, 3);
        let lines = support::lines(&enter(&mut desk, to));
        assert_eq!(lines[0].contains("trade"), trades, "{from} {to}: {lines:?}");
        if trades {
            // Both sides, the orders of the day where it closes, the state.
            let mut wanted = vec![
                "2 trade 1 3 @ 100 left 2 auction".to_owned(),
                "3 trade 1 3 @ 100 left 0 auction".to_owned(),
            ];
            if to == Closed {
                wanted.push("2 canceled 1 2 expired".to_owned());
            }
            wanted.push(format!("state 1 {to}"));
            wanted.push("done 0 code 0".to_owned());
            assert_eq!(lines, wanted);
        }
        // After a halt too.
        if to == Halted {
            let lines = support::lines(&enter(&mut desk, Continuous));
            assert!(lines[0].contains("trade"), "{lines:?}");
        }
    }
}

#[test]
fn both_sides_pay_as_makers_and_nobody_is_kept_from_himself() {
    let mut desk = Desk::new();
    for id in [4, 5] {
        desk.done(&AccountDef {
            account: AccountId(id),
            firm: FirmId(if id == 4 { 1 } else { 2 }),
            maker_fee: if id == 4 { 1_000 } else { -500 },
            taker_fee: 5_000,
            kind: AccountKind::Margin.into(),
            stp_mode: StpMode::CancelBoth.into(),
            ..AccountDef::default()
        });
    }
    enter(&mut desk, OpeningAuction);
    desk.enter(4, Buy, 100, 30);
    desk.enter(4, Sell, 100, 10);
    desk.enter(5, Sell, 100, 20);
    let fees = |events: &[Event]| -> Vec<(i128, i64)> {
        let each = events.iter().filter_map(|event| match event.view() {
            Some(EventRef::Trade(it)) => Some((it.fee.get(), it.position)),
            _ => None,
        });
        each.collect()
    };
    let one = i128::from(PX_ONE);
    let traded = enter(&mut desk, Continuous);
    let wanted = [(one, 10), (one, 0), (2 * one, 20), (-one, -20)];
    assert_eq!(fees(&traded), wanted);
    let usd = Chars::new("USD");
    assert_eq!(desk.engine.cash_of(AccountId(4), usd), -2_000 * one - 4 * one);
    assert_eq!(desk.engine.cash_of(AccountId(5), usd), 2_001 * one);
}

#[test]
fn trades_of_an_auction_share_the_number_of_the_buyers_event() {
    let mut desk = desk_in(OpeningAuction, None);
    desk.enter(4, Buy, 100, 5);
    desk.enter(5, Sell, 100, 5);
    let before = desk.engine.events().0;
    for (event, number) in enter(&mut desk, Continuous).iter().zip(before + 1..) {
        if let Some(EventRef::Trade(it)) = event.view() {
            assert_eq!(it.trade_id.0, before + 1);
            assert_eq!(it.side, if number == before + 1 { Buy.into() } else { Sell.into() });
        }
    }
    assert_eq!(desk.engine.instrument(InstrumentId(1)).and_then(|it| it.last), Some(px(100)));
}

#[test]
fn a_collar_stands_around_the_indication_where_nothing_traded() {
    let mut desk = Desk::new();
    let banded = InstrumentDef { collar_ticks: 5, ..support::instrument(1) };
    desk.done(&banded);
    mark(&mut desk, MarkKind::Settlement, 50);
    enter(&mut desk, PreOpen);
    assert_eq!(refusal(&desk.enter(4, Buy, 56, 1)), RejectCode::Collar);
    desk.enter(4, Buy, 55, 1);
    desk.enter(5, Sell, 53, 1);
    enter(&mut desk, OpeningAuction);
    // 53 is nearer to 50 than 55.
    let view = |desk: &Desk| desk.engine.instrument(InstrumentId(1)).and_then(|it| it.reference);
    assert_eq!(view(&desk), Some(px(53)));
    assert_eq!(refusal(&desk.enter(4, Buy, 59, 1)), RejectCode::Collar);
    desk.enter(4, Buy, 58, 1);
    // Outside of auctions it is the settlement again, after a trade that.
    enter(&mut desk, Halted);
    assert_eq!(view(&desk), Some(px(50)));
    enter(&mut desk, Continuous);
    assert_eq!(view(&desk), Some(px(58)));
}

/// The rule as it is written, over every price that may be one.
fn oracle(bids: &[(i64, u64)], asks: &[(i64, u64)], reference: Option<i64>) -> Option<[i64; 3]> {
    let best_bid = bids.iter().map(|it| it.0).max()?;
    let best_ask = asks.iter().map(|it| it.0).min()?;
    let mut prices: Vec<i64> = bids.iter().chain(asks).map(|it| it.0).collect();
    prices.retain(|it| (best_ask..=best_bid).contains(it));
    prices.extend(reference.filter(|it| best_ask < *it && *it < best_bid));
    let at = |tick: i64| {
        let buy: u64 = bids.iter().filter(|it| it.0 >= tick).map(|it| it.1).sum();
        let sell: u64 = asks.iter().filter(|it| it.0 <= tick).map(|it| it.1).sum();
        [tick, buy.min(sell) as i64, buy as i64 - sell as i64]
    };
    let mut all: Vec<[i64; 3]> = prices.into_iter().map(at).collect();
    let volume = all.iter().map(|it| it[1]).max().filter(|&it| it > 0)?;
    all.retain(|it| it[1] == volume);
    let least = all.iter().map(|it| it[2].abs()).min()?;
    all.retain(|it| it[2].abs() == least);
    all.sort_unstable();
    if all.iter().all(|it| it[2] > 0) {
        return all.last().copied();
    }
    if all.iter().all(|it| it[2] < 0) {
        return all.first().copied();
    }
    let far = |it: &[i64; 3]| reference.map_or(0, |reference| (it[0] - reference).abs());
    let nearest = all.iter().map(far).min()?;
    all.into_iter().rev().find(|it| far(it) == nearest)
}

/// Random orders, replaces and cancels in auctions: what is told is what the rule says, and what
/// trades is what was told.
#[test]
fn every_indication_is_what_the_rule_says() {
    let seed = 0x61_75_63;
    println!("SEED={seed}");
    let mut dice = support::dice::Dice::new(seed);
    for round in 0..120 {
        let settlement = Some(90 + dice.below(21) as i64).filter(|_| dice.below(3) > 0);
        let mut desk = desk_in(OpeningAuction, settlement);
        let mut told = None;
        for _ in 0..30 {
            let whole = 92 + dice.below(16) as i64;
            let qty = 1 + dice.below(6);
            let (account, side) = if dice.below(2) == 0 { (4, Buy) } else { (5, Sell) };
            let session = account - 2;
            let last = desk.last_id(session);
            let events = match dice.below(8) {
                0 => desk.cancel(session, last),
                1 => desk.replace(session, last, whole, qty),
                _ => desk.enter(account, side, whole, qty),
            };
            for event in &events {
                if let Some(EventRef::AuctionIndicative(it)) = event.view() {
                    let surplus = it.surplus.0 as i64;
                    let surplus =
                        if it.surplus_side == SideFilter::Sell.into() { -surplus } else { surplus };
                    let next = (it.volume.0 > 0).then_some([
                        it.px.0 / PX_ONE,
                        it.volume.0 as i64,
                        surplus,
                    ]);
                    assert_ne!(next, told, "only a change is told");
                    told = next;
                }
            }
            let side = |side| -> Vec<(i64, u64)> {
                desk.book(side).into_iter().map(|(_, whole, qty)| (whole, qty)).collect()
            };
            assert_eq!(told, oracle(&side(Buy), &side(Sell), settlement), "round {round}");
        }
        let mut volume = 0;
        for event in enter(&mut desk, Continuous) {
            if let Some(EventRef::Trade(it)) = event.view() {
                assert_eq!(Some(it.last_px.0 / PX_ONE), told.map(|it| it[0]));
                volume += it.last_qty.0 as i64;
            }
        }
        assert_eq!(volume, told.map_or(0, |it| 2 * it[1]), "both sides of all of it");
    }
}

/// Kinds of events are numbers that clients know.
#[test]
fn an_indication_is_for_nobody_alone() {
    let mut desk = desk_in(OpeningAuction, None);
    desk.enter(4, Buy, 100, 5);
    let events = desk.enter(5, Sell, 100, 5);
    let told = events.last().map(|it| (it.header().kind, it.header().session.0));
    assert_eq!(told, Some((68, 0)));
}

#[test]
fn nothing_trades_where_the_logs_are_short_of_room() {
    for (from, to) in [(OpeningAuction, Continuous), (ClosingAuction, Closed)] {
        let mut desk = desk_in(from, None);
        desk.enter(4, Buy, 100, 5);
        desk.enter(5, Sell, 99, 3);
        let room = |is_short| RoomChange { is_short, ..RoomChange::default() };
        desk.control(&room(1));
        check(&enter(&mut desk, to), &["done 0 code 706"]);
        let (instrument, state) = (InstrumentId(1), to.into());
        let due = Schedule { instrument, state, at: desk.now, ..Schedule::default() };
        check(&desk.control(&due), &["state 1 halted", "done 0 code 0"]);
        check(&enter(&mut desk, Continuous), &["done 0 code 706"]);
        check(&enter(&mut desk, PreOpen), &["state 1 pre-open", "done 0 code 0"]);
        // With room again, what is crossed trades.
        desk.control(&room(0));
        let lines = support::lines(&enter(&mut desk, Continuous));
        assert_eq!(lines[0], "2 trade 1 3 @ 100 left 2 auction");
    }
}
