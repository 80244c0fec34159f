//! Why something is refused: the code, and the limit that bound.

use pinion_types::codes::{RawLimitId, RawScope};
use pinion_types::{LimitId, RejectCode, Scope};

use crate::tables::MONEY_UNIT;

/// A refusal with the numbers behind it; all zero where no limit bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: RejectCode,
    pub(crate) limit_id: RawLimitId,
    pub(crate) scope: RawScope,
    pub(crate) scope_id: u32,
    pub(crate) limit: i64,
    pub(crate) current: i64,
    pub(crate) would_be: i64,
}

impl From<RejectCode> for Refusal {
    #[cold]
    fn from(code: RejectCode) -> Self {
        Refusal {
            code,
            limit_id: RawLimitId(0),
            scope: RawScope(0),
            scope_id: 0,
            limit: 0,
            current: 0,
            would_be: 0,
        }
    }
}

impl Refusal {
    /// Names the limit, what counts against it now, and what would.
    #[cold]
    pub(crate) fn new(code: RejectCode, limit_id: LimitId, numbers: [i64; 3]) -> Self {
        let [limit, current, would_be] = numbers;
        Refusal { limit_id: limit_id.into(), limit, current, would_be, ..Refusal::from(code) }
    }

    /// Names the level whose limit bound.
    #[cold]
    pub(crate) fn at(self, scope: Scope, scope_id: u32) -> Self {
        Refusal { scope: scope.into(), scope_id, ..self }
    }
}

/// A quantity or count as it stands in a report.
pub(crate) fn count(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// Money in units of 1e-4, rounded up where it is compared with a limit from above.
pub(crate) fn money_up(value: i128) -> i64 {
    let rounded = value.div_euclid(MONEY_UNIT) + i128::from(value.rem_euclid(MONEY_UNIT) != 0);
    within(rounded)
}

/// Money in units of 1e-4, rounded down.
pub(crate) fn money_down(value: i128) -> i64 {
    within(value.div_euclid(MONEY_UNIT))
}

/// A sum that may be below zero, cut to the nearest end of what a report holds.
fn within(value: i128) -> i64 {
    let end = if value < 0 { i64::MIN } else { i64::MAX };
    value.try_into().unwrap_or(end)
}
