//! An account: who it belongs to, what it may do, what it has at risk.

use pinion_types::StpMode;
use pinion_types::command::AccountDef;

use super::limits::{Caps, Limits, Load, money};
use crate::book::NONE;
use crate::digest::{Kind, fold, sum, weight};

/// Marks a self-trade group that is an account's own; groups that are named are below it.
pub(crate) const OWN_GROUP: u32 = 1 << 31;

/// One account. What every order touches stands first.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Account {
    pub(crate) load: Load,
    pub(crate) is_defined: bool,
    pub(crate) is_blocked: bool,
    pub(crate) stp_mode: StpMode,
    /// What most accounts have not: bits of [`watch`](super::watch).
    pub(crate) watch: u8,
    /// Index of its firm.
    pub(crate) firm: u32,
    /// Self-trade group of its orders.
    pub(crate) group: u32,
    /// In 1e-6 of the value.
    pub(crate) maker_fee: i32,
    pub(crate) taker_fee: i32,
    /// First of its positions.
    pub(crate) positions: u32,
    /// First of its amounts of cash.
    pub(crate) cash: u32,
    /// Value of its positions (R5), in 1e-8.
    pub(crate) gross: i128,
    pub(crate) gross_max: i128,
    /// Its firm's limits and its own, for positions that are not there yet.
    pub(crate) caps: Caps,
    pub(crate) limits: Limits,
    pub(crate) definition: AccountDef,
}

impl Account {
    /// A place without an account.
    pub(crate) fn undefined() -> Self {
        Account {
            load: Load::new(&Limits::ZERO),
            is_defined: false,
            is_blocked: false,
            stp_mode: StpMode::None,
            watch: 0,
            firm: 0,
            group: 0,
            maker_fee: 0,
            taker_fee: 0,
            positions: NONE,
            cash: NONE,
            gross: 0,
            gross_max: 0,
            caps: Caps::tightest([&Limits::ZERO; 3]),
            limits: Limits::ZERO,
            definition: AccountDef::default(),
        }
    }

    /// Takes new limits; the caps are the engine's to renew.
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
        let id = u64::from(self.definition.account.0) | 1 << 40;
        fold(Kind::Account, id, bytemuck::bytes_of(&self.definition))
            .wrapping_add(weight(Kind::Limits, id).wrapping_mul(sum(self.limits.words())))
            .wrapping_add(weight(Kind::Venue, id).wrapping_mul(u64::from(self.is_blocked)))
    }
}
