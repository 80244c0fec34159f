//! What a refusal says beside its code.

use pinion_types::RejectCode;
use pinion_types::codes::{LimitId, Scope};

/// One unit of limit money, in 1e-8.
pub(super) const MONEY: i128 = 10_000;

/// Why something is refused: code, and the limit that bound with its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub code: RejectCode,
    pub limit_id: Option<LimitId>,
    pub scope: Option<(Scope, u32)>,
    pub limit: i128,
    pub current: i128,
    pub would_be: i128,
}

/// Passed, or why not.
pub(super) type Checked<T = ()> = Result<T, Refusal>;

impl Refusal {
    pub fn limit(mut self, id: LimitId, limit: i128, current: i128, would_be: i128) -> Self {
        self.limit_id = Some(id);
        (self.limit, self.current, self.would_be) = (limit, current, would_be);
        self
    }

    pub fn scope(mut self, scope: Scope, id: u32) -> Self {
        self.scope = Some((scope, id));
        self
    }

    /// Limit, current and would-be as records carry them: at the ends of 64 bits at most.
    pub fn values(&self) -> (i64, i64, i64) {
        (clamp(self.limit), clamp(self.current), clamp(self.would_be))
    }
}

impl From<RejectCode> for Refusal {
    fn from(code: RejectCode) -> Self {
        Refusal { code, limit_id: None, scope: None, limit: 0, current: 0, would_be: 0 }
    }
}

/// Refuses with the code alone where `wrong`.
pub(super) fn refuse_if(wrong: bool, code: RejectCode) -> Checked {
    if wrong { Err(code.into()) } else { Ok(()) }
}

/// Money in units of limits, rounded up.
pub(super) fn money_up(value: i128) -> i128 {
    -(-value).div_euclid(MONEY)
}

/// Money in units of limits, rounded down.
pub(super) fn money_down(value: i128) -> i128 {
    value.div_euclid(MONEY)
}

pub(super) fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
