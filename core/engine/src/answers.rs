//! Answers to questions: order and mass status, security list, positions.

use pinion_types::codes::RawOrdStatus;
use pinion_types::command::{
    MassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_types::event::{OrderStatus, PositionReport, REPORTS_MAX, SecurityDefinition};
use pinion_types::{AccountId, Amount, ClOrdId, InstrumentId, OrderId, Px, Qty};

use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::Order;
use crate::session::Question;
use crate::tables::{Instrument, Position};

impl Engine {
    /// The state of one working order; `found` is 0 where there is none.
    pub(crate) fn order_status<S: Sink>(
        &mut self,
        cx: &Context,
        body: &OrderStatusRequest,
        out: &mut Out<'_, S>,
    ) {
        let slot = self.find_by_id(cx.session, body.cl_ord_id, body.order_id).ok();
        let meant =
            |order: &&Order| body.instrument.0 == 0 || body.instrument.0 == order.instrument + 1;
        let order = slot.map(|slot| self.orders.at(slot)).filter(meant);
        let status = match order {
            Some(order) => OrderStatus {
                request_id: body.request_id,
                report_count: 1,
                ..self.status_of(slot.unwrap_or(NONE), order)
            },
            None => OrderStatus {
                request_id: body.request_id,
                cl_ord_id: body.cl_ord_id,
                order_id: body.order_id,
                instrument: body.instrument,
                ..OrderStatus::default()
            },
        };
        self.tell(cx.session, status, out);
    }

    /// The working orders of the session's accounts, oldest first, a page at a time: who asks the
    /// same again is told those behind the last one.
    pub(crate) fn mass_status<S: Sink>(
        &mut self,
        cx: &Context,
        body: &MassStatusRequest,
        out: &mut Out<'_, S>,
    ) {
        let instrument = body.instrument.0;
        let question = Question::from(body);
        let after = self.sessions.told_up_to(cx.session, &question);
        let keep = |order: &Order| {
            order.order_id > after && (instrument == 0 || instrument == order.instrument + 1)
        };
        let mut gather = crate::amend::Gather::new(
            &self.accounts,
            &self.positions,
            &self.orders,
            &mut self.scratch,
        );
        if body.account.0 == 0 {
            for account in self.sessions.accounts(cx.session) {
                gather.account(account, keep);
            }
        } else if self.sessions.may_trade(cx.session, body.account) {
            gather.account(body.account, keep);
        }
        let count = gather.sort();
        // At most 2^23 orders.
        let report_count = count as u32;
        if count == 0 {
            let none = OrderStatus {
                request_id: body.request_id,
                account: body.account,
                instrument: body.instrument,
                ..OrderStatus::default()
            };
            self.tell(cx.session, none, out);
        }
        let page = count.min(REPORTS_MAX as usize);
        let last = (page < count).then(|| self.scratch[page - 1].0);
        self.sessions.note_page(cx.session, &question, last);
        for (report_index, index) in (0..).zip(0..page) {
            let (_, slot) = self.scratch[index];
            let status = OrderStatus {
                request_id: body.request_id,
                report_count,
                report_index,
                ..self.status_of(slot, self.orders.at(slot))
            };
            self.tell(cx.session, status, out);
        }
    }

    fn status_of(&self, slot: u32, order: &Order) -> OrderStatus {
        let rare = self.rare_of(slot);
        OrderStatus {
            cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.order_id),
            user_data: order.user_data,
            px: self.px(order.instrument, order.tick),
            qty: Qty(order.qty),
            leaves_qty: Qty(order.leaves),
            cum_qty: Qty(order.cum),
            expire_time: self.expiries.of(slot).unwrap_or_default(),
            instrument: InstrumentId(order.instrument + 1),
            account: AccountId(order.account + 1),
            side: order.traits.side.into(),
            ord_type: order.traits.ord_type.into(),
            time_in_force: order.traits.time_in_force.into(),
            ord_status: RawOrdStatus::from(order.whole_status()),
            display_qty: Qty(rare.display),
            stop_px: self.stop_px(order, &rare),
            found: 1,
            ..OrderStatus::default()
        }
    }

    /// One instrument or all, in order of ids, a page at a time.
    pub(crate) fn security_list<S: Sink>(
        &mut self,
        cx: &Context,
        body: &SecurityListRequest,
        out: &mut Out<'_, S>,
    ) {
        let (wanted, question) = (body.instrument.0, Question::from(body));
        let after = self.sessions.told_up_to(cx.session, &question);
        let is_meant = |it: &Instrument| {
            let id = it.id().0;
            it.is_defined() && (wanted == 0 || wanted == id) && u64::from(id) > after
        };
        let listed = self.instruments.iter().filter(|it| is_meant(it)).count();
        // Ids are 31 bits.
        let report_count = listed as u32;
        if report_count == 0 {
            let none = SecurityDefinition {
                request_id: body.request_id,
                instrument: body.instrument,
                ..SecurityDefinition::default()
            };
            self.tell(cx.session, none, out);
        }
        let (mut report_index, mut last) = (0, 0);
        for index in 0..self.instruments.len() {
            let instrument = &self.instruments[index];
            if !is_meant(instrument) {
                continue;
            }
            if report_index == REPORTS_MAX {
                return self.sessions.note_page(cx.session, &question, Some(last));
            }
            last = u64::from(instrument.id().0);
            let definition = SecurityDefinition {
                request_id: body.request_id,
                report_count,
                report_index,
                ..instrument.security()
            };
            self.tell(cx.session, definition, out);
            report_index += 1;
        }
        self.sessions.note_page(cx.session, &question, None);
    }

    /// Positions of one or all of the session's accounts, a page at a time: by account, then by
    /// instrument; an account without any is reported once, with its cash.
    pub(crate) fn position_report<S: Sink>(
        &mut self,
        cx: &Context,
        body: &PositionRequest,
        out: &mut Out<'_, S>,
    ) {
        let question = Question::from(body);
        let after = self.sessions.told_up_to(cx.session, &question);
        // The account of the last report may have more to tell.
        let before = AccountId(((after >> 32) as u32).saturating_sub(1));
        let (mut report_count, mut account) = (0, before);
        while let Some(next) = self.next_asked(cx, body, account) {
            report_count += self.gather_positions(body, next, after);
            account = next;
        }
        // One report an account at least, one a position at most: 2^31 and 2^27.
        let report_count = report_count as u32;
        if report_count == 0 {
            let none = PositionReport {
                request_id: body.request_id,
                account: body.account,
                instrument: body.instrument,
                ..PositionReport::default()
            };
            self.tell(cx.session, none, out);
        }
        let (mut report_index, mut account, mut last) = (0, before, 0);
        while let Some(next) = self.next_asked(cx, body, account) {
            for place in 0..self.gather_positions(body, next, after) {
                if report_index == REPORTS_MAX {
                    return self.sessions.note_page(cx.session, &question, Some(last));
                }
                let (key, slot) = self.scratch[place];
                let report = PositionReport {
                    request_id: body.request_id,
                    report_count,
                    report_index,
                    ..self.reported(next, slot)
                };
                self.tell(cx.session, report, out);
                report_index += 1;
                last = key;
            }
            account = next;
        }
        self.sessions.note_page(cx.session, &question, None);
    }

    /// The first account above `after` that is asked for and the session's: whoever asks pays for
    /// its own accounts, not for everybody's.
    fn next_asked(
        &self,
        cx: &Context,
        body: &PositionRequest,
        after: AccountId,
    ) -> Option<AccountId> {
        if body.account.0 == 0 {
            return self.sessions.next_account(cx.session, after);
        }
        let is_asked = body.account > after && self.sessions.may_trade(cx.session, body.account);
        is_asked.then_some(body.account)
    }

    /// What is to be told of an account behind the key `after`, in order of keys: its positions
    /// that are asked for by instrument, or its cash alone where there are none; gives how many.
    /// A key is the account, then the instrument.
    fn gather_positions(
        &mut self,
        body: &PositionRequest,
        account: AccountId,
        after: u64,
    ) -> usize {
        let of_account = u64::from(account.0) << 32;
        let (mut slot, mut count) = (self.accounts[account.0 as usize - 1].positions, 0);
        let mut has_none = true;
        while slot != NONE {
            let position = self.positions.at(slot);
            let instrument = position.instrument + 1;
            if position.is_used() && (body.instrument.0 == 0 || body.instrument.0 == instrument) {
                has_none = false;
                let key = of_account | u64::from(instrument);
                if key > after {
                    self.scratch[count] = (key, slot);
                    count += 1;
                }
            }
            slot = position.next_of_account;
        }
        if has_none && of_account > after {
            self.scratch[0] = (of_account, NONE);
            return 1;
        }
        self.scratch[..count].sort_unstable();
        count
    }

    fn reported(&self, account: AccountId, slot: u32) -> PositionReport {
        let holder = &self.accounts[account.0 as usize - 1];
        let mut report = PositionReport { account, ..PositionReport::default() };
        if slot == NONE {
            if let Some(cash) = self.cash.of(holder.cash).last() {
                report.cash = Amount::from(self.cash.at(cash).amount);
            }
            return report;
        }
        let position: &Position = self.positions.at(slot);
        let instrument = &self.instruments[position.instrument as usize];
        report.instrument = instrument.id();
        report.position = position.quantity;
        report.working_buy_qty = Qty(position.buys);
        report.working_sell_qty = Qty(position.sells);
        report.open_cost = Amount::from(position.open_cost);
        report.realized = Amount::from(position.realized);
        report.fees = Amount::from(position.fees);
        report.cash = Amount::from(self.cash.at(position.cash).amount);
        report.mark_px = instrument.mark.map_or(Px(0), |tick| instrument.px(tick));
        report
    }
}
