//! A client, a session and a core that knows just enough, in virtual time.
#![allow(dead_code, reason = "each test file takes what it needs")]

mod core;

use pinion_gateway::config::{Durability, SessionLimits};
use pinion_gateway::counters::Counters;
use pinion_gateway::keys::Keys;
use pinion_gateway::session::{Context, Input, Output, Session};
use pinion_gateway::time::{Now, Tick};
use pinion_types::codes::{RawCancelOnDisconnect, RawTerminationCode};
use pinion_types::text::Chars;
use pinion_types::{
    ClOrdId, Command, ConnectionId, FirmId, FlowType, Nanos, OrdType, Px, Qty, SessionId,
    SessionVerId, Side, TerminationCode, TimeInForce,
};
use pinion_wire::auth::sign;
use pinion_wire::request::NewOrderSingle;
use pinion_wire::session::{Establish, Negotiate, RetransmitRequest, Sequence, Terminate};
use pinion_wire::{Message, Outbound};

pub use self::core::FakeCore;

pub const SESSION: SessionId = SessionId(7);
pub const VERSION: SessionVerId = SessionVerId(1_000);
pub const SECRET: [u8; 32] = [0x5a; 32];
pub const KEY: &str = "alice-1";
pub const CONNECTION: ConnectionId = ConnectionId(42);
pub const KEEP_ALIVE_MS: u32 = 1_000;

pub struct Pair {
    pub limits: SessionLimits,
    pub keys: Keys,
    pub counters: Counters,
    pub core_ready: bool,
    pub now: Now,
    pub session: Session,
    pub core: FakeCore,
    /// Commands the session gave, in order.
    pub commands: Vec<Command>,
    /// Bytes the client has read and not yet looked at.
    pub inbox: Vec<u8>,
    /// False while the client does not read.
    pub reads: bool,
    /// False while the core answers nothing.
    pub answers: bool,
    pub logon_failures: usize,
    pub shut: bool,
    pub closed: Option<TerminationCode>,
    pub wait: Tick,
    next_seq: u64,
}

impl Pair {
    pub fn new() -> Self {
        Pair::with(SessionLimits::default())
    }

    pub fn with(limits: SessionLimits) -> Self {
        let now = Now { tick: Tick(5_000_000_000), utc: Nanos(1_700_000_000_000_000_000) };
        let mut keys = Keys::default();
        keys.insert(SESSION, KEY, SECRET.to_vec()).expect("a key");
        keys.insert(SessionId(8), "bob-1", SECRET.to_vec()).expect("a key");
        let mut pair = Pair {
            limits,
            keys,
            counters: Counters::default(),
            core_ready: true,
            now,
            session: Session::new(&limits, CONNECTION, now),
            core: FakeCore::new(),
            commands: Vec::new(),
            inbox: Vec::new(),
            reads: true,
            answers: true,
            logon_failures: 0,
            shut: false,
            closed: None,
            wait: Tick::NEVER,
            next_seq: 1,
        };
        pair.drive();
        pair
    }

    /// A pair whose session is established, with an empty inbox and no commands to look at.
    pub fn established() -> Self {
        Pair::established_with(SessionLimits::default())
    }

    pub fn established_with(limits: SessionLimits) -> Self {
        let mut pair = Pair::with(limits);
        pair.log_on();
        pair
    }

    pub fn log_on(&mut self) {
        self.send(&self.negotiate());
        assert!(matches!(self.receive()[..], [Outbound::NegotiationResponse(_)]));
        self.send(&self.establish());
        assert!(matches!(self.receive()[..], [Outbound::EstablishmentAck(_)]));
        assert_eq!(self.session.bound_session(), Some(SESSION));
        self.commands.clear();
    }

    pub fn context<'a>(
        limits: &'a SessionLimits,
        keys: &'a Keys,
        counters: &'a Counters,
        core_ready: bool,
    ) -> Context<'a> {
        Context { limits, keys, counters, core_ready, durability: Durability::Process }
    }

    /// Tells the session something and drains it.
    pub fn input(&mut self, input: Input<'_>) {
        let context = Pair::context(&self.limits, &self.keys, &self.counters, self.core_ready);
        self.session.handle_input(&context, self.now, input);
        self.drive();
    }

    /// Drains the session: the core answers, the client reads.
    pub fn drive(&mut self) {
        for _ in 0..100_000 {
            if self.closed.is_some() {
                return;
            }
            let context = Pair::context(&self.limits, &self.keys, &self.counters, self.core_ready);
            match self.session.poll_output(&context, self.now) {
                Output::Command(command) => {
                    let command = *command;
                    self.commands.push(command);
                    if self.answers {
                        self.answer(&command);
                    }
                }
                Output::LogonFailed => self.logon_failures += 1,
                Output::Resend { session, from, count } => {
                    assert_eq!(session, SESSION);
                    for logged in self.core.numbered(session, from.0, count) {
                        self.session.handle_input(&context, self.now, Input::Resent(&logged));
                    }
                }
                Output::Shutdown => self.shut = true,
                Output::Close(code) => self.closed = Some(code),
                Output::Wait(tick) => {
                    self.wait = tick;
                    if !self.flush() {
                        return;
                    }
                }
            }
        }
        panic!("the session never rests");
    }

    /// The core's events for a command.
    fn answer(&mut self, command: &Command) {
        for logged in self.core.apply(command, self.now.utc) {
            let context = Pair::context(&self.limits, &self.keys, &self.counters, self.core_ready);
            self.session.handle_input(&context, self.now, Input::Event(&logged));
        }
    }

    /// The client reads what was sent; false where there is nothing.
    fn flush(&mut self) -> bool {
        let len = self.session.unsent().len();
        if len == 0 || !self.reads {
            return false;
        }
        self.inbox.extend_from_slice(self.session.unsent());
        let context = Pair::context(&self.limits, &self.keys, &self.counters, self.core_ready);
        self.session.handle_input(&context, self.now, Input::Sent(len));
        true
    }

    /// Lets time pass, firing every deadline on the way.
    pub fn advance_ms(&mut self, ms: u32) {
        let until = self.now.tick.after_ms(ms);
        while self.closed.is_none() && self.wait <= until {
            let passed = self.wait.since(self.now.tick);
            self.now.tick = self.now.tick.max(self.wait);
            self.now.utc = Nanos(self.now.utc.0 + passed);
            self.input(Input::Timeout);
        }
        let passed = until.since(self.now.tick);
        self.now.tick = self.now.tick.max(until);
        self.now.utc = Nanos(self.now.utc.0 + passed);
    }

    /// The client sends bytes.
    pub fn send_bytes(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.closed.is_none() {
            let space = self.session.receive_space();
            let len = space.len().min(bytes.len());
            assert!(len > 0, "the receive buffer is full and nobody decodes");
            space[..len].copy_from_slice(&bytes[..len]);
            bytes = &bytes[len..];
            self.input(Input::Received(len));
        }
    }

    /// The client sends a message.
    pub fn send<M: Message>(&mut self, message: &M) {
        self.send_bytes(&frame(message));
    }

    /// What the client has got since it last looked.
    pub fn receive(&mut self) -> Vec<Outbound> {
        let bytes = std::mem::take(&mut self.inbox);
        let (messages, rest) = messages(&bytes);
        assert!(rest.is_empty(), "{} bytes make no frame", rest.len());
        messages
    }

    /// The code of the Terminate that is the only message the client has got.
    pub fn terminated(&mut self) -> TerminationCode {
        match self.receive().as_slice() {
            [Outbound::Terminate(m)] => m.code.get().expect("a known code"),
            other => panic!("not a Terminate alone: {other:?}"),
        }
    }

    /// The last bytes leave and the peer closes: the session must agree to be forgotten.
    pub fn finish(&mut self) -> TerminationCode {
        self.input(Input::Lost);
        self.closed.expect("closed")
    }

    pub fn negotiate(&self) -> Negotiate {
        let mut message = Negotiate {
            session_ver_id: VERSION,
            timestamp: self.now.utc,
            session: SESSION,
            firm: FirmId(1),
            client_flow: FlowType::Idempotent.into(),
            access_key_id: Chars::new(KEY),
            client_app_name: Chars::new("pair"),
            ..Negotiate::default()
        };
        sign(&mut message, &SECRET);
        message
    }

    pub fn establish(&self) -> Establish {
        let mut message = Establish {
            session_ver_id: VERSION,
            timestamp: Nanos(self.now.utc.0 + 1),
            next_seq_no: self.next_seq,
            session: SESSION,
            keep_alive_ms: KEEP_ALIVE_MS,
            cod_type: RawCancelOnDisconnect(0),
            access_key_id: Chars::new(KEY),
            ..Establish::default()
        };
        sign(&mut message, &SECRET);
        message
    }

    /// An order with the next number.
    pub fn order(&mut self) -> NewOrderSingle {
        let number = self.next_seq;
        self.next_seq += 1;
        order(number)
    }

    pub fn sequence(&self, next_seq_no: u64) -> Sequence {
        Sequence { next_seq_no, ..Sequence::default() }
    }

    pub fn goodbye(&self) -> Terminate {
        Terminate {
            session_ver_id: VERSION,
            session: SESSION,
            code: RawTerminationCode::from(TerminationCode::Finished),
            ..Terminate::default()
        }
    }

    pub fn retransmit(&self, from_seq_no: u64, count: u32) -> RetransmitRequest {
        RetransmitRequest {
            session_ver_id: VERSION,
            timestamp: self.now.utc,
            from_seq_no,
            count,
            session: SESSION,
            ..RetransmitRequest::default()
        }
    }
}

/// A plain limit order with this number.
pub fn order(number: u64) -> NewOrderSingle {
    NewOrderSingle {
        msg_seq_num: number,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(number),
        px: Px(100_050_000_000),
        qty: Qty(10),
        side: Side::Buy.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        ..NewOrderSingle::default()
    }
}

pub fn frame<M: Message>(message: &M) -> Vec<u8> {
    let mut bytes = vec![0; pinion_wire::FRAME_MAX];
    let len = pinion_wire::encode(message, &mut bytes).expect("a frame");
    bytes.truncate(len);
    bytes
}

/// The venue's messages in `bytes`, and what is left over.
pub fn messages(mut bytes: &[u8]) -> (Vec<Outbound>, &[u8]) {
    let mut messages = Vec::new();
    while let Some(frame) = pinion_wire::split(bytes).expect("frames") {
        messages.push(Outbound::decode(&frame).expect("a message of the venue"));
        bytes = &bytes[frame.bytes.len()..];
    }
    (messages, bytes)
}
