//! How prices are shared: what goes with which algorithm, and who makes markets.

use std::collections::HashSet;

use pinion_types::command::AllocationAlgorithm::{
    self, Configurable, MakerFifo, ProRata, ThresholdProRata, TopMakerFifo, TopMakerProRata,
    TopProRata,
};

use super::Check;
use crate::config::venue::Instrument;

/// Market makers of one instrument at most.
const MAKERS_MAX: usize = 4;

/// Algorithms that serve the TOP order first.
const WITH_TOP: &[AllocationAlgorithm] =
    &[TopProRata, Configurable, ThresholdProRata, TopMakerProRata, TopMakerFifo];

/// Those that share by what each order shows.
const WITH_PRO_RATA: &[AllocationAlgorithm] =
    &[ProRata, TopProRata, Configurable, ThresholdProRata, TopMakerProRata];

/// Those that give market makers their parts.
const WITH_MAKERS: &[AllocationAlgorithm] =
    &[Configurable, TopMakerProRata, TopMakerFifo, MakerFifo];

pub(super) fn check(check: &mut Check<'_>) {
    let venue = check.loaded.config.venue.clone();
    let accounts: Vec<u32> = venue.accounts.iter().map(|account| account.id).collect();
    for (index, one) in venue.instruments.iter().enumerate() {
        let path = format!("venue.instruments.{index}");
        algorithm(check, &path, one);
        quantities(check, &path, one);
        makers(check, &path, one, &accounts);
    }
}

/// What the instrument's algorithm has no use for is a slip of the pen.
fn algorithm(check: &mut Check<'_>, path: &str, one: &Instrument) {
    for (key, is_said, with) in [
        ("fifo_percent", one.fifo_percent > 0, &[Configurable][..]),
        ("leveling", one.leveling, &[Configurable]),
        ("pro_rata_min", one.pro_rata_min > 0, WITH_PRO_RATA),
        ("top_min", one.top_min > 0, WITH_TOP),
        ("top_max", one.top_max > 0, WITH_TOP),
        ("makers", !one.makers.is_empty(), WITH_MAKERS),
    ] {
        if is_said && !with.contains(&one.allocation) {
            let names: Vec<String> = with.iter().map(|it| format!("\"{}\"", it.name())).collect();
            let message = format!(
                "means nothing to allocation \"{}\": say {}, or leave it out",
                one.allocation.name(),
                names.join(" or ")
            );
            check.error(&format!("{path}.{key}"), message);
        }
    }
    if one.fifo_percent > 100 {
        let message = format!("{} is too high: at most 100", one.fifo_percent);
        check.error(&format!("{path}.fifo_percent"), message);
    }
}

fn quantities(check: &mut Check<'_>, path: &str, one: &Instrument) {
    for (key, qty) in
        [("pro_rata_min", one.pro_rata_min), ("top_min", one.top_min), ("top_max", one.top_max)]
    {
        if one.lot > 0 && qty % one.lot != 0 {
            let message = format!("{qty} is not a multiple of the lot, {}", one.lot);
            check.error(&format!("{path}.{key}"), message);
        }
    }
}

fn makers(check: &mut Check<'_>, path: &str, one: &Instrument, accounts: &[u32]) {
    let path = format!("{path}.makers");
    let mut seen = HashSet::new();
    for (index, maker) in one.makers.iter().enumerate() {
        let path = format!("{path}.{index}");
        if !accounts.contains(&maker.account) {
            let message = format!("there is no account {}", maker.account);
            check.error(&format!("{path}.account"), message);
        }
        if !seen.insert(maker.account) {
            let message = format!("account {} stands twice in this instrument", maker.account);
            check.error(&format!("{path}.account"), message);
        }
        if !(1..=100).contains(&maker.percent) {
            let message = format!("{} is no part: from 1 to 100 percent", maker.percent);
            check.error(&format!("{path}.percent"), message);
        }
    }
    if one.makers.len() > MAKERS_MAX {
        check.error(&path, format!("there may be {MAKERS_MAX} market makers at most"));
    }
    let sum: u64 = one.makers.iter().map(|maker| u64::from(maker.percent)).sum();
    if sum > 100 && one.makers.iter().all(|maker| maker.percent <= 100) {
        check.error(&path, format!("their parts are {sum} percent: at most 100 together"));
    }
}
