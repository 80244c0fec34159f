//! Random lives of linked orders, beside everything else that is served.

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    AccountDef, LimitsSet, NewOrder, NewOrderExtra, NewOrderWide, Replace,
};
use pinion_types::{
    AccountId, Command, Event, EventRef, InstrumentId, OrdType, Px, Qty, Scope, Side, TimeInForce,
};

use crate::legs::{BRACKET, OCO, linked};
use crate::support::dice::Dice;
use crate::support::{Desk, cash_account, deposit, genesis, px, session_of, unlimited};

/// A leg that mostly fits the group it names.
fn leg(desk: &mut Desk, dice: &mut Dice) -> Command {
    let account = 1 + dice.below(5) as u32;
    let session = session_of(account);
    let link_id = 1 + dice.below(6);
    let found = desk.engine.orders().find(|it| it.session.0 == session && it.link_id == link_id);
    let (kind, leg) = match found {
        Some(it) if it.link_kind == OCO => (OCO, 2),
        Some(it) if dice.below(3) > 0 => (BRACKET, if it.link_leg == 2 { 3 } else { 1 }),
        Some(_) => (BRACKET, 1),
        None if dice.below(2) == 0 => (OCO, 1),
        None => (BRACKET, 2 + dice.below(2) as u8),
    };
    let mate = found.map(|it| (it.account, it.instrument, it.side, it.qty));
    let any = (
        AccountId(account),
        InstrumentId(1 + dice.below(2) as u32),
        if dice.below(2) == 0 { Buy } else { Sell },
        Qty(1 + dice.below(9)),
    );
    let (account, instrument, side, qty) = mate.unwrap_or(any);
    let opens = (kind, leg) == (BRACKET, 1) && found.is_some();
    let side = if opens { opposite(side) } else { side };
    let is_stop = (kind, leg) == (OCO, 2) || leg == 3;
    let near = px(96 + dice.below(9) as i64);
    let ord_type = match (is_stop, leg, dice.below(4)) {
        (true, _, 0) => OrdType::StopLimit,
        (true, ..) => OrdType::Stop,
        (_, 1, 0) if kind == BRACKET => OrdType::Market,
        _ => OrdType::Limit,
    };
    let tifs = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
    let mut tif = tifs[dice.below(3) as usize];
    if ord_type == OrdType::Market {
        tif = TimeInForce::Day;
    } else if opens && dice.below(4) == 0 {
        tif = TimeInForce::ImmediateOrCancel;
    }
    let expires = tif == TimeInForce::GoodTillDate;
    let order = NewOrder {
        cl_ord_id: desk.id(session),
        px: if matches!(ord_type, OrdType::Stop | OrdType::Market) { Px(0) } else { near },
        qty: if dice.below(30) == 0 { Qty(dice.below(9)) } else { qty },
        account,
        instrument,
        side: side.into(),
        ord_type: ord_type.into(),
        time_in_force: tif.into(),
        ..NewOrder::default()
    };
    let extra = NewOrderExtra {
        stop_px: if is_stop { trigger(dice, side) } else { Px(0) },
        expire_time: pinion_types::Nanos(if expires {
            desk.now.0 + 1 + dice.below(9_000_000)
        } else {
            0
        }),
        ..NewOrderExtra::default()
    };
    let spoiled = if dice.below(40) == 0 { 1 + dice.below(3) as u8 } else { leg };
    let wide = linked(NewOrderWide { order, extra }, (link_id, kind, spoiled));
    desk.message(session, &wide)
}

fn opposite(side: Side) -> Side {
    if side.is_buy() { Sell } else { Buy }
}

/// Behind the market mostly.
fn trigger(dice: &mut Dice, side: Side) -> Px {
    let far = dice.below(7) as i64;
    if side.is_buy() { px(101 + far) } else { px(99 - far) }
}

/// Another price or trigger of a linked order, which mostly names its quantity.
fn replace(desk: &mut Desk, dice: &mut Dice) -> Option<Command> {
    let place = dice.below(8) as usize;
    let order = desk.engine.orders().filter(|it| it.link_id != 0).nth(place)?;
    let stops = order.stop_px.0 != 0;
    let body = Replace {
        cl_ord_id: desk.id(order.session.0),
        orig_cl_ord_id: order.cl_ord_id,
        px: if order.ord_type == OrdType::Stop { Px(0) } else { px(96 + dice.below(9) as i64) },
        stop_px: if stops { trigger(dice, order.side) } else { Px(0) },
        qty: if dice.below(9) == 0 { Qty(dice.below(9)) } else { order.qty },
        account: AccountId(if dice.below(20) == 0 { 1 + dice.below(5) as u32 } else { 0 }),
        ..Replace::default()
    };
    Some(desk.message(order.session.0, &body))
}

/// What a stream reached: ends by a mate, exits that started, entries, refusals.
#[derive(Default, Debug)]
struct Reached {
    linked: u32,
    started: u32,
    refused: [u32; 2],
    at_start: u32,
}

fn count(reached: &mut Reached, before: &[(u64, u8)], events: &[Event]) {
    for event in events {
        match event.view() {
            Some(EventRef::Canceled(it)) => {
                let reason = it.reason.get().map_or("", |it| it.name());
                let waited = before.iter().any(|&(id, kind)| id == it.order_id.0 && kind == 2);
                reached.linked += u32::from(reason == "linked");
                reached.at_start += u32::from(reason == "risk" && waited);
            }
            Some(EventRef::Replaced(it)) if it.restated == 1 => {
                let waited = before.iter().any(|&(id, kind)| id == it.order_id.0 && kind == 2);
                reached.started += u32::from(waited);
            }
            Some(EventRef::Rejected(it)) if it.code.0 == 1007 => reached.refused[0] += 1,
            Some(EventRef::Rejected(it)) if it.code.0 == 1008 => reached.refused[1] += 1,
            _ => {}
        }
    }
}

fn live(seed: u64, steps: u64, reached: &mut Reached) {
    println!("SEED={seed}");
    let mut dice = Dice::new(seed);
    let mut desk = Desk::with(&genesis());
    if seed.is_multiple_of(3) {
        for id in [2, 3] {
            desk.done(&AccountDef { taker_fee: 200, ..cash_account(id, 1) });
            desk.done(&deposit(id, 3_000));
        }
        let open_notional_max = 400_000_000;
        desk.done(&LimitsSet { open_notional_max, ..unlimited(Scope::Account, 4) });
        desk.done(&LimitsSet { open_orders_max: 60, ..unlimited(Scope::Session, 1) });
    }
    for _ in 0..steps {
        desk.now.0 += dice.below(1_000_000);
        let before: Vec<_> = desk.engine.orders().map(|it| (it.order_id.0, it.link_kind)).collect();
        let command = match dice.below(10) {
            0..=3 => leg(&mut desk, &mut dice),
            4 => replace(&mut desk, &mut dice).unwrap_or_else(|| leg(&mut desk, &mut dice)),
            _ => dice.command(&mut desk),
        };
        let events = desk.apply(&command);
        count(reached, &before, &events);
    }
}

#[test]
fn linked_orders_live_through_everything() {
    let mut reached = Reached::default();
    for seed in 1..=16 {
        live(seed, 1_500, &mut reached);
    }
    println!("{reached:?}");
    assert!(reached.linked > 300, "{reached:?}");
    assert!(reached.started > 60, "{reached:?}");
    assert!(reached.refused.iter().all(|&count| count > 100), "{reached:?}");
}
