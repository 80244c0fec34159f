//! A recorded day as orders of one desk, and what the exchange made of them.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use pinion::import::{Checker, Expected, Plan, Report, Stream, Tally};
use pinion_types::{ClOrdId, Side};
use pinion_wire::Outbound;

use super::flow::Order;

/// The first `steps` of the recorded day, as requests of desk 0 and what is to come of them;
/// `None`, and a word about it, where the data is not here.
///
/// # Panics
/// Where the data is there and cannot be read.
#[must_use]
pub fn recorded(steps: usize) -> Option<(Vec<Order>, Wanted)> {
    let Some(dir) = std::env::var_os("PINION_DATA") else {
        println!("skipped: PINION_DATA is not set");
        return None;
    };
    let path = PathBuf::from(dir).join("lobster_GOOG_10.csv.gz");
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut stream = Stream::new(BufReader::new(GzDecoder::new(file)));
    let mut plan = Plan::new(ClOrdId(1));
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..steps {
        let Some(step) = stream.next_step().expect("a stream") else { break };
        expected.push(plan.step(&step, &mut requests).expect("a stream in itself right"));
    }
    let orders = requests.into_iter().map(|request| Order { desk: 0, request }).collect();
    Some((orders, Wanted::new(expected)))
}

/// What the exchange did, compared with what the venue tells.
#[derive(Debug)]
pub struct Wanted {
    checker: Checker,
}

impl Wanted {
    fn new(expected: Vec<Expected>) -> Self {
        let mut checker = Checker::default();
        expected.into_iter().for_each(|one| checker.expect(one));
        Wanted { checker }
    }

    /// Hears the venue's next message.
    pub fn told(&mut self, message: &Outbound) {
        self.checker.report(match message {
            Outbound::ExecutionReportNew(one) => Report::Accepted {
                cl_ord_id: one.cl_ord_id,
                is_buy: one.side.get() == Some(Side::Buy),
                px: one.px,
                qty: one.qty,
            },
            Outbound::ExecutionReportTrade(one) => Report::Trade {
                cl_ord_id: one.cl_ord_id,
                trade_id: one.trade_id,
                px: one.last_px,
                qty: one.last_qty,
            },
            Outbound::ExecutionReportCanceled(one) => {
                Report::Canceled { cl_ord_id: one.cl_ord_id, orig_cl_ord_id: one.orig_cl_ord_id }
            }
            Outbound::ExecutionReportReplaced(one) => Report::Replaced {
                cl_ord_id: one.cl_ord_id,
                orig_cl_ord_id: one.orig_cl_ord_id,
                leaves: one.leaves_qty,
            },
            Outbound::ExecutionReportReject(one) => {
                Report::Refused { cl_ord_id: one.cl_ord_id, code: one.code.get() }
            }
            Outbound::OrderCancelReject(one) => {
                Report::Refused { cl_ord_id: one.cl_ord_id, code: one.code.get() }
            }
            _ => return,
        });
    }

    /// How it came out.
    #[must_use]
    pub fn finish(self) -> Tally {
        self.checker.finish()
    }
}
