//! Cancel and mass cancel: who may name which order, and what is answered.

use pinion_types::codes::{
    CancelReason, CxlRejResponseTo, MassScope, RawSide, SideFilter, TradingState,
};
use pinion_types::command::{Cancel, MassCancel};
use pinion_types::event::{CancelRejected, MassCanceled};
use pinion_types::{AccountId, ClOrdId, InstrumentId, Nanos, OrderId, RejectCode};

use super::Model;
use super::book::Asked;
use super::entry::Times;
use super::refusal::{Checked, Refusal, refuse_if};
use super::tables::Order;

/// How a request names an order.
pub(super) struct Naming {
    pub cl_ord_id: ClOrdId,
    pub orig_cl_ord_id: ClOrdId,
    pub order_id: OrderId,
    pub instrument: InstrumentId,
    pub side: RawSide,
}

impl Model {
    pub(super) fn cancel(&mut self, body: &Cancel) {
        if !self.admit(102, body.cl_ord_id.0, body.received_time) {
            return;
        }
        let naming = Naming {
            cl_ord_id: body.cl_ord_id,
            orig_cl_ord_id: body.orig_cl_ord_id,
            order_id: body.order_id,
            instrument: body.instrument,
            side: body.side,
        };
        match self.checked_cancel(body, &naming) {
            Ok(order) => {
                let asked = self.asked(body.cl_ord_id, body.received_time);
                self.orders.retain(|it| it.id != order.id);
                self.gone(order, CancelReason::ClientRequest, Some(asked));
            }
            Err(refusal) => {
                self.cancel_rejected(&naming, CxlRejResponseTo::Cancel, 0, &refusal);
            }
        }
    }

    fn checked_cancel(&mut self, body: &Cancel, naming: &Naming) -> Checked<Order> {
        self.named_well(naming)?;
        let reserved = body.spare != [0; 3] || body.spare2.0 != [0; 4];
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        self.check_times(&Times { sending: body.sending_time, valid_until: Nanos(0) })?;
        self.check_role()?;
        self.use_cl_ord_id(body.cl_ord_id)?;
        let order = self.find(naming)?;
        let closed = self.instruments[&order.instrument].state == TradingState::Closed;
        refuse_if(closed, RejectCode::StateForbids)?;
        Ok(order)
    }

    /// Step 4 of whatever names an order.
    pub(super) fn named_well(&self, naming: &Naming) -> Checked {
        let unknown_side = naming.side.0 != 0 && naming.side.get().is_none();
        refuse_if(unknown_side, RejectCode::UnknownEnumValue)?;
        let nothing = naming.orig_cl_ord_id.0 == 0 && naming.order_id.0 == 0;
        let missing = naming.cl_ord_id.0 == 0 || nothing;
        refuse_if(missing, RejectCode::RequiredFieldMissing)
    }

    /// The working order a request names.
    pub(super) fn find(&self, naming: &Naming) -> Checked<Order> {
        let session = self.header.session.0;
        let (orig, id) = (naming.orig_cl_ord_id.0, naming.order_id.0);
        let mine = |order: &&Order| order.session == session && order.cl_ord_id == orig;
        let by_id = |order: &&Order| order.id == id && self.owns(order.account);
        let found = match (orig, id) {
            (0, _) => self.orders.iter().find(by_id),
            (_, 0) => self.orders.iter().find(mine),
            _ => self.orders.iter().find(|order| mine(order) && order.id == id),
        };
        let Some(order) = found else {
            // A ClOrdID that works, or a replace that took its place, is not done.
            let done = |(by, cl, closed, account): &(u32, u64, u64, u32)| match orig {
                0 => *closed == id && self.owns(*account),
                _ => *by == session && *cl == orig,
            };
            let works = orig != 0 && self.orders.iter().any(|order| mine(&order));
            let late = !works && self.closed.iter().any(done);
            let code = if late { RejectCode::TooLateToCancel } else { RejectCode::UnknownOrder };
            return Err(code.into());
        };
        let other_instrument = naming.instrument.0 != 0 && naming.instrument.0 != order.instrument;
        let other_side = naming.side.get().is_some_and(|side| side != order.side);
        refuse_if(other_instrument || other_side, RejectCode::OrderMismatch)?;
        Ok(order.clone())
    }

    /// Refuses a cancel or a replace; `account` is told once the order was found.
    pub(super) fn cancel_rejected(
        &mut self,
        naming: &Naming,
        response_to: CxlRejResponseTo,
        account: u32,
        refusal: &Refusal,
    ) {
        let (limit, current, would_be) = refusal.values();
        let rejected = CancelRejected {
            cl_ord_id: naming.cl_ord_id,
            orig_cl_ord_id: naming.orig_cl_ord_id,
            order_id: naming.order_id,
            ref_seq_num: self.header.src_seq,
            limit,
            current,
            would_be,
            instrument: naming.instrument,
            account: AccountId(account),
            scope_id: refusal.scope.map_or(0, |(_, id)| id),
            code: refusal.code.into(),
            response_to: response_to.into(),
            limit_id: refusal.limit_id.map(Into::into).unwrap_or_default(),
            scope: refusal.scope.map(|(scope, _)| scope.into()).unwrap_or_default(),
            ..CancelRejected::default()
        };
        self.tell(self.header.session.0, &rejected);
    }

    pub(super) fn mass_cancel(&mut self, body: &MassCancel) {
        if !self.admit(103, body.cl_ord_id.0, body.received_time) {
            return;
        }
        let (affected_count, code) = match self.checked_mass_cancel(body) {
            Ok(scope) => (self.cancel_scope(body, scope), Default::default()),
            Err(refusal) => (0, refusal.code.into()),
        };
        let canceled = MassCanceled {
            cl_ord_id: body.cl_ord_id,
            ref_seq_num: self.header.src_seq,
            affected_count,
            received_time: body.received_time,
            account: body.account,
            instrument: body.instrument,
            code,
            scope: body.scope,
            side: body.side,
            ..MassCanceled::default()
        };
        self.tell(self.header.session.0, &canceled);
    }

    fn checked_mass_cancel(&mut self, body: &MassCancel) -> Checked<MassScope> {
        let scope = body.scope.get().ok_or(RejectCode::UnknownEnumValue)?;
        let unknown_side = body.side.0 != 0 && body.side.get().is_none();
        refuse_if(unknown_side, RejectCode::UnknownEnumValue)?;
        refuse_if(body.cl_ord_id.0 == 0, RejectCode::RequiredFieldMissing)?;
        let names_account = body.account.0 != 0;
        let of_account = scope == MassScope::Account;
        refuse_if(names_account && !of_account, RejectCode::ReservedNotZero)?;
        refuse_if(!names_account && of_account, RejectCode::RequiredFieldMissing)?;
        let reserved = body.spare != [0; 6] || body.spare2.0 != [0; 5];
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        self.check_times(&Times { sending: body.sending_time, valid_until: Nanos(0) })?;
        self.check_role()?;
        let foreign = of_account && !self.owns(body.account.0);
        refuse_if(foreign, RejectCode::UnknownAccount)?;
        let named = body.instrument.0;
        let unlisted = named != 0 && !self.instruments.contains_key(&named);
        refuse_if(unlisted, RejectCode::UnknownInstrument)?;
        self.use_cl_ord_id(body.cl_ord_id)?;
        Ok(scope)
    }

    fn cancel_scope(&mut self, body: &MassCancel, scope: MassScope) -> u64 {
        let session = self.header.session.0;
        let accounts = self.session().expect("it speaks").accounts.clone();
        let buys = body.side.get().map(|side| side == SideFilter::Buy);
        let asked = self.asked(body.cl_ord_id, body.received_time);
        let (account, instrument) = (body.account.0, body.instrument.0);
        self.cancel_asked(CancelReason::MassCancel, Some(asked), |order| {
            let meant = match scope {
                MassScope::Session => order.session == session,
                MassScope::Account => order.account == account,
                MassScope::All => accounts.contains(&order.account),
            };
            meant
                && (instrument == 0 || instrument == order.instrument)
                && buys.is_none_or(|buys| buys == order.side.is_buy())
        })
    }

    fn asked(&self, cl_ord_id: ClOrdId, received_time: Nanos) -> Asked {
        Asked { session: self.header.session.0, cl_ord_id: cl_ord_id.0, received_time }
    }
}
