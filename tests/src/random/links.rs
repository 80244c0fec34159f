//! Linked orders of a random life: groups that begin, grow, and are named where they should not be.
//!
//! Drawn from numbers of their own, so that the other draws of a seed stay what they were.

use pinion_types::codes::{OrdType, RawSide, Side, TimeInForce};
use pinion_types::command::{NewOrder, NewOrderExtra, Replace};
use pinion_types::{AccountId, Command, CommandRef, Event, EventRef, InstrumentId, Px, Qty};

use super::Stream;
use super::orders::Working;

/// Ids of groups: few, so that they meet.
const GROUPS: u64 = 9;

/// A group that a client has: kind, and which of its legs work.
#[derive(Clone, Debug, Default)]
struct Group {
    id: u64,
    kind: u8,
    legs: Vec<(u8, Working)>,
}

impl Group {
    /// Whether another leg may come.
    fn grows(&self) -> bool {
        let first = self.leg(1);
        match self.kind {
            1 => first.is_some_and(|it| it.cum == 0) && self.leg(2).is_none(),
            _ => first.is_none(),
        }
    }

    fn leg(&self, leg: u8) -> Option<Working> {
        self.legs.iter().find(|it| it.0 == leg).map(|it| it.1)
    }
}

impl Stream {
    /// Some orders as legs of groups, most of them where they fit.
    pub(super) fn link(&mut self, speaker: usize, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let percent = if self.linked { 55 } else { 7 };
        if !self.linking.chance(percent) {
            return;
        }
        let session = self.peers[speaker].session;
        let groups = self.groups(session);
        let grows = |it: &&Group| it.grows();
        let open: Vec<&Group> = groups.iter().filter(grows).collect();
        let group = match open.is_empty() || self.linking.chance(25) {
            true => self.fresh(&groups),
            false => (*self.linking.pick(&open)).clone(),
        };
        match group.kind {
            1 if group.legs.is_empty() => self.first(group.id, order, extra),
            1 => self.second(&group, order, extra),
            _ if group.legs.is_empty() => self.exit(&group, order, extra),
            _ if group.legs.len() < 2 && self.linking.chance(50) => self.exit(&group, order, extra),
            _ => self.entry(&group, order, extra),
        }
        self.mislink(order, extra);
    }

    /// A group that is not there yet, now and then one that is.
    fn fresh(&mut self, groups: &[Group]) -> Group {
        let free = (1..=GROUPS).find(|id| groups.iter().all(|it| it.id != *id));
        let id = free.filter(|_| self.linking.chance(95));
        let id = id.unwrap_or_else(|| self.linking.below(GROUPS) + 1);
        Group { id, kind: if self.linking.chance(45) { 1 } else { 2 }, legs: Vec::new() }
    }

    /// Groups of a session, by their ids.
    fn groups(&self, session: u32) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for order in self.working.iter().filter(|it| it.session == session) {
            let Some((id, kind, leg)) = order.link else { continue };
            match groups.iter_mut().find(|it| it.id == id) {
                Some(group) => group.legs.push((leg, *order)),
                None => groups.push(Group { id, kind, legs: vec![(leg, *order)] }),
            }
        }
        groups.sort_by_key(|it| it.id);
        groups
    }

    /// A limit order that opens a pair, mostly away from the market.
    fn first(&mut self, id: u64, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        self.plainly(order, extra);
        order.ord_type = OrdType::Limit.into();
        order.protection_ticks = 0;
        let away = match self.linking.below(12) {
            0 => self.linking.between(-2, 0),
            _ => self.linking.between(1, 4),
        };
        order.px = self.beyond(order.instrument.0, order.side, -away);
        (extra.link_id, extra.link_kind, extra.link_leg) = (id, 1, 1);
    }

    /// The stop beside a limit order.
    fn second(&mut self, group: &Group, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let first = group.leg(1).expect("it is open");
        self.plainly(order, extra);
        self.beside(&first, first.side, order);
        let away = match self.linking.below(14) {
            0 => self.linking.between(-3, 0),
            _ => self.linking.between(1, 3),
        };
        self.stop(away, order, extra);
        (extra.link_id, extra.link_kind, extra.link_leg) = (group.id, 1, 2);
    }

    /// What is to close an entry: at a profit, or at a loss.
    fn exit(&mut self, group: &Group, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        self.plainly(order, extra);
        let other = group.legs.first().copied();
        let loss = other.map_or_else(|| self.linking.chance(50), |(leg, _)| leg == 2);
        if let Some((_, other)) = other {
            self.beside(&other, other.side, order);
        }
        let away = match self.linking.below(8) {
            0 => self.linking.between(-3, 0),
            _ => self.linking.between(1, 4),
        };
        if loss {
            self.stop(away, order, extra);
        } else {
            order.ord_type = OrdType::Limit.into();
            order.protection_ticks = 0;
            order.px = self.beyond(order.instrument.0, order.side, -away);
        }
        (extra.link_id, extra.link_kind, extra.link_leg) = (group.id, 2, 2 + u8::from(loss));
    }

    /// The entry of a bracket, mostly one that trades soon.
    fn entry(&mut self, group: &Group, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let (_, exit) = group.legs[0];
        self.plainly(order, extra);
        let buys = exit.side.get().is_some_and(Side::is_buy);
        self.beside(&exit, if buys { Side::Sell } else { Side::Buy }.into(), order);
        (order.px, order.protection_ticks) = (Px(0), 0);
        order.ord_type = match self.linking.below(8) {
            0 => OrdType::MarketToLimit,
            1 => OrdType::Market,
            _ => OrdType::Limit,
        }
        .into();
        if order.ord_type == OrdType::Limit.into() {
            let away = self.linking.between(-2, 3);
            order.px = self.beyond(order.instrument.0, order.side, away);
        }
        let tif = match self.linking.below(10) {
            0..=2 => Some(TimeInForce::ImmediateOrCancel),
            3 => Some(TimeInForce::FillOrKill),
            _ if order.ord_type == OrdType::Market.into() => Some(TimeInForce::Day),
            _ => None,
        };
        if let Some(tif) = tif {
            (order.time_in_force, extra.expire_time) = (tif.into(), Default::default());
        }
        (extra.link_id, extra.link_kind, extra.link_leg) = (group.id, 2, 1);
    }

    /// An order that may be a leg: it lasts, and wants nothing else.
    fn plainly(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let dated = order.time_in_force == TimeInForce::GoodTillDate.into();
        let end = extra.expire_time;
        *extra = NewOrderExtra::default();
        if dated {
            extra.expire_time = end;
        } else {
            let tif = [TimeInForce::Day, TimeInForce::GoodTillCancel];
            order.time_in_force = self.linking.pick(&tif).into();
        }
        (order.exec_inst, order.flags) = Default::default();
        let lot = self.grids.get(&order.instrument.0).map_or(1, |grid| grid.1);
        if order.qty.0 > 40 * lot {
            order.qty = Qty((self.linking.below(9) + 1) * lot);
        }
        if order.side.get().is_none_or(|it| it != Side::Buy) && self.linking.chance(95) {
            order.side = Side::Sell.into();
        }
    }

    /// An order of the same group: account, instrument and quantity are those of the other.
    fn beside(&mut self, other: &Working, side: RawSide, order: &mut NewOrder) {
        order.account = AccountId(other.account);
        order.instrument = InstrumentId(other.instrument);
        (order.side, order.qty) = (side, Qty(other.qty));
    }

    /// A stop so many ticks beyond the last trade.
    fn stop(&mut self, away: i64, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        order.ord_type = self.linking.pick(&[OrdType::Stop, OrdType::StopLimit]).into();
        extra.stop_px = self.beyond(order.instrument.0, order.side, away);
        if order.ord_type == OrdType::Stop.into() {
            order.px = Px(0);
            order.protection_ticks = self.linking.pick(&[0, 0, 0, 2]);
        } else {
            order.protection_ticks = 0;
            let far = self.linking.between(0, 3);
            order.px = self.beyond(order.instrument.0, order.side, away + far);
        }
    }

    /// So many ticks beyond the last trade: above it for a buy.
    fn beyond(&mut self, instrument: u32, side: RawSide, away: i64) -> Px {
        let (tick, _, base) = self.grids.get(&instrument).copied().unwrap_or((100_000_000, 1, 0));
        let begins = Px(base.saturating_add(100).saturating_mul(tick));
        let last = self.lasts.get(&instrument).copied().unwrap_or(begins);
        let buys = side.get().is_some_and(Side::is_buy);
        let away = away.saturating_mul(if buys { tick } else { -tick });
        self.snap(instrument, Px(last.0.saturating_add(away)))
    }

    /// Now and then a leg that does not fit.
    fn mislink(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let lot = self.grids.get(&order.instrument.0).map_or(1, |grid| grid.1);
        match self.linking.below(140) {
            0 => extra.link_id = 0,
            1 => extra.link_kind = self.linking.pick(&[0, 3, 255]),
            2 => extra.link_leg = self.linking.pick(&[0, 2, 3, 4]),
            3 => extra.link_id = self.linking.pick(&[1, 2, 77, u64::MAX]),
            4 | 5 => extra.link_leg = 3 - extra.link_leg.min(2),
            23 => extra.link_kind = 3 - extra.link_kind.min(2),
            6 => extra.display_qty = Qty(lot),
            7 => extra.min_qty = Qty(lot),
            8 => order.flags = self.linking.pick(&[1, 2]),
            9 => order.exec_inst.0 = self.linking.pick(&[1, 2]),
            10 => order.time_in_force = self.linking.pick(TimeInForce::ALL).into(),
            11 => order.ord_type = self.linking.pick(OrdType::ALL).into(),
            12..=14 => order.qty = Qty(order.qty.0.saturating_add(lot)),
            15 => order.account = AccountId(self.linking.small(1, 6)),
            16 => order.instrument = InstrumentId(self.linking.small(1, 3)),
            17..=18 => {
                let buys = order.side.get().is_some_and(Side::is_buy);
                order.side = if buys { Side::Sell } else { Side::Buy }.into();
            }
            19 => order.side = Side::SellShort.into(),
            20 => extra.offset_kind = 8,
            21 => extra.peg_move = 1,
            24..=27 if extra.stop_px.0 != 0 => {
                extra.stop_px = self.beyond(order.instrument.0, order.side, -8);
            }
            _ => {}
        }
    }

    /// Replaces of linked orders, mostly such as keep them fitting.
    pub(super) fn relink(&mut self, body: &mut Replace, target: &Working) {
        if target.link.is_none() || self.linking.chance(12) {
            return;
        }
        body.qty = Qty(target.qty);
        body.display_qty = Qty(0);
        body.account = AccountId(self.linking.pick(&[0, target.account]));
    }

    /// Remembers what a new order is in its group, and what is not in one any more.
    pub(super) fn see_links(&mut self, command: &Command, events: &[Event]) {
        if let Some(CommandRef::NewOrderWide(body)) = command.view()
            && body.extra.link_id != 0
        {
            let extra = &body.extra;
            let (session, id) = (command.header().session.0, body.order.cl_ord_id.0);
            let found =
                self.working.iter_mut().find(|it| (it.session, it.cl_ord_id) == (session, id));
            if let Some(order) = found {
                order.link = Some((extra.link_id, extra.link_kind, extra.link_leg));
            }
        }
        for event in events {
            let Some(EventRef::Replaced(it)) = event.view() else { continue };
            let waits = it.ord_status == pinion_types::OrdStatus::Suspended.into();
            let Some(order) = self.of(it.order_id.0).filter(|_| it.restated == 1) else { continue };
            order.link = match order.link {
                // An exit that starts is one of a pair.
                Some((id, 2, 2)) => Some((id, 1, 1)),
                Some((id, 2, 3)) if waits => Some((id, 1, 2)),
                // An elected stop is linked no more.
                link => link.filter(|_| it.stop_px.0 == 0 || waits),
            };
        }
    }
}
