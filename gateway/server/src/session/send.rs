//! Bytes that wait for the peer to read: bounded, and kept small while nothing waits.

/// Capacity an empty queue keeps, in bytes; above it, an empty queue gives its memory back.
const IDLE_LEN: usize = 16 << 10;

/// A queue of whole messages, at most `len_max` bytes.
#[derive(Debug)]
pub struct SendQueue {
    bytes: Vec<u8>,
    start: usize,
    len_max: usize,
}

impl SendQueue {
    /// An empty queue for at most `len_max` bytes. Takes no memory until something is pushed.
    #[must_use]
    pub fn new(len_max: usize) -> Self {
        SendQueue { bytes: Vec::new(), start: 0, len_max }
    }

    /// Appends one message; false, and unchanged, where it does not fit.
    #[must_use]
    pub fn push(&mut self, message: &[u8]) -> bool {
        if self.len().saturating_add(message.len()) > self.len_max {
            return false;
        }
        self.append(message);
        true
    }

    /// Appends a last message even to a full queue: why the connection ends. At most one a
    /// connection, so the bound grows by one frame only.
    pub fn push_last(&mut self, message: &[u8]) {
        self.append(message);
    }

    /// What is to be written next.
    #[must_use]
    pub fn unsent(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The first `len` bytes of [`SendQueue::unsent`] are written.
    pub fn sent(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.bytes.len());
        if self.start == self.bytes.len() {
            self.start = 0;
            if self.bytes.capacity() > IDLE_LEN {
                self.bytes = Vec::new();
            } else {
                self.bytes.clear();
            }
        }
    }

    /// Bytes that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// True where nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn append(&mut self, message: &[u8]) {
        // Written bytes are cut off once they are the larger part, so each byte moves once at most
        // for every byte written.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(message);
    }
}

#[cfg(test)]
mod tests {
    use super::SendQueue;

    #[test]
    fn bytes_leave_in_order_however_they_are_written() {
        let mut queue = SendQueue::new(1 << 20);
        let (mut pushed, mut sent) = (0u32, Vec::new());
        for step in 1..2_000usize {
            for _ in 0..step % 7 {
                assert!(queue.push(&pushed.to_le_bytes()));
                pushed += 1;
            }
            let take = queue.len().min(step % 23);
            sent.extend_from_slice(&queue.unsent()[..take]);
            queue.sent(take);
        }
        sent.extend_from_slice(queue.unsent());
        let expected: Vec<u8> = (0..pushed).flat_map(u32::to_le_bytes).collect();
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_full_queue_takes_a_farewell_and_nothing_else() {
        let mut queue = SendQueue::new(8);
        assert!(queue.push(b"12345678"));
        assert!(!queue.push(b"9"));
        queue.push_last(b"bye");
        assert_eq!(queue.unsent(), b"12345678bye");
    }

    #[test]
    fn a_drained_queue_gives_its_memory_back() {
        let mut queue = SendQueue::new(1 << 20);
        assert!(queue.push(&vec![7; 1 << 19]));
        queue.sent(1 << 19);
        assert!(queue.is_empty());
        assert!(queue.bytes.capacity() <= super::IDLE_LEN);
    }
}
