//! A client over TCP that blocks.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pinion_types::text::Chars;
use pinion_types::{ClOrdId, FirmId, FlowType, Nanos, SessionId, SessionVerId};
use pinion_types::{OrdType, Px, Qty, Side, TerminationCode, TimeInForce};
use pinion_wire::auth::sign;
use pinion_wire::request::NewOrderSingle;
use pinion_wire::session::{Establish, EstablishmentAck, Negotiate, RetransmitRequest, Terminate};
use pinion_wire::{Message, Outbound};

/// How long a test waits for bytes before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Client {
    pub stream: TcpStream,
    pub session: SessionId,
    pub version: SessionVerId,
    buffer: Vec<u8>,
    pub next_seq: u64,
}

impl Client {
    pub fn connect(address: SocketAddr, session: u32) -> Self {
        let stream = TcpStream::connect(address).expect("a gateway listens");
        stream.set_nodelay(true).expect("set");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let (session, version) = (SessionId(session), SessionVerId(1));
        Client { stream, session, version, buffer: Vec::new(), next_seq: 1 }
    }

    pub fn log_on(&mut self) {
        self.send(&self.negotiate(&[0x5a; 32]));
        let answer = self.receive();
        assert!(matches!(answer, Some(Outbound::NegotiationResponse(_))), "{answer:?}");
        self.establish();
    }

    pub fn establish(&mut self) -> EstablishmentAck {
        self.send(&self.establishment());
        match self.receive() {
            Some(Outbound::EstablishmentAck(ack)) => ack,
            other => panic!("no ack: {other:?}"),
        }
    }

    pub fn send<M: Message>(&mut self, message: &M) {
        self.stream.write_all(&frame(message)).expect("written");
    }

    /// The next message; `None` where the gateway closed.
    pub fn receive(&mut self) -> Option<Outbound> {
        loop {
            if let Some(frame) = pinion_wire::split(&self.buffer).expect("frames") {
                let len = frame.bytes.len();
                let message = Outbound::decode(&frame).expect("a message of the venue");
                self.buffer.drain(..len);
                return Some(message);
            }
            let mut bytes = [0; 65_536];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(len) => self.buffer.extend_from_slice(&bytes[..len]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no bytes: {error}"),
            }
        }
    }

    /// The next message that is no sign of life.
    pub fn report(&mut self) -> Outbound {
        loop {
            match self.receive().expect("the gateway is there") {
                Outbound::Sequence(_) => {}
                other => return other,
            }
        }
    }

    /// The code of the Terminate with which the connection ends.
    pub fn terminated(&mut self) -> TerminationCode {
        let Outbound::Terminate(m) = self.report() else { panic!("no Terminate") };
        assert_eq!(self.receive(), None, "then it closes");
        m.code.get().expect("a code")
    }

    pub fn order(&mut self) -> NewOrderSingle {
        let number = self.next_seq;
        self.next_seq += 1;
        order(number)
    }

    pub fn negotiate(&self, secret: &[u8]) -> Negotiate {
        let mut message = Negotiate {
            session_ver_id: self.version,
            timestamp: now(),
            session: self.session,
            firm: FirmId(1),
            client_flow: FlowType::Idempotent.into(),
            access_key_id: Chars::new(&format!("key-{}", self.session)),
            ..Negotiate::default()
        };
        sign(&mut message, secret);
        message
    }

    pub fn establishment(&self) -> Establish {
        let mut message = Establish {
            session_ver_id: self.version,
            timestamp: now(),
            next_seq_no: self.next_seq,
            session: self.session,
            keep_alive_ms: 30_000,
            access_key_id: Chars::new(&format!("key-{}", self.session)),
            ..Establish::default()
        };
        sign(&mut message, &[0x5a; 32]);
        message
    }

    pub fn retransmit(&self, from_seq_no: u64, count: u32) -> RetransmitRequest {
        RetransmitRequest {
            session_ver_id: self.version,
            timestamp: now(),
            from_seq_no,
            count,
            session: self.session,
            ..RetransmitRequest::default()
        }
    }

    pub fn goodbye(&self) -> Terminate {
        Terminate {
            session_ver_id: self.version,
            session: self.session,
            code: TerminationCode::Finished.into(),
            ..Terminate::default()
        }
    }
}

pub fn order(number: u64) -> NewOrderSingle {
    NewOrderSingle {
        msg_seq_num: number,
        sending_time: now(),
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

pub fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Nanos(u64::try_from(since.as_nanos()).expect("before 2554"))
}
