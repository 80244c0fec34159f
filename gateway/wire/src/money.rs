//! Money on the wire: whole units and a fraction, since 64 bits of 1e-8 end at 92 billion.

use pinion_types::Amount;

/// Units of 1e-8 in one unit of currency.
const ONE: i128 = 100_000_000;

/// An amount as two fields of a message: `units` + `fraction` x 1e-8, both of the same sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Whole units of the currency.
    pub units: i64,
    /// The rest in 1e-8, between -99,999,999 and 99,999,999.
    pub fraction: i64,
}

impl Money {
    /// The amount in units of 1e-8.
    #[must_use]
    pub fn get(self) -> i128 {
        // |units| < 2^63 and |fraction| < 2^63: the sum is far below 2^127.
        i128::from(self.units) * ONE + i128::from(self.fraction)
    }
}

impl From<Amount> for Money {
    /// Exact to +/-9.2e18 units of currency; beyond that, which no venue of ours admits, it stays
    /// at that bound rather than turn around.
    fn from(amount: Amount) -> Self {
        let (units, fraction) = (amount.get() / ONE, amount.get() % ONE);
        match (i64::try_from(units), i64::try_from(fraction)) {
            (Ok(units), Ok(fraction)) => Money { units, fraction },
            _ if units < 0 => Money { units: i64::MIN, fraction: 0 },
            _ => Money { units: i64::MAX, fraction: 0 },
        }
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Amount::from(money.get())
    }
}

#[cfg(test)]
mod tests {
    use super::Money;
    use pinion_types::Amount;

    #[test]
    fn amounts_come_back() {
        for value in [0, 1, -1, 99_999_999, 100_000_000, -100_000_001, i128::from(i64::MAX) << 20] {
            let money = Money::from(Amount::from(value));
            assert_eq!(money.get(), value);
            assert!(money.units.signum() * money.fraction.signum() >= 0, "{money:?}");
        }
    }

    #[test]
    fn beyond_the_range_it_stays_at_the_bound() {
        assert_eq!(Money::from(Amount::from(i128::MAX)).units, i64::MAX);
        assert_eq!(Money::from(Amount::from(i128::MIN)).units, i64::MIN);
    }
}
