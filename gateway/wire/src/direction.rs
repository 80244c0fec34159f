//! The two directions: what a client sends, and what the venue sends.

use crate::admin::{
    InstrumentStateReport, InstrumentStateRequest, KillSwitchReport, KillSwitchRequest,
    RiskLimitReport, RiskLimitUpdateRequest,
};
use crate::answer::{
    BusinessMessageReject, OrderMassCancelReport, OrderStatusReport, PositionReport,
    SecurityDefinition,
};
use crate::head::{FIRST_REQUEST, Head, RequestHead};
use crate::message::{Message, Template};
use crate::report::{
    ExecutionReportCanceled, ExecutionReportNew, ExecutionReportReject, ExecutionReportReplaced,
    ExecutionReportTrade, ExecutionReportTradeCorrect, OrderCancelReject,
};
use crate::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderMassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use crate::session::{
    Establish, EstablishmentAck, EstablishmentReject, Negotiate, NegotiationReject,
    NegotiationResponse, NotApplied, Retransmission, RetransmitReject, RetransmitRequest, Sequence,
    Terminate,
};

direction! {
    /// A message from a client. Decoding judges every field.
    Inbound checks true {
        Negotiate, Establish, Terminate, Sequence, RetransmitRequest, NewOrderSingle,
        OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest, OrderStatusRequest,
        OrderMassStatusRequest, SecurityListRequest, PositionRequest, RiskLimitUpdateRequest,
        KillSwitchRequest, InstrumentStateRequest,
    }
}

direction! {
    /// A message from the venue. Decoding judges lengths alone: a client must bear values that a
    /// newer venue knows.
    Outbound checks false {
        NegotiationResponse, NegotiationReject, EstablishmentAck, EstablishmentReject, Terminate,
        Sequence, NotApplied, Retransmission, RetransmitReject, ExecutionReportNew,
        ExecutionReportReject, ExecutionReportTrade, ExecutionReportCanceled,
        ExecutionReportReplaced, OrderCancelReject, OrderMassCancelReport, OrderStatusReport,
        BusinessMessageReject, SecurityDefinition, PositionReport, ExecutionReportTradeCorrect,
        RiskLimitReport,
        KillSwitchReport, InstrumentStateReport,
    }
}

/// A numbered message of a client: it begins with the fields of [`RequestHead`].
pub trait Request: Message {}

macro_rules! requests {
    ($($message:ident),* $(,)?) => { $(
        impl Request for $message {}
        const _: () = assert!($message::TEMPLATE >= FIRST_REQUEST);
    )* };
}
requests!(NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest);
requests!(OrderStatusRequest, OrderMassStatusRequest, SecurityListRequest, PositionRequest);
requests!(RiskLimitUpdateRequest, KillSwitchRequest, InstrumentStateRequest);

impl Inbound {
    /// Number, time and id; `None` for session messages, which have no number.
    #[must_use]
    pub fn head(&self) -> Option<RequestHead> {
        if self.template() < FIRST_REQUEST {
            return None;
        }
        let head = self.block().get(..size_of::<RequestHead>())?;
        bytemuck::try_pod_read_unaligned(head).ok()
    }
}

impl Outbound {
    /// Number, times and session; `None` for session messages, which have no number.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        let numbered = self.template() == NotApplied::TEMPLATE || self.template() >= FIRST_REQUEST;
        if numbered { Head::of_block(self.block()) } else { None }
    }
}

/// Longest block of either direction.
pub(crate) const BLOCK_MAX: usize = {
    let (to_venue, to_client) = (longest(Inbound::TEMPLATES), longest(Outbound::TEMPLATES));
    if to_venue > to_client { to_venue } else { to_client }
};

const fn longest(templates: &[Template]) -> usize {
    let (mut index, mut len) = (0, 0);
    while index < templates.len() {
        if templates[index].block_len > len {
            len = templates[index].block_len;
        }
        index += 1;
    }
    len
}
