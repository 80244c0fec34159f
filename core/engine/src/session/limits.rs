//! What a session is defined to be: firm, role, rates and ranges.

use pinion_types::command::SessionDef;
use pinion_types::{CancelOnDisconnect, FirmId, FlowType, RejectCode, SessionRole};

use super::digest::Digest;

/// A rate of messages: so many a second, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages gained a second; 0 gains none.
    pub per_second: u32,
    /// Messages at once; 0 lets none pass.
    pub burst: u32,
}

/// A session's definition, every value in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its firm.
    pub firm: FirmId,
    /// What it may do.
    pub role: SessionRole,
    /// Which ends cancel its DAY orders where Establish names none.
    pub cod_type: CancelOnDisconnect,
    /// Grace at most, in ms.
    pub cod_window_ms_max: u32,
    /// Shortest keep-alive interval, in ms, above 0.
    pub keep_alive_ms_min: u32,
    /// Longest keep-alive interval, in ms.
    pub keep_alive_ms_max: u32,
    /// Orders, replaces and requests.
    pub orders: Rate,
    /// Cancels and mass cancels: counted, never refused.
    pub cancels: Rate,
    /// Throttled messages in a row that are borne; one more ends the session.
    pub throttle_logout: u32,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where role or cancel-on-disconnect is none of the codes, or the
    /// range of the keep-alive interval is empty or begins at 0.
    pub fn read(body: &SessionDef) -> Result<Self, RejectCode> {
        let role = body.role.get().ok_or(RejectCode::BadValue)?;
        let cod_type = body.cod_type.get().ok_or(RejectCode::BadValue)?;
        if body.keep_alive_ms_min == 0 || body.keep_alive_ms_min > body.keep_alive_ms_max {
            return Err(RejectCode::BadValue);
        }
        Ok(Definition {
            firm: body.firm,
            role,
            cod_type,
            cod_window_ms_max: body.cod_window_ms_max,
            keep_alive_ms_min: body.keep_alive_ms_min,
            keep_alive_ms_max: body.keep_alive_ms_max,
            orders: Rate { per_second: body.rate_per_second, burst: body.rate_burst },
            cancels: Rate {
                per_second: body.cancel_rate_per_second,
                burst: body.cancel_rate_burst,
            },
            throttle_logout: body.throttle_logout,
        })
    }

    /// The flow the client of such a session must ask for: a drop copy says nothing, everyone
    /// else's messages count at most once.
    #[must_use]
    pub const fn client_flow(&self) -> FlowType {
        match self.role {
            SessionRole::DropCopy => FlowType::None,
            SessionRole::Trader
            | SessionRole::Risk
            | SessionRole::MarketOps
            | SessionRole::Auditor
            | SessionRole::Admin => FlowType::Idempotent,
        }
    }

    pub(super) fn fold(&self, digest: Digest) -> Digest {
        digest
            .word(u64::from(self.firm.0))
            .word(u64::from(self.role.code()))
            .word(u64::from(self.cod_type.code()))
            .word(u64::from(self.cod_window_ms_max))
            .word(u64::from(self.keep_alive_ms_min))
            .word(u64::from(self.keep_alive_ms_max))
            .word(u64::from(self.orders.per_second))
            .word(u64::from(self.orders.burst))
            .word(u64::from(self.cancels.per_second))
            .word(u64::from(self.cancels.burst))
            .word(u64::from(self.throttle_logout))
    }
}
