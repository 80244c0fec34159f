//! The venue's business: ids, references between tables, codes, exact values.

use std::collections::HashSet;

use pinion_types::{Qty, SessionRole};

use super::{Check, codes};
use crate::config::number::{Bound, Money};
use crate::config::venue::{Account, Instrument, Limits, Session};

/// Bands of ticks of one instrument at most.
const BANDS_MAX: usize = 8;

/// Tranches of an iceberg and elections of a command at most.
const GUARD_COUNT_MAX: u32 = 10_000;

/// Widest range and largest margin, in 1/100 of a percent.
const GUARD_BPS_MAX: u32 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>) {
    let venue = check.loaded.config.venue.clone();
    if let Err(message) = codes::mic(&venue.venue.mic) {
        check.error("venue.venue.mic", message);
    }
    if venue.rules.hash_interval == 0 {
        check.error("venue.rules.hash_interval", "must be above 0");
    }
    let firms: Vec<u32> = venue.firms.iter().map(|firm| firm.id).collect();
    let instruments: Vec<u32> = venue.instruments.iter().map(|one| one.id).collect();
    let accounts: Vec<u32> = venue.accounts.iter().map(|account| account.id).collect();
    let capacity = check.loaded.config.core.capacity.clone();
    ids(check, "firms", &firms, capacity.firms_max);
    ids(check, "instruments", &instruments, capacity.instruments_max);
    ids(check, "accounts", &accounts, capacity.accounts_max);
    for (index, firm) in venue.firms.iter().enumerate() {
        let path = format!("venue.firms.{index}");
        named(check, &path, &firm.name);
        if let Some(limits) = &firm.limits {
            bounds(check, &format!("{path}.limits"), limits);
        }
    }
    let mut symbols = HashSet::new();
    for (index, one) in venue.instruments.iter().enumerate() {
        let path = format!("venue.instruments.{index}");
        instrument(check, &path, one);
        if !symbols.insert(one.symbol.clone()) {
            check.error(&format!("{path}.symbol"), format!("symbol `{}` stands twice", one.symbol));
        }
    }
    for (index, one) in venue.accounts.iter().enumerate() {
        account(check, &format!("venue.accounts.{index}"), one, &firms, &instruments);
    }
    sessions(check, &venue.sessions, &firms, &venue.accounts);
}

/// Ids are above 0, different, and no more than fit.
fn ids(check: &mut Check<'_>, table: &str, ids: &[u32], max: u32) {
    let mut seen = HashSet::new();
    for (index, &id) in ids.iter().enumerate() {
        let path = format!("venue.{table}.{index}.id");
        if id == 0 {
            check.error(&path, "ids begin at 1");
        } else if id > max {
            check.error(&path, format!("ids of {table} go up to {table}_max, {max}"));
        } else if !seen.insert(id) {
            check.error(&path, format!("id {id} stands twice among the {table}"));
        }
    }
}

fn named(check: &mut Check<'_>, path: &str, name: &str) {
    if let Err(message) = codes::name(name) {
        check.error(&format!("{path}.name"), message);
    }
}

fn instrument(check: &mut Check<'_>, path: &str, one: &Instrument) {
    let mut fail = |key: &str, message: String| check.error(&format!("{path}.{key}"), message);
    let named = codes::name(&one.symbol).map_err(|message| ("symbol", message));
    let paid = codes::currency(&one.currency).map_err(|message| ("currency", message));
    let isin = if one.isin.is_empty() { Ok(()) } else { codes::isin(&one.isin) };
    let cfi = if one.cfi.is_empty() { Ok(()) } else { codes::cfi(&one.cfi) };
    let isin = isin.map_err(|message| ("isin", message));
    let cfi = cfi.map_err(|message| ("cfi", message));
    for (key, message) in [named, paid, isin, cfi].into_iter().filter_map(Result::err) {
        fail(key, message);
    }
    let tick = one.tick.units();
    if tick <= 0 {
        fail("tick", "must be above 0".to_owned());
    }
    if one.multiplier.units() <= 0 {
        fail("multiplier", "must be above 0".to_owned());
    }
    if one.lot == 0 || one.lot > Qty::MAX.0 {
        fail("lot", format!("must be from 1 to {}", Qty::MAX));
    }
    if tick > 0 && one.lot > 0 {
        exact(&mut fail, one);
    }
    if tick > 0 {
        bands(&mut fail, one);
    }
    guards(&mut fail, one);
}

/// Bands rise, and their ticks are multiples of the instrument's.
fn bands(fail: &mut impl FnMut(&str, String), one: &Instrument) {
    if one.tick_bands.len() > BANDS_MAX {
        fail("tick_bands", format!("there may be {BANDS_MAX} bands at most"));
    }
    let mut last = None;
    for (index, band) in one.tick_bands.iter().enumerate() {
        let mut fail =
            |key: &str, message: String| fail(&format!("tick_bands.{index}.{key}"), message);
        let tick = one.tick.units();
        if band.from_px.units() < 0 || band.from_px.units() % tick != 0 {
            fail("from_px", format!("{} is no multiple of the tick, {}", band.from_px, one.tick));
        }
        if last.is_some_and(|last| band.from_px <= last) {
            fail("from_px", format!("{} is not above the band before", band.from_px));
        }
        if band.tick.units() <= 0 || band.tick.units() % tick != 0 {
            fail("tick", format!("{} is no multiple of the tick, {}", band.tick, one.tick));
        }
        last = Some(band.from_px);
    }
}

/// Guards within what the engine can do with them.
fn guards(fail: &mut impl FnMut(&str, String), one: &Instrument) {
    for (key, value, low, high) in [
        ("tranches_max", one.tranches_max, 1, GUARD_COUNT_MAX),
        ("elections_max", one.elections_max, 1, GUARD_COUNT_MAX),
        ("display_min_bps", one.display_min_bps, 0, 10_000),
        ("range_bps", one.range_bps, 0, GUARD_BPS_MAX),
        ("margin_initial_bps", one.margin_initial_bps, 0, GUARD_BPS_MAX),
    ] {
        if value < low {
            fail(key, format!("{value} is too low: at least {low}"));
        } else if value > high {
            fail(key, format!("{value} is too high: at most {high}"));
        }
    }
}

/// Prices on the tick, quantities on the lot, and every value a whole number of 1e-8.
fn exact(fail: &mut impl FnMut(&str, String), one: &Instrument) {
    let tick = one.tick.units();
    let prices =
        [("px_min", one.px_min), ("px_max", one.px_max), ("settlement_px", one.settlement_px)];
    for (key, px) in prices {
        if px.units() % tick != 0 {
            fail(key, format!("{px} is not a multiple of the tick, {}", one.tick));
        }
        if px.units() < 0 && !one.px_may_be_negative {
            fail(key, "is negative, and px_may_be_negative is not set".to_owned());
        }
    }
    if one.px_max != Money::default() && one.px_min > one.px_max {
        fail("px_min", format!("is above px_max, {}", one.px_max));
    }
    for (key, qty) in [("qty_min", one.qty_min), ("qty_max", one.qty_max)] {
        if qty % one.lot != 0 {
            fail(key, format!("{qty} is not a multiple of the lot, {}", one.lot));
        }
        if qty > Qty::MAX.0 {
            fail(key, format!("must be at most {}", Qty::MAX));
        }
    }
    if one.qty_max != 0 && one.qty_min > one.qty_max {
        fail("qty_min", format!("is above qty_max, {}", one.qty_max));
    }
    let value = tick
        .checked_mul(i128::from(one.lot))
        .and_then(|value| value.checked_mul(one.multiplier.units()));
    match value {
        None => fail("multiplier", "tick x lot x multiplier is too large".to_owned()),
        Some(value) if value % 100_000_000 != 0 => fail(
            "tick",
            format!(
                "tick x lot x multiplier = {} x {} x {} is not whole in units of 0.00000001",
                one.tick, one.lot, one.multiplier
            ),
        ),
        Some(_) => {}
    }
}

fn account(check: &mut Check<'_>, path: &str, one: &Account, firms: &[u32], instruments: &[u32]) {
    named(check, path, &one.name);
    if !firms.contains(&one.firm) {
        check.error(&format!("{path}.firm"), format!("there is no firm {}", one.firm));
    }
    match &one.limits {
        Some(limits) => bounds(check, &format!("{path}.limits"), limits),
        None => check.warn(path, format!("account {} has no limits and can do nothing", one.id)),
    }
    for (index, within) in one.instrument_limits.iter().enumerate() {
        let path = format!("{path}.instrument_limits.{index}");
        if !instruments.contains(&within.instrument) {
            let message = format!("there is no instrument {}", within.instrument);
            check.error(&format!("{path}.instrument"), message);
        }
        bounds(check, &format!("{path}.limits"), &within.limits);
    }
    let mut currencies = HashSet::new();
    for (index, deposit) in one.cash.iter().enumerate() {
        let path = format!("{path}.cash.{index}");
        if let Err(message) = codes::currency(&deposit.currency) {
            check.error(&format!("{path}.currency"), message);
        }
        if !currencies.insert(&deposit.currency) {
            check.error(&format!("{path}.currency"), "stands twice in this account");
        }
        if deposit.amount.units() < 0 {
            check.error(&format!("{path}.amount"), "an account does not begin below zero");
        }
    }
}

/// Limits that no order can meet are a slip of the pen.
fn bounds(check: &mut Check<'_>, path: &str, limits: &Limits) {
    for (key, limit) in [("long_max", limits.long_max), ("short_max", limits.short_max)] {
        if let Bound::At(most) = limit
            && i64::try_from(most).is_err()
        {
            check.error(&format!("{path}.{key}"), "is above any position; say \"unlimited\"");
        }
    }
    for (key, limit) in [
        ("order_notional_max", limits.order_notional_max),
        ("gross_max", limits.gross_max),
        ("open_notional_max", limits.open_notional_max),
    ] {
        if let Bound::At(most) = limit
            && most.units() < 0
        {
            check.error(&format!("{path}.{key}"), "must be 0 or above");
        }
    }
}

fn sessions(check: &mut Check<'_>, sessions: &[Session], firms: &[u32], accounts: &[Account]) {
    let mut seen = HashSet::new();
    let max = check.loaded.config.core.capacity.sessions_max;
    for (index, row) in sessions.iter().enumerate() {
        let path = format!("venue.sessions.{index}");
        if row.id == 0 {
            check.error(&format!("{path}.id"), "ids begin at 1");
        }
        if row.count == 0 || row.id.checked_add(row.count).is_none() {
            check.error(&format!("{path}.count"), "must be at least 1, and its last id must fit");
            continue;
        }
        if row.id.saturating_add(row.count - 1) > max {
            let message = format!("ids of sessions go up to sessions_max, {max}");
            check.error(&format!("{path}.id"), message);
            continue;
        }
        for one in row.each() {
            if !seen.insert(one.id) {
                let message = format!("id {} stands twice among the sessions", one.id);
                check.error(&format!("{path}.id"), message);
            }
        }
        session(check, &path, row, firms, accounts);
    }
}

fn session(check: &mut Check<'_>, path: &str, row: &Session, firms: &[u32], accounts: &[Account]) {
    row.each().take(1).chain(row.each().last()).for_each(|one| named(check, path, &one.name));
    if !firms.contains(&row.firm) {
        check.error(&format!("{path}.firm"), format!("there is no firm {}", row.firm));
    }
    for (index, id) in row.accounts.iter().enumerate() {
        let path = format!("{path}.accounts.{index}");
        match accounts.iter().find(|account| account.id == *id) {
            None => check.error(&path, format!("there is no account {id}")),
            Some(account) if account.firm != row.firm => check.error(
                &path,
                format!(
                    "account {id} belongs to firm {}, the session to {}",
                    account.firm, row.firm
                ),
            ),
            Some(_) => {}
        }
    }
    if row.role == SessionRole::Trader && row.accounts.is_empty() {
        check.warn(path, format!("session {} trades for no account", row.id));
    }
    for (key, value) in [
        ("rate_per_second", row.rate_per_second),
        ("rate_burst", row.rate_burst),
        ("cancel_rate_per_second", row.cancel_rate_per_second),
        ("cancel_rate_burst", row.cancel_rate_burst),
        ("throttle_logout", row.throttle_logout),
        ("keep_alive_ms_min", row.keep_alive_ms_min),
    ] {
        if value == 0 {
            check.error(&format!("{path}.{key}"), "must be above 0");
        }
    }
    if row.keep_alive_ms_min > row.keep_alive_ms_max {
        let message = format!("is above keep_alive_ms_max, {}", row.keep_alive_ms_max);
        check.error(&format!("{path}.keep_alive_ms_min"), message);
    }
}
