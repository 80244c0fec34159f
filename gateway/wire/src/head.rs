//! What messages of one kind have in common, at the same place in every template.

use crate::OVERHEAD;
use crate::codes::Flag;
use crate::frame::Frame;
use crate::message::Message;
use crate::session::NotApplied;
use pinion_types::{Nanos, Seq, SessionId};

/// The first fields of every numbered message of the venue (templates 9 and 200 on).
///
/// The body of such a message follows from its event alone; these are what a session adds when it
/// sends it, for the first time or again.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Head {
    /// Number within the session version (FIX 34).
    pub msg_seq_num: u64,
    /// When the gateway wrote it (FIX 52).
    pub sending_time: Nanos,
    /// When its cause was sequenced (FIX 60).
    pub transact_time: Nanos,
    /// Its number among all events of the venue (FIX 17).
    pub exec_id: Seq,
    /// The session whose order or request it is about.
    pub session: SessionId,
    /// Set where it is sent again (FIX 97).
    pub poss_resend: Flag,
    /// Zero.
    pub reserved1: u8,
    /// Zero.
    pub reserved2: u16,
}

const _: () = assert!(size_of::<Head>() == 40);

impl Head {
    /// Writes these fields into the block of an encoded frame of a numbered message; false, and
    /// nothing written, where `frame` is too short to have one.
    #[must_use]
    pub fn stamp(&self, frame: &mut [u8]) -> bool {
        match frame.get_mut(OVERHEAD..OVERHEAD + size_of::<Head>()) {
            Some(head) => {
                head.copy_from_slice(bytemuck::bytes_of(self));
                true
            }
            None => false,
        }
    }

    /// The fields of a numbered message's frame, also of a template that only a newer venue knows.
    ///
    /// `None` for session messages, and where the block is too short.
    #[must_use]
    pub fn of(frame: &Frame<'_>) -> Option<Head> {
        let numbered = frame.template == NotApplied::TEMPLATE || frame.template >= FIRST_REQUEST;
        if numbered && frame.check_schema().is_ok() { Head::of_block(frame.block) } else { None }
    }

    /// The fields of a numbered message's block.
    pub(crate) fn of_block(block: &[u8]) -> Option<Head> {
        block.get(..size_of::<Head>()).and_then(|head| bytemuck::try_pod_read_unaligned(head).ok())
    }
}

/// The first fields of every numbered message of a client (templates 100 on).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RequestHead {
    /// Number within the session version (FIX 34).
    pub msg_seq_num: u64,
    /// When the client sent it (FIX 52).
    pub sending_time: Nanos,
    /// The client's id of it: ClOrdID (FIX 11) or the request's id.
    pub ref_id: u64,
}

const _: () = assert!(size_of::<RequestHead>() == 24);

impl RequestHead {
    /// Writes number and time into an encoded frame of a numbered message of a client; false, and
    /// nothing written, where `frame` is too short to be one.
    #[must_use]
    pub fn number(frame: &mut [u8], msg_seq_num: u64, sending_time: Nanos) -> bool {
        match frame.get_mut(OVERHEAD..OVERHEAD + 16) {
            Some(head) => {
                head.copy_from_slice(bytemuck::bytes_of(&[msg_seq_num, sending_time.0]));
                true
            }
            None => false,
        }
    }

    /// The fields of a frame that need not decode, so that it can be refused by its number.
    ///
    /// `None` for session messages, and where the block is too short.
    #[must_use]
    pub fn of(frame: &Frame<'_>) -> Option<RequestHead> {
        if frame.check_schema().is_err() || frame.template < FIRST_REQUEST {
            return None;
        }
        frame
            .block
            .get(..size_of::<RequestHead>())
            .and_then(|head| bytemuck::try_pod_read_unaligned(head).ok())
    }
}

/// Templates from this on are application messages; those below belong to the session.
pub const FIRST_REQUEST: u16 = 100;
