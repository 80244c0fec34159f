//! `pinion ctl reconcile`: a running venue proves that nothing was made, lost or said otherwise.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use pinion_engine::Engine;
use pinion_sequencer::{Divergence, Error, Observer, Progress, Replayed, Summary};
use pinion_types::{Command, CommandKind, InstrumentId, Nanos, Seq};
use serde_json::{Value, json};

use super::ctl::ask;
use crate::control::{Reply, Request};
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;
use crate::replaying;
use crate::scenario::show_time;

/// Prove a running venue: replay its journal beside it, and check that everything conserves.
///
/// Reads what the venue has committed by now, in this process; the venue goes on meanwhile. Events
/// and state hashes are compared with those that were recorded, then every invariant is checked:
/// positions of an instrument sum to zero, cash and fees are what was paid in, what orders hold is
/// held, no book is crossed, priority stands. Exit code 3 where anything differs.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion ctl reconcile --halt")]
pub(super) struct Reconcile {
    /// Where anything differs, block the whole venue and cancel its orders; what differs is the
    /// journaled reason.
    #[arg(long)]
    halt: bool,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    what: String,
    place: String,
    by: String,
}

/// What an instrument's accounts have together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Holding {
    instrument: u32,
    symbol: String,
    /// Must be zero.
    sum: i128,
    long: i128,
    open_orders: u64,
}

/// What a currency's accounts have together, in 1e-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Money {
    currency: String,
    cash: i128,
    fees: i128,
    paid_in: i128,
}

impl Money {
    /// Must be zero.
    fn surplus(&self) -> i128 {
        self.cash.wrapping_add(self.fees).wrapping_sub(self.paid_in)
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
struct Report {
    summary: Summary,
    /// The last state hash that the journal holds of itself.
    last_hash: Seq,
    holdings: Vec<Holding>,
    monies: Vec<Money>,
    differences: Vec<Difference>,
}

/// Tells how far it is, and notes where the journal says what the state was.
struct Teller<'a> {
    printer: &'a Printer,
    last_hash: Seq,
}

impl Observer for Teller<'_> {
    fn command(&mut self, seq: Seq, _: Nanos, command: &Command, _: Option<&Engine>) {
        if command.kind() == Some(CommandKind::StateHash) {
            self.last_hash = seq;
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let left = progress.remaining().map_or(String::new(), |left| format!(", {left:.0?} left"));
        self.printer.note(format_args!("replayed {} at {}/s{left}", progress.seq, progress.rate));
    }
}

impl Reconcile {
    /// Asks the core at `socket` how far it is, and proves it by the logs of the venue in `data`.
    pub(super) fn run(&self, printer: &Printer, socket: &Path, data: &Path) -> Result<(), Failure> {
        let status = ask(socket, &Request::Status {})?;
        let Some(committed) = status.result["input_seq"].as_u64().filter(|_| status.ok) else {
            let error = status.error.unwrap_or_else(|| "it does not say how far it is".to_owned());
            return Err(if status.refused {
                Failure::Refused(error)
            } else {
                Failure::Usage(error)
            });
        };
        let published = status.result["event_seq"].as_u64().unwrap_or(u64::MAX);
        let places = Places::of(data)?;
        let report = prove(&places, Seq(committed), Seq(published), printer)?;
        let halted = self.halt(&report, socket);
        printer.result(report.text(halted.as_ref()), &report.json(halted.as_ref()))?;
        match report.differences.as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    count => format!(" (and {count} more)"),
                };
                Err(Failure::Diverged(format!("not reconciled: {first}{more}")))
            }
        }
    }

    /// Blocks the venue where that is wanted and something differs.
    fn halt(&self, report: &Report, socket: &Path) -> Option<Result<u64, String>> {
        let first = report.differences.first().filter(|_| self.halt)?;
        let reason: String = format!("reconcile: {}", first.what).chars().take(48).collect();
        let request = Request::Kill {
            scope: "global".to_owned(),
            id: 0,
            action: "block-and-cancel".to_owned(),
            reason,
        };
        Some(match ask(socket, &request) {
            Ok(Reply { ok: true, result, .. }) => Ok(result["canceled"].as_u64().unwrap_or(0)),
            Ok(reply) => Err(reply.error.unwrap_or_else(|| "no reason given".to_owned())),
            Err(failure) => Err(failure.to_string()),
        })
    }
}

/// Replays up to `committed` and checks what it comes to.
fn prove(
    places: &Places,
    committed: Seq,
    published: Seq,
    printer: &Printer,
) -> Result<Report, Failure> {
    let mut teller = Teller { printer, last_hash: Seq(0) };
    let mut report = Report::default();
    let done = match replaying::replayed(places, Some(committed), true, &mut teller) {
        Ok(done) => done,
        Err(Error::Divergence(divergence)) => {
            // The state right before it still tells what there was.
            let before = note_divergence(&divergence, &mut report);
            replaying::run(places, Some(before), false, &mut teller)?
        }
        Err(error) => return Err(replaying::failure(&error)),
    };
    report.last_hash = teller.last_hash;
    let Replayed { engine, summary } = done;
    let is_whole = report.differences.is_empty();
    if is_whole && summary.last_seq < committed {
        let missing = committed.0 - summary.last_seq.0;
        let place = format!("behind command {}", summary.last_seq);
        report.differ("commands are missing from the journal", place, missing.to_string());
    }
    if is_whole && summary.events > published.0 {
        let extra = summary.events - published.0;
        let place = format!("behind event {published}");
        report.differ("commands cause events the venue never told", place, extra.to_string());
    }
    report.summary = summary;
    if let Some(engine) = engine {
        report.sum(&engine);
        report.check(&engine);
    }
    Ok(report)
}

/// Names what differs; gives the last command before it.
fn note_divergence(divergence: &Divergence, report: &mut Report) -> Seq {
    match divergence {
        Divergence::State { seq, journaled, replayed } => {
            let by = format!(
                "the journal has {:016x} after {} events, replay gives {:016x} after {}",
                journaled.0, journaled.1, replayed.0, replayed.1
            );
            report.differ("state hash", format!("command {seq}"), by);
            Seq(seq.0 - 1)
        }
        Divergence::Event { seq, replayed, .. } => {
            report.differ("event", format!("event {seq}"), divergence.to_string());
            Seq(replayed.cause.0 - 1)
        }
        Divergence::Surplus { first, last, last_input } => {
            let by = (last.0 - first.0 + 1).to_string();
            report.differ("events that no command causes", format!("event {first}"), by);
            *last_input
        }
    }
}

impl Report {
    fn differ(&mut self, what: &str, place: String, by: String) {
        self.differences.push(Difference { what: what.to_owned(), place, by });
    }

    /// Sums up what everybody has.
    fn sum(&mut self, engine: &Engine) {
        let mut holdings: BTreeMap<u32, Holding> = BTreeMap::new();
        for id in engine.instruments() {
            let view = engine.instrument(id);
            let symbol = view.map_or(String::new(), |it| it.definition.symbol.as_str().to_owned());
            holdings.insert(id.0, Holding { instrument: id.0, symbol, ..Holding::default() });
        }
        for position in engine.positions() {
            let holding = holdings.entry(position.instrument.0).or_default();
            holding.sum += i128::from(position.quantity);
            holding.long += i128::from(position.quantity.max(0));
        }
        for order in engine.orders() {
            holdings.entry(order.instrument.0).or_default().open_orders += 1;
        }
        self.holdings.extend(holdings.into_values());
        let mut cash: BTreeMap<String, i128> = BTreeMap::new();
        for (_, currency, amount) in engine.cash() {
            let sum = cash.entry(currency.as_str().to_owned()).or_default();
            *sum = sum.wrapping_add(amount);
        }
        for (currency, fees, paid_in) in engine.currencies() {
            let currency = currency.as_str().to_owned();
            let cash = cash.get(&currency).copied().unwrap_or_default();
            self.monies.push(Money { currency, cash, fees, paid_in });
        }
    }

    /// Everything that must hold: the sums by number, the rest by name.
    fn check(&mut self, engine: &Engine) {
        for it in self.holdings.clone() {
            if it.sum != 0 {
                let place = format!("instrument {} ({})", it.instrument, it.symbol);
                self.differ("positions do not sum to zero", place, it.sum.to_string());
            }
            let id = InstrumentId(it.instrument);
            if let Some((bid, ask)) = crossed(engine, id) {
                let place = format!("instrument {} ({})", it.instrument, it.symbol);
                let by = format!("bid {} over ask {}", money(bid), money(ask));
                self.differ("the book is crossed", place, by);
            }
        }
        for it in self.monies.clone() {
            if it.surplus() != 0 {
                let place = format!("currency {}", it.currency);
                self.differ("cash and fees are not what was paid in", place, money(it.surplus()));
            }
        }
        if let Err(violation) = engine.check() {
            let place = format!("id {}", violation.id);
            self.differ(violation.rule, place, "does not hold".to_owned());
        }
    }

    fn text(&self, halted: Option<&Result<u64, String>>) -> String {
        let it = &self.summary;
        let mut lines = vec![
            format!(
                "replayed {} commands to seq {} ({}) in {:.2?}; {} of {} events and {} state \
                 hashes compared, the last at seq {}; state hash {:016x}",
                it.commands,
                it.last_seq,
                show_time(it.last_time),
                it.elapsed,
                it.compared,
                it.events,
                it.hashes,
                self.last_hash,
                it.state_hash
            ),
            format!("{:<24} {:>20} {:>20} {:>12}", "instrument", "sum", "long", "orders"),
        ];
        lines.extend(self.holdings.iter().map(|it| {
            let name = format!("{} {}", it.instrument, it.symbol);
            format!("{name:<24} {:>20} {:>20} {:>12}", it.sum, it.long, it.open_orders)
        }));
        lines.push(format!("{:<8} {:>28} {:>20} {:>28}", "currency", "cash", "fees", "paid in"));
        lines.extend(self.monies.iter().map(|it| {
            let [cash, fees, paid_in] = [it.cash, it.fees, it.paid_in].map(money);
            format!("{:<8} {cash:>28} {fees:>20} {paid_in:>28}", it.currency)
        }));
        lines.extend(self.differences.iter().map(|it| format!("DIFFERS: {it}")));
        lines.push(match (halted, self.differences.is_empty()) {
            (None, true) => "reconciled".to_owned(),
            (None, false) => "not reconciled".to_owned(),
            (Some(Ok(count)), _) => {
                format!("not reconciled: venue blocked, {count} orders canceled")
            }
            (Some(Err(error)), _) => format!("not reconciled, and NOT blocked: {error}"),
        });
        lines.join("\n")
    }

    fn json(&self, halted: Option<&Result<u64, String>>) -> Value {
        let it = &self.summary;
        let holdings = self.holdings.iter().map(|it| {
            json!({
                "instrument": it.instrument,
                "symbol": it.symbol,
                "position_sum": it.sum.to_string(),
                "long": it.long.to_string(),
                "open_orders": it.open_orders,
            })
        });
        let monies = self.monies.iter().map(|it| {
            json!({
                "currency": it.currency,
                "cash": money(it.cash),
                "fees": money(it.fees),
                "paid_in": money(it.paid_in),
                "difference": money(it.surplus()),
            })
        });
        let differences = self
            .differences
            .iter()
            .map(|it| json!({ "what": it.what, "where": it.place, "by": it.by }));
        let halt = halted.map(|done| match done {
            Ok(count) => json!({ "done": true, "canceled": count }),
            Err(error) => json!({ "done": false, "error": error }),
        });
        json!({
            "reconciled": self.differences.is_empty(),
            "commands": it.commands,
            "last_seq": it.last_seq.0,
            "last_time": it.last_time.0,
            "events": it.events,
            "events_compared": it.compared,
            "hashes_compared": it.hashes,
            "last_hash_seq": self.last_hash.0,
            "state_hash": format!("{:016x}", it.state_hash),
            "elapsed_ns": u64::try_from(it.elapsed.as_nanos()).unwrap_or(u64::MAX),
            "instruments": holdings.collect::<Vec<_>>(),
            "currencies": monies.collect::<Vec<_>>(),
            "differences": differences.collect::<Vec<_>>(),
            "halt": halt,
        })
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: {}", self.what, self.place, self.by)
    }
}

/// The best prices of a book that should have traded, in 1e-8.
fn crossed(engine: &Engine, id: InstrumentId) -> Option<(i128, i128)> {
    let trades = engine.instrument(id)?.state == pinion_types::TradingState::Continuous;
    let top = engine.top_of_book(id).filter(|_| trades)?;
    let is_whole = top.bid_qty.0 > 0 && top.ask_qty.0 > 0;
    let (bid, ask) = (i128::from(top.bid_px.0), i128::from(top.ask_px.0));
    (is_whole && bid >= ask).then_some((bid, ask))
}

/// Money in 1e-8 as a decimal, without zeros at its end.
fn money(amount: i128) -> String {
    let (units, part) = (amount.unsigned_abs() / 100_000_000, amount.unsigned_abs() % 100_000_000);
    let sign = if amount < 0 { "-" } else { "" };
    let text = format!("{sign}{units}.{part:08}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Money, Report, money};

    #[test]
    fn money_is_written_to_the_last_unit() {
        let check = |amount: i128, text: &str| assert_eq!(money(amount), text);
        check(0, "0");
        check(100_000_000, "1");
        check(-150_000_000, "-1.5");
        check(1, "0.00000001");
        check(12_000_000_000, "120");
        check(i128::MIN, "-1701411834604692317316873037158.84105728");
    }

    #[test]
    fn what_differs_is_named_with_its_amount() {
        let of = |cash| Money { currency: "USD".to_owned(), cash, fees: 3, paid_in: 10 };
        assert_eq!((of(7).surplus(), of(9).surplus()), (0, 2));
        let mut report = Report::default();
        report.differ("cash and fees are not what was paid in", "currency USD".into(), money(2));
        let text = report.text(None);
        let line = "DIFFERS: cash and fees are not what was paid in at currency USD: 0.00000002";
        assert!(text.contains(line) && text.ends_with("not reconciled"), "{text}");
        assert_eq!(report.json(None)["differences"][0]["by"], "0.00000002");
        assert_eq!(Report::default().json(None)["reconciled"], true);
    }
}
