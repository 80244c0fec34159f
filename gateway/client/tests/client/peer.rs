//! A venue for one connection at a time: says what the test says, reads what the client sends.

use pinion_client::{Credentials, Options};
use pinion_types::codes::{CancelOnDisconnect, EstablishmentReject as Code};
use pinion_types::{ClOrdId, Nanos, OrderId, Seq};
use pinion_wire::report::ExecutionReportNew;
use pinion_wire::session::{
    Establish, EstablishmentAck, EstablishmentReject, Negotiate, NegotiationResponse,
    Retransmission, RetransmitRequest, Sequence, Terminate,
};
use pinion_wire::{Durability, FRAME_MAX, Flag, Inbound, Message, encode, split};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

/// The key of every test.
pub const KEY: &[u8] = b"thirty-two bytes that are secret";

/// The session of every test.
pub fn credentials() -> Credentials {
    Credentials::new(7, 3, "alpha", KEY.to_vec())
}

/// Short enough that a test of what never comes ends soon.
pub fn options() -> Options {
    Options { keep_alive_ms: 60_000, reply_timeout_ms: 60_000, ..Options::default() }
}

/// Runs `script` as the venue; its panics are the test's.
pub fn venue(script: impl FnOnce(&mut Peer) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let run = move || {
        let mut peer = Peer { listener, stream: None, buffer: Vec::new() };
        script(&mut peer);
    };
    (address, std::thread::spawn(run))
}

/// The venue's side.
pub struct Peer {
    listener: TcpListener,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Peer {
    /// Waits for a connection; the last one is closed.
    pub fn accept(&mut self) {
        self.hang_up();
        self.stream = Some(self.listener.accept().expect("a client").0);
    }

    /// Closes the connection without a word.
    pub fn hang_up(&mut self) {
        self.stream = None;
        self.buffer.clear();
    }

    fn stream(&mut self) -> &mut TcpStream {
        self.stream.as_mut().expect("a connection")
    }

    /// The client's next message; `None` at its end.
    pub fn read_or_end(&mut self) -> Option<Inbound> {
        loop {
            if let Some(frame) = split(&self.buffer).expect("frames") {
                let message = Inbound::decode(&frame).expect("a message");
                let len = frame.bytes.len();
                self.buffer.drain(..len);
                return Some(message);
            }
            let mut bytes = [0; FRAME_MAX];
            let len = self.stream().read(&mut bytes).unwrap_or(0);
            if len == 0 {
                return None;
            }
            self.buffer.extend_from_slice(&bytes[..len]);
        }
    }

    /// The client's next message.
    pub fn read(&mut self) -> Inbound {
        self.read_or_end().expect("a message")
    }

    /// Says something.
    pub fn say<M: Message>(&mut self, message: &M) {
        let mut bytes = [0; FRAME_MAX];
        let len = encode(message, &mut bytes).expect("room");
        self.say_bytes(&bytes[..len]);
    }

    /// Writes bytes as they are.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.stream().write_all(bytes).expect("the client reads");
    }

    /// Reads Negotiate.
    pub fn negotiate(&mut self) -> Negotiate {
        match self.read() {
            Inbound::Negotiate(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Reads Establish.
    pub fn establish(&mut self) -> Establish {
        match self.read() {
            Inbound::Establish(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Accepts a connection and a new version.
    pub fn log_on(&mut self) {
        self.accept();
        let asked = self.negotiate();
        self.say(&negotiated(&asked));
        let asked = self.establish();
        self.say(&established(&asked, 1, 0));
    }

    /// Reads Establish on a new connection, and accepts it with these numbers.
    pub fn resume(&mut self, next_seq_no: u64, last_incoming_seq_no: u64) -> Establish {
        self.accept();
        let asked = self.establish();
        self.say(&established(&asked, next_seq_no, last_incoming_seq_no));
        asked
    }

    /// Refuses an Establish on a new connection.
    pub fn refuse(&mut self, code: Code) {
        self.accept();
        let asked = self.establish();
        let session_ver_id = asked.session_ver_id;
        let code = code.into();
        self.say(&EstablishmentReject { session_ver_id, code, ..Default::default() });
    }

    /// Sends an acceptance with this number.
    pub fn report(&mut self, number: u64) {
        self.say(&report(number, false));
    }

    /// Reads a request for retransmission and gives it.
    pub fn retransmit_request(&mut self) -> RetransmitRequest {
        match self.read() {
            Inbound::RetransmitRequest(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Sends these numbers again, as the answer to a request.
    pub fn retransmit(&mut self, asked: &RetransmitRequest, from: u64, count: u32) {
        self.say(&Retransmission {
            session_ver_id: asked.session_ver_id,
            request_timestamp: asked.timestamp,
            next_seq_no: from,
            count,
            session: asked.session,
            ..Retransmission::default()
        });
        for number in from..from + u64::from(count) {
            self.say(&report(number, true));
        }
    }

    /// Tells the number of its next message.
    pub fn sequence(&mut self, next_seq_no: u64) {
        self.say(&Sequence { next_seq_no, ..Sequence::default() });
    }

    /// Answers the client's goodbye.
    pub fn goodbye(&mut self) {
        match self.read() {
            Inbound::Terminate(message) => self.say::<Terminate>(&message),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.read_or_end(), None, "nothing after Terminate");
    }
}

/// The answer to a Negotiate.
pub fn negotiated(asked: &Negotiate) -> NegotiationResponse {
    NegotiationResponse {
        session_ver_id: asked.session_ver_id,
        request_timestamp: asked.timestamp,
        session: asked.session,
        firm: asked.firm,
        schema_version: 1,
        client_flow: asked.client_flow,
        server_flow: asked.client_flow,
        ..NegotiationResponse::default()
    }
}

/// The answer to an Establish.
pub fn established(asked: &Establish, next: u64, last_incoming: u64) -> EstablishmentAck {
    EstablishmentAck {
        session_ver_id: asked.session_ver_id,
        request_timestamp: asked.timestamp,
        next_seq_no: next,
        last_incoming_seq_no: last_incoming,
        last_cl_ord_id: ClOrdId(100),
        session: asked.session,
        keep_alive_ms: asked.keep_alive_ms,
        cod_type: CancelOnDisconnect::OnDisconnect.into(),
        durability: Durability::Process.into(),
        ..EstablishmentAck::default()
    }
}

/// A message of the venue that is known by its number.
pub fn report(number: u64, again: bool) -> ExecutionReportNew {
    ExecutionReportNew {
        msg_seq_num: number,
        sending_time: Nanos(1),
        transact_time: Nanos(1),
        exec_id: Seq(number),
        order_id: OrderId(number),
        cl_ord_id: ClOrdId(number),
        poss_resend: Flag::from(again),
        ..ExecutionReportNew::default()
    }
}
