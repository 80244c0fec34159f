//! What a random venue begins with: many of them tiny, so that every limit is met often.

use pinion_types::codes::{
    AccountKind, CancelOnDisconnect, Scope, SessionRole, StpMode, TradingState,
};
use pinion_types::command::{
    AccountDef, CashMove, FirmDef, Genesis, InstrumentDef, LimitsSet, SessionAccount, SessionDef,
    UNLIMITED, UNLIMITED_32, instrument_flags,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, Command, CommandRef, FirmId, InstrumentId, Px, Qty, SessionId};

use super::{Rng, guards, risk};
use crate::venue::{self, control};

/// Instruments of the richest venue; ids beyond what a plan has are asked for on purpose.
pub(super) const INSTRUMENTS: u32 = 3;
/// Accounts of the richest venue.
pub(super) const ACCOUNTS: u32 = 6;
/// Firms of the richest venue.
pub(super) const FIRMS: u32 = 2;
/// Sessions of the richest venue.
pub(super) const SESSIONS: u32 = 4;

/// Capacities, drawn: roomy or tiny.
pub(super) fn genesis(rng: &mut Rng) -> Genesis {
    let tiny = rng.chance(40);
    let of = |rng: &mut Rng, first, last| if tiny { rng.small(first, last) } else { 64 };
    Genesis {
        instruments_max: INSTRUMENTS,
        firms_max: FIRMS,
        accounts_max: ACCOUNTS,
        sessions_max: SESSIONS,
        orders_max: of(rng, 3, 40),
        positions_max: of(rng, 2, 12),
        pages_max: of(rng, 1, 6),
        closed_orders_max: rng.pick(&[16, 256, 4_096]),
        sending_time_window_ns: rng.pick(&[0, 2_000_000_000]),
        seed: rng.word(),
        ..venue::genesis()
    }
}

/// An instrument: ticks, lots and filters drawn.
pub(super) fn instrument(rng: &mut Rng, id: u32) -> InstrumentDef {
    let (tick, lot, multiplier) = rng.pick(&[
        (1_000_000, 1, 100_000_000),
        (25_000_000, 1, 5_000_000_000),
        (100_000_000, 10, 100_000_000),
        (50_000, 100, 1_000_000),
        (100_000_000, 1, 1),
        (1, 1, 100_000_000),
        (100_000_000_000, 1, 100_000_000_000_000),
    ]);
    let tick_px = |ticks: i64| Px(ticks * tick);
    let or_off = |rng: &mut Rng, value: u64| if rng.chance(70) { 0 } else { value };
    let negative = rng.chance(20);
    let mut flags = 0;
    flags |= if rng.chance(40) { instrument_flags::MARKET_RESTS } else { 0 };
    flags |= if negative { instrument_flags::PX_MAY_BE_NEGATIVE } else { 0 };
    let state = match rng.below(12) {
        0 => TradingState::Closed,
        1 => TradingState::PreOpen,
        2 => TradingState::OpeningAuction,
        _ => TradingState::Continuous,
    };
    InstrumentDef {
        symbol: Chars::new(rng.pick(&["AAA", "BBB", "CCC"])),
        currency: Chars::new(rng.pick(&["USD", "EUR"])),
        instrument: InstrumentId(id),
        tick: Px(tick),
        lot: Qty(lot),
        qty_min: Qty(or_off(rng, 2 * lot)),
        qty_max: Qty(or_off(rng, 60 * lot)),
        px_min: if rng.chance(70) { Px(0) } else { tick_px(if negative { -30 } else { 60 }) },
        px_max: if rng.chance(70) { Px(0) } else { tick_px(140) },
        multiplier: Px(multiplier),
        notional_min: or_off(rng, 1),
        notional_max: or_off(rng, 90_000_000),
        protection_ticks: rng.pick(&[0, 1, 5, 20]),
        collar_ticks: rng.pick(&[0, 0, 8, 30]),
        collar_bps: rng.pick(&[0, 0, 500, 3_000]),
        state: state.into(),
        flags,
        minor_digits: rng.pick(&[0, 2, 8]),
        ..InstrumentDef::default()
    }
}

/// An account of one of the firms.
pub(super) fn account(rng: &mut Rng, id: u32) -> AccountDef {
    AccountDef {
        account: AccountId(id),
        firm: FirmId(id % FIRMS + 1),
        stp_group: rng.pick(&[0, 0, 7, 8]),
        maker_fee: rng.pick(&[0, -25, 10, 333]),
        taker_fee: rng.pick(&[0, 50, 777, 1_000_000]),
        kind: rng.pick(&[AccountKind::Cash, AccountKind::Margin, AccountKind::Margin]).into(),
        stp_mode: stp_mode(rng),
        name: Chars::new("account"),
        actor: Chars::new("plan"),
        ..AccountDef::default()
    }
}

/// A mode, or none given.
pub(super) fn stp_mode(rng: &mut Rng) -> pinion_types::codes::RawStpMode {
    match rng.below(8) {
        0..=2 => Default::default(),
        3 => StpMode::None.into(),
        _ => rng.pick(StpMode::ALL).into(),
    }
}

/// A session; rates are mostly out of reach.
pub(super) fn session(rng: &mut Rng, id: u32) -> SessionDef {
    let slow = rng.chance(8);
    let role = if rng.chance(92) { SessionRole::Trader } else { rng.pick(SessionRole::ALL) };
    let rate = |rng: &mut Rng| if slow { rng.small(1, 50) } else { UNLIMITED_32 };
    SessionDef {
        firm: FirmId(id % FIRMS + 1),
        cod_window_ms_max: rng.pick(&[0, 50, 5_000]),
        rate_per_second: rate(rng),
        rate_burst: rate(rng),
        cancel_rate_per_second: rate(rng),
        cancel_rate_burst: rate(rng),
        throttle_logout: rng.pick(&[0, 3, 1_000]),
        role: role.into(),
        cod_type: rng.pick(CancelOnDisconnect::ALL).into(),
        ..venue::session()
    }
}

/// Limits: most of them out of reach, the others within it.
pub(super) fn limits(rng: &mut Rng, scope: Scope, id: u32, instrument: u32) -> LimitsSet {
    let mut limits = LimitsSet {
        request_id: rng.below(1_000),
        instrument: InstrumentId(instrument),
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
        ..venue::unlimited(scope, id)
    };
    let mut cut = |value: &mut u64, near: u64| {
        if rng.chance(12) {
            *value = if rng.chance(10) { 0 } else { rng.below(near) };
        }
    };
    cut(&mut limits.order_qty_max, 200);
    cut(&mut limits.order_notional_max, 200_000_000);
    cut(&mut limits.long_max, 400);
    cut(&mut limits.short_max, 400);
    cut(&mut limits.gross_max, 2_000_000_000);
    cut(&mut limits.open_notional_max, 1_000_000_000);
    let mut open_orders = UNLIMITED;
    cut(&mut open_orders, 12);
    limits.open_orders_max = u32::try_from(open_orders).unwrap_or(UNLIMITED_32);
    if rng.chance(8) {
        limits.collar_bps = rng.small(0, 4_000);
    }
    if matches!(scope, Scope::Global | Scope::Session) && rng.chance(94) {
        // Of orders, not of positions.
        (limits.long_max, limits.short_max, limits.gross_max) = (UNLIMITED, UNLIMITED, UNLIMITED);
        limits.collar_bps = UNLIMITED_32;
    }
    limits
}

/// The same definition for prices below zero.
pub(super) fn sunk(rng: &mut Rng, command: Command) -> Command {
    match command.view() {
        Some(CommandRef::InstrumentDef(body)) => control(&InstrumentDef {
            flags: body.flags | instrument_flags::PX_MAY_BE_NEGATIVE,
            px_min: Px(0),
            ..*body
        }),
        Some(CommandRef::AccountDef(body)) if rng.chance(60) => {
            control(&AccountDef { kind: AccountKind::Cash.into(), ..*body })
        }
        _ => command,
    }
}

/// Every definition of the venue, in an order that works.
pub(super) fn setup(rng: &mut Rng) -> Vec<Command> {
    let mut commands = Vec::new();
    for id in 1..=FIRMS {
        let firm = FirmDef { firm: FirmId(id), name: Chars::new("firm"), ..FirmDef::default() };
        commands.push(control(&firm));
        if rng.chance(50) {
            commands.push(control(&limits(rng, Scope::Firm, id, 0)));
        }
    }
    for id in 1..=rng.small(1, INSTRUMENTS) {
        let body = instrument(rng, id);
        commands.push(control(&body));
        if rng.chance(60) {
            commands.push(control(&guards::rules(rng, id)));
        }
        for _ in 0..if rng.chance(35) { rng.small(1, 4) } else { 0 } {
            commands.push(control(&guards::band(rng, id, (body.tick.0, 0))));
        }
    }
    for id in 1..=rng.small(2, ACCOUNTS) {
        commands.push(control(&account(rng, id)));
        if rng.chance(95) {
            commands.push(control(&limits(rng, Scope::Account, id, 0)));
        }
        if rng.chance(25) {
            let instrument = rng.small(1, INSTRUMENTS);
            commands.push(control(&limits(rng, Scope::Account, id, instrument)));
        }
    }
    let more = risk::setup(rng, &commands);
    commands.extend(more);
    for id in 1..=rng.small(2, SESSIONS) {
        let of = session(rng, id);
        commands.push(of_session(id, &of));
        for account in 1..=ACCOUNTS {
            if rng.chance(85) {
                let allowed = SessionAccount {
                    account: AccountId(account),
                    allowed: 1,
                    ..Default::default()
                };
                commands.push(of_session(id, &allowed));
            }
        }
    }
    commands
}

/// The same venue, its numbers near the ends of their ranges.
pub(super) fn at_the_ends(rng: &mut Rng, setup: Vec<Command>) -> Vec<Command> {
    let change = |command: Command| match command.view() {
        Some(CommandRef::InstrumentDef(body)) => control(&whale(rng, *body)),
        Some(CommandRef::AccountDef(body)) => control(&dear(rng, *body)),
        Some(CommandRef::LimitsSet(body)) if body.instrument.0 == 0 => {
            let scope = body.scope.get().expect("a level");
            control(&LimitsSet { request_id: body.request_id, ..venue::unlimited(scope, body.id) })
        }
        Some(CommandRef::CashMove(body)) => control(&CashMove {
            amount: pinion_types::Amount::from(1 << rng.small(100, 117)),
            ..*body
        }),
        _ => command,
    };
    setup.into_iter().map(change).collect()
}

/// An instrument whose lot is worth the most, or whose prices are the highest.
pub(super) fn whale(rng: &mut Rng, def: InstrumentDef) -> InstrumentDef {
    let one = 100_000_000_i64;
    let (tick, lot, multiplier) = rng.pick(&[
        (1, 1 << 25, one << 36),
        (1, 1 << 20, one << 36),
        (1 << 13, 1 << 13, one << 36),
        (1, 1, one),
        (1, (1 << 40) - 1, one),
        (one, 1, one << 34),
    ]);
    let negative = rng.chance(40);
    InstrumentDef {
        tick: Px(tick),
        lot: Qty(lot),
        multiplier: Px(multiplier),
        qty_min: Qty(0),
        qty_max: Qty(0),
        px_min: Px(0),
        px_max: Px(0),
        notional_min: 0,
        notional_max: if rng.chance(80) { 0 } else { UNLIMITED },
        protection_ticks: rng.pick(&[5, 20, u32::MAX]),
        collar_ticks: rng.pick(&[0, 0, 0, u32::MAX]),
        collar_bps: rng.pick(&[0, 0, 0, u32::MAX]),
        flags: if negative { instrument_flags::PX_MAY_BE_NEGATIVE } else { 0 },
        ..def
    }
}

/// An account that pays, or is paid, all it trades.
pub(super) fn dear(rng: &mut Rng, def: AccountDef) -> AccountDef {
    AccountDef {
        maker_fee: rng.pick(&[1_000_000, -1_000_000, 999_999, 0]),
        taker_fee: rng.pick(&[1_000_000, 1_000_000, -1_000_000, 7]),
        ..def
    }
}

/// A payment of more money than there is.
pub(super) fn fortune(rng: &mut Rng) -> i128 {
    let size = rng.pick(&[1 << 120, (1 << 120) - 1, 1 << 119, 1 << 112, (1 << 112) + 1, 1]);
    if rng.chance(50) { size } else { -size }
}

/// Where prices of an instrument begin, in ticks: 0, or so high that some fit and some do not.
pub(super) fn base(def: &InstrumentDef) -> i64 {
    let lot_value =
        i128::from(def.tick.0) * i128::from(def.lot.0) * i128::from(def.multiplier.0) / 100_000_000;
    match lot_value {
        _ if lot_value >> 60 > 0 => (1 << 50) - 100,
        _ if lot_value >> 45 > 0 && def.tick.0 < 1_000 => (1 << 50) - 100,
        _ if def.tick.0 == 1 && def.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0 => {
            i64::MAX - 104
        }
        _ => 0,
    }
}

/// A command of the control socket about a session.
pub(super) fn of_session<B: pinion_types::command::KindOf>(id: u32, body: &B) -> Command {
    let mut command = Command::new(SessionId(id), 0, body);
    command.set_source(pinion_types::SourceId(1));
    command
}
