//! Exact integer arithmetic: division prepared beforehand, rounding half to even.

/// Division by a number that is known long before: one multiplication and one correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reciprocal {
    divisor: u64,
    /// (2^64 - 1) / divisor, rounded down.
    factor: u64,
}

impl Reciprocal {
    /// Prepares division by `divisor`, which must be above 0.
    pub(crate) const fn new(divisor: u64) -> Self {
        assert!(divisor > 0, "division by zero");
        Reciprocal { divisor, factor: u64::MAX / divisor }
    }

    /// The number divided by.
    pub(crate) const fn divisor(self) -> u64 {
        self.divisor
    }

    /// Quotient and remainder of `value`.
    ///
    /// The factor is above 2^64 / divisor - 1, so the estimate is the quotient or one below it.
    pub(crate) const fn div_rem(self, value: u64) -> (u64, u64) {
        let estimate = ((value as u128 * self.factor as u128) >> 64) as u64;
        let rest = value.wrapping_sub(estimate.wrapping_mul(self.divisor));
        if rest >= self.divisor {
            (estimate.wrapping_add(1), rest.wrapping_sub(self.divisor))
        } else {
            (estimate, rest)
        }
    }

    /// The quotient of `value` where it is a multiple.
    pub(crate) const fn exact(self, value: u64) -> Option<u64> {
        let (quotient, rest) = self.div_rem(value);
        if rest == 0 { Some(quotient) } else { None }
    }

    /// The quotient of a signed `value` where it is a multiple. |quotient| <= 2^63.
    pub(crate) const fn exact_signed(self, value: i64) -> Option<i64> {
        match self.exact(value.unsigned_abs()) {
            // The cut keeps the bits; the sign is given back by the negation.
            Some(quotient) if value < 0 => Some((quotient as i64).wrapping_neg()),
            Some(quotient) => Some(quotient as i64),
            None => None,
        }
    }
}

/// Whether a quotient rounds away from zero: above half, or at half to the even neighbor.
const fn rounds_up(quotient_is_odd: bool, rest: u128, divisor: u128) -> bool {
    let other = divisor - rest;
    rest > other || (rest == other && quotient_is_odd)
}

/// `value / divisor`, rounded half to even. Fast where the value fits 64 bits.
pub(crate) const fn div_half_even(value: i128, divisor: Reciprocal) -> i128 {
    let size = value.unsigned_abs();
    let (quotient, rest) = if size <= u64::MAX as u128 {
        let (quotient, rest) = divisor.div_rem(size as u64);
        (quotient as u128, rest as u128)
    } else {
        (size / divisor.divisor as u128, size % divisor.divisor as u128)
    };
    let up = rounds_up(quotient & 1 == 1, rest, divisor.divisor as u128);
    let size = (quotient + up as u128) as i128;
    if value < 0 { -size } else { size }
}

/// `value * rate / divisor`, rounded half to even, for a `value` of at most 2^124 and a `divisor`
/// of at most 2^47. Where the product does not fit, the value's whole divisors are taken first.
pub(crate) const fn part_half_even(value: i128, rate: i32, divisor: Reciprocal) -> i128 {
    match value.checked_mul(rate as i128) {
        Some(product) => div_half_even(product, divisor),
        None => {
            let by = divisor.divisor as i128;
            let (whole, rest) = (value / by, value % by);
            // Adding what is even keeps the even neighbor; the parity of the whole part moves it.
            let exact = whole * rate as i128;
            let shift = (exact & 1) * by;
            exact - (exact & 1) + div_half_even(rest * rate as i128 + shift, divisor)
        }
    }
}

/// Whether an amount is beyond 2^120 either way: then it may not grow any more.
#[inline]
pub(crate) const fn is_far(amount: i128) -> bool {
    // The bits above are all equal to the sign where it is not.
    ((amount >> 120) as u64).wrapping_add(1) > 1
}

/// `value * part / whole`, rounded half to even, where `part <= whole`, `whole` is above 0 and at
/// most 2^62: nothing on the way leaves 128 bits.
pub(crate) fn share_half_even(value: i128, part: u64, whole: u64) -> i128 {
    assert!(part <= whole, "a share is at most the whole");
    if part == whole {
        return value;
    }
    let size = value.unsigned_abs();
    let (part, whole) = (u128::from(part), u128::from(whole));
    let (quotient, rest) = match u64::try_from(size).ok().and_then(|it| it.checked_mul(part as u64))
    {
        Some(product) => (u128::from(product / whole as u64), u128::from(product % whole as u64)),
        None => {
            // value = a * whole + b, so value * part / whole = a * part + b * part / whole.
            let (a, b) = (size / whole, size % whole);
            (a * part + b * part / whole, b * part % whole)
        }
    };
    let up = rounds_up(quotient & 1 == 1, rest, whole);
    // The quotient is at most the value, which fits.
    let size = (quotient + u128::from(up)) as i128;
    if value < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::{Reciprocal, div_half_even, part_half_even, share_half_even};

    const EDGES: [u64; 12] = [
        1,
        2,
        3,
        7,
        10,
        99,
        1 << 32,
        (1 << 32) + 1,
        10_u64.pow(14),
        u64::MAX / 2,
        u64::MAX - 1,
        u64::MAX,
    ];

    #[test]
    fn prepared_division_is_division() {
        let mut word = 1_u64;
        for divisor in EDGES {
            let prepared = Reciprocal::new(divisor);
            for edge in EDGES {
                for value in [
                    edge,
                    edge.wrapping_mul(divisor),
                    edge.wrapping_mul(divisor).wrapping_sub(1),
                    0,
                ] {
                    assert_eq!(prepared.div_rem(value), (value / divisor, value % divisor));
                }
            }
            for _ in 0..1000 {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let value = word >> (word >> 58);
                assert_eq!(prepared.div_rem(value), (value / divisor, value % divisor));
            }
        }
        assert_eq!(Reciprocal::new(5).exact_signed(-15), Some(-3));
        assert_eq!(Reciprocal::new(5).exact_signed(-16), None);
        assert_eq!(Reciprocal::new(1).exact_signed(i64::MIN), Some(i64::MIN));
    }

    #[test]
    fn halves_go_to_the_even_neighbor() {
        let ten = Reciprocal::new(10);
        let cases = [(14, 1), (15, 2), (16, 2), (24, 2), (25, 2), (26, 3), (35, 4), (5, 0), (0, 0)];
        for (value, rounded) in cases {
            assert_eq!(div_half_even(value, ten), rounded);
            assert_eq!(div_half_even(-value, ten), -rounded);
        }
        // The same beyond 64 bits.
        let big = 10_i128.pow(30);
        assert_eq!(div_half_even(big + 5, ten), big / 10);
        assert_eq!(div_half_even(big + 15, ten), big / 10 + 2);
        assert_eq!(div_half_even(-big - 16, ten), -big / 10 - 2);
    }

    #[test]
    fn parts_are_exact_beyond_128_bits() {
        let hundredth = Reciprocal::new(1_000_000);
        // The same with and without the product: 2^107 times a million does not fit.
        for (rate, value) in [(1_000_000, 1_i128 << 112), (-999_999, (1 << 112) + 500_000)] {
            let (whole, rest) = (value / 1_000_000, value % 1_000_000);
            let wanted =
                whole * i128::from(rate) + div_half_even(rest * i128::from(rate), hundredth);
            assert_eq!(part_half_even(value, rate, hundredth), wanted);
        }
        // Halves: the value is an odd number of halves of the divisor.
        let two = Reciprocal::new(2);
        for value in [(1_i128 << 124) + 1, (1 << 124) + 3] {
            // value x 5 / 2 = 5 x half + 2.5 where value = 2 x half + 1.
            let floor = value / 2 * 5 + 2;
            assert_eq!(part_half_even(value, 5, two), floor + floor % 2);
            assert_eq!(part_half_even(value, -5, two), -(floor + floor % 2));
        }
        assert_eq!(part_half_even(25, 1, Reciprocal::new(10)), 2);
    }

    #[test]
    fn shares_are_exact_over_the_whole_range() {
        assert_eq!(share_half_even(10, 1, 4), 2);
        assert_eq!(share_half_even(10, 3, 4), 8);
        assert_eq!(share_half_even(-10, 1, 4), -2);
        assert_eq!(share_half_even(7, 7, 7), 7);
        assert_eq!(share_half_even(7, 0, 7), 0);
        let (big, whole) = (i128::MAX / 2, 1 << 62);
        assert_eq!(share_half_even(big, whole / 2, whole), big / 2 + 1);
        assert_eq!(share_half_even(big - 1, whole / 2, whole), big / 2);
        assert_eq!(share_half_even(1 << 100, 1, 1 << 60), 1 << 40);
    }
}
