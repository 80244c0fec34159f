//! Commands that nobody would send, among those that everybody does: nothing panics, nothing is
//! lost, every event is possible, and a second engine does the same.

use std::collections::BTreeSet;

use pinion_types::codes::{
    CancelOnDisconnect, MassScope, OrdType, OrderCod, Side, SideFilter, StpMode, TimeInForce,
};
use pinion_types::command::{
    Cancel, Establish, InstrumentDef, KindOf, MassCancel, MassStatusRequest, NewOrder,
    NewOrderWide, OrderStatusRequest, PositionRequest, Replace, SecurityListRequest, SessionDef,
    Undecodable, instrument_flags,
};
use pinion_types::{
    ClOrdId, Command, CommandHeader, CommandKind, InstrumentId, OrderId, Px, Qty, SessionId,
    SourceId,
};

use crate::audit::Audit;
use crate::desk::{Desk, MS, S, gateway, instrument, trader};
use crate::dice::Dice;

/// Who writes the commands, and what it has seen.
pub struct Author {
    pub(super) dice: Dice,
    pub(super) desk: Desk,
    pub(super) audit: Audit,
    pub(super) day: u32,
    refused: BTreeSet<u16>,
    kinds: BTreeSet<u8>,
}

impl Author {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let first = SessionDef {
            rate_burst: dice.of(&[1_000, 3]),
            cod_type: dice.of(CancelOnDisconnect::ALL).into(),
            ..trader(1)
        };
        let mut desk = Desk::open_with(&first);
        let odd = InstrumentDef {
            qty_max: Qty(100),
            lot: Qty(5),
            collar_ticks: 15,
            notional_max: 50_000 * 10_000,
            flags: instrument_flags::MARKET_RESTS,
            protection_ticks: 4,
            ..instrument(2)
        };
        // Every price there is counts in these ticks.
        let fine = InstrumentDef {
            tick: Px(1),
            flags: instrument_flags::PX_MAY_BE_NEGATIVE | instrument_flags::MARKET_RESTS,
            protection_ticks: u32::MAX,
            ..instrument(2)
        };
        let second = if dice.once_in(2) { odd } else { fine };
        desk.control(&second);
        Author {
            dice,
            desk,
            audit: Audit::default(),
            day: 20_500,
            refused: BTreeSet::new(),
            kinds: BTreeSet::new(),
        }
    }

    /// Applies the command, as it is or spoiled.
    pub(super) fn give<B: KindOf>(
        &mut self,
        source: SourceId,
        session: u32,
        number: u64,
        body: &B,
    ) {
        let mut command = Command::new(SessionId(session), number, body);
        command.set_source(source);
        if self.dice.once_in(30) {
            self.spoil(&mut command);
        }
        self.apply(&command);
    }

    /// Changes some bytes behind the header.
    fn spoil(&mut self, command: &mut Command) {
        let words = command.words().len();
        for _ in 0..=self.dice.below(3) {
            let index = 2 + self.dice.below(words as u64 - 2) as usize;
            let strange = [0, 1, u64::MAX, 1 << 63, i64::MAX as u64];
            let place = self.dice.below(8) * 8;
            let word = &mut command.words_mut()[index];
            *word = if self.dice.once_in(2) {
                self.dice.of(&strange)
            } else {
                *word ^ (self.dice.below(256) << place)
            };
        }
    }

    fn apply(&mut self, command: &Command) {
        let events = self.desk.apply(command);
        self.audit.read(&events);
        self.kinds.extend(events.iter().map(|event| event.header().kind));
        for event in events.iter().filter_map(pinion_types::Event::view) {
            use pinion_types::EventRef;
            let code = match event {
                EventRef::Rejected(body) => body.code.0,
                EventRef::CancelRejected(body) => body.code.0,
                _ => continue,
            };
            self.refused.insert(code);
        }
    }

    fn message<B: KindOf>(&mut self, session: u32, body: &B) {
        let number = self.desk.take_number(session);
        self.give(gateway(session), session, number, body);
    }

    fn new_order(&mut self, session: u32) -> NewOrder {
        let dice = &mut self.dice;
        let ord_type = if dice.once_in(8) { OrdType::Market } else { OrdType::Limit };
        let tif = [TimeInForce::Day, TimeInForce::Day, TimeInForce::GoodTillCancel];
        let tif = if dice.once_in(6) { dice.of(TimeInForce::ALL) } else { dice.of(&tif) };
        NewOrder {
            cl_ord_id: ClOrdId(0),
            px: if ord_type == OrdType::Market { Px(0) } else { dice.px() },
            qty: dice.qty(),
            user_data: dice.word(),
            sending_time: dice.time(self.desk.now),
            valid_until: dice.time(self.desk.now),
            account: dice.account(session),
            instrument: dice.instrument(),
            stp_group: if dice.once_in(20) { dice.of(&[1, 7, 8]) } else { 0 },
            protection_ticks: if ord_type == OrdType::Market { dice.below(9) as u32 } else { 0 },
            side: if dice.once_in(12) {
                dice.of(Side::ALL)
            } else {
                dice.of(&[Side::Buy, Side::Sell])
            }
            .into(),
            ord_type: ord_type.into(),
            time_in_force: tif.into(),
            stp_mode: dice.of(StpMode::ALL).into(),
            cod: match dice.below(4) {
                0 => OrderCod::Cancel.into(),
                1 => OrderCod::Keep.into(),
                _ => Default::default(),
            },
            ..NewOrder::default()
        }
    }

    /// Names of an order that works, or of one that may have.
    fn named(&mut self, session: u32) -> (u32, ClOrdId, OrderId, InstrumentId, Side) {
        let dice = &mut self.dice;
        let strange = (
            session,
            ClOrdId(dice.below(500)),
            OrderId(dice.of(&[0, 1, 77, u64::MAX])),
            InstrumentId(dice.below(3) as u32),
            Side::Buy,
        );
        if dice.once_in(10) {
            return strange;
        }
        let index = dice.word();
        let Some(order) = self.audit.nth(index) else { return strange };
        let who = if self.dice.once_in(6) { session } else { order.session };
        let ids = (ClOrdId(order.cl_ord_id), OrderId(order.order_id));
        let (client, venue) = match self.dice.below(4) {
            0 => ids,
            1 => (ClOrdId(0), ids.1),
            _ => (ids.0, OrderId(0)),
        };
        (who, client, venue, InstrumentId(order.instrument), order.side)
    }

    fn cancel(&mut self, session: u32) {
        let (who, orig_cl_ord_id, order_id, instrument, side) = self.named(session);
        let cl_ord_id = self.id(who);
        let cancel = Cancel {
            cl_ord_id,
            orig_cl_ord_id,
            order_id,
            instrument,
            side: side.into(),
            ..Cancel::default()
        };
        self.message(who, &cancel);
    }

    fn replace(&mut self, session: u32) {
        let (who, orig_cl_ord_id, order_id, instrument, side) = self.named(session);
        let cl_ord_id = self.id(who);
        let tif = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::ImmediateOrCancel];
        let replace = Replace {
            cl_ord_id,
            orig_cl_ord_id,
            order_id,
            px: self.dice.px(),
            qty: self.dice.qty(),
            account: self.dice.account(who),
            instrument,
            side: side.into(),
            time_in_force: match self.dice.below(3) {
                0 => self.dice.of(&tif).into(),
                _ => Default::default(),
            },
            ..Replace::default()
        };
        self.message(who, &replace);
    }

    /// The next id of a session, seldom one that was before.
    fn id(&mut self, session: u32) -> ClOrdId {
        if self.dice.once_in(40) {
            return ClOrdId(self.dice.of(&[0, 1, 5]));
        }
        self.desk.id(session)
    }

    fn question(&mut self, session: u32) {
        match self.dice.below(4) {
            0 => {
                let (who, cl_ord_id, order_id, instrument, _) = self.named(session);
                let body =
                    OrderStatusRequest { cl_ord_id, order_id, instrument, ..Default::default() };
                self.message(who, &body);
            }
            1 => {
                let account = self.dice.account(session);
                self.message(session, &MassStatusRequest { account, ..Default::default() });
            }
            2 => {
                let instrument = self.dice.instrument();
                self.message(session, &SecurityListRequest { instrument, ..Default::default() });
            }
            _ => {
                let account = self.dice.account(session);
                self.message(session, &PositionRequest { account, ..Default::default() });
            }
        }
    }

    fn mass_cancel(&mut self, session: u32) {
        let body = MassCancel {
            cl_ord_id: self.id(session),
            account: self.dice.account(session),
            instrument: self.dice.instrument(),
            scope: self.dice.of(MassScope::ALL).into(),
            side: match self.dice.below(3) {
                0 => SideFilter::Buy.into(),
                _ => Default::default(),
            },
            ..MassCancel::default()
        };
        self.message(session, &body);
    }

    /// A line is lost, or comes back: in the same version, in another, or wrongly.
    fn line(&mut self, session: u32) {
        if self.dice.once_in(3) {
            let events = self.desk.lose(session);
            self.audit.read(&events);
            return;
        }
        let version = self.dice.of(&[0, 0, 0, 1, 2]) + self.desk.version(session);
        if self.dice.once_in(4) {
            let events = self.desk.negotiate(session, version);
            self.audit.read(&events);
        }
        let next = self.desk.next_seq_no(session);
        let establish = Establish {
            cod_window_ms: self.dice.of(&[0, 0, 20]),
            ..self.desk.establish(session, version, next)
        };
        self.give(gateway(session), session, 0, &establish);
    }

    /// Bytes without any sense, of any kind, from anyone.
    fn garbage(&mut self) {
        let kind = self.dice.of(CommandKind::ALL);
        let mut command = Command::zeroed(kind);
        let words = command.words().len();
        for index in 2..words {
            let mask = self.dice.of(&[0, 1, 3, 0xff, u64::MAX]);
            command.words_mut()[index] = self.dice.word() & mask;
        }
        command.set_header(&CommandHeader {
            kind: kind.code(),
            version: 0,
            source: SourceId(self.dice.of(&[0, 1, 2, 3, u16::MAX])),
            session: SessionId(self.dice.of(&[0, 1, 2, 3, 4, 6, 7, u32::MAX])),
            src_seq: self.dice.of(&[0, 1, 50, 1_000_000, u64::MAX]),
        });
        // A number at the end of the range would only silence the session.
        let number = command.header().src_seq;
        let is_end = number > 1_000 || command.words().get(5).is_some_and(|&word| word > 1 << 62);
        if is_end && !self.dice.once_in(200) {
            return;
        }
        self.apply(&command);
    }

    fn step(&mut self) {
        self.desk.now += match self.dice.below(10) {
            0..7 => self.dice.below(1_000),
            7..9 => self.dice.below(30 * MS),
            _ => self.dice.below(S),
        };
        let session = 1 + self.dice.below(3) as u32;
        match self.dice.below(100) {
            0..50 => {
                let order = self.new_order(session);
                let order = NewOrder { cl_ord_id: self.id(session), ..order };
                if self.dice.once_in(20) {
                    self.message(session, &NewOrderWide { order, ..NewOrderWide::default() });
                } else {
                    self.message(session, &order);
                }
            }
            50..64 => self.cancel(session),
            64..78 => self.replace(session),
            78..80 => self.mass_cancel(session),
            80..84 => self.question(session),
            84..86 => self.line(session),
            86..91 => self.control(),
            91..94 => self.heal(),
            94 => self.garbage(),
            95 => self.message(session, &Undecodable { raw_len: 600, ..Undecodable::default() }),
            _ => self.garbage(),
        }
    }
}

#[test]
fn whatever_is_sent_the_venue_goes_on() {
    let first = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let (first, lives) = first.map_or((1, 24), |seed| (seed, 1));
    let (mut trades, mut refused, mut kinds) = (0, BTreeSet::new(), 0);
    for seed in first..first + lives {
        println!("SEED={seed}");
        let mut author = Author::new(seed);
        for _ in 0..2_500 {
            author.step();
        }
        trades += author.audit.trades;
        refused.append(&mut author.refused);
        kinds = kinds.max(author.kinds.len());
    }
    // Otherwise the lives were spent being refused.
    println!("{trades} trades, refused for {refused:?}, {kinds} kinds of events in one life");
    assert!(trades > lives * 50, "{trades} trades");
    assert!(lives == 1 || refused.len() > 30, "{refused:?}");
}
