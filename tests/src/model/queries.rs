//! Questions: one order, all orders, instruments, positions.

use pinion_types::command::{
    MassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_types::event::{OrderStatus, PositionReport, SecurityDefinition};
use pinion_types::{AccountId, Amount, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty};

use super::Model;
use super::book::status;
use super::tables::{Asked, Instrument, Key, Order};

impl Model {
    pub(super) fn order_status(&mut self, body: &OrderStatusRequest) {
        if !self.admit(104, body.request_id, body.received_time) {
            return;
        }
        let session = self.header.session.0;
        let (cl, id) = (body.cl_ord_id.0, body.order_id.0);
        let found = self.orders.iter().find(|order| match (cl, id) {
            (0, 0) => false,
            (0, id) => order.id == id && self.owns(order.account),
            (cl, id) => {
                order.session == session && order.cl_ord_id == cl && (id == 0 || id == order.id)
            }
        });
        let found = found.filter(|order| [0, order.instrument].contains(&body.instrument.0));
        let answer = match found {
            Some(order) => OrderStatus { report_count: 1, ..of_order(order) },
            None => OrderStatus {
                cl_ord_id: body.cl_ord_id,
                order_id: body.order_id,
                instrument: body.instrument,
                ..OrderStatus::default()
            },
        };
        self.tell(session, &OrderStatus { request_id: body.request_id, ..answer });
    }

    pub(super) fn mass_status(&mut self, body: &MassStatusRequest) {
        if !self.admit(105, body.request_id, body.received_time) {
            return;
        }
        let wanted = |order: &&Order| {
            self.owns(order.account)
                && (body.account.0 == 0 || body.account.0 == order.account)
                && (body.instrument.0 == 0 || body.instrument.0 == order.instrument)
        };
        let answers = self.orders.iter().filter(wanted);
        let answers = answers.map(|order| ((order.id, 0), of_order(order))).collect();
        let asked = (body.request_id, body.account.0, body.instrument.0);
        let none = OrderStatus {
            account: body.account,
            instrument: body.instrument,
            ..OrderStatus::default()
        };
        for (report_count, report_index, answer) in self.page(0, asked, answers, none) {
            let request_id = body.request_id;
            let answer = OrderStatus { request_id, report_count, report_index, ..answer };
            self.tell(self.header.session.0, &answer);
        }
    }

    /// The next page of an answer, which is in order of keys: at most 100 behind the last one told
    /// to the same question, with how many there are and their places; `none` where there is none.
    fn page<T>(
        &mut self,
        kind: usize,
        asked: Asked,
        mut answers: Vec<(Key, T)>,
        none: T,
    ) -> Vec<(u32, u32, T)> {
        let session = self.session_mut().expect("it speaks");
        if let Some((_, last)) = session.cuts[kind].filter(|cut| cut.0 == asked) {
            answers.retain(|(key, _)| *key > last);
        }
        let count = u32::try_from(answers.len()).expect("a table fits");
        if answers.is_empty() {
            answers.push(((0, 0), none));
        }
        let is_cut = answers.len() > 100;
        answers.truncate(100);
        let last = answers.last().map(|(key, _)| *key).filter(|_| is_cut);
        session.cuts[kind] = last.map(|last| (asked, last));
        (0..).zip(answers).map(|(index, (_, answer))| (count, index, answer)).collect()
    }

    pub(super) fn security_list(&mut self, body: &SecurityListRequest) {
        if !self.admit(106, body.request_id, body.received_time) {
            return;
        }
        let wanted = |(id, _): &(&u32, _)| body.instrument.0 == 0 || body.instrument.0 == **id;
        let definition = |(id, of): (&u32, &Instrument)| {
            let definition = SecurityDefinition {
                symbol: of.def.symbol,
                currency: of.def.currency,
                instrument: of.def.instrument,
                tick: of.def.tick,
                lot: of.def.lot,
                qty_min: of.def.qty_min,
                qty_max: of.def.qty_max,
                px_min: of.def.px_min,
                px_max: of.def.px_max,
                multiplier: of.def.multiplier,
                reference_px: Px(of.collar_reference().unwrap_or(0)),
                state: of.state.into(),
                flags: of.def.flags,
                ..SecurityDefinition::default()
            };
            ((0, *id), definition)
        };
        let answers = self.instruments.iter().filter(wanted).map(definition).collect();
        let asked = (body.request_id, 0, body.instrument.0);
        let none = SecurityDefinition { instrument: body.instrument, ..Default::default() };
        for (report_count, report_index, answer) in self.page(1, asked, answers, none) {
            let request_id = body.request_id;
            let answer = SecurityDefinition { request_id, report_count, report_index, ..answer };
            self.tell(self.header.session.0, &answer);
        }
    }

    pub(super) fn position_request(&mut self, body: &PositionRequest) {
        if !self.admit(107, body.request_id, body.received_time) {
            return;
        }
        let mut accounts = self.session().expect("it speaks").accounts.clone();
        accounts.retain(|id| body.account.0 == 0 || body.account.0 == *id);
        accounts.sort_unstable();
        let mut answers = Vec::new();
        for account in accounts {
            let instruments: Vec<u32> = self
                .instruments
                .keys()
                .copied()
                .filter(|id| body.instrument.0 == 0 || body.instrument.0 == *id)
                .filter(|id| self.is_used((account, *id)))
                .collect();
            if instruments.is_empty() {
                answers.push(((u64::from(account), 0), self.cash_report(account)));
            }
            answers.extend(
                instruments
                    .into_iter()
                    .map(|it| ((u64::from(account), it), self.position_report((account, it)))),
            );
        }
        let asked = (body.request_id, body.account.0, body.instrument.0);
        let (account, instrument) = (body.account, body.instrument);
        let none = PositionReport { account, instrument, ..PositionReport::default() };
        for (report_count, report_index, answer) in self.page(2, asked, answers, none) {
            let request_id = body.request_id;
            let answer = PositionReport { request_id, report_count, report_index, ..answer };
            self.tell(self.header.session.0, &answer);
        }
    }

    /// True where anything ever happened in a position.
    fn is_used(&self, (account, instrument): (u32, u32)) -> bool {
        let Some(it) = self.positions.get(&(account, instrument)) else { return false };
        let works =
            self.orders.iter().any(|it| (it.account, it.instrument) == (account, instrument));
        let sums = [it.qty, it.open_cost, it.realized, it.fees];
        works || sums.iter().any(|sum| *sum != 0)
    }

    /// An account without a position: its cash alone, in the currency it had first.
    fn cash_report(&self, account: u32) -> PositionReport {
        let cash = self
            .first_cash
            .get(&account)
            .map_or(0, |currency| self.cash.get(&(account, *currency)).copied().unwrap_or(0));
        let (account, cash) = (AccountId(account), Amount::from(cash));
        PositionReport { account, cash, ..PositionReport::default() }
    }

    fn position_report(&self, (account, instrument): (u32, u32)) -> PositionReport {
        let position = &self.positions[&(account, instrument)];
        let of = &self.instruments[&instrument];
        let cash = self.cash.get(&(account, of.def.currency.0)).copied().unwrap_or(0);
        PositionReport {
            account: AccountId(account),
            instrument: InstrumentId(instrument),
            position: i64::try_from(position.qty).expect("sums keep headroom"),
            working_buy_qty: Qty(self.working(account, instrument, true)),
            working_sell_qty: Qty(self.working(account, instrument, false)),
            open_cost: Amount::from(position.open_cost),
            realized: Amount::from(position.realized),
            fees: Amount::from(position.fees),
            cash: Amount::from(cash),
            mark_px: Px(of.mark.unwrap_or(0)),
            ..PositionReport::default()
        }
    }
}

fn of_order(order: &Order) -> OrderStatus {
    OrderStatus {
        cl_ord_id: ClOrdId(order.cl_ord_id),
        order_id: OrderId(order.id),
        user_data: order.user_data,
        px: Px(order.px),
        qty: Qty(order.qty),
        leaves_qty: Qty(order.leaves()),
        cum_qty: Qty(order.cum),
        display_qty: Qty(order.display),
        stop_px: Px(order.stop_px),
        expire_time: Nanos(order.expire_time),
        instrument: InstrumentId(order.instrument),
        account: AccountId(order.account),
        side: order.side.into(),
        ord_type: order.ord_type.into(),
        time_in_force: order.tif.into(),
        ord_status: status(order).into(),
        found: 1,
        ..OrderStatus::default()
    }
}
