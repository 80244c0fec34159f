//! The venue's numbers: messages in order, each once; gaps asked for, one request at a time.

use pinion_wire::Outbound;
use std::collections::BTreeMap;

/// What came from the venue, by number.
#[derive(Debug)]
pub(super) struct Numbers {
    /// The number to be given out next.
    expected: u64,
    /// One above the highest number known to have been sent.
    venue_next: u64,
    /// Messages that came before one that is missing.
    held: BTreeMap<u64, Outbound>,
    held_max: usize,
    /// What was asked for: up to, not including, this number.
    asked_until: Option<u64>,
    duplicate_count: u64,
    request_count: u64,
}

impl Numbers {
    pub(super) fn new(held_max: usize) -> Self {
        Numbers {
            expected: 1,
            venue_next: 1,
            held: BTreeMap::new(),
            held_max,
            asked_until: None,
            duplicate_count: 0,
            request_count: 0,
        }
    }

    /// Begins at `expected`, with nothing held and nothing asked for.
    pub(super) fn restart(&mut self, expected: u64) {
        self.expected = expected.max(1);
        self.venue_next = self.expected;
        self.held.clear();
        self.asked_until = None;
    }

    /// The connection is new: nobody answers what was asked on the old one.
    pub(super) fn reconnect(&mut self) {
        self.asked_until = None;
    }

    pub(super) fn expected(&self) -> u64 {
        self.expected
    }

    pub(super) fn duplicate_count(&self) -> u64 {
        self.duplicate_count
    }

    pub(super) fn request_count(&self) -> u64 {
        self.request_count
    }

    pub(super) fn is_recovering(&self) -> bool {
        self.asked_until.is_some()
    }

    /// The venue's next message will have this number: what is below was sent.
    pub(super) fn told(&mut self, next_seq_no: u64) {
        self.venue_next = self.venue_next.max(next_seq_no);
    }

    /// A message came. Given back where it is the next one.
    pub(super) fn take(&mut self, number: u64, message: &Outbound) -> Option<Outbound> {
        self.told(number.saturating_add(1));
        if number > self.expected {
            if self.held.len() < self.held_max && self.held.insert(number, *message).is_some() {
                self.duplicate_count += 1;
            }
            return None;
        }
        if number < self.expected {
            self.duplicate_count += 1;
            return None;
        }
        self.pass();
        Some(*message)
    }

    /// A message came that this build has no word for.
    pub(super) fn skip(&mut self, number: u64) {
        self.told(number.saturating_add(1));
        if number == self.expected {
            self.pass();
        }
    }

    /// The next one of those that waited.
    pub(super) fn next_held(&mut self) -> Option<Outbound> {
        while let Some((&number, _)) = self.held.first_key_value() {
            if number > self.expected {
                return None;
            }
            let message = self.held.pop_first().map(|(_, message)| message);
            if number == self.expected {
                self.pass();
                return message;
            }
            self.duplicate_count += 1;
        }
        None
    }

    /// First number and count to be asked for: something is missing, and no answer is due.
    pub(super) fn ask(&mut self, count_max: u32) -> Option<(u64, u32)> {
        if self.asked_until.is_some() || self.expected >= self.venue_next {
            return None;
        }
        let end = self.held.first_key_value().map_or(self.venue_next, |(&number, _)| number);
        let missing = end.checked_sub(self.expected).filter(|&missing| missing > 0)?;
        let count = u32::try_from(missing).map_or(count_max, |missing| missing.min(count_max));
        self.asked_until = Some(self.expected.saturating_add(u64::from(count)));
        self.request_count += 1;
        Some((self.expected, count))
    }

    /// The venue says what it will send again; false where that is not an answer to a request.
    pub(super) fn granted(&mut self, from: u64, count: u32) -> bool {
        let end = from.saturating_add(u64::from(count));
        let asked = self.asked_until.is_some_and(|asked| count > 0 && end <= asked);
        if asked {
            self.asked_until = Some(end);
            self.answered();
        }
        asked
    }

    fn pass(&mut self) {
        self.expected = self.expected.saturating_add(1);
        self.answered();
    }

    fn answered(&mut self) {
        if self.asked_until.is_some_and(|end| self.expected >= end) {
            self.asked_until = None;
        }
    }
}
