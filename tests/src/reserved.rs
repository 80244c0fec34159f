//! Values of the vocabulary that nothing produces: of features the venue refuses whole, or said in
//! another way. `PROTOCOL.md` lists them; the tests hold that these and no others never occur.

use std::fmt::Write;

use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::{CancelReason, LimitId, OrdStatus, RejectCode, TerminationCode};

/// Reject codes: those over which the connection ends instead, then those of features.
pub const REFUSALS: &[RejectCode] =
    &[RejectCode::UnknownTemplate, RejectCode::BlockTooShort, RejectCode::SchemaNotSupported];

/// Ends of orders.
pub const ENDS: &[CancelReason] =
    &[CancelReason::Operator, CancelReason::Halted, CancelReason::MakerProtection];

/// Limits. Cancels over their rate are counted, never refused.
pub const LIMITS: &[LimitId] = &[LimitId::CancelRate];

/// Ends of sessions. A blocked session may log on, to cancel.
pub const TERMINATIONS: &[TerminationCode] =
    &[TerminationCode::SessionBlocked, TerminationCode::EndOfDay];

/// Refused logons. Another schema version ends the connection.
pub const LOGONS: &[NegotiationReject] =
    &[NegotiationReject::SessionBlocked, NegotiationReject::VersionNotSupported];

/// The same of Establish.
pub const RESUMES: &[EstablishmentReject] =
    &[EstablishmentReject::SessionBlocked, EstablishmentReject::VersionNotSupported];

/// States of orders. An order that is refused has a report of its own, without a state.
pub const STATES: &[OrdStatus] = &[OrdStatus::Rejected];

/// The lists as a table, types by their names in the schema.
#[must_use]
pub fn table() -> String {
    let mut out = "| type | reserved values |\n|---|---|\n".to_owned();
    let mut row = |kind: &str, values: &[String]| {
        writeln!(out, "| {kind} | {} |", values.join(", ")).expect("a string");
    };
    row("RejectCode", &names(REFUSALS));
    row("CancelReason", &names(ENDS));
    row("LimitId", &names(LIMITS));
    row("TerminationCode", &names(TERMINATIONS));
    row("NegotiationRejectCode", &names(LOGONS));
    row("EstablishmentRejectCode", &names(RESUMES));
    row("OrdStatus", &names(STATES));
    out
}

fn names<T: std::fmt::Debug>(values: &[T]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}")).collect()
}
