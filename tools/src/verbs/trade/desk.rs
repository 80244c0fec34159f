//! What a trader knows: instruments, own orders; and the requests that follow from a typed line.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use pinion_client::Client;
use pinion_types::event::REPORTS_MAX;
use pinion_types::{
    AccountId, ClOrdId, InstrumentId, MassScope, Nanos, Qty, Side, SideFilter, TimeInForce,
};
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderMassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_wire::{Flag, Message, Outbound, Request};

use super::line::{self, HELP, Line, OrderLine, Until};
use super::show;
use crate::failure::Failure;
use crate::nearest::nearest;

/// What became of a typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It went out; the answer comes by itself.
    Sent,
    /// Something to say at once.
    Say(String),
    /// The end.
    Quit,
}

#[derive(Clone, Copy, Debug)]
struct Own {
    instrument: InstrumentId,
    side: Side,
}

/// Instruments and own orders.
#[derive(Debug)]
pub(super) struct Desk {
    /// The question whose last page has not come.
    asking: Option<u64>,
    account: AccountId,
    instrument: InstrumentId,
    symbols: BTreeMap<InstrumentId, String>,
    orders: BTreeMap<u64, Own>,
    refused: u64,
}

impl Desk {
    pub fn new(account: u32) -> Self {
        Desk {
            asking: None,
            account: AccountId(account),
            instrument: InstrumentId(0),
            symbols: BTreeMap::new(),
            orders: BTreeMap::new(),
            refused: 0,
        }
    }

    /// Requests the venue refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    pub fn symbol_in_use(&self) -> &str {
        self.symbol(self.instrument)
    }

    pub fn symbol(&self, id: InstrumentId) -> &str {
        self.symbols.get(&id).map_or("?", String::as_str)
    }

    /// Trades this instrument from now on; the first where none is named.
    pub fn use_symbol(&mut self, symbol: Option<&str>) -> Result<(), Failure> {
        self.instrument = match symbol {
            Some(symbol) => self.find(symbol)?,
            None => self.symbols.keys().next().copied().unwrap_or_default(),
        };
        Ok(())
    }

    fn find(&self, symbol: &str) -> Result<InstrumentId, Failure> {
        let found = self.symbols.iter().find(|(_, known)| known.eq_ignore_ascii_case(symbol));
        found.map(|(id, _)| *id).ok_or_else(|| {
            let known: Vec<&str> = self.symbols.values().map(String::as_str).collect();
            Failure::Usage(match nearest(&symbol.to_ascii_uppercase(), known.iter().copied()) {
                Some(near) => format!("there is no instrument `{symbol}`; did you mean {near}?"),
                None => {
                    format!("there is no instrument `{symbol}`; there are {}", known.join(", "))
                }
            })
        })
    }

    pub fn ask_instruments(&mut self, client: &mut Client) -> Result<u64, Failure> {
        self.ask(client, &SecurityListRequest::default())
    }

    pub fn ask_orders(&mut self, client: &mut Client) -> Result<u64, Failure> {
        self.ask(client, &OrderMassStatusRequest::default())
    }

    fn ask<R: Request>(&mut self, client: &mut Client, question: &R) -> Result<u64, Failure> {
        let asked = send(client, question)?;
        self.asking = Some(asked);
        Ok(asked)
    }

    /// True while pages of an answer are to come: a second question would begin it anew.
    pub fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// Does what a line says.
    pub fn typed(&mut self, text: &str, client: &mut Client) -> Result<Done, Failure> {
        match line::parse(text).map_err(Failure::Usage)? {
            Line::Empty => return Ok(Done::Say(String::new())),
            Line::Help => return Ok(Done::Say(HELP.to_owned())),
            Line::Quit => return Ok(Done::Quit),
            Line::Order(order) => self.order(&order, client)?,
            Line::Cancel(id) => self.cancel(id, client)?,
            Line::CancelAll { side, symbol } => self.cancel_all(side, symbol, client)?,
            Line::Replace(change) => {
                let own = self.own(change.id)?;
                let id = send(
                    client,
                    &OrderCancelReplaceRequest {
                        orig_cl_ord_id: ClOrdId(change.id),
                        px: change.px.unwrap_or_default(),
                        qty: Qty(change.qty),
                        stop_px: change.stop_px.unwrap_or_default(),
                        display_qty: Qty(change.display_qty),
                        instrument: own.instrument,
                        side: own.side.into(),
                        ..OrderCancelReplaceRequest::default()
                    },
                )?;
                self.orders.insert(id, own);
            }
            Line::Status(id) => {
                let request =
                    OrderStatusRequest { cl_ord_id: ClOrdId(id), ..OrderStatusRequest::default() };
                send(client, &request)?;
            }
            Line::Orders => {
                self.ask_orders(client)?;
            }
            Line::Positions => {
                self.ask(client, &PositionRequest::default())?;
            }
            Line::Instruments => {
                self.ask_instruments(client)?;
            }
        }
        Ok(Done::Sent)
    }

    fn order(&mut self, order: &OrderLine, client: &mut Client) -> Result<(), Failure> {
        let instrument = match &order.symbol {
            Some(symbol) => self.find(symbol)?,
            None => self.instrument,
        };
        let (tif, expire_time) = match order.until {
            None => (order.time_in_force.unwrap_or(TimeInForce::Day), Nanos(0)),
            Some(Until::At(end)) => (TimeInForce::GoodTillDate, end),
            Some(Until::In(len)) => {
                let end = now().0.saturating_add(len);
                (TimeInForce::GoodTillDate, Nanos(end))
            }
        };
        let id = send(
            client,
            &NewOrderSingle {
                px: order.px.unwrap_or_default(),
                qty: Qty(order.qty),
                stop_px: order.stop_px.unwrap_or_default(),
                display_qty: Qty(order.display_qty),
                min_qty: Qty(order.min_qty),
                hidden: Flag::from(order.hidden),
                reduce_only: Flag::from(order.reduce_only),
                expire_time,
                instrument,
                account: order.account.map_or(self.account, AccountId),
                protection_ticks: order.protection_ticks,
                link_id: order.link_id,
                link_kind: order.leg.map(|it| it.0.into()).unwrap_or_default(),
                link_leg: order.leg.map(|it| it.1.into()).unwrap_or_default(),
                side: order.side.into(),
                ord_type: order.ord_type().into(),
                time_in_force: tif.into(),
                exec_inst: order.exec_inst.map(Into::into).unwrap_or_default(),
                stp_mode: order.stp_mode.map(Into::into).unwrap_or_default(),
                offset_kind: order.follow.kind.map(Into::into).unwrap_or_default(),
                offset_ticks: order.follow.offset,
                activation_px: order.follow.activation_px.unwrap_or_default(),
                peg_move: order.follow.peg_move(),
                ..NewOrderSingle::default()
            },
        )?;
        self.orders.insert(id, Own { instrument, side: order.side });
        Ok(())
    }

    fn cancel(&self, id: u64, client: &mut Client) -> Result<(), Failure> {
        let own = self.own(id)?;
        let request = OrderCancelRequest {
            orig_cl_ord_id: ClOrdId(id),
            instrument: own.instrument,
            side: own.side.into(),
            ..OrderCancelRequest::default()
        };
        send(client, &request).map(drop)
    }

    fn cancel_all(
        &self,
        side: Option<Side>,
        symbol: Option<String>,
        client: &mut Client,
    ) -> Result<(), Failure> {
        let side = match side {
            Some(Side::Buy) => SideFilter::Buy.into(),
            Some(_) => SideFilter::Sell.into(),
            None => Default::default(),
        };
        let instrument = match symbol {
            Some(symbol) => self.find(&symbol)?,
            None => InstrumentId(0),
        };
        let scope = MassScope::Session.into();
        let request =
            OrderMassCancelRequest { instrument, scope, side, ..OrderMassCancelRequest::default() };
        send(client, &request).map(drop)
    }

    fn own(&self, id: u64) -> Result<Own, Failure> {
        self.orders.get(&id).copied().ok_or_else(|| {
            let hint = match self.orders.last_key_value() {
                Some((last, _)) => format!("the last was #{last}; `orders` shows those that work"),
                None => "there was none yet".to_owned(),
            };
            Failure::Usage(format!("no order #{id} of yours: {hint}"))
        })
    }

    /// Takes note of a message; gives what to tell of it.
    pub fn heard(&mut self, message: &Outbound) -> Option<String> {
        match message {
            Outbound::SecurityDefinition(one) if one.report_count > 0 => {
                self.symbols.insert(one.instrument, one.symbol.to_string());
            }
            Outbound::OrderStatusReport(one) if one.found.0 != 0 => {
                if let Some(side) = one.side.get() {
                    let own = Own { instrument: one.instrument, side };
                    self.orders.insert(one.cl_ord_id.0, own);
                }
            }
            Outbound::ExecutionReportReject(_)
            | Outbound::OrderCancelReject(_)
            | Outbound::BusinessMessageReject(_) => self.refused += 1,
            _ => {}
        }
        self.asking = self.asking.filter(|&id| answers(message, id) != Some(true));
        show::text(message, self)
    }
}

/// Questions that are answered in pages; their ids are apart from those of orders.
const QUESTIONS: [u16; 3] =
    [OrderMassStatusRequest::TEMPLATE, SecurityListRequest::TEMPLATE, PositionRequest::TEMPLATE];

/// Whether a message answers the question with that id: `Some(true)` for the last part of it.
pub(super) fn answers(message: &Outbound, request_id: u64) -> Option<bool> {
    let (id, index, count) = match message {
        Outbound::SecurityDefinition(one) => (one.request_id, one.report_index, one.report_count),
        Outbound::OrderStatusReport(one) => (one.request_id, one.report_index, one.report_count),
        Outbound::PositionReport(one) => (one.request_id, one.report_index, one.report_count),
        // A question that is refused, for the rate say, is answered as well.
        Outbound::BusinessMessageReject(one) if QUESTIONS.contains(&one.ref_template) => {
            (one.ref_id, 0, 1)
        }
        _ => return None,
    };
    (id == request_id).then(|| index.saturating_add(1) >= count)
}

/// Asks again where a message leaves a question half answered: a page is full and more is to come.
pub(super) fn ask_on(message: &Outbound, client: &mut Client) -> Result<(), Failure> {
    let is_cut = |index: u32, count| index.saturating_add(1) == REPORTS_MAX && count > REPORTS_MAX;
    match message {
        Outbound::OrderStatusReport(one) if is_cut(one.report_index, one.report_count) => {
            let request_id = one.request_id;
            send(client, &OrderMassStatusRequest { request_id, ..Default::default() })?;
        }
        Outbound::SecurityDefinition(one) if is_cut(one.report_index, one.report_count) => {
            let request_id = one.request_id;
            send(client, &SecurityListRequest { request_id, ..Default::default() })?;
        }
        Outbound::PositionReport(one) if is_cut(one.report_index, one.report_count) => {
            let request_id = one.request_id;
            send(client, &PositionRequest { request_id, ..Default::default() })?;
        }
        _ => {}
    }
    Ok(())
}

/// The time of day by this machine's clock: what `until 8h` counts from.
fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn send<R: Request>(client: &mut Client, request: &R) -> Result<u64, Failure> {
    match client.send(request) {
        Ok(receipt) => Ok(receipt.id),
        Err(error) => Err(Failure::Refused(format!("the session ended: {error}"))),
    }
}
