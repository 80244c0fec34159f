//! A member firm: limits and sums over its accounts.

use pinion_types::command::FirmDef;

use super::limits::{Limits, Load, money};
use crate::digest::{Kind, fold, sum, weight};

/// One member firm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Firm {
    pub(crate) load: Load,
    /// Value of the positions of its accounts (R5), in 1e-8.
    pub(crate) gross: i128,
    pub(crate) gross_max: i128,
    pub(crate) limits: Limits,
    pub(crate) definition: FirmDef,
    pub(crate) is_defined: bool,
    pub(crate) is_blocked: bool,
}

impl Firm {
    /// A place without a firm.
    pub(crate) fn undefined() -> Self {
        Firm {
            load: Load::new(&Limits::NONE),
            gross: 0,
            gross_max: money(Limits::NONE.gross),
            limits: Limits::NONE,
            definition: FirmDef::default(),
            is_defined: false,
            is_blocked: false,
        }
    }

    /// Takes new limits.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.load.limit(&limits);
        self.gross_max = money(limits.gross);
        self.limits = limits;
    }

    /// What it adds to the state hash.
    pub(crate) fn hash(&self) -> u64 {
        if !self.is_defined {
            return 0;
        }
        let id = u64::from(self.definition.firm.0);
        fold(Kind::Firm, id, bytemuck::bytes_of(&self.definition))
            .wrapping_add(weight(Kind::Limits, id).wrapping_mul(sum(self.limits.words())))
            .wrapping_add(weight(Kind::Venue, id).wrapping_mul(u64::from(self.is_blocked)))
    }
}
