//! Answers that are told in pages: where the next one begins.

use pinion_types::SessionId;
use pinion_types::command::{MassStatusRequest, PositionRequest, SecurityListRequest};

use super::digest::Digest;
use super::table::Sessions;

/// A question whose answer may be longer than a page.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    kind: Kind,
    request_id: u64,
    account: u32,
    instrument: u32,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Orders,
    Instruments,
    Positions,
}

impl From<&MassStatusRequest> for Question {
    fn from(body: &MassStatusRequest) -> Self {
        Question {
            kind: Kind::Orders,
            request_id: body.request_id,
            account: body.account.0,
            instrument: body.instrument.0,
        }
    }
}

impl From<&SecurityListRequest> for Question {
    fn from(body: &SecurityListRequest) -> Self {
        Question {
            kind: Kind::Instruments,
            request_id: body.request_id,
            account: 0,
            instrument: body.instrument.0,
        }
    }
}

impl From<&PositionRequest> for Question {
    fn from(body: &PositionRequest) -> Self {
        Question {
            kind: Kind::Positions,
            request_id: body.request_id,
            account: body.account.0,
            instrument: body.instrument.0,
        }
    }
}

/// An answer that was not told to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cut {
    request_id: u64,
    account: u32,
    instrument: u32,
    /// Key of the last report; 0 where nothing is left to tell. Keys rise within an answer.
    after: u64,
}

impl Cut {
    const fn at(question: &Question, after: u64) -> Self {
        Cut {
            request_id: question.request_id,
            account: question.account,
            instrument: question.instrument,
            after,
        }
    }
}

/// The cut answers of a session, one of each kind: a question does not disturb those of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cuts([Cut; 3]);

impl Cuts {
    pub(super) fn fold(&self, digest: Digest) -> Digest {
        self.0.iter().fold(digest, |digest, cut| {
            let about = u64::from(cut.account) << 32 | u64::from(cut.instrument);
            digest.word(cut.request_id).word(about).word(cut.after)
        })
    }
}

impl Sessions {
    /// The key behind which the answer begins: 0, or that of the last report where the session
    /// asks the same again after an answer that was cut.
    #[must_use]
    pub fn told_up_to(&self, id: SessionId, question: &Question) -> u64 {
        let kind = question.kind as usize;
        let cut = self.get(id).map_or_else(Cut::default, |session| session.cuts.0[kind]);
        let goes_on = cut == Cut::at(question, cut.after);
        if goes_on { cut.after } else { 0 }
    }

    /// Notes the key of the last report of an answer that was cut, or that the answer was whole.
    pub fn note_page(&mut self, id: SessionId, question: &Question, last: Option<u64>) {
        let kind = question.kind as usize;
        let cut = last.map_or_else(Cut::default, |last| Cut::at(question, last));
        if self.get(id).is_some_and(|session| session.cuts.0[kind] != cut) {
            self.edit(id, |session| session.cuts.0[kind] = cut);
        }
    }
}
