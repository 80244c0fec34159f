//! What lines mean, and what errors say.

use super::follow::FollowLine;
use super::{Line, OrderLine, ReplaceLine, Until, parse};
use pinion_types::{ExecInst, Nanos, OrdType, Px, Side, StpMode, TimeInForce};
use pinion_wire::codes::OffsetKind;
use pinion_wire::{LinkKind, LinkLeg};

fn limit(side: Side, qty: u64, px: i64) -> OrderLine {
    OrderLine { px: Some(Px(px * 1_000_000)), ..OrderLine::new(side, qty) }
}

#[track_caller]
fn check(text: &str, wanted: Line) {
    assert_eq!(parse(text), Ok(wanted), "{text}");
}

#[track_caller]
fn check_error(text: &str, wanted: &str) {
    assert_eq!(parse(text), Err(wanted.to_owned()), "{text}");
}

#[test]
fn orders_read_as_one_would_say_them() {
    check("buy 10 @ 100.05", Line::Order(limit(Side::Buy, 10, 10_005)));
    check("BUY 10@100.05", Line::Order(limit(Side::Buy, 10, 10_005)));
    check(
        "sell 5 DEMO @ 101 ioc # now",
        Line::Order(OrderLine {
            symbol: Some("DEMO".to_owned()),
            time_in_force: Some(TimeInForce::ImmediateOrCancel),
            ..limit(Side::Sell, 5, 10_100)
        }),
    );
    check(
        "short 1 market protect 5 stp cancel-both account 2",
        Line::Order(OrderLine {
            px: None,
            stp_mode: Some(StpMode::CancelBoth),
            account: Some(2),
            protection_ticks: 5,
            ..limit(Side::SellShort, 1, 0)
        }),
    );
}

#[test]
fn rare_orders_read_as_one_would_say_them() {
    let rare = |text: &str, ord_type: OrdType, wanted: OrderLine| {
        assert_eq!(wanted.ord_type(), ord_type, "{text}");
        check(text, Line::Order(wanted));
    };
    let stop_px = Some(Px(101 * 100_000_000));
    let market = OrderLine::new(Side::Buy, 10);
    let stop = OrderLine { stop_px, protection_ticks: 5, ..market.clone() };
    rare("buy 10 stop 101 protect 5", OrdType::Stop, stop);
    let stop_limit = OrderLine { stop_px, ..limit(Side::Sell, 3, 10_050) };
    rare("sell 3 stop 101 @ 100.5", OrdType::StopLimit, stop_limit);
    let to_limit = OrderLine { to_limit: true, ..market.clone() };
    rare("buy 10 market-to-limit", OrdType::MarketToLimit, to_limit);
    let least = OrderLine { min_qty: 4, ..market.clone() };
    rare("buy 10 market min 4", OrdType::Market, least);
    let closing = Some(TimeInForce::AtTheClose);
    let closing = OrderLine { time_in_force: closing, ..market.clone() };
    rare("buy 10 market closing", OrdType::Market, closing);
    rare("buy 10 market", OrdType::Market, market);
    let hidden = OrderLine { hidden: true, ..limit(Side::Buy, 10, 10_005) };
    rare("buy 10 @ 100.05 hidden", OrdType::Limit, hidden);
    let opening = Some(TimeInForce::AtTheOpening);
    let reducing = limit(Side::Sell, 5, 10_100);
    let reducing = OrderLine { reduce_only: true, time_in_force: opening, ..reducing };
    rare("sell 5 @ 101 reduce-only opening", OrdType::Limit, reducing.clone());
    rare("sell 5 @ 101 opening RO", OrdType::Limit, reducing);
    let linked = OrderLine {
        link_id: 7,
        leg: Some((LinkKind::OneCancelsTheOther, LinkLeg::First)),
        ..limit(Side::Sell, 10, 10_100)
    };
    rare("sell 10 @ 101 link 7 oco 1", OrdType::Limit, linked.clone());
    let leg = Some((LinkKind::OneTriggersOthers, LinkLeg::Third));
    let stop_px = Some(Px(9_900_000_000));
    let loss = OrderLine { leg, px: None, stop_px, ..linked };
    rare("sell 10 stop 99 bracket 3 link 7", OrdType::Stop, loss);
    let iceberg = OrderLine {
        display_qty: 2,
        exec_inst: Some(ExecInst::PostOnlySlide),
        until: Some(Until::In(8 * 3_600 * 1_000_000_000)),
        ..limit(Side::Buy, 10, 10_005)
    };
    rare("buy 10 @ 100.05 show 2 post-only-slide until 8h", OrdType::Limit, iceberg);
    let dated = OrderLine {
        until: Some(Until::At(Nanos(1_767_607_200_000_000_000))),
        symbol: Some("DEMO".to_owned()),
        ..limit(Side::Buy, 1, 10_000)
    };
    rare("buy 1 DEMO @ 100 until 2026-01-05T10:00:00Z", OrdType::Limit, dated);
}

#[test]
fn pegs_read_as_one_would_say_them() {
    let peg = |text: &str, offset: i32, is_fixed: bool, wanted: OrderLine| {
        let follow =
            FollowLine { kind: Some(OffsetKind::PegMarket), offset, is_fixed, activation_px: None };
        let wanted = OrderLine { follow, ..wanted };
        assert_eq!(wanted.ord_type(), OrdType::Pegged, "{text}");
        check(text, Line::Order(wanted));
    };
    let plain = OrderLine::new(Side::Buy, 10);
    peg("buy 10 peg market fixed", 0, true, plain.clone());
    let other = OrderLine { symbol: Some("DEMO".to_owned()), ..plain };
    peg("buy 10 DEMO peg MARKET -2 fixed", -2, true, other);
    let capped = limit(Side::Sell, 5, 10_100);
    peg("sell 5 peg market +3 fixed @ 101", 3, true, capped);
    check_error("buy 1 peg", "to what? `peg primary`, `peg market` or `peg mid`");
    check_error("buy 1 peg best", "to what? `peg primary`, `peg market` or `peg mid`");
    check_error("buy 1 peg mid -x", "`-x` are no ticks: like `-2`");
    check_error("buy 1 @ 9 fixed", "`fixed` is for pegs, like `peg market fixed`");
    let own = "`peg` has its price from the book; `@` is the most it pays";
    check_error("buy 1 peg mid fixed stop 9", own);
}

#[test]
fn trailing_stops_read_as_one_would_say_them() {
    let trail = |text: &str, follow: FollowLine, ord_type: OrdType, wanted: OrderLine| {
        let wanted = OrderLine { follow, ..wanted };
        assert_eq!(wanted.ord_type(), ord_type, "{text}");
        check(text, Line::Order(wanted));
    };
    let plain = OrderLine::new(Side::Sell, 5);
    let kind = Some(OffsetKind::TrailTicks);
    let ticks = FollowLine { kind, offset: 20, ..FollowLine::default() };
    trail("sell 5 trail 20", ticks, OrdType::Stop, plain);
    let (kind, activation_px) = (Some(OffsetKind::TrailBps), Some(Px(105 * 100_000_000)));
    let later = FollowLine { kind, offset: 50, activation_px, ..FollowLine::default() };
    let priced = limit(Side::Sell, 5, 9_900);
    trail("sell 5 trail 50BPS activate 105 @ 99", later, OrdType::StopLimit, priced);
    check_error("sell 5 trail", "how far? `trail 5` ticks, or `trail 50bps`");
    check_error("sell 5 trail -1", "how far? `trail 5` ticks, or `trail 50bps`");
    check_error("sell 5 trail 0bps", "how far? `trail 5` ticks, or `trail 50bps`");
    let own = "`trail` finds its own trigger; `@` makes it a limit order";
    check_error("sell 5 trail 3 stop 9", own);
    let alone = "`activate` is for stops that trail, like `trail 5 activate 101`";
    check_error("sell 5 stop 9 activate 10", alone);
}

#[test]
fn requests_read_as_one_would_say_them() {
    check("cancel #7", Line::Cancel(7));
    check("cancel all", Line::CancelAll { side: None, symbol: None });
    let symbol = Some("DEMO".to_owned());
    check("cancel all sell DEMO", Line::CancelAll { side: Some(Side::Sell), symbol });
    let change = ReplaceLine { id: 7, qty: 12, px: None, stop_px: None, display_qty: 0 };
    let (px, stop_px) = (Some(Px(150_000_000)), Some(Px(200_000_000)));
    check("replace 7 12 @ 1.5", Line::Replace(ReplaceLine { px, ..change }));
    check("replace 7 12 stop 2", Line::Replace(ReplaceLine { stop_px, ..change }));
    let both = ReplaceLine { px, stop_px, display_qty: 3, ..change };
    check("replace #7 12 @ 1.5 stop 2 show 3", Line::Replace(both));
    check("  # nothing", Line::Empty);
    check("status 3", Line::Status(3));
}

#[test]
fn errors_say_what_would_be_right() {
    check_error("buy", "how many? like `buy 10 @ 100.05`");
    check_error("buy 10", "at which price? say `@ 100.05`, or `market`");
    check_error("buy 0 @ 1", "`0` is not a quantity: a whole number above 0");
    check_error("buy 1 @ abc", "`abc` is not a price: like 100.05");
    check_error("sel 1 @ 2", "`sel` is nothing I know; did you mean `sell`?");
    check_error("cancel", "say the order's number, like `cancel 7`");
    check_error(
        "buy 1 @ 2 protect 3",
        "`protect` is for market orders; a limit order has its price",
    );
    let whole = "say group and part, like `link 7 oco 1` or `link 7 bracket 2`";
    check_error("buy 1 @ 2 link 7", whole);
    check_error("buy 1 @ 2 oco 1", whole);
    check_error("buy 1 @ 2 link 7 oco 3", "which of them? `oco 1` to `oco 2`");
    check_error("buy 1 @ 2 link 7 bracket", "which of them? `bracket 1` to `bracket 3`");
    check_error("buy 1 stop", "which trigger? like `stop 101`");
    check_error("buy 1 market min", "how many? like `min 5`");
    check_error("buy 1 market min 0", "`0` is not a quantity: a whole number above 0");
    check_error("buy 1 market hidden", "`hidden` is for limit orders");
    check_error("buy 9 @ 1 show 2 hidden", "`hidden` shows nothing; `show` shows a part");
    check_error("buy 1 market show 1", "`show` is for limit orders");
    check_error("buy 2 @ 9 stop 8 show 1", "`show` is for limit orders");
    check_error("buy 2 @ 9 gtc until 8h", "`until` says how long by itself");
    check_error(
        "buy 2 @ 9 until tomorrow",
        "`tomorrow` is no end; `30s`, `8h` and `2026-12-31T20:00:00Z` are",
    );
    check_error(
        "buy 2 market-to-limit stop 9",
        "`market-to-limit` takes the best price; it has none of its own",
    );
    check_error("buy 2 @ 9 ioc now", "`now` is not understood here; `help` shows how");
    let unclear = "say number, new quantity and price, like `replace 7 12 @ 100.10`";
    check_error("replace 7 12", unclear);
    check_error("replace 7 12 @ 9 stop", unclear);
    check_error("orders now", "nothing stands behind it, but there is `now`");
}
