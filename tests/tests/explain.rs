//! The story of an order, told by a venue's own logs: `pinion journal explain`.
#![forbid(unsafe_code)]

use std::net::SocketAddr;

use pinion::import::Request;
use pinion_tests::process::{Desk, Program, Up, write};
use pinion_types::{ClOrdId, Px, Qty};
use serde_json::Value;

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_pinion_under_test"))
}

fn limit(id: u64, is_buy: bool, cents: i64, qty: u64) -> Request {
    let (px, qty) = (Px(cents * 1_000_000), Qty(qty));
    Request::New { cl_ord_id: ClOrdId(id), is_buy, px, qty, ioc: false }
}

/// Sends requests one after the other, each answered before the next.
fn trade(desk: &mut Desk, requests: &[Request]) {
    for request in requests {
        desk.send(request);
        while desk.ledger.waiting() > 0 {
            let _answer = desk.take();
        }
    }
}

/// Two members: one stands behind a better and an older order of the other, is taken in part,
/// changes his price and is refused a change; the rest he cancels.
fn live(address: SocketAddr) {
    let (mut maker, mut taker) = (Desk::log_on(address, 1), Desk::log_on(address, 2));
    trade(&mut taker, &[limit(1, false, 10_000, 2), limit(2, false, 10_005, 3)]);
    trade(&mut maker, &[limit(1, false, 10_005, 7)]);
    trade(&mut maker, &[limit(9, true, 10_005, 9)]);
    let (px, qty, is_buy) = (Px(10_020_000_000), Qty(6), false);
    let (id, old) = (ClOrdId(10), ClOrdId(1));
    let change = Request::Replace { cl_ord_id: id, orig_cl_ord_id: old, is_buy, px, qty };
    let cancel =
        |id, of| Request::Cancel { cl_ord_id: ClOrdId(id), orig_cl_ord_id: ClOrdId(of), is_buy };
    trade(&mut maker, &[change, cancel(11, 10), cancel(12, 10)]);
    let px = Px(10_000_500_000);
    trade(
        &mut maker,
        &[Request::New { cl_ord_id: ClOrdId(13), is_buy: true, px, qty, ioc: false }],
    );
    let _ledgers = (maker.leave(), taker.leave());
}

#[test]
fn an_order_has_a_story_with_reasons() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = write(dir.path());
    let venue = Up::begin(&program(), &dir.path().join("data"), &config);
    live(venue.address());
    let ask = |arguments: &[&str]| {
        let done = program().run(&[arguments, &["--data", venue.data()]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        done.out
    };
    let fills = ask(&["--json", "journal", "cat", "--log", "events", "--kind", "trade"]);
    let first: Value = serde_json::from_str(fills.lines().next().expect("a trade")).expect("JSON");
    let trade = first["fields"]["trade_id"].as_str().expect("an id");
    ask(&["ctl", "adjust", trade, "100.01", "--reason", "clearly erroneous"]);
    let kinds = "accepted,rejected";
    let orders = ask(&["--json", "journal", "cat", "--log", "events", "--kind", kinds]);
    let orders: Vec<(String, String)> = orders.lines().map(name).collect();
    let stories: Vec<String> = orders
        .iter()
        .filter(|(_, name)| name.starts_with('m'))
        .map(|(id, _)| plain(&ask(&["journal", "explain", id]), &orders))
        .collect();
    assert_eq!(stories, [STANDS, TAKES, REFUSED]);
    let none = program().run(&["journal", "explain", "9", "--data", venue.data()]);
    assert_eq!(none.code, 1, "{none:?}");
    assert!(none.err.contains("there is no order 9"), "{none:?}");
    assert_eq!(venue.end(), 0);
}

/// An order's number, and a name for it: the maker's are m1, m9, m13, the taker's t1, t2.
fn name(line: &str) -> (String, String) {
    let event: Value = serde_json::from_str(line).expect("a line of JSON");
    let id = event["fields"]["cl_ord_id"].as_str().expect("an id");
    let member = if event["session"] == 1 { "m" } else { "t" };
    (event["cause"].to_string(), format!("{member}{id}"))
}

/// A story without times, with names instead of numbers.
fn plain(told: &str, orders: &[(String, String)]) -> String {
    let mut text = String::new();
    for line in told.lines().filter(|line| line.starts_with("  ")) {
        let number = line.strip_prefix("  Trade ").and_then(|rest| rest.split([':', ' ']).next());
        let line = match number {
            Some(number) => line.replacen(&format!(" {number}"), "", 1),
            None => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    for (id, name) in orders {
        for end in [":", ";", ".", " "] {
            text = text.replace(&format!("order {id}{end}"), &format!("order {name}{end}"));
        }
    }
    text
}

const STANDS: &str = "  \
  Session 1 sends `new`.
  It asks: sell 7 TAPE @ 100.05, limit, gtc, for account 1.
  The instrument was continuous; best bid none, best offer 2 @ 100; the account's position 0.
  Accepted as order m1 at 100.05.
  2 orders with 5 stood ahead of it when it came: order t1 (2 @ 100), order t2 (3 @ 100.05).
  Session 1, account 1, sends order m9: buy 9 @ 100.05.
  Trade: 4 @ 100.05 with order m9; the price is its own, as it stood first. 3 left, the account's \
position is 1, fee -0.01.
  2 orders with 5 stood ahead of it before this command: order t1 (2 @ 100), order t2 (3 @ 100.05).
  Session 1 sends `replace`.
  Its owner changes it to 6 @ 100.2, 2 left (it was 7 @ 100.05); it stands behind all others of \
that price.
  Session 1 sends `cancel`.
  Canceled: its owner asked for it; 4 of it had traded, 2 had not.
  Session 1 sends `cancel`.
  A cancel of it is refused with 1802, too late: the order is done.
";

const TAKES: &str = "  \
  Session 1 sends `new`.
  It asks: buy 9 TAPE @ 100.05, limit, gtc, for account 1.
  The instrument was continuous; best bid none, best offer 2 @ 100; the account's position 0.
  Accepted as order m9 at 100.05.
  Trade: 2 @ 100 with order t1; the price is that of the order that stood there. 7 left, the \
account's position is 2, fee 0.01.
  Trade: 3 @ 100.05 with order t2; the price is that of the order that stood there. 4 left, the \
account's position is 5, fee 0.01.
  Trade: 4 @ 100.05 with order m1; the price is that of the order that stood there. 0 left, the \
account's position is 5, fee 0.01.
  An operator sends `trade-correct`: clearly erroneous.
  Trade stands at 100.01 instead of 100, its fee is 0.01 instead of 0.01; the account's position \
is 5, the order as it was.
";

const REFUSED: &str = "  \
  Session 1 sends `new`.
  It asks: buy 6 TAPE @ 100.005, limit, gtc, for account 1.
  The instrument was continuous; best bid none, best offer none, last trade 100.05, reference \
100.05; the account's position 5.
  Refused with 1101, price is not a multiple of the tick. The limit `tick` of instrument 1 is 0.01.
";
