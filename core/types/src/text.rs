//! The text form of fields: what `journal cat` prints and scenarios read back, without loss.

use core::fmt;

/// Why a text form could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// The layout has no field of that name.
    UnknownField,
    /// The named field does not take that value.
    BadValue(&'static str),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextError::UnknownField => f.write_str("no such field"),
            TextError::BadValue(field) => write!(f, "value out of range for field {field}"),
        }
    }
}

/// A field that can be written.
pub trait Written {
    /// True where the field is zero, which text forms leave out.
    fn absent(&self) -> bool;
    /// Writes the value so that [`Text::parse`] gives it back.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn written(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A field that can be written and read back exactly.
pub trait Text: Sized {
    /// True where the value is zero.
    fn is_absent(&self) -> bool;
    /// Writes the value.
    ///
    /// # Errors
    /// Only those of the formatter.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    /// Reads what [`Text::write`] wrote; `None` where it is not such a value.
    fn parse(text: &str) -> Option<Self>;
}

impl<T: Text> Written for T {
    fn absent(&self) -> bool {
        self.is_absent()
    }
    fn written(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

/// Puts a [`Written`] where a `Display` is wanted.
pub struct Shown<'a>(pub &'a dyn Written);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.written(f)
    }
}

/// A body layout: fields in order, by name.
pub trait Body: bytemuck::Pod {
    /// The layout in words, for the schema hash.
    const LAYOUT: &'static str;
    /// Calls `out` for each field in order.
    fn visit(&self, out: &mut dyn FnMut(&'static str, &dyn Written));
    /// Sets one field from its text.
    ///
    /// # Errors
    /// [`TextError`] where the name or the value is not known; nothing has changed then.
    fn set(&mut self, name: &str, value: &str) -> Result<(), TextError>;
}

/// [`Body`] behind a reference, whatever the layout.
pub trait Fields: fmt::Debug {
    /// Calls `out` for each field in order.
    fn fields(&self, out: &mut dyn FnMut(&'static str, &dyn Written));
    /// Sets one field from its text.
    ///
    /// # Errors
    /// [`TextError`] where the name or the value is not known; nothing has changed then.
    fn set_field(&mut self, name: &str, value: &str) -> Result<(), TextError>;
}

impl<T: Body + fmt::Debug> Fields for T {
    fn fields(&self, out: &mut dyn FnMut(&'static str, &dyn Written)) {
        self.visit(out);
    }
    fn set_field(&mut self, name: &str, value: &str) -> Result<(), TextError> {
        self.set(name, value)
    }
}

macro_rules! plain {
    ($($ty:ty),*) => { $(
        impl Text for $ty {
            fn is_absent(&self) -> bool {
                *self == 0
            }
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )* };
}
plain!(u8, u16, u32, u64, i32, i64);

/// Up to `N` bytes of ASCII for people, padded with zeros.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Chars<const N: usize>(pub [u8; N]);

impl<const N: usize> Chars<N> {
    /// The first `N` bytes of `text`; what is not printable ASCII becomes `?`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut chars = [0; N];
        for (to, from) in chars.iter_mut().zip(text.bytes()) {
            *to = if (0x20..0x7f).contains(&from) { from } else { b'?' };
        }
        Chars(chars)
    }

    /// The text before the first zero; empty where it is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|&byte| byte == 0).unwrap_or(N);
        core::str::from_utf8(&self.0[..len]).unwrap_or("")
    }

    /// True where text and padding are as [`Chars::new`] makes them.
    fn is_plain(&self) -> bool {
        let text = self.as_str();
        Chars::<N>::new(text) == *self && !text.contains(['"', '\\'])
    }
}

impl<const N: usize> Default for Chars<N> {
    fn default() -> Self {
        Chars([0; N])
    }
}

impl<const N: usize> fmt::Debug for Chars<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Chars<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> Text for Chars<N> {
    fn is_absent(&self) -> bool {
        self.0 == [0; N]
    }
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() { write!(f, "\"{}\"", self.as_str()) } else { Text::write(&self.0, f) }
    }
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inner) if inner.len() <= N => Some(Chars::new(inner)),
            Some(_) => None,
            None => Text::parse(text).map(Chars),
        }
    }
}

/// Raw bytes, in hexadecimal with trailing zeros left out.
impl<const N: usize> Text for [u8; N] {
    fn is_absent(&self) -> bool {
        *self == [0; N]
    }
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        f.write_str("0x")?;
        self[..len].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
    fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("0x")?.as_bytes();
        if hex.len() % 2 != 0 || hex.len() / 2 > N {
            return None;
        }
        let mut bytes = [0; N];
        for (to, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            *to = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(bytes)
    }
}

/// Room for later fields: words that are zero in this version.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Spare<const N: usize>(pub [u64; N]);

impl<const N: usize> Text for Spare<N> {
    fn is_absent(&self) -> bool {
        self.0 == [0; N]
    }
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            write!(f, "{}{word:x}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
    fn parse(text: &str) -> Option<Self> {
        let mut words = [0; N];
        let mut parts = text.split(':');
        for word in &mut words {
            *word = u64::from_str_radix(parts.next()?, 16).ok()?;
        }
        parts.next().is_none().then_some(Spare(words))
    }
}
