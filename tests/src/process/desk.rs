//! A session that goes on through every crash, by the session protocol alone.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use pinion::import::Request;
use pinion_client::{Client, Credentials, End, Error, Options};
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::{AccountId, CancelOnDisconnect, OrdType, Side, TimeInForce};
use pinion_wire::Outbound;
use pinion_wire::answer::PositionReport;
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, PositionRequest,
};

use super::ledger::Ledger;
use super::venue::{INSTRUMENT, KEY_ID, key};

/// A member's session, and what it has to show.
#[derive(Debug)]
pub struct Desk {
    client: Client,
    address: SocketAddr,
    account: AccountId,
    /// What was asked and what came back.
    pub ledger: Ledger,
    /// Times the connection was lost and resumed.
    pub resumed: u64,
}

/// How long to wait between attempts at a venue that is not back yet.
const PAUSE: Duration = Duration::from_millis(5);

/// How long one wait for a message takes; it begins again after it.
const LISTEN: Duration = Duration::from_secs(5);

impl Desk {
    /// Logs on as `member`. Its orders outlive its connections.
    ///
    /// # Panics
    /// Where the venue refuses.
    #[must_use]
    pub fn log_on(address: SocketAddr, member: u8) -> Self {
        let number = u32::from(member);
        let credentials = Credentials::new(number, number, KEY_ID, key(member));
        let options = Options { cod_type: Some(CancelOnDisconnect::Never), ..Options::default() };
        let client = loop {
            match Client::connect(address, credentials.clone(), options.clone()) {
                Ok(client) => break client,
                Err(error) if is_starting(&error) => thread::park_timeout(PAUSE),
                Err(error) => panic!("session {member} is refused: {error}"),
            }
        };
        let account = AccountId(number);
        Desk { client, address, account, ledger: Ledger::default(), resumed: 0 }
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Sends a request, whatever becomes of the connection.
    ///
    /// # Panics
    /// Where the session cannot be resumed.
    pub fn send(&mut self, request: &Request) {
        self.ledger.ask(match *request {
            Request::New { cl_ord_id, .. }
            | Request::Replace { cl_ord_id, .. }
            | Request::Cancel { cl_ord_id, .. } => cl_ord_id,
        });
        loop {
            match self.send_once(request) {
                Ok(()) => return,
                // Nothing was queued: it goes out by itself.
                Err(error @ (Error::NotEstablished | Error::Full)) => self.resume(&error),
                // It was queued, and goes out with the logon where the venue lacks it.
                Err(error) => return self.resume(&error),
            }
        }
    }

    fn send_once(&mut self, request: &Request) -> Result<(), Error> {
        let side = |is_buy: bool| if is_buy { Side::Buy } else { Side::Sell };
        let sent = match *request {
            Request::New { cl_ord_id, is_buy, px, qty, ioc } => {
                let tif = match ioc {
                    true => TimeInForce::ImmediateOrCancel,
                    false => TimeInForce::GoodTillCancel,
                };
                self.client.send(&NewOrderSingle {
                    cl_ord_id,
                    px,
                    qty,
                    account: self.account,
                    instrument: INSTRUMENT,
                    side: side(is_buy).into(),
                    ord_type: OrdType::Limit.into(),
                    time_in_force: tif.into(),
                    ..NewOrderSingle::default()
                })
            }
            Request::Replace { cl_ord_id, orig_cl_ord_id, is_buy, px, qty } => {
                self.client.send(&OrderCancelReplaceRequest {
                    cl_ord_id,
                    orig_cl_ord_id,
                    px,
                    qty,
                    instrument: INSTRUMENT,
                    side: side(is_buy).into(),
                    ..OrderCancelReplaceRequest::default()
                })
            }
            Request::Cancel { cl_ord_id, orig_cl_ord_id, is_buy } => {
                self.client.send(&OrderCancelRequest {
                    cl_ord_id,
                    orig_cl_ord_id,
                    instrument: INSTRUMENT,
                    side: side(is_buy).into(),
                    ..OrderCancelRequest::default()
                })
            }
        };
        sent.map(drop)
    }

    /// The venue's next message, entered into the ledger; `None` where the connection was lost
    /// instead, or nothing came for a while.
    ///
    /// # Panics
    /// Where it is told twice or comes out of turn.
    pub fn take(&mut self) -> Option<Outbound> {
        match self.client.receive(LISTEN) {
            Ok(message) => {
                if let Some(message) = &message {
                    self.ledger.take(message);
                }
                message
            }
            Err(error) => {
                self.resume(&error);
                None
            }
        }
    }

    /// How the account stands. The answer comes after everything that was asked before.
    pub fn position(&mut self, told: &mut impl FnMut(&Outbound)) -> PositionReport {
        let question = PositionRequest {
            account: self.account,
            instrument: INSTRUMENT,
            ..PositionRequest::default()
        };
        let asked = loop {
            match self.client.send(&question) {
                Ok(receipt) => break receipt.id,
                // Where it was queued it is asked twice, and the first answer is as good.
                Err(error) => self.resume(&error),
            }
        };
        loop {
            let Some(message) = self.take() else { continue };
            told(&message);
            if let Outbound::PositionReport(one) = message
                && one.request_id == asked
            {
                return one;
            }
        }
    }

    /// Says goodbye.
    ///
    /// # Panics
    /// Where requests stand without an answer, or the venue ends it otherwise.
    pub fn leave(mut self) -> Ledger {
        for message in self.client.terminate(LISTEN).expect("a goodbye is answered") {
            self.ledger.take(&message);
        }
        assert_eq!(self.ledger.waiting(), 0, "requests without an answer");
        assert_eq!(self.client.session().forgotten_count(), 0, "requests nobody sent again");
        self.ledger
    }

    fn resume(&mut self, error: &Error) {
        let passes = matches!(
            error,
            Error::Ended(End::Lost | End::Silent | End::Terminated { asked: false, .. })
                | Error::NotEstablished
                | Error::Io(_)
        );
        assert!(passes, "the session cannot be resumed after: {error}");
        self.resumed += 1;
        loop {
            match self.client.reconnect(self.address, LISTEN * 12) {
                Ok(_) => return,
                Err(error) if is_starting(&error) => thread::park_timeout(PAUSE),
                Err(error) => panic!("the session is not resumed: {error}"),
            }
        }
    }
}

/// True where a gateway answers and says that its core is not there yet.
fn is_starting(error: &Error) -> bool {
    match error {
        Error::Ended(End::NegotiationRejected(reject)) => {
            reject.code.get() == Some(NegotiationReject::SystemUnavailable)
        }
        Error::Ended(End::EstablishmentRejected(reject)) => {
            reject.code.get() == Some(EstablishmentReject::SystemUnavailable)
        }
        _ => false,
    }
}
