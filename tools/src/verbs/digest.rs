//! `pinion digest`: the business digest of a venue.

use clap::Args;
use serde_json::json;

use crate::cli::DataArg;
use crate::digest::Gatherer;
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;
use crate::replaying;

/// Print the business digest: orders, fills, positions and cash, hashed without ids and times.
///
/// Equal for a run that was disturbed and one that was not, where the same orders were sent.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion digest --data pinion-data")]
pub struct Digest {
    #[command(flatten)]
    data: DataArg,
    /// Print the lines that are hashed, too.
    #[arg(long)]
    lines: bool,
}

impl Digest {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let places = Places::of(&self.data.data)?;
        let mut gatherer = Gatherer::default();
        let replayed = replaying::run(&places, None, true, &mut gatherer)?;
        let engine = replayed.engine.ok_or_else(|| {
            Failure::Usage(format!("{}: the journal is empty", places.data.display()))
        })?;
        let digest = gatherer.finish(&engine);
        let (orders, fills, positions, cash) = digest.counts;
        let mut text = String::new();
        let mut value = json!({
            "digest": digest.hash,
            "orders": orders,
            "fills": fills,
            "positions": positions,
            "cash": cash,
        });
        if self.lines {
            text = digest.lines.join("\n") + "\n";
            value["lines"] = json!(digest.lines);
        }
        text.push_str(&format!(
            "{}  {orders} orders, {fills} fills, {positions} positions, {cash} amounts of cash",
            digest.hash
        ));
        printer.result(text, &value)
    }
}
