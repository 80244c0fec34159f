//! Numbers of a configuration: exact decimals, limits and processors. Decimals end here.

use std::fmt;
use std::str::FromStr;

use pinion_types::{Amount, Px};
use rust_decimal::Decimal;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A decimal with at most `DIGITS` places, held as a whole number of units of its last place.
///
/// In a file it is written in quotes, `"100.05"`, or as an integer; a float is refused, because it
/// is not what was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixed<const DIGITS: u32>(i128);

/// A price or an amount of cash.
pub type Money = Fixed<8>;

/// Limit money.
pub type LimitMoney = Fixed<4>;

/// A fee as a fraction of the value.
pub type FeeRate = Fixed<6>;

impl<const DIGITS: u32> Fixed<DIGITS> {
    /// Units of the last place.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// That many units of the last place.
    #[must_use]
    pub const fn from_units(units: i128) -> Self {
        Fixed(units)
    }
}

impl Fixed<8> {
    /// The price, where it fits one.
    #[must_use]
    pub fn px(self) -> Option<Px> {
        i64::try_from(self.0).ok().map(Px)
    }

    /// The amount.
    #[must_use]
    pub fn amount(self) -> Amount {
        Amount::from(self.0)
    }
}

impl<const DIGITS: u32> FromStr for Fixed<DIGITS> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let decimal = Decimal::from_str_exact(text)
            .map_err(|_| format!("`{text}` is not a decimal number"))?
            .normalize();
        let missing = DIGITS
            .checked_sub(decimal.scale())
            .ok_or_else(|| format!("`{text}` has more than {DIGITS} decimal places"))?;
        // A mantissa has 96 bits and the factor at most 27: the product fits 127.
        Ok(Fixed(decimal.mantissa() * 10_i128.pow(missing)))
    }
}

impl<const DIGITS: u32> fmt::Display for Fixed<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Decimal::try_from_i128_with_scale(self.0, DIGITS) {
            Ok(decimal) => fmt::Display::fmt(&decimal.normalize(), f),
            Err(_) => write!(f, "{}e-{DIGITS}", self.0),
        }
    }
}

impl<const DIGITS: u32> Serialize for Fixed<DIGITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const DIGITS: u32> Deserialize<'de> for Fixed<DIGITS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decimals<const DIGITS: u32>;
        impl<const DIGITS: u32> Visitor<'_> for Decimals<DIGITS> {
            type Value = Fixed<DIGITS>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal in quotes, like \"100.05\", or an integer")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Fixed<DIGITS>, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Fixed<DIGITS>, E> {
                Ok(Fixed(i128::from(value) * 10_i128.pow(DIGITS)))
            }
        }
        deserializer.deserialize_any(Decimals)
    }
}

/// A limit: a number, or explicitly none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound<T> {
    /// Nothing above it.
    At(T),
    /// The word "unlimited".
    Unlimited,
}

const UNLIMITED: &str = "unlimited";

impl<T: Serialize> Serialize for Bound<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Bound::At(value) => value.serialize(serializer),
            Bound::Unlimited => serializer.serialize_str(UNLIMITED),
        }
    }
}

macro_rules! bound {
    ($ty:ty) => {
        impl<'de> Deserialize<'de> for Bound<$ty> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = WordOr::deserialize(deserializer, UNLIMITED)?;
                Ok(value.map_or(Bound::Unlimited, Bound::At))
            }
        }
    };
}
bound!(u32);
bound!(u64);

impl<'de> Deserialize<'de> for Bound<LimitMoney> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Limit;
        impl Visitor<'_> for Limit {
            type Value = Bound<LimitMoney>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal in quotes, an integer, or \"unlimited\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                if text == UNLIMITED {
                    return Ok(Bound::Unlimited);
                }
                text.parse().map(Bound::At).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Bound::At(Fixed(i128::from(value) * 10_000)))
            }
        }
        deserializer.deserialize_any(Limit)
    }
}

/// A processor to stay on, or any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// The word "any".
    #[default]
    Any,
    /// The processor with this number, from 0.
    Core(u32),
}

const ANY: &str = "any";

impl Pin {
    /// The number, where one is named.
    #[must_use]
    pub fn core(self) -> Option<usize> {
        match self {
            Pin::Any => None,
            Pin::Core(number) => usize::try_from(number).ok(),
        }
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Pin::Any => serializer.serialize_str(ANY),
            Pin::Core(number) => number.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(WordOr::deserialize(deserializer, ANY)?.map_or(Pin::Any, Pin::Core))
    }
}

/// Reads one word or an unsigned integer.
struct WordOr<T> {
    word: &'static str,
    number: std::marker::PhantomData<T>,
}

impl<T: TryFrom<i64>> WordOr<T> {
    fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
        word: &'static str,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(WordOr { word, number: std::marker::PhantomData })
    }
}

impl<T: TryFrom<i64>> Visitor<'_> for WordOr<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number from 0 or \"{}\"", self.word)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text == self.word {
            Ok(None)
        } else {
            Err(E::invalid_value(de::Unexpected::Str(text), &self))
        }
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        let unexpected = || E::invalid_value(de::Unexpected::Signed(value), &self);
        T::try_from(value).map(Some).map_err(|_| unexpected())
    }
}

#[cfg(test)]
mod tests {
    use super::{FeeRate, Money};

    #[test]
    fn decimals_are_exact_or_refused() {
        let units = |text: &str| text.parse::<Money>().map(Money::units);
        assert_eq!(units("100.05"), Ok(10_005_000_000));
        assert_eq!(units("-0.00000001"), Ok(-1));
        assert_eq!(units("1.500000000000"), Ok(150_000_000));
        assert!(units("0.000000001").unwrap_err().contains("more than 8 decimal places"));
        assert!(units("1e3").is_err() && units("").is_err() && units("abc").is_err());
        assert_eq!("-0.00002".parse::<FeeRate>().map(FeeRate::units), Ok(-20));
        assert_eq!(Money::from_units(10_005_000_000).to_string(), "100.05");
    }
}
