//! What the gateway counts. One thread writes, any thread may read.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `count`.
    pub fn add(&self, count: u64) {
        // Relaxed: a count orders nothing.
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds one.
    pub fn one(&self) {
        self.add(1);
    }

    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ( $( $(#[doc = $help:literal])+ $name:ident ),* $(,)? ) => {
        /// Everything the gateway counts, since it began.
        #[derive(Debug, Default)]
        pub struct Counters { $( $(#[doc = $help])+ pub $name: Counter ),* }

        impl Counters {
            /// Name, help text and value of each counter, in order of declaration.
            #[must_use]
            pub fn list(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![ $( (stringify!($name), concat!($($help),+).trim(), self.$name.get()) ),* ]
            }
        }
    };
}

counters! {
    /// Connections accepted.
    accepted,
    /// Connections refused because the gateway or the address has too many.
    refused_connections,
    /// Connections refused because the address is locked out.
    refused_locked,
    /// Connections closed, for whatever reason.
    closed,
    /// Frames read.
    frames,
    /// Bytes read.
    bytes_in,
    /// Bytes written.
    bytes_out,
    /// Commands given to the core.
    commands,
    /// Application messages sent for the first time.
    events_sent,
    /// Logons the gateway found nothing wrong with.
    logons,
    /// Logons with a wrong key or signature.
    logons_failed,
    /// Addresses locked out.
    lockouts,
    /// Connections that did not log on in time.
    logon_timeouts,
    /// Frames whose length or encoding type is not ours, or that stayed incomplete.
    framing_faults,
    /// Messages given to the core as undecodable.
    undecodable,
    /// Orders the core refused.
    rejects,
    /// Cancels and replaces the core refused.
    cancel_rejects,
    /// Messages refused before they were an order.
    business_rejects,
    /// Messages refused by a throttle.
    throttled,
    /// Connections closed because their peer did not read.
    slow_consumers,
    /// Connections closed after two keep-alive intervals of silence.
    keep_alive_lapsed,
    /// Retransmission requests answered.
    retransmissions,
    /// Retransmission requests refused.
    retransmit_rejects,
    /// Messages sent again.
    resent,
    /// Events that do not decode: the log was written by a program of another version.
    events_unreadable,
    /// Turns in which the ring to the core had no room and sockets were left unread.
    ring_full,
    /// Times the core was attached.
    attached,
    /// Times the core was lost.
    core_lost,
}

#[cfg(test)]
mod tests {
    use super::Counters;

    #[test]
    fn counters_are_listed_by_name_with_help() {
        let counters = Counters::default();
        counters.resent.add(3);
        let list = counters.list();
        assert_eq!(list.first(), Some(&("accepted", "Connections accepted.", 0)));
        assert!(list.contains(&("resent", "Messages sent again.", 3)));
    }
}
