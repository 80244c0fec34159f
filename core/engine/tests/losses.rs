//! Daily loss and drawdown: told at 70 and 80 %, at 100 % the account may only reduce.

mod support;

use pinion_types::command::{
    AccountDef, AccountRisk, DayRoll, InstrumentDef, Kill, Release, StateChange, account_flags,
};
use pinion_types::event::Rejected;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, KillAction, LimitId, RejectCode, Scope,
    Side, TradingState,
};
use support::{
    Desk, Log, account, check, deposit, genesis, instrument, lines, mark, no_risk, refusal, taken,
};

use Side::{Buy, Sell};

/// Account 1 has 10,000 and stops at a loss of 6 %; it bought 100 at 50, the mark.
fn desk() -> Desk {
    desk_with(|it| it.daily_loss_bps = 600)
}

fn desk_with(change: impl Fn(&mut AccountRisk)) -> Desk {
    let mut desk = Desk::new();
    desk.done(&deposit(1, 10_000));
    let mut risk = no_risk(1);
    change(&mut risk);
    desk.done(&risk);
    buys(&mut desk);
    desk
}

fn buys(desk: &mut Desk) {
    desk.enter(5, Sell, 50, 100);
    desk.enter(1, Buy, 50, 100);
    desk.done(&mark(1, 50));
}

fn rejected(events: &[Event]) -> Rejected {
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => *it,
        other => panic!("a refusal, not {other:?}"),
    }
}

fn release(desk: &mut Desk) -> Vec<Event> {
    desk.control(&Release { scope: Scope::Account.into(), id: 1, ..Release::default() })
}

fn is_close_only(desk: &Desk) -> bool {
    desk.engine.account(AccountId(1)).is_some_and(|it| it.is_close_only)
}

const LOST_6: [&str; 4] = [
    "done 0 code 0",
    "alert 1 daily-loss 70 % 6000000 of 6000000",
    "alert 1 daily-loss 80 % 6000000 of 6000000",
    "alert 1 daily-loss 100 % 6000000 of 6000000 close-only",
];

#[test]
fn a_daily_loss_of_6_percent_stops_the_account() {
    let mut desk = desk();
    // 100 at 44.01 would be 5.99 %; the instrument's tick is 1, so the mark falls from 45 to 44.
    check(
        &desk.control(&mark(1, 45)),
        &[
            "done 0 code 0",
            "alert 1 daily-loss 70 % 5000000 of 6000000",
            "alert 1 daily-loss 80 % 5000000 of 6000000",
        ],
    );
    taken(&desk.enter(1, Buy, 40, 1));
    check(
        &desk.control(&mark(1, 44)),
        &[
            "done 0 code 0",
            "alert 1 daily-loss 100 % 6000000 of 6000000 close-only",
            "1 canceled 2 1 close-only",
        ],
    );
    let refused = desk.enter(1, Buy, 44, 1);
    let it = rejected(&refused);
    assert_eq!(
        (it.code.get(), it.limit_id.get()),
        (Some(RejectCode::CloseOnly), Some(LimitId::DailyLoss))
    );
    assert_eq!((it.scope.get(), it.scope_id), (Some(Scope::Account), 1));
    assert_eq!([it.limit, it.current, it.would_be], [6_000_000; 3]);
    // The way out stays open, as far as flat.
    taken(&desk.enter(1, Sell, 60, 60));
    taken(&desk.enter(1, Sell, 60, 40));
    assert_eq!(refusal(&desk.enter(1, Sell, 60, 1)), RejectCode::CloseOnly);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(5), 60, 41)), RejectCode::CloseOnly);
    taken(&desk.replace(1, ClOrdId(5), 61, 40));
    check(&desk.cancel(1, ClOrdId(4)), &["1 canceled 4 by 9 60 request"]);
}

#[test]
fn one_unit_less_than_6_percent_does_not() {
    let mut desk = Desk::new();
    desk.done(&InstrumentDef { tick: pinion_types::Px(1_000_000), ..instrument(1) });
    desk.done(&deposit(1, 10_000));
    desk.done(&AccountRisk { daily_loss_bps: 600, ..no_risk(1) });
    buys(&mut desk);
    let mark_of = |cents: i64| pinion_types::command::Mark {
        px: pinion_types::Px(cents * 1_000_000),
        ..mark(1, 1)
    };
    desk.done(&mark_of(4_401));
    assert!(!is_close_only(&desk), "599.00 of 600.00");
    desk.control(&mark_of(4_400));
    assert!(is_close_only(&desk), "600.00 of 600.00");
}

#[test]
fn the_loss_counts_fees_and_what_is_realized() {
    let mut desk = Desk::new();
    desk.done(&AccountDef { taker_fee: 100_000, ..account(1, 1) });
    desk.done(&deposit(1, 10_000));
    desk.done(&AccountRisk { daily_loss_max: 6_000_000, ..no_risk(1) });
    desk.enter(5, Sell, 50, 100);
    // 10 % of 5,000 is a loss of 500 at once.
    check(
        &desk.enter(1, Buy, 50, 100)[3..],
        &[
            "alert 1 daily-loss 70 % 5000000 of 6000000",
            "alert 1 daily-loss 80 % 5000000 of 6000000",
        ],
    );
    desk.enter(5, Buy, 50, 20);
    let events = desk.enter(1, Sell, 50, 20);
    check(&events[3..], &["alert 1 daily-loss 100 % 6000000 of 6000000 close-only"]);
    let view = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!(view.equity, 9_400 * 100_000_000);
}

#[test]
fn warnings_come_once_until_the_loss_is_small_again() {
    let mut desk = desk();
    let mut alerts = |whole| desk.control(&mark(1, whole)).len() - 1;
    // 4.2 % and 4.8 % of 10,000 are 420 and 480.
    assert_eq!([alerts(46), alerts(45), alerts(46), alerts(45)], [0, 2, 0, 0]);
    assert_eq!([alerts(46), alerts(47), alerts(45)], [0, 0, 2]);
}

#[test]
fn a_drawdown_counts_from_the_peak() {
    let mut desk = desk_with(|it| it.drawdown_max = 5_000_000);
    check(&desk.control(&mark(1, 60)), &["done 0 code 0"]);
    check(
        &desk.control(&mark(1, 56)),
        &[
            "done 0 code 0",
            "alert 1 drawdown 70 % 4000000 of 5000000",
            "alert 1 drawdown 80 % 4000000 of 5000000",
        ],
    );
    // Still above where the day began.
    check(
        &desk.control(&mark(1, 55)),
        &["done 0 code 0", "alert 1 drawdown 100 % 5000000 of 5000000 close-only"],
    );
    assert_eq!(rejected(&desk.enter(1, Buy, 1, 1)).limit_id.get(), Some(LimitId::Drawdown));
    // Another day does not end it, a release does.
    desk.control(&DayRoll { day: 20_500, ..DayRoll::default() });
    assert!(is_close_only(&desk));
    release(&mut desk);
    taken(&desk.enter(1, Buy, 1, 1));
}

#[test]
fn another_day_and_a_release_begin_anew() {
    let mut desk = desk();
    desk.control(&mark(1, 44));
    assert!(is_close_only(&desk));
    desk.control(&DayRoll { day: 20_500, ..DayRoll::default() });
    assert!(!is_close_only(&desk));
    // 6 % of the 9,400 that this day began with: 564.
    check(
        &desk.control(&mark(1, 38)),
        &[
            "done 0 code 0",
            "alert 1 daily-loss 70 % 6000000 of 5640000",
            "alert 1 daily-loss 80 % 6000000 of 5640000",
            "alert 1 daily-loss 100 % 6000000 of 5640000 close-only",
        ],
    );
    check(&release(&mut desk), &["done 0 code 0"]);
    taken(&desk.enter(1, Buy, 1, 1));
    check(&desk.control(&mark(1, 37)), &["done 0 code 0"]);
}

#[test]
fn what_is_paid_in_or_out_is_no_gain_and_no_loss() {
    let mut desk = desk();
    desk.control(&mark(1, 46));
    desk.done(&deposit(1, -1_000));
    desk.done(&deposit(1, 500));
    let view = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!(view.start - view.equity, 400 * 100_000_000);
    // 400 are 6 % of less than 6,666.67: what is left binds the tighter.
    let events = desk.control(&deposit(1, -3_000));
    assert_eq!(lines(&events).last().map(|it| it.ends_with("close-only")), Some(true));
    assert!(is_close_only(&desk));
}

#[test]
fn limits_that_are_passed_already_bind_at_once() {
    let mut desk = desk();
    desk.control(&mark(1, 45));
    check(
        &desk.control(&AccountRisk { daily_loss_max: 5_000_000, ..no_risk(1) }),
        &[
            "done 0 code 0",
            "alert 1 daily-loss 70 % 5000000 of 5000000",
            "alert 1 daily-loss 80 % 5000000 of 5000000",
            "alert 1 daily-loss 100 % 5000000 of 5000000 close-only",
        ],
    );
    // Wider limits do not open the account again by themselves.
    desk.done(&no_risk(1));
    assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::CloseOnly);
    release(&mut desk);
    taken(&desk.enter(1, Buy, 1, 1));
}

#[test]
fn what_increases_is_canceled_oldest_first_and_what_reduces_stays() {
    let mut desk = desk();
    desk.enter(1, Sell, 60, 70);
    desk.enter(1, Buy, 40, 5);
    // More than is left beside the first: it goes; the next fits again.
    desk.enter(1, Sell, 61, 40);
    desk.enter(1, Sell, 62, 30);
    let other =
        pinion_types::command::NewOrder { instrument: InstrumentId(2), ..desk.limit(Sell, 60, 1) };
    desk.send(1, &other);
    let mut wanted = LOST_6.to_vec();
    wanted.extend([
        "1 canceled 3 5 close-only",
        "1 canceled 4 40 close-only",
        "1 canceled 6 1 close-only",
    ]);
    check(&desk.control(&mark(1, 44)), &wanted);
    assert_eq!(desk.book(Sell), [(2, 60, 70), (5, 62, 30)]);
}

#[test]
fn flattening_closes_what_there_is() {
    let mut desk = desk_with(|it| {
        it.daily_loss_bps = 600;
        it.flags = account_flags::FLATTEN;
    });
    desk.enter(1, Sell, 60, 70);
    desk.enter(5, Buy, 43, 30);
    desk.enter(4, Buy, 42, 20);
    desk.enter(5, Buy, 30, 500);
    let mut wanted = LOST_6.to_vec();
    wanted.extend([
        "1 canceled 2 70 close-only",
        "0 accepted 0 100 @ 33",
        "3 trade 2 30 @ 43 left 0 maker",
        "0 trade 0 30 @ 43 left 70 taker",
        "2 trade 1 20 @ 42 left 0 maker",
        "0 trade 0 20 @ 42 left 50 taker",
        "0 canceled 0 50 ioc",
    ]);
    let events = desk.control(&mark(1, 44));
    check(&events, &wanted);
    assert_eq!(desk.position(1), 50);
    let accepted = events.iter().find_map(|event| match event.view() {
        Some(EventRef::Accepted(it)) => Some(it.order_id.0),
        _ => None,
    });
    let first = desk.engine.events().0 - events.len() as u64 + 6;
    assert_eq!(accepted, Some(1 << 63 | first), "its id is that of its first event");
}

/// Account 1 is closed at a loss of 6 %.
fn flat(it: &mut AccountRisk) {
    it.daily_loss_bps = 600;
    it.flags = account_flags::FLATTEN;
}

fn state(instrument: u32, state: TradingState) -> StateChange {
    StateChange {
        instrument: InstrumentId(instrument),
        state: state.into(),
        ..StateChange::default()
    }
}

fn block(id: u32) -> Kill {
    Kill {
        scope: Scope::Instrument.into(),
        action: KillAction::Block.into(),
        id,
        ..Kill::default()
    }
}

#[test]
fn flattening_waits_where_it_must() {
    let unblock = Release { scope: Scope::Instrument.into(), id: 1, ..Release::default() };
    // Blocked, halted: the position stays, and so does the state, until it trades on.
    for step in 0..2 {
        let mut desk = desk_with(flat);
        desk.enter(5, Buy, 43, 100);
        match step {
            0 => desk.done(&block(1)),
            _ => desk.done(&state(1, TradingState::Halted)),
        }
        check(&desk.control(&mark(1, 44)), &LOST_6);
        assert_eq!((desk.position(1), is_close_only(&desk)), (100, true));
        // A mark where it may not trade moves nothing.
        check(&desk.control(&mark(1, 43)), &["done 0 code 0"]);
        let closed = match step {
            0 => {
                desk.done(&unblock);
                assert_eq!(desk.position(1), 100, "a release alone is no reason");
                desk.control(&mark(1, 44))
            }
            _ => desk.control(&state(1, TradingState::Continuous)),
        };
        let told = lines(&closed);
        assert!(told.iter().any(|it| it == "0 accepted 0 100 @ 33"), "{told:?}");
        assert_eq!((desk.position(1), is_close_only(&desk)), (0, true));
    }
    // Nobody there: accepted, and canceled as any market order; then nothing, until somebody is.
    let mut desk = desk_with(flat);
    let mut wanted = LOST_6.to_vec();
    wanted.extend(["0 accepted 0 100 @ 40", "0 canceled 0 100 no-liquidity"]);
    check(&desk.control(&mark(1, 44)), &wanted);
    check(&desk.control(&mark(1, 44)), &["done 0 code 0"]);
    desk.enter(5, Buy, 42, 60);
    assert_eq!(desk.position(1), 100, "an order of somebody else is no reason");
    desk.control(&mark(1, 44));
    assert_eq!(desk.position(1), 40);
    // What it is paid makes it judged as well, and a release ends it.
    desk.enter(5, Buy, 42, 30);
    desk.control(&deposit(1, 1));
    assert_eq!(desk.position(1), 10);
    desk.enter(5, Buy, 42, 30);
    release(&mut desk);
    check(&desk.control(&mark(1, 44)), &["done 0 code 0"]);
    assert_eq!(desk.position(1), 10);
}

#[test]
fn flattening_is_tried_once_a_command() {
    // At most 30 an order: three tries and one for the rest.
    let mut desk = desk_with(flat);
    desk.done(&InstrumentDef { qty_max: pinion_types::Qty(30), ..instrument(1) });
    for _ in 0..8 {
        desk.enter(5, Buy, 43, 25);
    }
    for left in [70, 40, 10, 0, 0] {
        desk.control(&mark(1, 44));
        assert_eq!(desk.position(1), left);
    }
}

#[test]
fn what_a_closed_account_has_working_makes_way() {
    let mut desk = desk_with(flat);
    desk.done(&state(1, TradingState::Halted));
    check(&desk.control(&mark(1, 44)), &LOST_6);
    // Its own way out of a market nobody is in: it may work until the venue can close.
    desk.done(&block(1));
    desk.done(&state(1, TradingState::Continuous));
    desk.done(&Release { scope: Scope::Instrument.into(), id: 1, ..Release::default() });
    taken(&desk.enter(1, Sell, 60, 100));
    check(&desk.control(&mark(1, 44)), &["done 0 code 0"]);
    desk.enter(5, Buy, 43, 100);
    check(
        &desk.control(&mark(1, 44))[1..],
        &[
            "1 canceled 2 100 close-only",
            "0 accepted 0 100 @ 33",
            "3 trade 2 100 @ 43 left 0 maker",
            "0 trade 0 100 @ 43 left 0 taker",
        ],
    );
    assert_eq!(desk.position(1), 0);
}

#[test]
fn one_account_that_closes_may_stop_the_next() {
    let mut desk = desk_with(|it| {
        it.daily_loss_bps = 600;
        it.flags = account_flags::FLATTEN;
    });
    // Account 2 buys what account 1 sells, far above the mark and with a fee.
    desk.done(&AccountDef { maker_fee: 500_000, ..account(2, 1) });
    desk.done(&deposit(2, 1_000));
    desk.done(&AccountRisk { daily_loss_max: 10_000_000, ..no_risk(2) });
    desk.enter(2, Buy, 49, 100);
    let events = lines(&desk.control(&mark(1, 44)));
    let closed: Vec<_> = events.iter().filter(|it| it.ends_with("close-only")).collect();
    assert_eq!(closed.len(), 2, "{events:?}");
    assert!(closed[0].starts_with("alert 1"));
    assert!(closed[1].starts_with("alert 2"));
}

#[test]
fn close_only_survives_a_restart() {
    let mut desk = Desk::recording(&genesis());
    desk.done(&deposit(1, 10_000));
    desk.done(&AccountRisk { daily_loss_bps: 600, ..no_risk(1) });
    buys(&mut desk);
    desk.control(&mark(1, 44));
    let refused = desk.enter(1, Buy, 1, 1);
    assert_eq!(refusal(&refused), RejectCode::CloseOnly);
    let (commands, events, hashes) = desk.record();
    let mut engine = pinion_engine::Engine::new(&genesis()).expect("the capacities are in range");
    let mut log = Log::default();
    for (index, (now, command)) in commands.iter().enumerate() {
        engine.apply(pinion_types::Seq(index as u64 + 1), *now, command, &mut log);
        assert_eq!(engine.state_hash(), hashes[index]);
    }
    assert!(log.0 == events);
    assert_eq!(engine.account(AccountId(1)).map(|it| it.is_close_only), Some(true));
    assert_eq!(engine.state_hash(), engine.full_state_hash());
}

#[test]
fn without_a_mark_a_position_counts_at_its_cost() {
    let mut desk = Desk::new();
    desk.done(&deposit(1, 10_000));
    desk.done(&AccountRisk { daily_loss_bps: 600, ..no_risk(1) });
    desk.enter(5, Sell, 50, 100);
    desk.enter(1, Buy, 50, 100);
    // Others trade far below: no mark, no loss.
    desk.enter(5, Sell, 10, 1);
    check(
        &desk.enter(4, Buy, 10, 1)[1..],
        &["3 trade 2 1 @ 10 left 0 maker", "2 trade 1 1 @ 10 left 0 taker"],
    );
    let equity = desk.engine.account(AccountId(1)).map(|it| it.equity);
    assert_eq!(equity, Some(10_000 * 100_000_000));
    desk.control(&mark(1, 10));
    assert!(is_close_only(&desk));
}

#[test]
fn a_close_only_account_in_a_throttled_second_still_cancels() {
    let mut desk = desk();
    desk.enter(1, Sell, 60, 10);
    desk.control(&mark(1, 44));
    desk.done(&AccountRisk {
        rate_burst: 0,
        cancel_rate_burst: 0,
        daily_loss_bps: 600,
        ..no_risk(1)
    });
    assert_eq!(refusal(&desk.enter(1, Sell, 60, 1)), RejectCode::AccountThrottled);
    check(&desk.cancel(1, ClOrdId(2)), &["1 canceled 2 by 4 10 request"]);
    let over = desk.engine.account(AccountId(1)).map(|it| it.cancels_over);
    assert_eq!(over, Some(1), "counted, not stopped");
}

#[test]
fn losses_at_the_end_of_the_range_overflow_nothing() {
    let mut desk = Desk::new();
    let amount = |sign: i128| pinion_types::command::CashMove {
        amount: pinion_types::Amount::from(sign << 120),
        ..deposit(1, 1)
    };
    desk.done(&AccountRisk { daily_loss_bps: 600, drawdown_max: 1, ..no_risk(1) });
    for _ in 0..300 {
        desk.done(&amount(1));
        desk.done(&amount(-1));
    }
    desk.done(&amount(1));
    desk.enter(5, Sell, 50, 100);
    assert_eq!(refusal(&desk.enter(1, Buy, 50, 100)), RejectCode::ArithmeticOverflow);
}
