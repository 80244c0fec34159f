//! Bytes read and not yet decoded: one buffer of fixed size a connection.

/// A buffer that is filled at its end and eaten from its front.
#[derive(Debug)]
pub struct ReceiveBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReceiveBuffer {
    /// A buffer of `len` bytes.
    #[must_use]
    pub fn new(len: usize) -> Self {
        ReceiveBuffer { bytes: vec![0; len].into_boxed_slice(), start: 0, end: 0 }
    }

    /// Room for more bytes; empty where the buffer is full.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            // A burst is eaten whole as a rule, so this moves the head of one frame at most.
            self.bytes.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// `len` bytes were put into [`ReceiveBuffer::space`].
    pub fn filled(&mut self, len: usize) {
        self.end = self.end.saturating_add(len).min(self.bytes.len());
    }

    /// What was not eaten yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Eats `len` bytes.
    pub fn consume(&mut self, len: usize) {
        self.start = self.start.saturating_add(len).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Eats everything.
    pub fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// True where no byte waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// True where no byte more fits.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.start == 0 && self.end == self.bytes.len()
    }
}
