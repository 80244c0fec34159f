//! The short way of a message that comes as expected: one look, then one change.

use pinion_types::command::CommandHeader;
use pinion_types::{ClOrdId, Nanos, SessionRole};

use super::bucket::Bucket;
use super::inbound::Lane;
use super::state::Link;
use super::table::{Sessions, index};
use crate::digest::moved;

/// What a message that comes as expected makes of its session.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    index: usize,
    bucket: Bucket,
}

impl Sessions {
    /// Looks at a trader's message: whether it is the expected one, of the connection that speaks,
    /// within its rate, and its ClOrdID above every other of the day. `None` for any other.
    #[inline(always)]
    pub(crate) fn look(
        &self,
        now: Nanos,
        header: &CommandHeader,
        lane: Lane,
        cl_ord_id: ClOrdId,
    ) -> Option<Step> {
        let index = index(header.session)?;
        let session = self.sessions.get(index)?.as_ref()?;
        let counters = &session.counters;
        let is_on = matches!(session.link, Link::Established(it) if it.source == header.source);
        if header.src_seq.wrapping_sub(1) != counters.last_in
            || header.src_seq == 0
            || cl_ord_id.0 <= counters.cl_ord_id
            || !is_on
            || session.definition.role != SessionRole::Trader
        {
            return None;
        }
        let (mut bucket, rate) = match lane {
            Lane::Orders => (counters.orders, session.definition.orders),
            Lane::Cancels => (counters.cancels, session.definition.cancels),
        };
        bucket.take(rate, now).then_some(Step { index, bucket })
    }

    /// Takes the message that was looked at, its ClOrdID, and the number of its first answer, which
    /// is given back.
    #[inline(always)]
    pub(crate) fn step(
        &mut self,
        step: &Step,
        header: &CommandHeader,
        lane: Lane,
        cl_ord_id: ClOrdId,
    ) -> u64 {
        let Some(Some(session)) = self.sessions.get_mut(step.index) else { return 0 };
        let counters = &mut session.counters;
        let before = counters.words();
        match lane {
            Lane::Orders => (counters.orders, counters.throttled) = (step.bucket, 0),
            Lane::Cancels => counters.cancels = step.bucket,
        }
        counters.last_in = header.src_seq;
        counters.cl_ord_id = cl_ord_id.0;
        counters.last_out = counters.last_out.saturating_add(1);
        let number = counters.last_out;
        let moved = session.weight.wrapping_mul(moved(before, session.counters.words()));
        self.add_hash(moved);
        number
    }
}
