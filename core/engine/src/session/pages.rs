//! Answers that are told in pages: where the next one begins.

use pinion_types::command::MassStatusRequest;
use pinion_types::{OrderId, SessionId};

use super::digest::Digest;
use super::table::Sessions;

/// A mass status that was not told to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cut {
    request_id: u64,
    account: u32,
    instrument: u32,
    /// The last order that was told; 0 where nothing is left to tell.
    after: u64,
}

impl Cut {
    fn at(body: &MassStatusRequest, after: OrderId) -> Self {
        Cut {
            request_id: body.request_id,
            account: body.account.0,
            instrument: body.instrument.0,
            after: after.0,
        }
    }

    pub(super) fn fold(&self, digest: Digest) -> Digest {
        let about = u64::from(self.account) << 32 | u64::from(self.instrument);
        digest.word(self.request_id).word(about).word(self.after)
    }
}

impl Sessions {
    /// The order behind which the answer to `body` begins: 0, or the last one told where the
    /// session asks the same again after an answer that was cut.
    #[must_use]
    pub fn told_up_to(&self, id: SessionId, body: &MassStatusRequest) -> OrderId {
        let cut = self.get(id).map_or_else(Cut::default, |session| session.cut);
        let goes_on = cut == Cut::at(body, OrderId(cut.after));
        OrderId(if goes_on { cut.after } else { 0 })
    }

    /// Notes the last order of an answer that was cut, or that the answer was whole.
    pub fn note_page(&mut self, id: SessionId, body: &MassStatusRequest, last: Option<OrderId>) {
        let cut = last.map_or_else(Cut::default, |last| Cut::at(body, last));
        if self.get(id).is_some_and(|session| session.cut != cut) {
            self.edit(id, |session| session.cut = cut);
        }
    }
}
