//! What is said of risk: values that can be, names that are.

use pinion_types::Side;

use super::Check;
use crate::config::number::Bound;
use crate::config::risk::{Risk, side_bit, type_bit};

/// Types of orders that a right can name.
const TYPES: &str = "market, limit, stop, stop-limit, market-to-limit or pegged";

pub(super) fn check(check: &mut Check<'_>) {
    let venue = check.loaded.config.venue.clone();
    let instruments: Vec<u32> = venue.instruments.iter().map(|one| one.id).collect();
    for (index, one) in venue.accounts.iter().enumerate() {
        let path = format!("venue.accounts.{index}");
        if let Some(risk) = &one.risk {
            losses(check, &format!("{path}.risk"), risk);
        }
        for (index, rights) in one.rights.iter().enumerate() {
            let path = format!("{path}.rights.{index}");
            let named = rights.instrument;
            if named != 0 && !instruments.contains(&named) {
                let message = format!("there is no instrument {named}; 0 is all of them");
                check.error(&format!("{path}.instrument"), message);
            }
            let twice = one.rights[..index].iter().any(|it| it.instrument == named);
            if twice {
                check.error(&format!("{path}.instrument"), "stands twice in this account");
            }
            names(check, &path, (&rights.sides, &rights.types));
        }
    }
}

fn names(check: &mut Check<'_>, path: &str, (sides, types): (&[String], &[String])) {
    for (index, name) in sides.iter().enumerate().filter(|(_, name)| side_bit(name).is_none()) {
        let known: Vec<&str> = Side::ALL.iter().map(|side| side.name()).collect();
        let message = format!("`{name}` is no side: say {}", known.join(", "));
        check.error(&format!("{path}.sides.{index}"), message);
    }
    for (index, name) in types.iter().enumerate().filter(|(_, name)| type_bit(name).is_none()) {
        let message = format!("`{name}` is no type of orders: say {TYPES}");
        check.error(&format!("{path}.types.{index}"), message);
    }
}

fn losses(check: &mut Check<'_>, path: &str, risk: &Risk) {
    if let Bound::At(bps) = risk.daily_loss_bps
        && bps > 10_000
    {
        check.error(
            &format!("{path}.daily_loss_bps"),
            "is more than all there is: at most 10000, or \"unlimited\"",
        );
    }
    let rates = [
        ("rate", risk.rate_per_second, risk.rate_burst),
        ("cancel_rate", risk.cancel_rate_per_second, risk.cancel_rate_burst),
    ];
    for (name, per_second, burst) in rates {
        if matches!(per_second, Bound::At(_)) && burst == Bound::Unlimited {
            check.error(
                &format!("{path}.{name}_per_second"),
                format!("holds only with {name}_burst, which is not said"),
            );
        }
    }
}
