//! Orders, replaces, cancels and questions of a random life.

use pinion_types::codes::{
    ExecInst, MassScope, OrdType, OrderCod, RawOrdType, RawSide, Side, SideFilter, TimeInForce,
    TradingState,
};
use pinion_types::command::{
    Cancel, MassCancel, MassStatusRequest, NewOrder, NewOrderExtra, NewOrderWide,
    OrderStatusRequest, PositionRequest, Replace, SecurityListRequest,
};
use pinion_types::{AccountId, ClOrdId, Command, InstrumentId, Nanos, OrderId, Px, Qty};

use super::states::is_collecting;
use super::{Stream, plan};

/// An order that works, as its client knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Working {
    pub session: u32,
    pub cl_ord_id: u64,
    pub order_id: u64,
    pub instrument: u32,
    pub account: u32,
    pub side: RawSide,
    pub px: Px,
    pub qty: u64,
    pub cum: u64,
    pub ord_type: RawOrdType,
    /// What an iceberg shows; 0 for all.
    pub display: u64,
    /// The trigger of a stop that waits; 0 for any other.
    pub stop_px: Px,
    /// Its group: id, kind and leg.
    pub link: Option<(u64, u8, u8)>,
    /// Whether it is a stop that waits and trails.
    pub trails: bool,
}

impl Stream {
    /// The instrument's tick and lot; sometimes another's.
    pub(super) fn grid(&mut self, instrument: u32) -> (i64, u64) {
        if self.rng.below(150) == 0 {
            return self.rng.pick(&[(1, 1), (1_000_000, 3), (100_000_000, 10)]);
        }
        self.grids.get(&instrument).map_or((100_000_000, 1), |grid| (grid.0, grid.1))
    }

    /// Where the instrument's prices begin, in ticks.
    fn base(&self, instrument: u32) -> i64 {
        self.grids.get(&instrument).map_or(0, |grid| grid.2)
    }

    fn px(&mut self, instrument: u32) -> Px {
        // Now and then at an end of the range.
        if self.rng.below(400) == 0 {
            return Px(self.rng.pick(&[0, i64::MIN, i64::MAX, -1, 9_000_000_000_000_000_000]));
        }
        let (tick, _) = self.grid(instrument);
        let ticks = match self.rng.below(30) {
            0 => self.rng.between(-40, 40),
            1 => self.rng.between(1, 2_000),
            _ => self.rng.between(94, 106),
        };
        let px = Px(ticks.saturating_add(self.base(instrument)).saturating_mul(tick));
        self.snap(instrument, px)
    }

    /// A price near the instrument's orders, else anything.
    pub(super) fn near_px(&mut self, instrument: u32) -> Px {
        let orders: Vec<Px> = self
            .working
            .iter()
            .filter(|order| order.instrument == instrument)
            .map(|order| order.px)
            .collect();
        if orders.is_empty() || self.rng.chance(50) {
            return self.px(instrument);
        }
        let (tick, _) = self.grid(instrument);
        let away = self.rng.between(-4, 4);
        let px = Px(self.rng.pick(&orders).0.saturating_add(away.saturating_mul(tick)));
        self.snap(instrument, px)
    }

    fn qty(&mut self, instrument: u32) -> Qty {
        let (_, lot) = self.grid(instrument);
        Qty(match self.rng.below(300) {
            0 => 0,
            1 => self.rng.pick(&[u64::MAX, 1 << 40, (1 << 40) - 1, 1 << 62]),
            2 => 7,
            3..=20 => (self.rng.below(200) + 1) * lot,
            _ => (self.rng.below(20) + 1) * lot,
        })
    }

    fn side(&mut self) -> RawSide {
        match self.rng.below(100) {
            0 => RawSide(self.rng.pick(&[0, 9, 255])),
            1..=5 => Side::SellShort.into(),
            6..=8 => Side::SellShortExempt.into(),
            9..=52 => Side::Sell.into(),
            _ => Side::Buy.into(),
        }
    }

    fn sending_time(&mut self) -> Nanos {
        match self.rng.below(60) {
            0 => Nanos(self.now.0 + self.rng.pick(&[999_999_999, 1_000_000_001, 2_000_000_000])),
            1 => Nanos(self.now.0 - self.rng.pick(&[1_999_999_999, 2_000_000_001])),
            _ => Nanos(self.now.0 - 1_000),
        }
    }

    fn valid_until(&mut self) -> Nanos {
        match self.rng.below(120) {
            0 => Nanos(self.now.0 - 1),
            1 => self.now,
            _ => Nanos(0),
        }
    }

    pub(super) fn order(&mut self) -> Command {
        let speaker = self.speaker();
        let instrument = match self.rng.below(60) {
            0 => self.rng.pick(&[0, 4, u32::MAX]),
            _ => self.instrument(),
        };
        let (ord_type, tif) = self.kind_of_order_for(instrument);
        let market = ord_type == OrdType::Market;
        let unpriced = [OrdType::Market, OrdType::MarketToLimit, OrdType::Stop].contains(&ord_type);
        let protected = market || ord_type == OrdType::Stop;
        let px = if unpriced && self.rng.chance(97) { Px(0) } else { self.near_px(instrument) };
        let order = NewOrder {
            cl_ord_id: ClOrdId(self.next_id(speaker)),
            px,
            qty: self.qty(instrument),
            user_data: self.rng.below(9),
            sending_time: self.sending_time(),
            received_time: Nanos(self.now.0 - 500),
            valid_until: self.valid_until(),
            account: AccountId(self.account(speaker)),
            instrument: InstrumentId(instrument),
            stp_group: match self.rng.below(40) {
                0 => 99,
                1..=4 => self.rng.pick(&[7, 8]),
                _ => 0,
            },
            protection_ticks: if protected || self.rng.below(200) == 0 {
                self.rng.pick(&[0, 0, 1, 3, 1_000])
            } else {
                0
            },
            side: self.side(),
            ord_type: ord_type.into(),
            time_in_force: tif.into(),
            stp_mode: plan::stp_mode(&mut self.rng),
            flags: if self.rng.below(100) == 0 { self.rng.pick(&[1, 2, 4, 8, 128]) } else { 0 },
            ..NewOrder::default()
        };
        let order = self.in_crowd(order);
        let mut order = self.with_wishes(order);
        let mut extra = self.extra(&order);
        self.rare(speaker, &mut order, &mut extra);
        self.link(speaker, &mut order, &mut extra);
        self.follow(speaker, &mut order, &mut extra);
        if extra == NewOrderExtra::default() && self.rng.below(50) > 0 {
            return self.message(speaker, &order);
        }
        self.message(speaker, &NewOrderWide { order, extra })
    }

    fn with_wishes(&mut self, mut order: NewOrder) -> NewOrder {
        if self.rng.below(14) == 0 {
            order.exec_inst = self.rng.pick(ExecInst::ALL).into();
        }
        if self.rng.chance(15) {
            order.cod = self.rng.pick(OrderCod::ALL).into();
        }
        match self.rng.below(400) {
            0 => order.cod.0 = 9,
            1 => order.stp_mode.0 = 9,
            2 => order.exec_inst.0 = 9,
            3 => order.spare = 1,
            4 => order.cl_ord_id = ClOrdId(0),
            5 => order.ord_type.0 = 0,
            6 => order.time_in_force.0 = 9,
            _ => {}
        }
        order
    }

    /// Where orders collect, mostly what may rest.
    fn kind_of_order_for(&mut self, instrument: u32) -> (OrdType, TimeInForce) {
        let collects = self.states.get(&instrument).is_some_and(|state| is_collecting(*state));
        if !collects || self.rng.chance(15) {
            return self.kind_of_order();
        }
        let tif = self.rng.pick(&[
            TimeInForce::Day,
            TimeInForce::Day,
            TimeInForce::GoodTillCancel,
            TimeInForce::GoodTillDate,
        ]);
        let ord_type = match self.rng.below(10) {
            0 => OrdType::Stop,
            1 => OrdType::StopLimit,
            _ => OrdType::Limit,
        };
        (ord_type, tif)
    }

    fn kind_of_order(&mut self) -> (OrdType, TimeInForce) {
        match self.rng.below(120) {
            0 => (self.rng.pick(OrdType::ALL), self.rng.pick(TimeInForce::ALL)),
            1..=12 => (
                OrdType::Market,
                self.rng.pick(&[
                    TimeInForce::Day,
                    TimeInForce::Day,
                    TimeInForce::ImmediateOrCancel,
                    TimeInForce::FillOrKill,
                ]),
            ),
            13 => (OrdType::Market, TimeInForce::GoodTillCancel),
            14..=22 => (OrdType::Limit, TimeInForce::ImmediateOrCancel),
            23..=30 => (OrdType::Limit, TimeInForce::FillOrKill),
            31..=35 => (
                OrdType::MarketToLimit,
                self.rng.pick(&[
                    TimeInForce::Day,
                    TimeInForce::GoodTillCancel,
                    TimeInForce::GoodTillDate,
                    TimeInForce::ImmediateOrCancel,
                ]),
            ),
            36..=43 => (OrdType::Limit, TimeInForce::GoodTillDate),
            44..=55 => (OrdType::Limit, TimeInForce::GoodTillCancel),
            56..=75 => (
                self.rng.pick(&[OrdType::Stop, OrdType::StopLimit]),
                self.rng.pick(&[
                    TimeInForce::Day,
                    TimeInForce::GoodTillCancel,
                    TimeInForce::GoodTillDate,
                ]),
            ),
            76 => (self.rng.pick(&[OrdType::Stop, OrdType::StopLimit]), TimeInForce::FillOrKill),
            _ => (OrdType::Limit, TimeInForce::Day),
        }
    }

    /// An instrument, mostly one that trades.
    fn instrument(&mut self) -> u32 {
        let open =
            self.instruments_in(|state| state == TradingState::Continuous || is_collecting(state));
        if open.is_empty() || self.rng.chance(3) {
            return self.rng.small(1, plan::INSTRUMENTS);
        }
        self.rng.pick(&open)
    }

    /// An account, mostly one that the session may trade.
    fn account(&mut self, speaker: usize) -> u32 {
        let session = self.peers[speaker].session;
        let own: Vec<u32> =
            self.allowed.iter().filter(|pair| pair.0 == session).map(|pair| pair.1).collect();
        match self.rng.below(80) {
            0 => self.rng.pick(&[0, 7, u32::MAX]),
            1..=76 if !own.is_empty() => self.rng.pick(&own),
            _ => self.rng.small(1, plan::ACCOUNTS),
        }
    }

    /// An order to name: one's own that works, another's, one that is done, or none.
    fn target(&mut self, speaker: usize) -> Working {
        let session = self.peers[speaker].session;
        let own: Vec<Working> =
            self.working.iter().filter(|order| order.session == session).copied().collect();
        let nobody = Working {
            session,
            cl_ord_id: self.rng.below(40),
            order_id: self.rng.below(60),
            instrument: 1,
            account: 1,
            side: Side::Buy.into(),
            px: Px(100_000_000),
            qty: 10,
            cum: 0,
            ord_type: OrdType::Limit.into(),
            display: 0,
            stop_px: Px(0),
            link: None,
            trails: false,
        };
        match self.rng.below(40) {
            0..=30 if !own.is_empty() => self.rng.pick(&own),
            31..=34 if !self.working.is_empty() => {
                let all = self.working.clone();
                self.rng.pick(&all)
            }
            35..=38 if !self.done.is_empty() => {
                let done = self.done.clone();
                let (session, cl_ord_id, order_id) = self.rng.pick(&done);
                Working { session, cl_ord_id, order_id, ..nobody }
            }
            _ => nobody,
        }
    }

    /// How a request names its target: by its client's id, the venue's, or both.
    fn naming(&mut self, target: &Working) -> (ClOrdId, OrderId) {
        match self.rng.below(20) {
            0..=12 => (ClOrdId(target.cl_ord_id), OrderId(0)),
            13..=16 => (ClOrdId(0), OrderId(target.order_id)),
            17..=18 => (ClOrdId(target.cl_ord_id), OrderId(target.order_id)),
            _ => (ClOrdId(target.cl_ord_id), OrderId(self.rng.below(50))),
        }
    }

    pub(super) fn replace(&mut self) -> Command {
        if self.working.is_empty() && self.rng.chance(90) {
            return self.order();
        }
        let speaker = self.speaker();
        let target = self.target(speaker);
        let (orig_cl_ord_id, order_id) = self.naming(&target);
        let px = if self.rng.chance(50) { target.px } else { self.near_px(target.instrument) };
        let (_, lot) = self.grid(target.instrument);
        let by = self.rng.below(12) * lot;
        let qty = match self.rng.below(10) {
            0..=3 => Qty(target.qty.saturating_sub(by)),
            4..=6 => Qty(target.qty.saturating_add(by)),
            7 => Qty(target.qty),
            8 => Qty(target.cum),
            _ => self.qty(target.instrument),
        };
        let mut body = Replace {
            cl_ord_id: ClOrdId(self.next_id(speaker)),
            orig_cl_ord_id,
            order_id,
            px,
            qty,
            user_data: self.rng.below(9),
            sending_time: self.sending_time(),
            received_time: Nanos(self.now.0 - 400),
            valid_until: self.valid_until(),
            account: AccountId(self.rng.pick(&[0, target.account, target.account])),
            instrument: InstrumentId(target.instrument),
            side: target.side,
            ..Replace::default()
        };
        self.rewish(&mut body, &target);
        self.refollow(&mut body, &target);
        match self.rng.below(120) {
            0..=8 => body.account = AccountId(self.account(speaker)),
            9..=16 => body.time_in_force = self.rng.pick(TimeInForce::ALL).into(),
            19 => body.flags = self.rng.pick(&[1, 2, 4, 64]),
            20 => body.spare[2] = 1,
            21 => body.side = self.side(),
            22 => body.instrument = InstrumentId(self.rng.below(5) as u32),
            23 => body.side = RawSide(0),
            24 => body.time_in_force.0 = 77,
            25 => body.min_qty = Qty(1),
            26 => body.activation_px = Px(1),
            27 => body.offset_ticks = -1,
            28 => body.offset_kind = 1,
            29 => body.protection_ticks = 1,
            30 => body.spare2 = 1,
            31..=34 => body.expire_time = self.expire_time(),
            35..=44 => {
                body.time_in_force = TimeInForce::GoodTillDate.into();
                body.expire_time = self.expire_time();
            }
            _ => {}
        }
        self.relink(&mut body, &target);
        self.grow_short(speaker, &mut body);
        self.message(speaker, &body)
    }

    pub(super) fn cancel(&mut self) -> Command {
        if self.working.is_empty() && self.rng.chance(90) {
            return self.order();
        }
        let speaker = self.speaker();
        let target = self.target(speaker);
        let (orig_cl_ord_id, order_id) = self.naming(&target);
        let mut body = Cancel {
            cl_ord_id: ClOrdId(self.next_id(speaker)),
            orig_cl_ord_id,
            order_id,
            sending_time: self.sending_time(),
            received_time: Nanos(self.now.0 - 300),
            instrument: InstrumentId(target.instrument),
            side: target.side,
            ..Cancel::default()
        };
        match self.rng.below(60) {
            0 => body.side = self.side(),
            1 => body.instrument = InstrumentId(self.rng.below(5) as u32),
            2 => body.side = RawSide(0),
            3 => body.instrument = InstrumentId(0),
            4 => body.orig_cl_ord_id = ClOrdId(0),
            5 => body.spare[0] = 1,
            6 => body.cl_ord_id = ClOrdId(0),
            _ => {}
        }
        self.message(speaker, &body)
    }

    pub(super) fn mass_cancel(&mut self) -> Command {
        let speaker = self.speaker();
        let scope = self.rng.pick(MassScope::ALL);
        let mut body = MassCancel {
            cl_ord_id: ClOrdId(self.next_id(speaker)),
            sending_time: self.sending_time(),
            received_time: Nanos(self.now.0 - 200),
            scope: scope.into(),
            ..MassCancel::default()
        };
        if scope == MassScope::Account {
            body.account = AccountId(self.account(speaker));
        }
        if self.rng.chance(50) {
            body.instrument = InstrumentId(self.rng.small(1, plan::INSTRUMENTS + 1));
        }
        if self.rng.chance(40) {
            body.side = self.rng.pick(SideFilter::ALL).into();
        }
        match self.rng.below(40) {
            0 => body.scope.0 = 9,
            1 => body.side.0 = 9,
            2 => body.spare[1] = 1,
            3 => body.account = AccountId(1),
            4 => body.cl_ord_id = ClOrdId(0),
            _ => {}
        }
        self.message(speaker, &body)
    }

    pub(super) fn question(&mut self) -> Command {
        let speaker = self.speaker();
        let target = self.target(speaker);
        let request_id = self.rng.below(1_000);
        let received_time = self.now;
        let instrument = InstrumentId(self.rng.pick(&[0, 0, 1, 2, 9]));
        match self.rng.below(4) {
            0 => {
                let (cl_ord_id, order_id) = self.naming(&target);
                let body = OrderStatusRequest {
                    request_id,
                    cl_ord_id,
                    order_id,
                    received_time,
                    instrument,
                    ..OrderStatusRequest::default()
                };
                self.message(speaker, &body)
            }
            1 => {
                let account = AccountId(self.rng.pick(&[0, 0, 1, 2, 9]));
                let body = MassStatusRequest {
                    request_id,
                    received_time,
                    account,
                    instrument,
                    ..MassStatusRequest::default()
                };
                self.message(speaker, &body)
            }
            2 => {
                let body = SecurityListRequest {
                    request_id,
                    received_time,
                    instrument,
                    ..SecurityListRequest::default()
                };
                self.message(speaker, &body)
            }
            _ => self.ask_positions(speaker),
        }
    }

    pub(super) fn ask_positions(&mut self, speaker: usize) -> Command {
        let body = PositionRequest {
            request_id: self.rng.below(1_000),
            received_time: self.now,
            account: AccountId(self.rng.pick(&[0, 0, 1, 2, 3, 9])),
            instrument: InstrumentId(self.rng.pick(&[0, 0, 1, 2, 9])),
            ..PositionRequest::default()
        };
        self.message(speaker, &body)
    }
}
