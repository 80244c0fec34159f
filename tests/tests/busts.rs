//! Trades that are busted and adjusted in a whole venue: asked for at the control socket, told to
//! both members, exact to the last unit, and the same after a crash.
#![forbid(unsafe_code)]

use pinion::import::Request;
use pinion_tests::process::{Desk, Pair, Program, Role, write};
use pinion_types::{ClOrdId, Px, Qty, TradeId};
use pinion_wire::report::ExecutionReportTradeCorrect;
use pinion_wire::{CorrectionType, Money, Outbound};
use serde_json::Value;

fn limit(id: u64, is_buy: bool, qty: u64, cents: i64) -> Request {
    let px = Px(cents * 1_000_000);
    Request::New { cl_ord_id: ClOrdId(id), is_buy, px, qty: Qty(qty), ioc: false }
}

/// Sends a request and waits until it is answered; its trades.
fn ask(desk: &mut Desk, request: &Request) -> Vec<TradeId> {
    let mut trades = Vec::new();
    desk.send(request);
    let mut told = |message: &Outbound| {
        if let Outbound::ExecutionReportTrade(one) = message {
            trades.push(one.trade_id);
        }
    };
    // The answer to a question comes after everything that was asked before.
    desk.position(&mut told);
    trades
}

/// Position, fees, cash; money in cents.
fn figures(desk: &mut Desk) -> (i64, i128, i128) {
    let report = desk.position(&mut |_| {});
    let cents = |units, fraction| Money { units, fraction }.get() / 1_000_000;
    (
        report.position,
        cents(report.fees_units, report.fees_fraction),
        cents(report.cash_units, report.cash_fraction),
    )
}

/// The next word on a trade that was corrected.
fn corrected(desk: &mut Desk) -> ExecutionReportTradeCorrect {
    loop {
        if let Some(Outbound::ExecutionReportTradeCorrect(one)) = desk.take() {
            return one;
        }
    }
}

struct Ground {
    _dir: tempfile::TempDir,
    data: String,
    program: Program,
    venue: Pair,
}

fn ground() -> Ground {
    let program = Program::new(env!("CARGO_BIN_EXE_pinion_under_test"));
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let venue = Pair::begin(&program, &data, &write(dir.path()));
    Ground { _dir: dir, data: data.to_str().expect("plain").to_owned(), program, venue }
}

impl Ground {
    /// Commands the venue, which must do it.
    #[track_caller]
    fn done(&self, verb: &[&str]) -> Value {
        self.venue.ask(&[&["ctl"], verb, &["--reason", "a finger that was fat"]].concat())
    }

    /// Commands the venue, which must refuse it; why.
    #[track_caller]
    fn refused(&self, verb: &[&str]) -> String {
        let fixed = ["ctl", "--data", &self.data];
        let done = self.program.run(&[&fixed, verb, &["--reason", "a finger"]].concat());
        assert_eq!(done.code, 4, "{done:?}");
        done.err
    }
}

/// Two members trade 5 at 100.01 and 3 at 100.02; the first trade is busted, the second adjusted.
#[test]
fn corrected_trades_are_exact_told_to_both_and_the_same_after_a_crash() {
    let mut ground = ground();
    let address = ground.venue.address();
    let [mut one, mut two] = [1, 2].map(|member| Desk::log_on(address, member));
    let before = [&mut one, &mut two].map(figures);
    ask(&mut two, &limit(1, false, 5, 10_001));
    ask(&mut two, &limit(2, false, 5, 10_002));
    let trades = ask(&mut one, &limit(1, true, 8, 10_002));
    let [first, second] = [trades[0], trades[1]].map(|trade| trade.to_string());
    // 800.11 changes hands; the taker pays 0.02 and 0.01, the maker is paid 0.01 and 0.01.
    assert_eq!(figures(&mut one), (8, 3, before[0].2 - 80_011 - 3));
    assert_eq!(figures(&mut two), (-8, -2, before[1].2 + 80_011 + 2));

    let result = ground.done(&["bust", &first]);
    assert_eq!(result["sides"][0]["fee_back"], "0.02", "{result}");
    assert_eq!(result["sides"][1]["position"], -3, "{result}");
    for (desk, fee, position) in [(&mut one, 2_000_000, 3), (&mut two, -1_000_000, -3)] {
        let told = corrected(desk);
        assert_eq!((told.trade_id, told.last_qty), (trades[0], Qty(5)));
        assert_eq!(told.exec_type, CorrectionType::Canceled.into());
        let back = Money { units: told.fee_back_units, fraction: told.fee_back_fraction };
        assert_eq!((back.get(), told.position), (fee, position));
    }
    assert_eq!(figures(&mut one), (3, 1, before[0].2 - 30_006 - 1));
    assert_eq!(figures(&mut two), (-3, -1, before[1].2 + 30_006 + 1));

    // Who has no connection at the moment is told when it is back.
    ground.venue.kill(Role::Gateway);
    let result = ground.done(&["adjust", &second, "99"]);
    assert_eq!(result["new_px"], "99", "{result}");
    for desk in [&mut one, &mut two] {
        let told = corrected(desk);
        assert_eq!((told.trade_id, told.new_px), (trades[1], Px(9_900_000_000)));
        assert_eq!(told.exec_type, CorrectionType::Corrected.into());
    }
    let after = [(3, 1, before[0].2 - 29_700 - 1), (-3, -1, before[1].2 + 29_700 + 1)];
    assert_eq!([&mut one, &mut two].map(figures), after);

    ground.venue.kill(Role::Core);
    assert_eq!([&mut one, &mut two].map(figures), after);
    for verb in [&["bust", &first][..], &["adjust", &first, "98"], &["bust", &second]] {
        let why = ground.refused(verb);
        assert!(why.contains("trade was corrected before [1904]"), "{why}");
    }
    let reconciled = ground.venue.ask(&["ctl", "reconcile"]);
    assert_eq!(reconciled["reconciled"], true, "{reconciled}");
    assert_eq!(reconciled["instruments"][0]["position_sum"], "0");
    let text =
        ground.program.run(&["journal", "cat", "--kind", "trade-correct", "--data", &ground.data]);
    assert!(text.out.contains("reason=\"a finger that was fat\""), "{}", text.out);
    [one, two].into_iter().for_each(|desk| assert_eq!(desk.leave().refused(), 0));
    let _state_hash = ground.venue.end();
}

/// What names no trade, or nothing that a trade could be put to, is said so.
#[test]
fn what_cannot_be_corrected_is_refused_in_words() {
    let ground = ground();
    let address = ground.venue.address();
    let [mut one, mut two] = [1, 2].map(|member| Desk::log_on(address, member));
    ask(&mut two, &limit(1, false, 5, 10_001));
    let trade = ask(&mut one, &limit(1, true, 5, 10_001))[0];
    let after = figures(&mut one);
    let [taker, largest] = [trade.0 + 1, u64::MAX].map(|id| id.to_string());
    for id in ["0", "1", &taker, "123456789", &largest] {
        let why = ground.refused(&["bust", id]);
        assert!(why.contains(&format!("there is no trade {id}")), "{why}");
    }
    let id = trade.to_string();
    for px in ["100.005", "100.01", "-1", "0"] {
        let why = ground.refused(&["adjust", &id, px]);
        let wanted = format!("or it cannot be put from 100.01 to {px} [1902]");
        assert!(why.contains(&wanted), "{why}");
    }
    let fixed = ["ctl", "--data", &ground.data];
    for verb in [&["adjust", &id, "cheap", "--reason", "r"][..], &["bust", &id, "--reason", " "]] {
        let done = ground.program.run(&[&fixed, verb].concat());
        assert_eq!(done.code, 1, "{done:?}");
    }
    assert_eq!(figures(&mut one), after);
    let said = ground.program.run(&[&fixed[..], &["bust", &id, "--reason", "r"]].concat());
    let lines: Vec<&str> = said.out.lines().collect();
    let wanted = [
        &format!("trade {id} of 5 @ 100.01 does not stand"),
        "  account 1 (buy): fee 0.02 given back, fee 0 charged, position 0",
        "  account 2 (sell): fee -0.01 given back, fee 0 charged, position 0",
    ];
    assert_eq!(lines, wanted);
    let _state_hash = ground.venue.end();
}
