//! Words of a configuration that name values of `pinion_types`, for `serde(with)`.

use pinion_types::command::AllocationAlgorithm;
use pinion_types::{AccountKind, CancelOnDisconnect, SessionRole, StpMode, TradingState};

macro_rules! word {
    ($module:ident, $ty:ident) => {
        pub(super) mod $module {
            use std::sync::LazyLock;

            use serde::{Deserialize, Deserializer, Serializer, de};

            use super::$ty;

            static WORDS: LazyLock<Vec<&'static str>> =
                LazyLock::new(|| $ty::ALL.iter().map(|value| value.name()).collect());

            pub(in super::super) fn serialize<S: Serializer>(
                value: &$ty,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(value.name())
            }

            pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<$ty, D::Error> {
                let text = String::deserialize(deserializer)?;
                $ty::ALL
                    .iter()
                    .copied()
                    .find(|value| value.name() == text)
                    .ok_or_else(|| de::Error::unknown_variant(&text, &WORDS))
            }
        }
    };
}

word!(account_kind, AccountKind);
word!(stp_mode, StpMode);
word!(session_role, SessionRole);
word!(cod, CancelOnDisconnect);
word!(trading_state, TradingState);
word!(allocation, AllocationAlgorithm);
