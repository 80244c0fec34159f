//! An instrument: its filters in ticks and lots, its reference, its two ladders.

use pinion_types::command::{InstrumentDef, instrument_flags};
use pinion_types::event::SecurityDefinition;
use pinion_types::units::PX_ONE;
use pinion_types::{InstrumentId, Nanos, Px, Qty, RejectCode, TradingState};

use super::guards::{Guards, extras};
use super::ledger::watch;
use super::limits::money;
use super::moving::Moving;
use crate::arith::Reciprocal;
use crate::book::{Ladder, NONE};
use crate::digest::{Kind, fold, weight};
use crate::states::{Indicative, collects, is_auction};

/// Value of the largest order at one tick, in 1e-8: one multiplication by a price gives the value.
const ORDER_VALUE_MAX: i64 = 1 << 62;
/// Value of the largest position at one tick: 2^13 largest orders at least.
const POSITION_VALUE_MAX: i128 = 1 << 75;
/// Largest sum of a position and everything working around it: 2^20 largest orders.
const QUANTITY_MAX: u64 = 1 << 60;
/// Value of the largest position at the highest price. An order's is at most 2^112 then.
const VALUE_MAX: i128 = 1 << 125;

/// Index of a side in [`Instrument::sides`].
pub(crate) const fn side_index(is_buy: bool) -> usize {
    !is_buy as usize
}

/// One instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instrument {
    /// Bids, then offers.
    pub(crate) sides: [Ladder; 2],
    pub(crate) tick: Reciprocal,
    pub(crate) lot: Reciprocal,
    /// Money (1e-8) of one lot at one tick.
    pub(crate) value: i64,
    /// The same of one unit of quantity, where that is whole; 0 where it is not.
    pub(crate) unit_value: i64,
    pub(crate) tick_min: i64,
    pub(crate) tick_max: i64,
    /// Prices beyond this do not fit the arithmetic.
    pub(crate) tick_bound: i64,
    /// A position and what works around it together, at most.
    pub(crate) quantity_bound: u64,
    pub(crate) qty_min: u64,
    pub(crate) qty_max: u64,
    /// In 1e-8.
    pub(crate) notional_min: i128,
    pub(crate) notional_max: i128,
    /// Offers below and bids above are outside the collar.
    pub(crate) collar_low: i64,
    pub(crate) collar_high: i64,
    pub(crate) last: Option<i64>,
    pub(crate) settlement: Option<i64>,
    pub(crate) mark: Option<i64>,
    pub(crate) state: Option<TradingState>,
    pub(crate) is_blocked: bool,
    pub(crate) market_rests: bool,
    /// Which of the things most instruments have not: [`extras`](super::extras).
    pub(crate) extras: u8,
    /// Index of its currency.
    pub(crate) currency: u32,
    /// Divides value times rate into the currency's minor unit.
    pub(crate) fee_divisor: Reciprocal,
    /// The minor unit, in 1e-8.
    pub(crate) fee_unit: i64,
    /// First of its positions.
    pub(crate) positions: u32,
    pub(crate) definition: InstrumentDef,
    /// When the mark was given; 0 without one.
    pub(crate) mark_time: Nanos,
    pub(crate) guards: Guards,
    /// Its latest trades, where it has an execution range.
    pub(crate) moving: Moving,
    /// What its auction was last said to trade.
    pub(crate) indicative: Indicative,
    /// Orders in its book that are hidden, or may only reduce.
    pub(crate) uncommon: u32,
    /// Orders that live for one of its auctions, in its book or not.
    pub(crate) of_auctions: u32,
    /// Orders whose price follows its book, in the book or not.
    pub(crate) pegs: u32,
}

impl Instrument {
    /// A place without an instrument.
    pub(crate) fn undefined() -> Self {
        Instrument {
            sides: [Ladder::new(true, 0), Ladder::new(false, 0)],
            tick: Reciprocal::new(1),
            lot: Reciprocal::new(1),
            value: 0,
            unit_value: 0,
            tick_min: 0,
            tick_max: 0,
            tick_bound: 0,
            quantity_bound: 0,
            qty_min: 0,
            qty_max: 0,
            notional_min: 0,
            notional_max: 0,
            collar_low: i64::MIN,
            collar_high: i64::MAX,
            last: None,
            settlement: None,
            mark: None,
            state: None,
            is_blocked: false,
            market_rests: false,
            extras: 0,
            currency: 0,
            fee_divisor: Reciprocal::new(1),
            fee_unit: 1,
            positions: NONE,
            definition: InstrumentDef::default(),
            mark_time: Nanos(0),
            guards: Guards::none(),
            moving: Moving::NONE,
            indicative: None,
            uncommon: 0,
            of_auctions: 0,
            pegs: 0,
        }
    }

    /// True once it is defined.
    pub(crate) const fn is_defined(&self) -> bool {
        self.state.is_some()
    }

    /// Its id; 0 while it is not defined.
    pub(crate) const fn id(&self) -> InstrumentId {
        self.definition.instrument
    }

    /// Takes a definition; books, prices and positions stay, and a state once it has one.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a value is out of range; nothing has changed then.
    pub(crate) fn define(&mut self, body: &InstrumentDef, currency: u32) -> Result<(), RejectCode> {
        let value = check(body)?;
        let state = body.state.get().ok_or(RejectCode::BadValue)?;
        let (tick, lot) = (body.tick.0.unsigned_abs(), body.lot.0);
        let lots_max = (ORDER_VALUE_MAX / value).unsigned_abs();
        if lots_max == 0 {
            return Err(RejectCode::BadValue);
        }
        let quantity = POSITION_VALUE_MAX / i128::from(value) * i128::from(lot);
        let quantity_bound = u64::try_from(quantity).unwrap_or(u64::MAX).min(QUANTITY_MAX);
        let tick_value = i128::from(quantity_bound / lot) * i128::from(value);
        // The ends of the range are kept free: a rank there means "no order". Every price within
        // the bound is one, protection prices as well.
        let ends = (i64::MAX - 1) / body.tick.0;
        let tick_bound = i64::try_from(VALUE_MAX / tick_value).unwrap_or(ends).min(ends);
        let negative = body.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0;
        self.tick = Reciprocal::new(tick);
        self.lot = Reciprocal::new(lot);
        self.value = value;
        // A lot is below 2^62: its cut keeps it.
        self.unit_value = if value % lot as i64 == 0 { value / lot as i64 } else { 0 };
        self.quantity_bound = quantity_bound;
        self.tick_bound = tick_bound;
        let lowest = if negative { i64::MIN } else { 1 };
        self.tick_min =
            if body.px_min.0 == 0 { lowest } else { div_up(body.px_min.0, tick).max(lowest) };
        self.tick_max = if body.px_max.0 == 0 { i64::MAX } else { div_down(body.px_max.0, tick) };
        self.qty_min = body.qty_min.0.max(lot);
        let qty_max = if body.qty_max.0 == 0 { Qty::MAX.0 } else { body.qty_max.0 };
        self.qty_max = qty_max.min(lots_max.saturating_mul(lot));
        self.notional_min = money(body.notional_min);
        self.notional_max =
            if body.notional_max == 0 { i128::MAX } else { money(body.notional_max) };
        self.market_rests = body.flags & instrument_flags::MARKET_RESTS != 0;
        self.currency = currency;
        // 10^(8 - digits), at most 1e8; times 1e6 fits.
        self.fee_unit = 10_i64.pow(8 - u32::from(body.minor_digits));
        self.fee_divisor = Reciprocal::new(self.fee_unit.unsigned_abs() * 1_000_000);
        self.state = Some(self.state.unwrap_or(state));
        self.definition = *body;
        self.renew_extras();
        self.renew_collar();
        Ok(())
    }

    /// Prices are kept in ticks: those of another tick mean nothing.
    pub(crate) fn forget_prices(&mut self) {
        (self.last, self.settlement, self.mark) = (None, None, None);
        self.mark_time = Nanos(0);
        self.moving = Moving::NONE;
        self.guards.forget_bands();
        self.renew_extras();
    }

    /// Notes which guards there are, so that the others cost one test.
    pub(crate) fn renew_extras(&mut self) {
        let set = |bit: u8, has: bool| if has { bit } else { 0 };
        self.extras = (self.extras & (extras::STOPS | extras::SHARED))
            | set(extras::BANDS, !self.guards.bands().is_empty())
            | set(extras::RANGE, self.guards.rules.range_bps != 0)
            | set(extras::UNCOMMON, self.uncommon != 0)
            | set(extras::COLLECTS, self.state.is_some_and(collects))
            | set(extras::FOLLOWED, self.state.is_some_and(is_auction) || self.floats())
            | set(watch::CHECKED, self.has_margin() || self.guards.rules.mark_age_ms != 0);
    }

    /// Whether orders float in its book.
    pub(crate) fn floats(&self) -> bool {
        self.pegs != 0 && self.state == Some(TradingState::Continuous)
    }

    /// Forgets the prices that do not fit the arithmetic any more.
    pub(crate) fn forget_far_prices(&mut self) {
        for price in [&mut self.last, &mut self.settlement, &mut self.mark] {
            *price = price.filter(|tick| tick.unsigned_abs() <= self.tick_bound.unsigned_abs());
        }
        if self.mark.is_none() {
            self.mark_time = Nanos(0);
        }
        self.renew_collar();
    }

    /// The reference of the collar: last trade, else what an auction would trade at, else
    /// settlement.
    #[inline]
    pub(crate) fn reference(&self) -> Option<i64> {
        self.last.or_else(|| self.indicative.map(|it| it.tick)).or(self.settlement)
    }

    /// Renews the collar after its reference or its width changed.
    pub(crate) fn renew_collar(&mut self) {
        let (ticks, bps) = (self.definition.collar_ticks, self.definition.collar_bps);
        (self.collar_low, self.collar_high) = match self.reference() {
            Some(reference) if ticks != 0 || bps != 0 => {
                let width = bps_of(reference, bps).max(u64::from(ticks));
                (reference.saturating_sub_unsigned(width), reference.saturating_add_unsigned(width))
            }
            _ => (i64::MIN, i64::MAX),
        };
    }

    /// Value of a quantity at a price, signed like the price, in 1e-8. The quantity is a multiple
    /// of the lot and at most the largest order, the price within the bound: the value at one tick
    /// is at most 2^62, the whole at most 2^112.
    #[inline]
    pub(crate) fn notional(&self, tick: i64, qty: u64) -> i128 {
        let tick_value = if self.unit_value == 0 {
            (self.lot.div_rem(qty).0 as i64).wrapping_mul(self.value)
        } else {
            (qty as i64).wrapping_mul(self.unit_value)
        };
        i128::from(tick).wrapping_mul(i128::from(tick_value))
    }

    /// Value of a position at a price, without its sign, in 1e-8: at most 2^125.
    #[inline]
    pub(crate) fn position_value(&self, tick: i64, quantity: i64) -> i128 {
        let (lots, _) = self.lot.div_rem(quantity.unsigned_abs());
        let tick_value = i128::from(lots).wrapping_mul(i128::from(self.value));
        tick_value.wrapping_mul(i128::from(tick.unsigned_abs()))
    }

    /// What a position counts for in gross values (R5), in 1e-8: its value at the mark, without a
    /// mark what it cost. Counted up to 2^96: a limit is at most 2^78, and sums over every position
    /// stay within 2^123.
    #[inline]
    pub(crate) fn gross(&self, quantity: i64, open_cost: i128) -> i128 {
        let value = match self.mark {
            Some(mark) => self.position_value(mark, quantity),
            None => open_cost.abs(),
        };
        value.min(1 << 96)
    }

    /// A price from outside in ticks, where it is one: a multiple of the tick, above 0 unless the
    /// instrument says otherwise, within the arithmetic. What orders may name is not asked.
    pub(crate) fn tick_of(&self, px: Px) -> Option<i64> {
        let tick = self.tick.exact_signed(px.0)?;
        let is_positive = tick > 0 || self.tick_min <= 0;
        (is_positive && tick.unsigned_abs() <= self.tick_bound.unsigned_abs()).then_some(tick)
    }

    /// Whether a quantity is whole lots, and within the arithmetic.
    pub(crate) fn holds_quantity(&self, qty: u64) -> bool {
        let (lots, rest) = self.lot.div_rem(qty);
        let lots_max = (ORDER_VALUE_MAX / self.value).unsigned_abs();
        qty > 0 && qty <= Qty::MAX.0 && rest == 0 && lots <= lots_max
    }

    /// A price in ticks as it is outside.
    pub(crate) const fn px(&self, tick: i64) -> Px {
        Px(tick.saturating_mul(self.tick.divisor() as i64))
    }

    /// It as it is told to clients.
    pub(crate) fn security(&self) -> SecurityDefinition {
        let body = &self.definition;
        SecurityDefinition {
            symbol: body.symbol,
            currency: body.currency,
            instrument: body.instrument,
            tick: body.tick,
            lot: body.lot,
            qty_min: body.qty_min,
            qty_max: body.qty_max,
            px_min: body.px_min,
            px_max: body.px_max,
            multiplier: body.multiplier,
            reference_px: self.reference().map_or(Px(0), |tick| self.px(tick)),
            state: self.state.map_or_else(Default::default, Into::into),
            flags: body.flags,
            ..SecurityDefinition::default()
        }
    }

    /// What the definition, state and block add to the state hash.
    pub(crate) fn hash(&self) -> u64 {
        let id = u64::from(self.id().0);
        let Some(state) = self.state else { return 0 };
        let flags = u64::from(state.code()) << 8 | u64::from(self.is_blocked);
        fold(Kind::Instrument, id, bytemuck::bytes_of(&self.definition))
            .wrapping_add(self.guards.hash(id))
            .wrapping_add(weight(Kind::Venue, id | 2 << 40).wrapping_mul(flags))
    }

    /// What its latest trades add to the state hash.
    pub(crate) fn moving_hash(&self) -> u64 {
        self.moving.hash(u64::from(self.id().0))
    }

    /// What all its prices add to the state hash.
    pub(crate) fn prices_hash(&self) -> u64 {
        self.reference_hash().wrapping_add(self.moving_hash()).wrapping_add(self.mark_hash())
    }

    /// What its last trade and the prices from outside add to the state hash.
    #[inline]
    pub(crate) fn reference_hash(&self) -> u64 {
        let word = |price: Option<i64>| price.map_or(0, |tick| (tick as u64) << 1 | 1);
        let words = [word(self.last), word(self.settlement), word(self.mark)];
        weight(Kind::Reference, u64::from(self.id().0)).wrapping_mul(crate::digest::sum(words))
    }
}

/// The part of a price that so many 1/100 of a percent are, rounded down, in ticks; what does not
/// fit is as wide as all prices.
pub(crate) fn bps_of(tick: i64, bps: u32) -> u64 {
    let (size, bps) = (tick.unsigned_abs(), u64::from(bps));
    let whole = (size / 10_000).saturating_mul(bps);
    let part = size % 10_000 * bps / 10_000;
    whole.saturating_add(part)
}

/// Checks a definition by itself; gives the value of one lot at one tick.
fn check(body: &InstrumentDef) -> Result<i64, RejectCode> {
    let reserved = body.spare != 0
        || body.spare2.0 != [0; 1]
        || body.spare3.0 != [0; 1]
        || body.flags & !instrument_flags::ALL != 0;
    let (tick, lot) = (body.tick.0, body.lot.0);
    let sizes = tick <= 0
        || lot == 0
        || lot > Qty::MAX.0
        || body.multiplier.0 <= 0
        || body.minor_digits > 8
        || body.qty_max.0 > Qty::MAX.0
        || (body.qty_max.0 != 0 && body.qty_max < body.qty_min)
        || (body.px_max.0 != 0 && body.px_min.0 != 0 && body.px_max < body.px_min)
        || (body.notional_max != 0 && body.notional_max < body.notional_min);
    let negative = body.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0;
    let sign = !negative && (body.px_min.0 < 0 || body.px_max.0 < 0);
    if reserved || sizes || sign || body.currency.as_str().is_empty() {
        return Err(RejectCode::BadValue);
    }
    let product = i128::from(tick)
        .checked_mul(i128::from(lot))
        .and_then(|it| it.checked_mul(i128::from(body.multiplier.0)))
        .ok_or(RejectCode::BadValue)?;
    if product % i128::from(PX_ONE) != 0 {
        return Err(RejectCode::BadValue);
    }
    i64::try_from(product / i128::from(PX_ONE)).map_err(|_| RejectCode::BadValue)
}

/// The lowest multiple count at or above a price.
fn div_up(px: i64, tick: u64) -> i64 {
    // A tick is a positive price.
    let tick = tick as i64;
    px.div_euclid(tick) + i64::from(px.rem_euclid(tick) != 0)
}

/// The highest multiple count at or below a price.
fn div_down(px: i64, tick: u64) -> i64 {
    px.div_euclid(tick as i64)
}
