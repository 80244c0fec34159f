//! Trades that are busted or adjusted: both sides exactly, once, and orders are left alone.

mod support;

use pinion_types::command::{
    AccountDef, AccountRisk, CashMove, DayRoll, Genesis, InstrumentDef, Kill, NewOrder,
    TradeCorrect, correct_flags, instrument_flags, order_flags,
};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, Amount, Event, EventRef, InstrumentId, KillAction, Px, Qty, Scope, SessionId, Side,
    SourceId, TradeId,
};
use support::{
    Desk, account, cash_account, check, deposit, genesis, instrument, lines, mark, no_risk, px,
    refusal, taken,
};

use Side::{Buy, Sell};

/// Accounts 1 and 5 with fees: makers are paid 0.25 %, takers pay 0.15 %.
fn desk() -> Desk {
    let mut desk = Desk::new();
    for (id, firm) in [(1, 1), (5, 2)] {
        desk.done(&AccountDef { maker_fee: -2_500, taker_fee: 1_500, ..account(id, firm) });
    }
    desk
}

/// The bust of the first trade among events, as its two reports tell it.
fn bust(events: &[Event]) -> TradeCorrect {
    let mut body = TradeCorrect { request_id: 9, ..TradeCorrect::default() };
    let trades = events.iter().filter_map(|event| match event.view() {
        Some(EventRef::Trade(it)) => Some((event.header().session, it)),
        _ => None,
    });
    for (session, it) in trades.take(2) {
        (body.trade_id, body.px, body.qty) = (it.trade_id, it.last_px, it.last_qty);
        body.instrument = it.instrument;
        let took = it.liquidity.0 == 2;
        if it.side.get() == Some(Buy) {
            (body.buyer, body.buyer_session, body.buyer_fee) = (it.account, session, it.fee);
            body.flags |= if took { correct_flags::BUYER_TOOK } else { 0 };
        } else {
            (body.seller, body.seller_session, body.seller_fee) = (it.account, session, it.fee);
            body.flags |= if took { correct_flags::SELLER_TOOK } else { 0 };
        }
    }
    body
}

fn adjust(events: &[Event], whole: i64) -> TradeCorrect {
    let body = bust(events);
    TradeCorrect { new_px: px(whole), flags: body.flags | correct_flags::ADJUST, ..body }
}

/// Position, what it cost, what it gained and paid in fees, and cash of an account.
fn money(desk: &Desk, account: u32) -> (i64, i128, i128, i128, i128) {
    let cash = desk.engine.cash_of(AccountId(account), Chars::new("USD"));
    let position = desk.engine.position(AccountId(account), InstrumentId(1));
    position
        .map_or((0, 0, 0, 0, cash), |it| (it.quantity, it.open_cost, it.realized, it.fees, cash))
}

fn all_money(desk: &Desk) -> Vec<(i64, i128, i128, i128, i128)> {
    (1..=5).map(|account| money(desk, account)).collect()
}

#[test]
fn a_bust_gives_both_sides_back_to_the_last_unit() {
    let mut desk = desk();
    desk.enter(1, Sell, 33, 7);
    desk.enter(5, Buy, 33, 2);
    let before = all_money(&desk);
    let traded = desk.enter(5, Buy, 33, 3);
    let last = desk.engine.instrument(InstrumentId(1)).map(|it| it.last);
    check(
        &desk.control(&bust(&traded)),
        &["3 5 buy 3 @ 33 busted has 2", "1 1 sell 3 @ 33 busted has -2", "done 0 code 0"],
    );
    assert_eq!(all_money(&desk), before);
    // The orders stay filled, and the last trade stays the last.
    assert_eq!(desk.book(Sell), [(1, 33, 2)]);
    assert_eq!(desk.engine.instrument(InstrumentId(1)).map(|it| it.last), last);
    assert_eq!(desk.refused(&bust(&traded)), 1904);
    assert_eq!(desk.refused(&adjust(&traded, 32)), 1904);
    assert_eq!(all_money(&desk), before);
}

#[test]
fn an_adjustment_is_the_trade_at_another_price() {
    let mut other = desk();
    other.enter(1, Sell, 40, 3);
    other.enter(5, Buy, 40, 3);
    let mut desk = desk();
    desk.enter(1, Sell, 33, 3);
    let traded = desk.enter(5, Buy, 33, 3);
    let events = desk.control(&adjust(&traded, 40));
    check(
        &events,
        &[
            "3 5 buy 3 @ 33 adjusted to 40 has 3",
            "1 1 sell 3 @ 33 adjusted to 40 has -3",
            "done 0 code 0",
        ],
    );
    // 0.15 % of 99 is 0.15, of 120 is 0.18; -0.25 % are -0.25 and -0.30.
    let fees: Vec<(i128, i128)> = events
        .iter()
        .filter_map(|event| match event.view() {
            Some(EventRef::TradeCorrected(it)) => Some((it.fee_back.get(), it.fee.get())),
            _ => None,
        })
        .collect();
    assert_eq!(fees, [(15_000_000, 18_000_000), (-25_000_000, -30_000_000)]);
    assert_eq!(all_money(&desk), all_money(&other));
    assert_eq!(desk.refused(&bust(&traded)), 1904);
}

/// What was closed in between is counted by average cost, as any trade.
#[test]
fn what_was_traded_on_is_opened_again_at_the_price_of_the_trade() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 4);
    let bought = desk.enter(1, Buy, 100, 4);
    desk.enter(5, Buy, 110, 4);
    desk.enter(1, Sell, 110, 4);
    desk.done(&bust(&bought));
    let one = 100_000_000;
    assert_eq!(money(&desk, 1), (-4, -400 * one, 40 * one, 0, 440 * one));
    assert_eq!(money(&desk, 5), (4, 400 * one, -40 * one, 0, -440 * one));
}

/// In an auction both pay the maker's fee; a fee schedule that changed since is that of now.
#[test]
fn the_fee_of_the_new_price_is_that_of_the_side_now() {
    let mut desk = desk();
    desk.enter(1, Sell, 100, 4);
    let traded = desk.enter(5, Buy, 100, 4);
    desk.done(&AccountDef { maker_fee: 0, taker_fee: 10_000, ..account(5, 2) });
    desk.done(&adjust(&traded, 200));
    assert_eq!(money(&desk, 5).3, 8 * 100_000_000);
    desk.enter(1, Sell, 100, 4);
    let traded = desk.enter(5, Buy, 100, 4);
    let auction = adjust(&traded, 200);
    let flags = correct_flags::ADJUST;
    desk.done(&TradeCorrect { flags, ..auction });
    assert_eq!(money(&desk, 5).3, 8 * 100_000_000);
}

#[test]
fn who_traded_with_itself_has_nothing_less() {
    let mut desk = desk();
    desk.enter(1, Sell, 33, 3);
    let before = money(&desk, 1);
    let traded = desk.enter(1, Buy, 33, 3);
    desk.done(&bust(&traded));
    assert_eq!(money(&desk, 1), before);
    let again = desk.enter(1, Sell, 33, 3);
    assert_eq!(lines(&again).len(), 1);
    let traded = desk.enter(1, Buy, 33, 3);
    check(
        &desk.control(&adjust(&traded, 30)),
        &[
            "1 1 buy 3 @ 33 adjusted to 30 has 0",
            "1 1 sell 3 @ 33 adjusted to 30 has 0",
            "done 0 code 0",
        ],
    );
}

/// Every field that cannot be, each with its code; nothing is changed by any.
#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut desk = desk();
    desk.enter(1, Sell, 33, 3);
    let traded = desk.enter(5, Buy, 33, 3);
    let good = bust(&traded);
    let moved = adjust(&traded, 34);
    let hash = desk.engine.state_hash();
    let far = Amount::from(i128::from(px(100).0));
    let spoiled = [
        (1901, TradeCorrect { instrument: InstrumentId(3), ..good }),
        (1901, TradeCorrect { instrument: InstrumentId(0), ..good }),
        (1901, TradeCorrect { buyer: AccountId(6), ..good }),
        (1901, TradeCorrect { seller: AccountId(0), ..good }),
        (1901, TradeCorrect { buyer_session: SessionId(7), ..good }),
        (1901, TradeCorrect { seller_session: SessionId(1 << 30), ..good }),
        (1902, TradeCorrect { trade_id: TradeId(0), ..good }),
        (1902, TradeCorrect { trade_id: TradeId(desk.engine.events().0 + 20), ..good }),
        (1902, TradeCorrect { spare: [0, 0, 1], ..good }),
        (1902, TradeCorrect { flags: 8, ..good }),
        (1902, TradeCorrect { flags: 6, ..good }),
        (1902, TradeCorrect { new_px: px(34), ..good }),
        (1902, TradeCorrect { new_px: px(33), ..moved }),
        (1902, TradeCorrect { new_px: px(0), ..moved }),
        (1902, TradeCorrect { new_px: Px(px(34).0 + 1), ..moved }),
        (1902, TradeCorrect { px: Px(px(33).0 + 1), ..good }),
        (1902, TradeCorrect { px: px(-33), ..good }),
        (1902, TradeCorrect { qty: Qty(0), ..good }),
        (1902, TradeCorrect { qty: Qty(Qty::MAX.0 + 1), ..good }),
        (1902, TradeCorrect { buyer_fee: far, ..good }),
        (1902, TradeCorrect { seller_fee: Amount::from(-far.get()), ..good }),
        (1902, TradeCorrect { seller_fee: Amount::from(i128::MIN), ..good }),
    ];
    for (code, body) in spoiled {
        assert_eq!(desk.refused(&body), code, "{body:?}");
        assert_eq!(desk.engine.state_hash(), hash);
    }
    let mut foreign = support::steering(&good);
    foreign.set_source(support::GATEWAY);
    assert_eq!(desk.code(&foreign), 601);
    // A fee of the whole value and a cent more is the most that rounding gives.
    let most = Amount::from(i128::from(px(99).0) + 1_000_000);
    let most = TradeCorrect { buyer_fee: most, ..good };
    assert_eq!(desk.refused(&most), 0);
}

/// Values at and around zero are prices where the instrument says so.
#[test]
fn a_trade_may_be_adjusted_to_zero_where_that_is_a_price() {
    let mut desk = Desk::new();
    let flags = instrument_flags::PX_MAY_BE_NEGATIVE;
    desk.done(&InstrumentDef { flags, ..instrument(1) });
    desk.enter(1, Sell, 2, 3);
    let traded = desk.enter(5, Buy, 2, 3);
    desk.done(&adjust(&traded, 0));
    assert_eq!(money(&desk, 5), (3, 0, 0, 0, 0));
    desk.enter(1, Sell, 0, 1);
    let traded = desk.enter(5, Buy, 0, 1);
    desk.done(&adjust(&traded, -7));
    assert_eq!(money(&desk, 5).4, i128::from(px(7).0));
}

#[test]
fn trades_of_another_day_stand() {
    let mut desk = desk();
    desk.enter(1, Sell, 33, 3);
    let first = desk.enter(5, Buy, 33, 1);
    let second = desk.enter(5, Buy, 33, 1);
    desk.done(&bust(&first));
    desk.apply(&support::steering(&DayRoll { day: 30_000, ..DayRoll::default() }));
    let mut roll = support::steering(&DayRoll { day: 30_001, ..DayRoll::default() });
    roll.set_source(SourceId(0));
    desk.apply(&roll);
    for old in [&first, &second] {
        assert_eq!(desk.refused(&bust(old)), 1902);
    }
    desk.enter(1, Sell, 33, 3);
    let third = desk.enter(5, Buy, 33, 1);
    desk.done(&bust(&third));
    assert_eq!(desk.refused(&bust(&third)), 1904);
}

#[test]
fn a_day_has_4096_corrections() {
    let mut desk = desk();
    desk.enter(1, Sell, 33, 3);
    let body = bust(&desk.enter(5, Buy, 33, 3));
    desk.checks = false;
    // Whether an id was a trade is not asked: what the command says of it is the operator's.
    let first = body.trade_id.0;
    for step in 0..4_096 {
        // Even ids first, then odd ones, so that they come in between.
        let id = first + if step < 2_048 { step * 2 } else { (step - 2_048) * 2 + 1 };
        while desk.engine.events().0 < id {
            desk.done(&mark(2, 1));
        }
        assert_eq!(desk.refused(&TradeCorrect { trade_id: TradeId(id), ..body }), 0, "{id}");
    }
    desk.checks = true;
    let id = TradeId(desk.engine.events().0);
    assert_eq!(desk.refused(&TradeCorrect { trade_id: id, ..body }), 1903);
    assert_eq!(desk.refused(&TradeCorrect { trade_id: TradeId(first + 4_095), ..body }), 1904);
    let roll = support::steering(&DayRoll { day: 30_000, ..DayRoll::default() });
    desk.apply(&roll);
    desk.done(&mark(2, 1));
    let id = TradeId(desk.engine.events().0);
    assert_eq!(desk.refused(&TradeCorrect { trade_id: id, ..body }), 0);
}

#[test]
fn a_position_that_is_not_there_is_made_where_there_is_room() {
    let mut desk = Desk::with(&Genesis { positions_max: 3, ..genesis() });
    desk.enter(1, Sell, 33, 3);
    let body = bust(&desk.enter(5, Buy, 33, 3));
    let hash = desk.engine.state_hash();
    let others = TradeCorrect { buyer: AccountId(2), seller: AccountId(3), ..body };
    assert_eq!(desk.refused(&others), 1705);
    assert_eq!(desk.engine.state_hash(), hash);
    desk.done(&TradeCorrect { buyer: AccountId(2), seller: AccountId(2), ..body });
    assert_eq!((desk.position(2), desk.position(3)), (0, 0));
    let next = TradeCorrect { trade_id: TradeId(body.trade_id.0 + 1), ..body };
    assert_eq!(desk.refused(&TradeCorrect { buyer: AccountId(3), ..next }), 1705);
    assert_eq!(desk.refused(&TradeCorrect { buyer: AccountId(2), ..next }), 0);
}

/// What would bring a sum near the end of its range is refused whole, for either side.
#[test]
fn a_correction_keeps_the_headroom_of_sums() {
    let mut desk = desk();
    for (seller, buyer) in [(1, 5), (5, 1)] {
        desk.enter(seller, Sell, 33, 3);
        let body = bust(&desk.enter(buyer, Buy, 33, 3));
        let has = desk.engine.cash_of(AccountId(seller), Chars::new("USD"));
        let rest = (1 << 120) - has;
        desk.done(&CashMove { amount: Amount::from(rest), ..deposit(seller, 1) });
        let hash = desk.engine.state_hash();
        assert_eq!(desk.refused(&body), 1707);
        assert_eq!(desk.engine.state_hash(), hash);
        desk.done(&CashMove { amount: Amount::from(-rest), ..deposit(seller, 1) });
        desk.done(&body);
    }
    assert_eq!(desk.engine.overflow_count(), 2);
}

#[test]
fn who_is_stopped_is_corrected_all_the_same() {
    let mut desk = desk();
    let before = all_money(&desk);
    desk.enter(1, Sell, 33, 3);
    let body = bust(&desk.enter(5, Buy, 33, 3));
    for (scope, id) in [(Scope::Account, 1), (Scope::Firm, 2), (Scope::Global, 0)] {
        let action = KillAction::BlockAndCancel.into();
        desk.done(&Kill { scope: scope.into(), id, action, ..Kill::default() });
    }
    desk.done(&body);
    assert_eq!(all_money(&desk), before);
}

/// What is bought back is there to be sold no more, and what it cost can be spent again.
#[test]
fn a_cash_account_has_its_money_again() {
    let mut desk = Desk::new();
    desk.done(&cash_account(1, 1));
    desk.done(&deposit(1, 100));
    desk.enter(5, Sell, 50, 2);
    let bought = desk.enter(1, Buy, 50, 2);
    assert_eq!(refusal(&desk.enter(1, Buy, 10, 1)).code(), 1501);
    desk.done(&bust(&bought));
    assert_eq!(refusal(&desk.enter(1, Sell, 60, 1)).code(), 1502);
    taken(&desk.enter(1, Buy, 10, 10));
    assert_eq!(desk.cash(1), (1_000_000, 1_000_000));
}

/// A bust that loses an account too much stops it, after the answer; one that wins it back does
/// not release it.
#[test]
fn losses_are_judged_after_it() {
    let mut desk = Desk::new();
    desk.done(&deposit(1, 1_000));
    desk.done(&AccountRisk { daily_loss_bps: 600, ..no_risk(1) });
    desk.enter(5, Sell, 50, 10);
    let bought = desk.enter(1, Buy, 50, 10);
    desk.done(&mark(1, 60));
    check(
        &desk.control(&adjust(&bought, 66)),
        &[
            "1 1 buy 10 @ 50 adjusted to 66 has 10",
            "3 5 sell 10 @ 50 adjusted to 66 has -10",
            "done 0 code 0",
            "alert 1 daily-loss 70 % 600000 of 600000",
            "alert 1 daily-loss 80 % 600000 of 600000",
            "alert 1 daily-loss 100 % 600000 of 600000 close-only",
        ],
    );
}

/// What may only reduce is shrunk with the position it reduces.
#[test]
fn reduce_only_orders_shrink_with_the_position() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 50, 6);
    desk.enter(1, Buy, 50, 2);
    let bought = desk.enter(1, Buy, 50, 4);
    let order = desk.limit(Sell, 60, 5);
    let flags = order_flags::REDUCE_ONLY;
    taken(&desk.send(1, &NewOrder { flags, ..order }));
    check(
        &desk.control(&bust(&bought)),
        &[
            "1 1 buy 4 @ 50 busted has 2",
            "3 5 sell 4 @ 50 busted has -2",
            "done 0 code 0",
            "1 restated 3 to 3 2 @ 60 left 2",
        ],
    );
}
