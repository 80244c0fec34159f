//! Values, fees, positions and cash, exact.

use pinion_types::Px;
use pinion_types::units::PX_ONE;

use super::Model;
use super::tables::{Instrument, Position};

/// Largest sum of a position and everything that works around it.
const QUANTITY_MAX: i128 = 1 << 60;

/// The same as a value at one tick, in 1e-8.
const POSITION_VALUE_MAX: i128 = 1 << 75;

/// Value of the largest position at the highest price, in 1e-8.
const VALUE_MAX: i128 = 1 << 125;

impl Instrument {
    /// Value of `qty` at `px`, in 1e-8.
    pub fn value(&self, px: i64, qty: u64) -> i128 {
        let (tick, lot) = (self.def.tick.0, self.def.lot.0);
        assert!(px % tick == 0 && qty.is_multiple_of(lot), "whole ticks of whole lots");
        i128::from(px / tick) * i128::from(qty / lot) * self.lot_value()
    }

    /// Value of one tick of one lot, in 1e-8.
    pub fn lot_value(&self) -> i128 {
        let (tick, Px(multiplier)) = (self.def.tick.0, self.def.multiplier);
        let product = i128::from(tick) * i128::from(self.def.lot.0) * i128::from(multiplier);
        assert_eq!(product % i128::from(PX_ONE), 0, "values are whole");
        product / i128::from(PX_ONE)
    }

    /// Largest sum of a position and everything that works around it.
    pub fn quantity_max(&self) -> i128 {
        let lots = POSITION_VALUE_MAX / self.lot_value();
        (lots * i128::from(self.def.lot.0)).min(QUANTITY_MAX)
    }

    /// Prices beyond so many ticks do not fit the arithmetic.
    pub fn ticks_max(&self) -> i128 {
        let lots = self.quantity_max() / i128::from(self.def.lot.0);
        let ends = (i128::from(i64::MAX) - 1) / i128::from(self.def.tick.0);
        (VALUE_MAX / (lots * self.lot_value())).min(ends)
    }

    /// Fee on a value, whatever its sign, rounded half-even to the currency's minor unit.
    pub fn fee(&self, value: i128, rate: i32) -> i128 {
        let unit = 10_i128.pow(8 - u32::from(self.def.minor_digits));
        half_even(value.abs(), i128::from(rate), 1_000_000 * unit) * unit
    }
}

/// `value * times / by` rounded down, and what is left. The divisor is taken out of the value
/// first, because the product need not fit.
fn over(value: i128, times: i128, by: i128) -> (i128, i128) {
    let (whole, part) = (value.div_euclid(by), value.rem_euclid(by));
    let product = part * times;
    (whole * times + product.div_euclid(by), product.rem_euclid(by))
}

/// `value * times / by`, rounded to the nearest, halves to the even one.
pub(super) fn half_even(value: i128, times: i128, by: i128) -> i128 {
    let (floor, rest) = over(value, times, by);
    match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
    }
}

impl Position {
    /// A fill of `qty` (signed) that is worth `value` (signed like it x price).
    fn fill(&mut self, qty: i128, value: i128) {
        let closes =
            if self.qty.signum() * qty.signum() < 0 { self.qty.abs().min(qty.abs()) } else { 0 };
        if closes > 0 {
            let share = half_even(self.open_cost, closes, self.qty.abs());
            // What the closed part is worth now, signed like the position.
            let worth = over(-value, closes, qty.abs()).0;
            self.open_cost -= share;
            self.realized += worth - share;
        }
        let opens = qty.abs() - closes;
        self.open_cost += over(value, opens, qty.abs()).0;
        self.qty += qty;
    }
}

impl Model {
    /// Makes a position, and cash in its currency, where they are not there yet.
    pub(super) fn make_position(&mut self, account: u32, instrument: u32) {
        self.positions.entry((account, instrument)).or_default();
        let currency = self.instruments[&instrument].def.currency.0;
        self.cash.entry((account, currency)).or_default();
        self.first_cash.entry(account).or_insert(currency);
    }

    /// One side of a trade; gives its fee and the position after it.
    pub(super) fn book_trade(
        &mut self,
        account: u32,
        instrument: u32,
        buys: bool,
        (px, qty): (i64, u64),
        maker: bool,
    ) -> (i128, i64) {
        let of = &self.instruments[&instrument];
        let def = &self.accounts[&account].def;
        let rate = if maker { def.maker_fee } else { def.taker_fee };
        let fee = of.fee(of.value(px, qty), rate);
        (fee, self.book_fill(account, instrument, buys, (px, qty), fee))
    }

    /// The same for a fee that is known; gives the position after it.
    pub(super) fn book_fill(
        &mut self,
        account: u32,
        instrument: u32,
        buys: bool,
        (px, qty): (i64, u64),
        fee: i128,
    ) -> i64 {
        let of = &self.instruments[&instrument];
        let (value, currency) = (of.value(px, qty), of.def.currency.0);
        let sign = if buys { 1 } else { -1 };
        self.stirred.insert(account);
        let position = self.positions.get_mut(&(account, instrument)).expect("made at accept");
        position.fill(sign * i128::from(qty), sign * value);
        position.fees += fee;
        let after = i64::try_from(position.qty).expect("sums keep headroom");
        *self.cash.get_mut(&(account, currency)).expect("made at accept") -= sign * value + fee;
        *self.fees.entry(currency).or_default() += fee;
        after
    }
}
