//! The published example, `tests/python/client.py`, against a venue that follows a script: a
//! client written from the schema alone speaks the protocol.

use crate::peer::{KEY, Peer, established, negotiated, venue};
use pinion_types::codes::{CancelReason, OrdStatus, TradingState};
use pinion_types::text::Chars;
use pinion_types::{ClOrdId, InstrumentId, Liquidity, OrderId, Px, Qty, Side, TradeId};
use pinion_wire::answer::{OrderMassCancelReport, SecurityDefinition};
use pinion_wire::auth::verify;
use pinion_wire::report::{ExecutionReportCanceled, ExecutionReportNew, ExecutionReportTrade};
use pinion_wire::request::NewOrderSingle;
use pinion_wire::session::Retransmission;
use pinion_wire::{Flag, Inbound, Outbound};
use std::path::Path;
use std::process::Command;

/// The venue's messages so far; the last one is the newest.
struct Venue<'a> {
    peer: &'a mut Peer,
    said: Vec<Outbound>,
}

impl Venue<'_> {
    /// Numbers a message and keeps it; says it where somebody listens.
    fn report(&mut self, mut message: Outbound, listening: bool) {
        let number = self.said.len() as u64 + 1;
        match &mut message {
            Outbound::SecurityDefinition(m) => m.msg_seq_num = number,
            Outbound::ExecutionReportNew(m) => m.msg_seq_num = number,
            Outbound::ExecutionReportTrade(m) => m.msg_seq_num = number,
            Outbound::ExecutionReportCanceled(m) => m.msg_seq_num = number,
            Outbound::OrderMassCancelReport(m) => m.msg_seq_num = number,
            other => panic!("{other:?}"),
        }
        if listening {
            self.write(&message);
        }
        self.said.push(message);
    }

    fn write(&mut self, message: &Outbound) {
        let mut bytes = [0; 256];
        let len = message.encode(&mut bytes).expect("room");
        self.peer.say_bytes(&bytes[..len]);
    }

    fn order(&mut self) -> NewOrderSingle {
        match self.peer.read() {
            Inbound::NewOrderSingle(order) => order,
            other => panic!("{other:?}"),
        }
    }

    /// An order is accepted.
    fn accept(&mut self, order: &NewOrderSingle, listening: bool) {
        let accepted = ExecutionReportNew {
            cl_ord_id: order.cl_ord_id,
            order_id: OrderId(order.cl_ord_id.0),
            px: order.px,
            qty: order.qty,
            leaves_qty: order.qty,
            instrument: order.instrument,
            account: order.account,
            side: order.side,
            ord_type: order.ord_type,
            time_in_force: order.time_in_force,
            ord_status: OrdStatus::New.into(),
            ..ExecutionReportNew::default()
        };
        self.report(accepted.into(), listening);
    }

    fn trade(&mut self, order: &NewOrderSingle, qty: Qty, liquidity: Liquidity) {
        let trade = ExecutionReportTrade {
            cl_ord_id: order.cl_ord_id,
            trade_id: TradeId(9),
            last_px: order.px,
            last_qty: qty,
            cum_qty: qty,
            leaves_qty: Qty(order.qty.0 - qty.0),
            side: order.side,
            ord_status: OrdStatus::Filled.into(),
            liquidity: liquidity.into(),
            ..ExecutionReportTrade::default()
        };
        self.report(trade.into(), true);
    }

    fn canceled(&mut self, request: ClOrdId, order: &NewOrderSingle, qty: u64, listening: bool) {
        let canceled = ExecutionReportCanceled {
            cl_ord_id: request,
            orig_cl_ord_id: order.cl_ord_id,
            canceled_qty: Qty(qty),
            side: Side::Buy.into(),
            reason: CancelReason::ClientRequest.into(),
            ord_status: OrdStatus::Canceled.into(),
            ..ExecutionReportCanceled::default()
        };
        self.report(canceled.into(), listening);
    }

    /// Answers a request for messages again.
    fn retransmit(&mut self) {
        let asked = self.peer.retransmit_request();
        let from = usize::try_from(asked.from_seq_no).unwrap();
        let messages = self.said[from - 1..][..usize::try_from(asked.count).unwrap()].to_vec();
        self.peer.say(&Retransmission {
            session_ver_id: asked.session_ver_id,
            next_seq_no: asked.from_seq_no,
            count: asked.count,
            session: asked.session,
            ..Retransmission::default()
        });
        for mut message in messages {
            match &mut message {
                Outbound::ExecutionReportNew(m) => m.poss_resend = Flag::TRUE,
                Outbound::ExecutionReportTrade(m) => m.poss_resend = Flag::TRUE,
                Outbound::ExecutionReportCanceled(m) => m.poss_resend = Flag::TRUE,
                other => panic!("{other:?}"),
            }
            self.write(&message);
        }
        self.peer.sequence(self.said.len() as u64 + 1);
    }
}

fn script(peer: &mut Peer) {
    peer.accept();
    let asked = peer.negotiate();
    assert!(verify(&asked, KEY), "the signature of Negotiate");
    peer.say(&negotiated(&asked));
    let asked = peer.establish();
    assert!(verify(&asked, KEY), "the signature of Establish");
    peer.say(&established(&asked, 1, 0));
    let mut venue = Venue { peer, said: Vec::new() };
    assert!(matches!(venue.peer.read(), Inbound::SecurityListRequest(_)));
    let definition = SecurityDefinition {
        tick: Px(5),
        lot: Qty(10),
        reference_px: Px(1_003),
        instrument: InstrumentId(1),
        state: TradingState::Continuous.into(),
        symbol: Chars::new("TEST"),
        currency: Chars::new("EUR"),
        ..SecurityDefinition::default()
    };
    venue.report(definition.into(), true);
    let buy = venue.order();
    assert_eq!((buy.cl_ord_id.0, buy.px, buy.qty), (101, Px(1_000), Qty(20)));
    venue.accept(&buy, true);
    let sell = venue.order();
    venue.accept(&sell, true);
    venue.trade(&buy, sell.qty, Liquidity::Added);
    venue.peer.sequence(5);
    venue.trade(&sell, sell.qty, Liquidity::Removed);
    venue.retransmit();
    let Inbound::OrderCancelRequest(cancel) = venue.peer.read() else { panic!("a cancel") };
    venue.canceled(cancel.cl_ord_id, &buy, 10, true);
    let rest = venue.order();
    venue.accept(&rest, false);
    assert!(venue.peer.read_or_end().is_none(), "the client hangs up");
    let asked = venue.peer.resume(8, 5);
    assert!(verify(&asked, KEY), "the signature of the second Establish");
    venue.retransmit();
    let Inbound::OrderMassCancelRequest(cancel) = venue.peer.read() else { panic!("a cancel") };
    venue.canceled(cancel.cl_ord_id, &rest, 10, true);
    let done = OrderMassCancelReport {
        cl_ord_id: cancel.cl_ord_id,
        affected_count: 1,
        scope: cancel.scope,
        ..OrderMassCancelReport::default()
    };
    venue.report(done.into(), true);
    venue.peer.goodbye();
}

#[test]
fn the_example_in_python_does_all_of_it() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import sbe"]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} with the package sbe is not here");
        return;
    }
    let (address, peer) = venue(script);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/client.py");
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = Command::new(&python)
        .arg(example)
        .args([address.ip().to_string(), address.port().to_string(), key])
        .args(["--session", "7", "--firm", "3", "--key-id", "alpha"])
        .output()
        .expect("python starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.ends_with("ok: all of it\n"), "{out}{err}");
    println!("{out}");
    peer.join().expect("the script");
}
