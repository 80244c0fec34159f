//! `pinion import`: a recorded stream as orders, checked fill by fill.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use flate2::read::MultiGzDecoder;
use pinion_client::{Client, End, Error, Options};
use pinion_types::{
    AccountId, CancelOnDisconnect, ClOrdId, FirmId, InstrumentId, OrdType, SessionId, Side,
    TimeInForce,
};
use pinion_wire::Outbound;
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassStatusRequest,
};
use serde_json::json;

use crate::access;
use crate::cli::{ConfigArgs, DataArg};
use crate::config::{Birth, Loaded, venue};
use crate::failure::Failure;
use crate::import::{Checker, InProcess, Plan, Report, Request, Sender, Step, Stream, Tally};
use crate::print::Printer;

/// Turn a recorded command stream into orders, and check every fill, maker and top of book it
/// tells.
///
/// Reads text or gzip, of N, I, R, D, X, A, G, F and B lines. Every order gets a fresh, rising
/// ClOrdID. A connection that is lost is resumed by the session protocol. Exits with 3 where the
/// venue did otherwise than the stream says.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion import lobster_GOOG_10.csv.gz --in-process")]
pub struct Import {
    /// The stream.
    file: PathBuf,
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    /// Session to send as, by number or name.
    #[arg(long, default_value = "TAPE")]
    session: String,
    /// Instrument to trade, by symbol.
    #[arg(long, default_value = "TAPE")]
    instrument: String,
    /// Address of order entry; without it, that of the venue in the data directory.
    #[arg(long)]
    address: Option<SocketAddr>,
    /// Requests sent ahead of their answers; 1 waits for each.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=2048))]
    window: u64,
    /// Stop after so many commands of the stream.
    #[arg(long)]
    limit: Option<u64>,
    /// Straight into an engine in this process, without a venue.
    #[arg(long)]
    in_process: bool,
}

/// How long the venue may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often to tell how far it is.
const TELL: Duration = Duration::from_secs(2);

impl Import {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let loaded = self.config.load(&self.data.data)?;
        let session = access::session(&loaded, &self.session)?;
        let sender = self.sender(&loaded, &session)?;
        let mut steps = Steps {
            stream: Stream::new(open(&self.file)?),
            plan: Plan::new(ClOrdId(1)),
            left: self.limit.unwrap_or(u64::MAX),
        };
        let begun = Instant::now();
        let tally = if self.in_process {
            let commands = loaded.commands(&Birth { logic_version: 1, ..Birth::default() })?;
            in_process(&commands, sender, &mut steps)?
        } else {
            let address = access::address(self.address, &self.data.data, &loaded);
            let options = Options {
                cod_type: Some(CancelOnDisconnect::Never),
                app_name: "pinion-import".to_owned(),
                ..Options::default()
            };
            let credentials = access::credentials(&loaded, &session)?;
            let client = access::connect(address, credentials, options)?;
            steps.plan = Plan::new(client.session().next_cl_ord_id());
            let mut wire = Wire { client, address, sender, printer, told: begun, resumed: 0 };
            wire.import(&mut steps, self.window)?
        };
        result(printer, &tally, begun.elapsed())
    }

    fn sender(&self, loaded: &Loaded, session: &venue::Session) -> Result<Sender, Failure> {
        let found = loaded
            .config
            .venue
            .instruments
            .iter()
            .find(|one| one.symbol.eq_ignore_ascii_case(&self.instrument));
        let instrument = found.ok_or_else(|| {
            Failure::Usage(format!("there is no instrument `{}` in venue.toml", self.instrument))
        })?;
        let account = session.accounts.first().copied().ok_or_else(|| {
            Failure::Usage(format!("session {} trades for no account", session.name))
        })?;
        Ok(Sender {
            session: SessionId(session.id),
            firm: FirmId(session.firm),
            account: AccountId(account),
            instrument: InstrumentId(instrument.id),
        })
    }
}

/// The file as text, whether it is compressed or not.
fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let failed = || Failure::system(path.display());
    let mut magic = [0; 2];
    let len = File::open(path).and_then(|mut file| file.read(&mut magic)).map_err(failed())?;
    let file = File::open(path).map_err(failed())?;
    if len == 2 && magic == [0x1f, 0x8b] {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(file))));
    }
    Ok(Box::new(BufReader::new(file)))
}

/// Steps of the stream with the requests they lead to.
struct Steps {
    stream: Stream<Box<dyn BufRead>>,
    plan: Plan,
    left: u64,
}

impl Steps {
    /// The next step's requests, in `out`, with its expectations given to `checker`; false at the
    /// end.
    fn next(&mut self, out: &mut Vec<Request>, checker: &mut Checker) -> Result<bool, Failure> {
        out.clear();
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let Some(step) = self.stream.next_step().map_err(Failure::Bad)? else { return Ok(false) };
        let expected = self.plan.step(&step, out).map_err(|error| self.named(&step, error))?;
        checker.expect(expected);
        Ok(true)
    }

    fn named(&self, step: &Step, error: String) -> Failure {
        let id = step.action.id().map_or("", |id| self.stream.name(id));
        Failure::Bad(format!("{error} {id}"))
    }
}

fn in_process(
    commands: &[pinion_types::Command],
    sender: Sender,
    steps: &mut Steps,
) -> Result<Tally, Failure> {
    let mut venue = InProcess::begin(commands, sender).map_err(Failure::Bad)?;
    let mut checker = Checker::default();
    let mut requests = Vec::new();
    while steps.next(&mut requests, &mut checker)? {
        for request in &requests {
            venue.send(request).iter().for_each(|report| checker.report(*report));
        }
    }
    Ok(checker.finish())
}

/// The venue over TCP.
struct Wire<'a> {
    client: Client,
    address: SocketAddr,
    sender: Sender,
    printer: &'a Printer,
    told: Instant,
    /// Times the connection was lost and resumed.
    resumed: u64,
}

impl Wire<'_> {
    fn import(&mut self, steps: &mut Steps, window: u64) -> Result<Tally, Failure> {
        let mut checker = Checker::default();
        let mut requests = Vec::new();
        let mut sent = 0_u64;
        while steps.next(&mut requests, &mut checker)? {
            for request in &requests {
                while sent.saturating_sub(checker.requests_answered()) >= window {
                    self.take(&mut checker)?;
                }
                self.send(request)?;
                sent += 1;
            }
            self.tell(sent);
        }
        // The answer to a question stands behind everything that was asked before.
        let question = OrderMassStatusRequest {
            instrument: self.sender.instrument,
            ..OrderMassStatusRequest::default()
        };
        let asked = loop {
            match self.client.send(&question) {
                Ok(receipt) => break receipt.id,
                Err(error) => self.resume(&error)?,
            }
        };
        while self.take(&mut checker)? != Some(asked) {}
        self.client.terminate(PATIENCE).map_err(|error| lost(&error))?;
        if self.resumed > 0 {
            self.printer.note(format_args!("the connection was resumed {} times", self.resumed));
        }
        Ok(checker.finish())
    }

    /// Comes back after the connection was lost; anything else is the end.
    fn resume(&mut self, error: &Error) -> Result<(), Failure> {
        let passes = match error {
            Error::Ended(End::Lost | End::Silent) | Error::NotEstablished | Error::Io(_) => true,
            Error::Ended(end @ End::Terminated { .. }) => !end.is_asked(),
            _ => false,
        };
        if !passes {
            return Err(lost(error));
        }
        self.resumed += 1;
        access::reconnect(&mut self.client, self.address).map_err(|error| lost(&error))
    }

    /// Waits for one message; gives the id of the question it answers.
    fn take(&mut self, checker: &mut Checker) -> Result<Option<u64>, Failure> {
        let message = match self.client.receive(PATIENCE) {
            Ok(Some(message)) => message,
            Ok(None) => {
                let text = format!("the venue did not answer within {PATIENCE:?}");
                return Err(Failure::Usage(text));
            }
            Err(error) => return self.resume(&error).map(|()| None),
        };
        if let Outbound::OrderStatusReport(one) = &message {
            return Ok(Some(one.request_id));
        }
        if let Some(report) = report(&message) {
            checker.report(report);
        }
        Ok(None)
    }

    fn send(&mut self, request: &Request) -> Result<(), Failure> {
        loop {
            match self.send_once(request) {
                Ok(()) => return Ok(()),
                // It was not taken, or is not sent again by the session: it goes out by itself.
                Err(error @ (Error::NotEstablished | Error::Full)) => self.resume(&error)?,
                // It was taken, and goes out again after the logon where the venue lacks it.
                Err(error) => return self.resume(&error),
            }
        }
    }

    fn send_once(&mut self, request: &Request) -> Result<(), Error> {
        let Sender { account, instrument, .. } = self.sender;
        let side = |is_buy: bool| if is_buy { Side::Buy } else { Side::Sell };
        let sent = match *request {
            Request::New { cl_ord_id, is_buy, px, qty, ioc } => {
                let tif = match ioc {
                    true => TimeInForce::ImmediateOrCancel,
                    false => TimeInForce::GoodTillCancel,
                };
                self.client.send(&NewOrderSingle {
                    cl_ord_id,
                    px,
                    qty,
                    account,
                    instrument,
                    side: side(is_buy).into(),
                    ord_type: OrdType::Limit.into(),
                    time_in_force: tif.into(),
                    ..NewOrderSingle::default()
                })
            }
            Request::Replace { cl_ord_id, orig_cl_ord_id, is_buy, px, qty } => {
                self.client.send(&OrderCancelReplaceRequest {
                    cl_ord_id,
                    orig_cl_ord_id,
                    px,
                    qty,
                    instrument,
                    side: side(is_buy).into(),
                    ..OrderCancelReplaceRequest::default()
                })
            }
            Request::Cancel { cl_ord_id, orig_cl_ord_id, is_buy } => {
                self.client.send(&OrderCancelRequest {
                    cl_ord_id,
                    orig_cl_ord_id,
                    instrument,
                    side: side(is_buy).into(),
                    ..OrderCancelRequest::default()
                })
            }
        };
        sent.map(drop)
    }

    fn tell(&mut self, sent: u64) {
        if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            self.printer.note(format_args!("{sent} requests sent"));
        }
    }
}

fn lost(error: &Error) -> Failure {
    Failure::Refused(format!("the session ended: {error}"))
}

fn report(message: &Outbound) -> Option<Report> {
    let refused = |cl_ord_id, code: pinion_types::reject::RawRejectCode| Report::Refused {
        cl_ord_id,
        code: code.get(),
    };
    Some(match message {
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
        Outbound::ExecutionReportReject(one) => refused(one.cl_ord_id, one.code),
        Outbound::OrderCancelReject(one) => refused(one.cl_ord_id, one.code),
        Outbound::BusinessMessageReject(one) => refused(ClOrdId(one.ref_id), one.code),
        _ => return None,
    })
}

fn result(printer: &Printer, tally: &Tally, elapsed: Duration) -> Result<(), Failure> {
    let rate = u128::from(tally.answered) * 1_000_000_000 / elapsed.as_nanos().max(1);
    let mut text = format!(
        "{} commands, {} requests answered in {elapsed:.2?} ({rate}/s), {} refused\n\
         {} fill groups, {} wrong; {} fills; {} tops of book, {} wrong",
        tally.commands,
        tally.answered,
        tally.refused,
        tally.groups,
        tally.groups_wrong,
        tally.fills,
        tally.tops,
        tally.tops_wrong
    );
    for difference in &tally.differences {
        text.push_str("\n  ");
        text.push_str(difference);
    }
    let value = json!({
        "right": tally.is_right(),
        "elapsed_ns": u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
        "requests_per_second": u64::try_from(rate).unwrap_or(u64::MAX),
        "tally": tally,
    });
    printer.result(text, &value)?;
    if tally.is_right() {
        Ok(())
    } else {
        Err(Failure::Diverged("the venue did otherwise than the stream says".to_owned()))
    }
}
