//! Who may command what, by user id.

use crate::config::core::Control;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Ask for the status, and kill.
    Risk,
    /// Ask for the status, release, and correct trades.
    MarketOps,
    /// Everything.
    Admin,
}

impl Role {
    /// The word in journals and answers.
    pub fn name(self) -> &'static str {
        match self {
            Role::Risk => "risk",
            Role::MarketOps => "market-ops",
            Role::Admin => "admin",
        }
    }

    pub fn may_kill(self) -> bool {
        matches!(self, Role::Risk | Role::Admin)
    }

    /// Another role than the one that kills, so that two people agree (rule R20).
    pub fn may_release(self) -> bool {
        matches!(self, Role::MarketOps | Role::Admin)
    }

    /// Whoever keeps the market in order decides which trades stand.
    pub fn may_correct(self) -> bool {
        matches!(self, Role::MarketOps | Role::Admin)
    }
}

/// The roles of a venue's users.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    config: Control,
    /// Who the core runs as.
    owner: u32,
}

impl Roles {
    /// The configured roles; the owner of the process may do everything.
    pub fn new(config: &Control) -> Self {
        Roles { config: config.clone(), owner: rustix::process::geteuid().as_raw() }
    }

    /// The role of a user; `None` where he has none.
    pub fn of(&self, uid: u32) -> Option<Role> {
        if uid == self.owner || self.config.admin_uids.contains(&uid) {
            Some(Role::Admin)
        } else if self.config.risk_uids.contains(&uid) {
            Some(Role::Risk)
        } else if self.config.market_ops_uids.contains(&uid) {
            Some(Role::MarketOps)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Roles};
    use crate::config::core::Control;

    #[test]
    fn who_kills_does_not_release() {
        let owner = rustix::process::geteuid().as_raw();
        let config = Control {
            risk_uids: vec![owner + 1],
            market_ops_uids: vec![owner + 2],
            admin_uids: vec![owner + 3],
        };
        let roles = Roles::new(&config);
        assert_eq!(roles.of(owner), Some(Role::Admin));
        assert_eq!(roles.of(owner + 3), Some(Role::Admin));
        assert_eq!(roles.of(owner + 4), None);
        let (risk, ops) = (roles.of(owner + 1).unwrap(), roles.of(owner + 2).unwrap());
        assert!(risk.may_kill() && !risk.may_release());
        assert!(!ops.may_kill() && ops.may_release());
        assert!(!risk.may_correct() && ops.may_correct() && Role::Admin.may_correct());
    }
}
