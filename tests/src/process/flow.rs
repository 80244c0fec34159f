//! Orders through desks, in one order, while processes are killed.

use pinion::import::Request;
use pinion_wire::Outbound;

use super::desk::Desk;
use super::pair::{Pair, Role};

/// A request and who sends it.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// Index of the desk.
    pub desk: usize,
    /// What it sends.
    pub request: Request,
}

/// A process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Right after so many requests were sent, most of them not answered yet.
    pub after: u64,
    /// Which one.
    pub role: Role,
}

/// Requests on their way at once.
const WINDOW: usize = 256;

/// Sends every order and waits for every answer. A desk begins when the one before it has all its
/// answers, so that the venue sees one order of requests whatever dies. `told` hears every message.
///
/// # Panics
/// Where something is told twice, or not at all.
pub fn stream(
    venue: &mut Pair,
    desks: &mut [Desk],
    orders: impl IntoIterator<Item = Order>,
    kills: &[Kill],
    mut told: impl FnMut(usize, &Outbound),
) {
    let mut kills = kills.iter().peekable();
    let mut speaker = 0;
    for (sent, order) in (1..).zip(orders) {
        if order.desk != speaker {
            settle(desks, speaker, 0, &mut told);
            speaker = order.desk;
        }
        settle(desks, speaker, WINDOW - 1, &mut told);
        desks[speaker].send(&order.request);
        while let Some(kill) = kills.next_if(|kill| kill.after <= sent) {
            venue.kill(kill.role);
        }
    }
    assert_eq!(kills.next(), None, "the orders ended before the kills");
    settle(desks, speaker, 0, &mut told);
    for (index, desk) in desks.iter_mut().enumerate() {
        let _report = desk.position(&mut |message| told(index, message));
    }
}

/// Listens until no more than `waiting` requests are without an answer.
fn settle(
    desks: &mut [Desk],
    index: usize,
    waiting: usize,
    told: &mut impl FnMut(usize, &Outbound),
) {
    while desks[index].ledger.waiting() > waiting {
        if let Some(message) = desks[index].take() {
            told(index, &message);
        }
    }
}
