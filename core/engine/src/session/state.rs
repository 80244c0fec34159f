//! The state of one session: everything a replay must find again.

use pinion_types::{
    CancelOnDisconnect, ClOrdId, ConnectionId, FirmId, MsgSeqNum, Nanos, SessionId, SessionRole,
    SessionVerId, SourceId,
};

use super::bucket::Bucket;
use super::digest::Digest;
use super::limits::Definition;
use super::logoff::CodScope;
use super::pages::Cuts;
use crate::digest::{Kind, sum, weight};

/// Where a session's messages come from: a connection of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The producer.
    pub source: SourceId,
    /// Its connection.
    pub connection: ConnectionId,
}

/// What a session holds of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing.
    Free,
    /// A connection negotiated; it keeps nobody else out until it has established.
    Negotiated(Route),
    /// A connection established: messages count, every other connection is refused.
    Established(Route),
}

impl Link {
    /// The connection, where there is one.
    #[must_use]
    pub const fn route(self) -> Option<Route> {
        match self {
            Link::Free => None,
            Link::Negotiated(route) | Link::Established(route) => Some(route),
        }
    }
}

/// What changes with every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counters {
    /// Number of the client's last message that was consumed; the expected one is the next.
    pub(super) last_in: u64,
    /// Number of the venue's last message.
    pub(super) last_out: u64,
    /// Highest ClOrdID of the day.
    pub(super) cl_ord_id: u64,
    pub(super) orders: Bucket,
    pub(super) cancels: Bucket,
    /// Throttled messages since the last one that passed.
    pub(super) throttled: u64,
    /// Cancels over their bucket, since the session was defined.
    pub(super) cancels_over: u64,
}

impl Counters {
    /// A sum that every counter moves; times the session's weight it counts in the state hash.
    pub(super) fn sum(&self) -> u64 {
        sum(self.words())
    }

    /// Every counter.
    #[inline(always)]
    pub(super) const fn words(&self) -> [u64; 9] {
        let [orders_level, orders_at] = self.orders.words();
        let [cancels_level, cancels_at] = self.cancels.words();
        [
            self.last_in,
            self.last_out,
            self.cl_ord_id,
            orders_level,
            orders_at,
            cancels_level,
            cancels_at,
            self.throttled,
            self.cancels_over,
        ]
    }
}

/// One defined session. Read-only outside the session layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub(super) counters: Counters,
    pub(super) link: Link,
    pub(super) definition: Definition,
    /// Odd, the session's own: keeps equal counters of two sessions apart in the state hash.
    pub(super) weight: u64,
    pub(super) version: SessionVerId,
    pub(super) last_logon: Nanos,
    pub(super) keep_alive_ms: u32,
    pub(super) cod_type: CancelOnDisconnect,
    pub(super) cod_window_ms: u32,
    /// When which orders are canceled; set while nobody is established.
    pub(super) due: Option<(Nanos, CodScope)>,
    /// Answers that are not told to their end.
    pub(super) cuts: Cuts,
}

const _: () = assert!(size_of::<Session>() <= 320);

impl Session {
    pub(super) fn new(id: SessionId, definition: Definition, now: Nanos) -> Self {
        Session {
            counters: Counters {
                last_in: 0,
                last_out: 0,
                cl_ord_id: 0,
                orders: Bucket::full(definition.orders, now),
                cancels: Bucket::full(definition.cancels, now),
                throttled: 0,
                cancels_over: 0,
            },
            link: Link::Free,
            definition,
            weight: weight(Kind::Session, u64::from(id.0)),
            version: SessionVerId(0),
            last_logon: Nanos(0),
            keep_alive_ms: 0,
            cod_type: definition.cod_type,
            cod_window_ms: 0,
            due: None,
            cuts: Cuts::default(),
        }
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Its firm.
    #[must_use]
    pub const fn firm(&self) -> FirmId {
        self.definition.firm
    }

    /// What it may do.
    #[must_use]
    pub const fn role(&self) -> SessionRole {
        self.definition.role
    }

    /// Its connection, if any.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// True where a connection is established.
    #[must_use]
    pub const fn is_established(&self) -> bool {
        matches!(self.link, Link::Established(_))
    }

    /// Last accepted version; 0 before the first.
    #[must_use]
    pub const fn version(&self) -> SessionVerId {
        self.version
    }

    /// Timestamp of the last authentic logon, accepted or not.
    #[must_use]
    pub const fn last_logon(&self) -> Nanos {
        self.last_logon
    }

    /// Number of the client's last message that was consumed in this version; 0 before the first.
    #[must_use]
    pub const fn last_incoming(&self) -> MsgSeqNum {
        MsgSeqNum(self.counters.last_in)
    }

    /// Number expected of the client's next message. Stands at the end of the range.
    #[must_use]
    pub const fn expected(&self) -> MsgSeqNum {
        MsgSeqNum(self.counters.last_in.saturating_add(1))
    }

    /// Number the venue's next message will have. Stands at the end of the range.
    #[must_use]
    pub const fn next_outgoing(&self) -> MsgSeqNum {
        MsgSeqNum(self.counters.last_out.saturating_add(1))
    }

    /// Highest ClOrdID of the day (R10); 0 before the first.
    #[must_use]
    pub const fn last_cl_ord_id(&self) -> ClOrdId {
        ClOrdId(self.counters.cl_ord_id)
    }

    /// Keep-alive interval agreed last, in ms; 0 before the first.
    #[must_use]
    pub const fn keep_alive_ms(&self) -> u32 {
        self.keep_alive_ms
    }

    /// Which ends cancel DAY orders, as agreed last.
    #[must_use]
    pub const fn cod_type(&self) -> CancelOnDisconnect {
        self.cod_type
    }

    /// Grace before they are canceled, in ms, as agreed last.
    #[must_use]
    pub const fn cod_window_ms(&self) -> u32 {
        self.cod_window_ms
    }

    /// When its orders are canceled, where a grace runs.
    #[must_use]
    pub fn cod_due(&self) -> Option<Nanos> {
        self.due.map(|(due, _)| due)
    }

    /// Bucket of orders, replaces and requests, as of the last one.
    #[must_use]
    pub const fn orders_bucket(&self) -> &Bucket {
        &self.counters.orders
    }

    /// Bucket of cancels, as of the last one.
    #[must_use]
    pub const fn cancels_bucket(&self) -> &Bucket {
        &self.counters.cancels
    }

    /// Throttled messages since the last one that passed.
    #[must_use]
    pub const fn throttled_count(&self) -> u64 {
        self.counters.throttled
    }

    /// Cancels over their bucket since the session was defined: passed, but counted.
    #[must_use]
    pub const fn cancels_over_count(&self) -> u64 {
        self.counters.cancels_over
    }

    /// What this session adds to the state hash.
    pub(super) fn hash(&self, id: SessionId) -> u64 {
        let (link, source, connection) = match self.link {
            Link::Free => (0, 0, 0),
            Link::Negotiated(route) => (1, route.source.0, route.connection.0),
            Link::Established(route) => (2, route.source.0, route.connection.0),
        };
        let (due, scope) = self.due.map_or((0, 0), |(due, scope)| (due.0, scope.code()));
        let digest = Digest::new(0x73).word(u64::from(id.0));
        let slow = self
            .cuts
            .fold(self.definition.fold(digest))
            .word(link)
            .word(u64::from(source))
            .word(u64::from(connection))
            .word(self.version.0)
            .word(self.last_logon.0)
            .word(u64::from(self.keep_alive_ms))
            .word(u64::from(self.cod_type.code()))
            .word(u64::from(self.cod_window_ms))
            .word(due)
            .word(scope)
            .value();
        slow.wrapping_add(self.weight.wrapping_mul(self.counters.sum()))
    }

    /// The rule of this session that does not hold, if any.
    pub(super) fn broken(&self) -> Option<&'static str> {
        if self.is_established() && self.due.is_some() {
            return Some("an established session waits for nothing");
        }
        if self.version.0 == 0 && self.link != Link::Free {
            return Some("a connection has a version");
        }
        let in_bounds = self.counters.orders.fits(self.definition.orders)
            && self.counters.cancels.fits(self.definition.cancels);
        if !in_bounds {
            return Some("a bucket holds its burst at most");
        }
        (self.counters.throttled > u64::from(self.definition.throttle_logout))
            .then_some("a throttled session is ended in time")
    }
}
