//! A socket to a venue that says whatever it is told to, right or wrong.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pinion_types::text::Chars;
use pinion_types::{
    AccountId, ClOrdId, FirmId, FlowType, Nanos, OrdType, Px, Qty, SessionId, SessionVerId, Side,
    TerminationCode, TimeInForce,
};
use pinion_wire::auth::sign;
use pinion_wire::request::NewOrderSingle;
use pinion_wire::session::{Establish, Negotiate};
use pinion_wire::{Message, Outbound};

use super::venue::{INSTRUMENT, KEY_ID, key};

/// How long a test listens before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub struct Raw {
    /// The socket.
    pub stream: TcpStream,
    /// The member who speaks: session, firm and account have its number.
    pub member: u32,
    /// The session's version.
    pub version: SessionVerId,
    /// Number of the next message.
    pub next_seq: u64,
    /// What its Establish asks for, in ms.
    pub keep_alive_ms: u32,
    read: Vec<u8>,
}

impl Raw {
    /// Connects for a member, of whom nothing is said yet.
    ///
    /// # Panics
    /// Where nobody listens.
    #[must_use]
    pub fn connect(address: SocketAddr, member: u32) -> Self {
        let stream = TcpStream::connect(address).expect("a gateway listens");
        stream.set_nodelay(true).expect("ours");
        stream.set_read_timeout(Some(PATIENCE)).expect("ours");
        // The clock in microseconds rises with each logon.
        let version = SessionVerId(now().0 / 1_000);
        Raw { stream, member, version, next_seq: 1, keep_alive_ms: 60_000, read: Vec::new() }
    }

    /// Connects, negotiates and establishes.
    ///
    /// # Panics
    /// Where it is refused.
    #[must_use]
    #[track_caller]
    pub fn log_on(address: SocketAddr, member: u32) -> Self {
        let mut raw = Self::connect(address, member);
        raw.begin();
        raw
    }

    /// Negotiates and establishes.
    ///
    /// # Panics
    /// Where it is refused.
    #[track_caller]
    pub fn begin(&mut self) {
        self.send(&self.negotiate());
        let answer = self.receive();
        assert!(matches!(answer, Some(Outbound::NegotiationResponse(_))), "{answer:?}");
        self.send(&self.establish());
        let answer = self.receive();
        assert!(matches!(answer, Some(Outbound::EstablishmentAck(_))), "{answer:?}");
    }

    /// A Negotiate that is right.
    #[must_use]
    pub fn negotiate(&self) -> Negotiate {
        self.signed(Negotiate {
            session_ver_id: self.version,
            timestamp: now(),
            session: SessionId(self.member),
            firm: FirmId(self.member),
            client_flow: FlowType::Idempotent.into(),
            access_key_id: Chars::new(KEY_ID),
            ..Negotiate::default()
        })
    }

    /// An Establish that is right.
    #[must_use]
    pub fn establish(&self) -> Establish {
        self.signed(Establish {
            session_ver_id: self.version,
            timestamp: now(),
            next_seq_no: self.next_seq,
            session: SessionId(self.member),
            keep_alive_ms: self.keep_alive_ms,
            access_key_id: Chars::new(KEY_ID),
            ..Establish::default()
        })
    }

    /// Signs a logon message with the member's key.
    #[must_use]
    pub fn signed<M: pinion_wire::auth::Signed>(&self, mut message: M) -> M {
        sign(&mut message, &key(u8::try_from(self.member).unwrap_or(0)));
        message
    }

    /// An order that rests, with the next number; its id is the number.
    #[must_use]
    pub fn order(&mut self) -> NewOrderSingle {
        let number = self.next_seq;
        self.next_seq += 1;
        NewOrderSingle {
            msg_seq_num: number,
            sending_time: now(),
            cl_ord_id: ClOrdId(now().0),
            px: Px(9_000 * 1_000_000),
            qty: Qty(1),
            instrument: INSTRUMENT,
            account: AccountId(self.member),
            side: Side::Buy.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrderSingle::default()
        }
    }

    /// Sends a message.
    ///
    /// # Panics
    /// Where the connection is gone.
    pub fn send<M: Message>(&mut self, message: &M) {
        self.stream.write_all(&frame(message)).expect("it reads");
    }

    /// The next message; `None` where the venue closed.
    ///
    /// # Panics
    /// Where it says what no venue says, or nothing for a minute.
    pub fn receive(&mut self) -> Option<Outbound> {
        loop {
            if let Some(frame) = pinion_wire::split(&self.read).expect("frames") {
                let len = frame.bytes.len();
                let message = Outbound::decode(&frame).expect("a message of the venue");
                self.read.drain(..len);
                return Some(message);
            }
            let mut bytes = [0; 16_384];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(len) => self.read.extend_from_slice(&bytes[..len]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the venue says nothing: {error}"),
            }
        }
    }

    /// The next message that is more than a sign of life.
    ///
    /// # Panics
    /// Where the venue closed instead.
    #[track_caller]
    pub fn answer(&mut self) -> Outbound {
        loop {
            match self.receive() {
                Some(Outbound::Sequence(_)) => {}
                Some(other) => return other,
                None => panic!("it closed without a word"),
            }
        }
    }

    /// The code of the goodbye that comes next, after which the venue closes.
    ///
    /// # Panics
    /// Where something else comes.
    #[track_caller]
    pub fn terminated(&mut self) -> TerminationCode {
        match self.answer() {
            Outbound::Terminate(goodbye) => {
                assert_eq!(self.receive(), None, "then it closes");
                goodbye.code.get().expect("a code")
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A message as bytes.
///
/// # Panics
/// Never: every message fits a frame.
#[must_use]
pub fn frame<M: Message>(message: &M) -> Vec<u8> {
    let mut bytes = vec![0; pinion_wire::FRAME_MAX];
    let len = pinion_wire::encode(message, &mut bytes).expect("a frame");
    bytes.truncate(len);
    bytes
}

/// The clock.
///
/// # Panics
/// Before 1970 and after 2554.
#[must_use]
pub fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Nanos(u64::try_from(since.as_nanos()).expect("before 2554"))
}
