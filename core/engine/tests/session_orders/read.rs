//! Reading events.

use pinion_types::{CancelReason, Event, EventKind, EventRef, RejectCode, TerminationCode};

/// Ids of the orders canceled, with reason and session, in order.
pub fn canceled(events: &[Event]) -> Vec<(u64, CancelReason, u32)> {
    events
        .iter()
        .filter_map(|event| match event.view() {
            Some(EventRef::Canceled(body)) => {
                let reason = body.reason.get().expect("a reason");
                Some((body.order_id.0, reason, event.header().session.0))
            }
            _ => None,
        })
        .collect()
}

/// Kinds of events, in order.
pub fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind().expect("a known kind")).collect()
}

/// Numbers of the session's messages, in order.
pub fn numbers(events: &[Event], session: u32) -> Vec<u64> {
    events
        .iter()
        .filter(|event| event.header().session.0 == session && event.header().msg_seq_num > 0)
        .map(|event| event.header().msg_seq_num)
        .collect()
}

/// The code of the one refusal among the events, whatever refuses.
pub fn refusal(events: &[Event]) -> RejectCode {
    let mut codes = events.iter().filter_map(|event| match event.view() {
        Some(EventRef::Rejected(body)) => body.code.get(),
        Some(EventRef::CancelRejected(body)) => body.code.get(),
        Some(EventRef::BusinessRejected(body)) => body.code.get(),
        Some(EventRef::MassCanceled(body)) => body.code.get(),
        Some(EventRef::ControlDone(body)) => body.code.get(),
        _ => None,
    });
    let code = codes.next().unwrap_or_else(|| panic!("a refusal, not {events:?}"));
    assert_eq!(codes.next(), None, "one refusal");
    code
}

/// Code of the Terminated, its next number, and whether nothing is to be sent.
pub fn terminated(event: &Event) -> (TerminationCode, u64, bool) {
    match event.view() {
        Some(EventRef::Terminated(body)) => {
            (body.code.get().expect("a code"), body.next_seq_no, body.by_client == 1)
        }
        other => panic!("the end of a session, not {other:?}"),
    }
}

/// Orders canceled, as the last event tells: of a mass cancel or a control command.
pub fn affected(events: &[Event]) -> u64 {
    match events.last().and_then(Event::view) {
        Some(EventRef::MassCanceled(body)) if body.code.0 == 0 => body.affected_count,
        Some(EventRef::ControlDone(body)) if body.code.0 == 0 => body.affected_count,
        other => panic!("a count, not {other:?}"),
    }
}
