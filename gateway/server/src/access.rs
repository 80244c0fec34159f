//! Who may connect: limits by address, lock-out after failed logons, rate of accepting.
//!
//! The table of addresses is bounded. Where it is full, an address nothing is known against gives
//! its place away; where there is none, strangers are refused until one is free again.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::config::AccessLimits;
use crate::time::Tick;

/// Why a connection is refused at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The gateway, the address or the table of addresses is full.
    TooMany,
    /// The address failed to log on too often.
    LockedOut,
}

#[derive(Debug, Default)]
struct Address {
    connections: u32,
    failures: u32,
    window_until: Tick,
    locked_until: Tick,
}

impl Address {
    fn is_idle(&self, now: Tick) -> bool {
        self.connections == 0 && self.locked_until <= now && self.window_until <= now
    }
}

/// The door.
#[derive(Debug)]
pub struct Access {
    limits: AccessLimits,
    addresses: HashMap<IpAddr, Address>,
    connections: usize,
    /// Connections that may be accepted now, in 1e-9 of one.
    tokens: u64,
    filled_at: Tick,
    swept_at: Tick,
}

/// One connection in [`Access::tokens`].
const TOKEN: u64 = 1_000_000_000;

/// How often a full table is searched for places to give away, in ms.
const SWEEP_INTERVAL_MS: u32 = 100;

impl Access {
    /// A door with these limits that nobody came through yet.
    #[must_use]
    pub fn new(limits: AccessLimits) -> Self {
        Access {
            limits,
            addresses: HashMap::new(),
            connections: 0,
            tokens: u64::from(limits.accept_per_second).saturating_mul(TOKEN),
            filled_at: Tick(0),
            swept_at: Tick(0),
        }
    }

    /// True where the rate allows one more connection now; takes it from the allowance.
    pub fn may_accept(&mut self, now: Tick) -> bool {
        let full = u64::from(self.limits.accept_per_second).saturating_mul(TOKEN);
        let gained =
            now.since(self.filled_at).saturating_mul(u64::from(self.limits.accept_per_second));
        self.filled_at = now;
        self.tokens = self.tokens.saturating_add(gained).min(full);
        match self.tokens.checked_sub(TOKEN) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }

    /// A connection from `address` is there.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is counted then and the connection is to be closed.
    pub fn enter(&mut self, address: IpAddr, now: Tick) -> Result<(), Refusal> {
        if self.connections >= self.limits.connections_max {
            return Err(Refusal::TooMany);
        }
        let key = network(address);
        if !self.addresses.contains_key(&key) {
            self.make_room(now)?;
        }
        let entry = self.addresses.entry(key).or_default();
        if entry.locked_until > now {
            return Err(Refusal::LockedOut);
        }
        if entry.connections >= self.limits.connections_per_address_max {
            return Err(Refusal::TooMany);
        }
        entry.connections = entry.connections.saturating_add(1);
        self.connections = self.connections.saturating_add(1);
        Ok(())
    }

    /// A connection that entered is closed.
    pub fn leave(&mut self, address: IpAddr) {
        if let Some(entry) = self.addresses.get_mut(&network(address)) {
            entry.connections = entry.connections.saturating_sub(1);
        }
        self.connections = self.connections.saturating_sub(1);
    }

    /// A logon from `address` failed. True where that locks it out from now on.
    pub fn failed(&mut self, address: IpAddr, now: Tick) -> bool {
        let Some(entry) = self.addresses.get_mut(&network(address)) else { return false };
        if entry.window_until <= now {
            entry.window_until = now.after_ms(self.limits.lockout_ms);
            entry.failures = 0;
        }
        entry.failures = entry.failures.saturating_add(1);
        let locks = entry.failures >= self.limits.failures_max && entry.locked_until <= now;
        if locks {
            entry.locked_until = now.after_ms(self.limits.lockout_ms);
        }
        locks
    }

    /// True where `address` is locked out.
    #[must_use]
    pub fn is_locked(&self, address: IpAddr, now: Tick) -> bool {
        self.addresses.get(&network(address)).is_some_and(|entry| entry.locked_until > now)
    }

    /// Connections that entered and did not leave.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections
    }

    fn make_room(&mut self, now: Tick) -> Result<(), Refusal> {
        if self.addresses.len() < self.limits.addresses_max {
            return Ok(());
        }
        // A search costs the whole table, so strangers cannot make it happen at every connection.
        if now >= self.swept_at.after_ms(SWEEP_INTERVAL_MS) || self.swept_at == Tick(0) {
            self.swept_at = now;
            self.addresses.retain(|_, entry| !entry.is_idle(now));
        }
        if self.addresses.len() < self.limits.addresses_max {
            Ok(())
        } else {
            Err(Refusal::TooMany)
        }
    }
}

/// What counts as one address: one host has a whole /64 of IPv6 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => match long.to_ipv4_mapped() {
            Some(short) => IpAddr::V4(short),
            None => IpAddr::V6((long.to_bits() >> 64 << 64).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Refusal};
    use crate::config::AccessLimits;
    use crate::time::Tick;
    use std::net::IpAddr;

    const SECOND: u64 = 1_000_000_000;

    fn door() -> Access {
        Access::new(AccessLimits {
            connections_max: 4,
            connections_per_address_max: 2,
            accept_per_second: 3,
            failures_max: 2,
            lockout_ms: 1_000,
            addresses_max: 3,
        })
    }

    fn host(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn connections_are_limited_by_address_and_altogether() {
        let mut door = door();
        assert_eq!(door.enter(host(1), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(1), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(1), Tick(1)), Err(Refusal::TooMany));
        assert_eq!(door.enter(host(2), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(2), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(3), Tick(1)), Err(Refusal::TooMany));
        door.leave(host(1));
        assert_eq!(door.connections(), 3);
        assert_eq!(door.enter(host(3), Tick(1)), Ok(()));
    }

    #[test]
    fn failures_lock_out_for_a_while_and_only_that_address() {
        let mut door = door();
        for _ in 0..2 {
            assert_eq!(door.enter(host(1), Tick(1)), Ok(()));
        }
        assert!(!door.failed(host(1), Tick(1)));
        assert!(door.failed(host(1), Tick(2)));
        assert!(!door.failed(host(1), Tick(3)), "it is locked out once");
        door.leave(host(1));
        assert_eq!(door.enter(host(1), Tick(4)), Err(Refusal::LockedOut));
        assert_eq!(door.enter(host(2), Tick(4)), Ok(()));
        assert_eq!(door.enter(host(1), Tick(2 + SECOND)), Ok(()));
    }

    #[test]
    fn failures_far_apart_are_forgiven() {
        let mut door = door();
        assert_eq!(door.enter(host(1), Tick(1)), Ok(()));
        assert!(!door.failed(host(1), Tick(1)));
        assert!(!door.failed(host(1), Tick(2 * SECOND)));
        assert!(!door.is_locked(host(1), Tick(2 * SECOND)));
    }

    #[test]
    fn a_full_table_gives_away_idle_places_only() {
        let mut door = door();
        for last in 1..=3 {
            assert_eq!(door.enter(host(last), Tick(1)), Ok(()));
        }
        assert_eq!(door.enter(host(4), Tick(SECOND)), Err(Refusal::TooMany));
        door.leave(host(2));
        assert_eq!(door.enter(host(4), Tick(2 * SECOND)), Ok(()));
        assert_eq!(door.connections(), 3);
    }

    #[test]
    fn accepting_has_a_rate() {
        let mut door = door();
        let taken = (0..10).filter(|_| door.may_accept(Tick(0))).count();
        assert_eq!(taken, 3);
        assert!(!door.may_accept(Tick(SECOND / 4)));
        assert!(door.may_accept(Tick(SECOND / 2)));
    }

    #[test]
    fn one_host_has_one_ipv6_network() {
        let mut door = door();
        let host = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        assert_eq!(door.enter(host(1), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(2), Tick(1)), Ok(()));
        assert_eq!(door.enter(host(3), Tick(1)), Err(Refusal::TooMany));
        let mapped = "::ffff:10.0.0.9".parse().expect("an address");
        assert_eq!(door.enter(mapped, Tick(1)), Ok(()));
        door.leave(IpAddr::from([10, 0, 0, 9]));
        assert_eq!(door.connections(), 2);
    }
}
