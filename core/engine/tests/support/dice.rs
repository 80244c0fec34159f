//! Random commands of everything that is served, good and bad, from one seed.

use pinion_types::codes::RawExecInst;
use pinion_types::command::{
    AccountDef, CashMove, DayRoll, InstrumentRules, Kill, LimitsSet, Mark, MassCancel,
    MassStatusRequest, NewOrder, NewOrderExtra, NewOrderWide, OrderStatusRequest, PositionRequest,
    Release, Replace, Schedule, SecurityListRequest, StateChange, TickBand, Timer,
};
use pinion_types::command::{Cancel, order_flags};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, Amount, ClOrdId, Command, InstrumentId, KillAction, MarkKind, Nanos, OrdType,
    OrderId, Px, Qty, Scope, Side, StpMode, TimeInForce, TradingState,
};

use super::{Desk, account, px, session_of, unlimited};

/// A stream of numbers.
pub struct Dice(u64);

impl Dice {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `count`.
    pub fn below(&mut self, count: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % count
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// The next command of a venue's life.
    pub fn command(&mut self, desk: &mut Desk) -> Command {
        match self.below(100) {
            0..=54 => self.order(desk),
            55..=74 => self.cancel(desk),
            75..=86 => self.replace(desk),
            87..=89 => self.mass_cancel(desk),
            90..=92 => self.question(desk),
            _ => self.control(desk),
        }
    }

    fn account(&mut self) -> u32 {
        1 + self.below(5) as u32
    }

    /// Near prices, and now and then one that is far away.
    fn price(&mut self) -> Px {
        match self.below(40) {
            0 => px(1 + self.below(1 << 30) as i64),
            1 => Px(self.below(1 << 40) as i64),
            _ => px(95 + self.below(11) as i64),
        }
    }

    fn order(&mut self, desk: &mut Desk) -> Command {
        use TimeInForce as Tif;
        let account = self.account();
        let session = session_of(account);
        let ord_type = match self.below(12) {
            0 => OrdType::Market,
            1 => OrdType::MarketToLimit,
            _ => OrdType::Limit,
        };
        let tifs =
            [Tif::Day, Tif::Day, Tif::GoodTillCancel, Tif::ImmediateOrCancel, Tif::FillOrKill];
        let order = NewOrder {
            cl_ord_id: desk.id(session),
            px: if ord_type == OrdType::Limit { self.price() } else { Px(0) },
            qty: Qty(self.below(20)),
            user_data: self.below(1 << 20),
            account: AccountId(account),
            instrument: InstrumentId(1 + self.below(2) as u32),
            stp_group: self.one_of(&[0, 0, 0, 0, 7]),
            side: self.one_of(&[Side::Buy, Side::Sell]).into(),
            ord_type: ord_type.into(),
            time_in_force: self.one_of(&tifs).into(),
            stp_mode: self.one_of(StpMode::ALL).into(),
            exec_inst: RawExecInst(self.one_of(&[0, 0, 0, 0, 0, 0, 1, 2])),
            flags: self.one_of(&[0, 0, 0, 0, 0, 0, 0, order_flags::POSS_RESEND]),
            ..NewOrder::default()
        };
        let wide = match self.below(10) {
            0 => self.dated(desk, order),
            1..=2 => self.iceberg(order),
            3..=4 => self.stop(order),
            5..=6 => self.uncommon(desk, order),
            _ => return desk.message(session, &order),
        };
        desk.message(session, &wide)
    }

    fn dated(&mut self, desk: &Desk, order: NewOrder) -> NewOrderWide {
        let order = NewOrder { time_in_force: TimeInForce::GoodTillDate.into(), ..order };
        let expire_time = Nanos(desk.now.0 + self.below(20_000_000));
        NewOrderWide { order, extra: NewOrderExtra { expire_time, ..NewOrderExtra::default() } }
    }

    fn iceberg(&mut self, order: NewOrder) -> NewOrderWide {
        let display_qty = Qty(1 + self.below(7));
        NewOrderWide { order, extra: NewOrderExtra { display_qty, ..NewOrderExtra::default() } }
    }

    /// An order that asks for something few orders do.
    fn uncommon(&mut self, desk: &Desk, order: NewOrder) -> NewOrderWide {
        let min_qty = Qty(1 + self.below(order.qty.0.min(6) + 2));
        let order = if self.below(3) > 0 { self.reducing(desk, order) } else { order };
        let mut wide = NewOrderWide { order, extra: NewOrderExtra::default() };
        match self.below(7) {
            0 => wide.extra.min_qty = min_qty,
            1 => return self.stop(wide.order),
            2 => return self.iceberg(wide.order),
            3..=4 => {
                let tif = self.one_of(&[TimeInForce::AtTheOpening, TimeInForce::AtTheClose]);
                wide.order.time_in_force = tif.into();
            }
            5 => wide.order.flags |= order_flags::HIDDEN,
            _ => {}
        }
        wide
    }

    /// The same, which may only reduce: mostly what its account has.
    fn reducing(&mut self, desk: &Desk, order: NewOrder) -> NewOrder {
        let flags = order.flags | order_flags::REDUCE_ONLY;
        let position = desk.engine.position(order.account, order.instrument);
        let quantity = position.map_or(0, |it| it.quantity);
        if quantity == 0 {
            return NewOrder { flags, ..order };
        }
        let side = if quantity < 0 { Side::Buy } else { Side::Sell };
        let qty = Qty(1 + self.below(quantity.unsigned_abs()));
        NewOrder { flags, side: side.into(), qty, ..order }
    }

    /// Mostly a good one.
    fn stop(&mut self, order: NewOrder) -> NewOrderWide {
        let ord_type = self.one_of(&[OrdType::Stop, OrdType::StopLimit]);
        let px = if ord_type == OrdType::Stop { Px(0) } else { self.price() };
        let protection_ticks = if ord_type == OrdType::Stop { self.below(4) as u32 } else { 0 };
        let exec_inst = RawExecInst(0);
        let ord_type = ord_type.into();
        let order = NewOrder { px, ord_type, protection_ticks, exec_inst, ..order };
        let extra = NewOrderExtra { stop_px: self.price(), ..NewOrderExtra::default() };
        NewOrderWide { order, extra }
    }

    /// An id the session may have used.
    fn id(&mut self, desk: &Desk, session: u32) -> ClOrdId {
        let last = desk.last_id(session).0;
        ClOrdId(last.saturating_sub(self.below(40)))
    }

    fn cancel(&mut self, desk: &mut Desk) -> Command {
        let session = 1 + self.below(3) as u32;
        let orig = self.id(desk, session);
        let any = desk.engine.orders().map(|it| it.order_id).nth(self.below(20) as usize);
        let by_order_id = self.below(4) == 0;
        let body = Cancel {
            cl_ord_id: desk.id(session),
            orig_cl_ord_id: if by_order_id { ClOrdId(0) } else { orig },
            order_id: any.filter(|_| by_order_id).unwrap_or(OrderId(0)),
            ..Cancel::default()
        };
        desk.message(session, &body)
    }

    fn replace(&mut self, desk: &mut Desk) -> Command {
        let session = 1 + self.below(3) as u32;
        let (px, stop_px) = match self.below(6) {
            0 => (Px(0), self.price()),
            1 => (self.price(), self.price()),
            _ => (self.price(), Px(0)),
        };
        let body = Replace {
            orig_cl_ord_id: self.id(desk, session),
            cl_ord_id: desk.id(session),
            px,
            stop_px,
            display_qty: Qty(self.one_of(&[0, 0, 0, 0, 2, 5])),
            qty: Qty(self.below(25)),
            account: AccountId(self.one_of(&[0, 0, 0, 1, 2, 4, 5])),
            user_data: self.below(9),
            time_in_force: self.one_of(&[TimeInForce::Day, TimeInForce::GoodTillCancel]).into(),
            ..Replace::default()
        };
        desk.message(session, &body)
    }

    fn mass_cancel(&mut self, desk: &mut Desk) -> Command {
        use pinion_types::MassScope as Mass;
        let session = 1 + self.below(3) as u32;
        let scope = self.one_of(&[Mass::Session, Mass::Account, Mass::All]);
        let account = if scope == Mass::Account { self.account() } else { 0 };
        let body = MassCancel {
            cl_ord_id: desk.id(session),
            scope: scope.into(),
            account: AccountId(account),
            instrument: InstrumentId(self.below(3) as u32),
            ..MassCancel::default()
        };
        desk.message(session, &body)
    }

    fn question(&mut self, desk: &mut Desk) -> Command {
        let session = 1 + self.below(3) as u32;
        match self.below(4) {
            0 => {
                let cl_ord_id = self.id(desk, session);
                desk.message(session, &OrderStatusRequest { cl_ord_id, ..Default::default() })
            }
            1 => desk.message(session, &MassStatusRequest::default()),
            2 => desk.message(session, &SecurityListRequest::default()),
            _ => desk.message(session, &PositionRequest::default()),
        }
    }

    /// A state by hand or by schedule, or a guard: what instrument 1 is in.
    fn phase(&mut self, desk: &Desk) -> Command {
        use TradingState::{Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose};
        let states = [
            Continuous,
            Continuous,
            Continuous,
            TradingState::PreOpen,
            OpeningAuction,
            OpeningAuction,
            ClosingAuction,
            Halted,
            PostClose,
            Closed,
        ];
        let state = self.one_of(&states).into();
        let instrument = InstrumentId(self.one_of(&[0, 1, 1, 1]));
        match self.below(6) {
            0..=1 => super::steering(&StateChange { instrument, state, ..StateChange::default() }),
            2..=4 => super::steering(&Schedule {
                instrument,
                state,
                at: Nanos(desk.now.0 + self.below(30_000_000)),
                random_ms: self.below(10) as u32,
                ..Schedule::default()
            }),
            _ => self.guards(),
        }
    }

    /// Guards, and bands of ticks.
    fn guards(&mut self) -> Command {
        if self.below(4) == 0 {
            return super::steering(&TickBand {
                instrument: InstrumentId(2),
                from_px: px(self.one_of(&[0, 101, 103])),
                tick: px(self.below(3) as i64),
                ..TickBand::default()
            });
        }
        super::steering(&InstrumentRules {
            instrument: InstrumentId(1 + self.below(2) as u32),
            elections_max: self.below(4) as u32,
            tranches_max: self.one_of(&[0, 0, 3]),
            display_min_bps: self.one_of(&[0, 0, 2_500]),
            range_bps: self.below(3) as u32 * 150,
            window_ms: self.one_of(&[0, 4, 4, 8]),
            auction_ms: self.below(20) as u32,
            auction_random_ms: self.below(10) as u32,
            ..InstrumentRules::default()
        })
    }

    fn control(&mut self, desk: &Desk) -> Command {
        let id = self.account();
        match self.below(17) {
            9 | 10 => super::steering(&Timer::default()),
            11..=13 => self.phase(desk),
            14.. => self.guards(),
            0 => super::steering(&Mark {
                instrument: InstrumentId(1 + self.below(2) as u32),
                kind: self.one_of(&[MarkKind::Mark, MarkKind::Settlement]).into(),
                px: px(90 + self.below(20) as i64),
                ..Mark::default()
            }),
            1 => super::steering(&Kill {
                scope: Scope::Account.into(),
                action: self.one_of(KillAction::ALL).into(),
                id,
                ..Kill::default()
            }),
            2..=3 => {
                let scope = Scope::Account.into();
                super::steering(&Release { scope, id, ..Release::default() })
            }
            4 => {
                super::steering(&DayRoll { day: self.below(1 << 20) as u32, ..Default::default() })
            }
            5 => super::steering(&CashMove {
                account: AccountId(id),
                currency: Chars::new("USD"),
                amount: Amount::from(i128::from(self.below(1 << 40)) - (1 << 39)),
                ..CashMove::default()
            }),
            6 => {
                let firm = if id == 5 { 2 } else { 1 };
                super::steering(&AccountDef {
                    stp_group: self.one_of(&[0, 7]),
                    maker_fee: self.below(900) as i32 - 500,
                    taker_fee: self.below(900) as i32,
                    ..account(id, firm)
                })
            }
            7 => super::steering(&LimitsSet {
                instrument: InstrumentId(self.below(3) as u32),
                long_max: self.below(200),
                open_orders_max: 5 + self.below(20) as u32,
                order_qty_max: 8 + self.below(20),
                ..unlimited(Scope::Account, id)
            }),
            _ => super::steering(&StateChange {
                instrument: InstrumentId(1),
                state: TradingState::Continuous.into(),
                ..StateChange::default()
            }),
        }
    }
}
