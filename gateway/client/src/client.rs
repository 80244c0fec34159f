//! A blocking client over TCP: one session, one socket.

use crate::credentials::Credentials;
use crate::error::{End, Error};
use crate::options::Options;
use crate::session::{Now, Receipt, Session, Update};
use pinion_types::Nanos;
use pinion_types::codes::EstablishmentReject;
use pinion_wire::session::EstablishmentAck;
use pinion_wire::{Outbound, Request};
use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A session on a TCP connection.
///
/// Every call that waits also does what the session owes the venue: signs of life, answers,
/// requests for what was missed. A client that is not called for longer than two keep-alive
/// intervals is therefore disconnected.
pub struct Client {
    stream: TcpStream,
    session: Session,
    began: Instant,
    nonblocking: bool,
    ack: EstablishmentAck,
    buffer: Box<[u8]>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("stream", &self.stream)
            .field("position", &self.session.position())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Connects and logs on with a new session version.
    ///
    /// # Errors
    /// [`Error::Io`] where nobody listens, [`Error::Ended`] where the logon fails.
    pub fn connect(
        address: impl ToSocketAddrs,
        credentials: Credentials,
        options: Options,
    ) -> Result<Client, Error> {
        Client::attach(address, Session::new(credentials, options)).map_err(|(_, error)| error)
    }

    /// Connects and logs on, or resumes, with a session that has a history.
    ///
    /// # Errors
    /// As [`Client::connect`]; the session comes back with it.
    #[expect(clippy::result_large_err, reason = "a session lost to an error cannot be resumed")]
    pub fn attach(
        address: impl ToSocketAddrs,
        session: Session,
    ) -> Result<Client, (Session, Error)> {
        let stream = match open(address, &session) {
            Ok(stream) => stream,
            Err(error) => return Err((session, error)),
        };
        let mut client = Client {
            stream,
            session,
            began: Instant::now(),
            nonblocking: false,
            ack: EstablishmentAck::default(),
            buffer: vec![0; 64 << 10].into_boxed_slice(),
        };
        match client.log_on() {
            Ok(()) => Ok(client),
            Err(error) => Err((client.detach(), error)),
        }
    }

    /// Closes the socket without a word, as a crash would, and keeps the session.
    #[must_use]
    pub fn detach(mut self) -> Session {
        self.hang_up();
        self.session
    }

    /// Connects anew and resumes the session, again and again until it holds or `patience` is
    /// over. What the venue had not applied is sent again, what was missed is asked for.
    ///
    /// # Errors
    /// The last failure. A refusal that time does not heal ends it at once.
    pub fn reconnect(
        &mut self,
        address: impl ToSocketAddrs,
        patience: Duration,
    ) -> Result<EstablishmentAck, Error> {
        let until = Instant::now() + patience;
        let mut pause = Duration::from_millis(5);
        self.hang_up();
        loop {
            let error = match self.reconnect_once(&address) {
                Ok(()) => return Ok(self.ack),
                Err(error) => error,
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !passes(&error) {
                return Err(error);
            }
            std::thread::park_timeout(pause.min(left));
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    fn reconnect_once(&mut self, address: impl ToSocketAddrs) -> Result<(), Error> {
        self.stream = open(address, &self.session)?;
        let nonblocking = std::mem::replace(&mut self.nonblocking, false);
        let logged_on = self.log_on().and_then(|()| self.set_nonblocking(nonblocking));
        self.nonblocking = nonblocking;
        if logged_on.is_err() {
            self.hang_up();
        }
        logged_on
    }

    /// Sends one request. An id of 0 is replaced by the next ClOrdID, or for questions by the
    /// number of the message.
    ///
    /// # Errors
    /// [`Error::NotEstablished`] after the end of the connection, [`Error::Full`] where the venue
    /// does not read, [`Error::Ended`] where writing finds the transport gone: then the request
    /// goes out again after the next logon.
    pub fn send<R: Request>(&mut self, request: &R) -> Result<Receipt, Error> {
        let receipt = self.session.send(self.now(), request)?;
        self.flush()?;
        Ok(receipt)
    }

    /// The venue's next message, in order; `None` where none came within `patience`.
    ///
    /// With a non-blocking socket it returns at once.
    ///
    /// # Errors
    /// [`Error::Ended`] at the end of the connection, with messages before it given out.
    pub fn receive(&mut self, patience: Duration) -> Result<Option<Outbound>, Error> {
        match self.next(patience)? {
            Some(Update::Message(message)) => Ok(Some(message)),
            Some(Update::Established(_)) | None => Ok(None),
            Some(Update::Ended(end)) => Err(end.into()),
        }
    }

    /// Says goodbye and waits for the answer. Gives the messages that came before it.
    ///
    /// # Errors
    /// [`Error::Ended`] where the connection ended otherwise, also for want of an answer.
    pub fn terminate(&mut self, patience: Duration) -> Result<Vec<Outbound>, Error> {
        let now = self.now();
        self.session.terminate(now);
        let until = Instant::now() + patience;
        let mut last = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.receive(left) {
                Ok(Some(message)) => last.push(message),
                Ok(None) if left.is_zero() => return Err(End::Unanswered.into()),
                Ok(None) => {}
                Err(Error::Ended(end)) if end.is_asked() => {
                    self.hang_up();
                    return Ok(last);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What the venue said at the last logon.
    #[must_use]
    pub fn ack(&self) -> &EstablishmentAck {
        &self.ack
    }

    /// The protocol's state.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The protocol's state and the socket, for whoever drives them himself.
    #[must_use]
    pub fn into_parts(self) -> (TcpStream, Session) {
        (self.stream, self.session)
    }

    /// The socket. What is written to it directly stands between messages, or breaks the stream.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether calls wait for the socket.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn set_nonblocking(&mut self, nonblocking: bool) -> Result<(), Error> {
        self.stream.set_nonblocking(nonblocking)?;
        self.nonblocking = nonblocking;
        Ok(())
    }

    /// Writes what waits; all of it where the socket blocks, else what it takes.
    ///
    /// # Errors
    /// [`Error::Ended`] where the transport is gone.
    pub fn flush(&mut self) -> Result<(), Error> {
        while !self.session.outgoing().is_empty() {
            match self.stream.write(self.session.outgoing()) {
                Ok(0) => return self.gone(),
                Ok(len) => self.session.written(len),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_wait(error.kind()) => {
                    // Blocking, it means that the venue has not read for the whole reply timeout.
                    return if self.nonblocking { Ok(()) } else { self.gone() };
                }
                Err(_) => return self.gone(),
            }
        }
        Ok(())
    }

    /// The moment, on both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { tick: nanos(self.began.elapsed()), utc: Nanos(nanos(utc)) }
    }

    fn log_on(&mut self) -> Result<(), Error> {
        let now = self.now();
        self.session.begin(now);
        loop {
            // The session itself gives up when an answer is overdue.
            match self.next(Duration::from_millis(100))? {
                Some(Update::Established(ack)) => {
                    self.ack = ack;
                    return self.flush();
                }
                Some(Update::Ended(end)) => return Err(end.into()),
                Some(Update::Message(_)) | None => {}
            }
        }
    }

    /// The next update. A write that fails is not told here: what had come before it is given
    /// out first, then reading finds the end.
    fn next(&mut self, patience: Duration) -> Result<Option<Update>, Error> {
        let until = self.now().tick.saturating_add(nanos(patience));
        let mut has_read = false;
        loop {
            let now = self.now();
            let update = self.session.poll(now);
            let _ = self.flush();
            if update.is_some() || (has_read && now.tick >= until) {
                return Ok(update);
            }
            let due = until.min(self.session.next_deadline());
            if !self.fill(Duration::from_nanos(due.saturating_sub(now.tick)))? {
                return Ok(None);
            }
            has_read = true;
        }
    }

    /// Reads what is there, or waits for it; false where a non-blocking socket has nothing.
    fn fill(&mut self, wait: Duration) -> Result<bool, Error> {
        if !self.nonblocking {
            self.stream.set_read_timeout(Some(wait.max(Duration::from_micros(1))))?;
        }
        match self.stream.read(&mut self.buffer) {
            Ok(0) => self.session.lost(),
            Ok(len) => {
                let now = self.now();
                self.session.feed(now, self.buffer.get(..len).unwrap_or_default());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_wait(error.kind()) => return Ok(!self.nonblocking),
            Err(_) => self.session.lost(),
        }
        Ok(true)
    }

    /// The transport failed under a write: nothing is written any more, reading finds the end.
    fn gone(&mut self) -> Result<(), Error> {
        self.session.written(usize::MAX);
        // It may be closed already, and that is what is wanted.
        let _ = self.stream.shutdown(Shutdown::Both);
        Err(End::Lost.into())
    }

    fn hang_up(&mut self) {
        // It may be closed already, and that is what is wanted.
        let _ = self.stream.shutdown(Shutdown::Both);
        self.session.lost();
    }
}

fn open(address: impl ToSocketAddrs, session: &Session) -> Result<TcpStream, Error> {
    let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    let timeout = session.reply_timeout();
    let mut last = Error::NoAddress;
    for address in addresses {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(timeout))?;
                return Ok(stream);
            }
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

/// True where the same attempt may succeed later.
fn passes(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Ended(End::Lost | End::Unanswered | End::Terminated { .. }) => true,
        Error::Ended(End::EstablishmentRejected(reject)) => {
            reject.code.get() == Some(EstablishmentReject::DuplicateConnection)
        }
        Error::Ended(_) | Error::NotEstablished | Error::Full | Error::NoAddress => false,
    }
}

fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
