//! Macros that state each layout once: the struct, its size, its fields by name, its text form.

/// Start value of [`fnv`].
pub(crate) const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of `text`, continued from `hash`.
pub(crate) const fn fnv(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}

/// [`fnv`] over several texts.
pub(crate) const fn fnv_all(mut hash: u64, texts: &[&str]) -> u64 {
    let mut index = 0;
    while index < texts.len() {
        hash = fnv(hash, texts[index]);
        index += 1;
    }
    hash
}

/// A number that must not be mixed with others.
macro_rules! number {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[repr(transparent)]
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            bytemuck::Pod, bytemuck::Zeroable,
        )]
        pub struct $name(pub $inner);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)
            }
        }

        impl crate::text::Text for $name {
            fn is_absent(&self) -> bool {
                self.0 == 0
            }
            fn write(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)
            }
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok().map($name)
            }
        }
    };
}

/// A closed set of values with a one-byte code, and the byte as it travels (any value possible).
macro_rules! code {
    (
        $(#[$meta:meta])* $name:ident / $raw:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $value:literal $text:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vmeta])* $variant = $value ),* }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [$name] = &[ $( $name::$variant ),* ];

            /// The value with this code, if there is one.
            #[inline]
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $( $value => Some($name::$variant), )* _ => None }
            }

            /// The code as it stands in commands and events.
            #[inline]
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The word used in text forms.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( $name::$variant => $text ),* }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }

        #[doc = concat!("A byte that claims to be a [`", stringify!($name), "`]; 0 is absent.")]
        #[repr(transparent)]
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable,
        )]
        pub struct $raw(pub u8);

        impl $raw {
            /// The value, if the byte is one of the codes.
            #[inline]
            #[must_use]
            pub const fn get(self) -> Option<$name> {
                $name::from_code(self.0)
            }
        }

        impl From<$name> for $raw {
            fn from(value: $name) -> Self {
                $raw(value.code())
            }
        }

        impl crate::text::Text for $raw {
            fn is_absent(&self) -> bool {
                self.0 == 0
            }
            fn write(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.get() {
                    Some(value) => f.write_str(value.name()),
                    None => write!(f, "{}", self.0),
                }
            }
            fn parse(text: &str) -> Option<Self> {
                $( if text == $text { return Some($raw($value)); } )*
                text.parse().ok().map($raw)
            }
        }
    };
}

/// One body layout: a plain struct whose size is asserted and whose fields have names in text.
macro_rules! body {
    (
        $(#[$meta:meta])* $name:ident($size:literal) {
            $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $( $(#[$fmeta])* pub $field: $ty ),* }

        const _: () = assert!(size_of::<$name>() == $size);
        const _: () = assert!(align_of::<$name>() <= 8);

        impl Default for $name {
            fn default() -> Self {
                bytemuck::Zeroable::zeroed()
            }
        }

        impl crate::text::Body for $name {
            const LAYOUT: &'static str =
                concat!(stringify!($name), $size,
                    $( "|", stringify!($field), ":", stringify!($ty) ),*);
            fn visit(&self, out: &mut dyn FnMut(&'static str, &dyn crate::text::Written)) {
                $( out(stringify!($field), &self.$field); )*
            }
            fn set(&mut self, name: &str, value: &str) -> Result<(), crate::text::TextError> {
                match name {
                    $( stringify!($field) => {
                        self.$field = crate::text::Text::parse(value)
                            .ok_or(crate::text::TextError::BadValue(stringify!($field)))?;
                        Ok(())
                    } )*
                    _ => Err(crate::text::TextError::UnknownField),
                }
            }
        }
    };
}

/// The list of kinds of a record: number, layout, word in text; with header, view and lookup.
macro_rules! kinds {
    (
        $(#[$meta:meta])* $kind:ident, $view:ident, $record:ident, words $words:literal {
            $( $(#[$vmeta:meta])* $name:ident = $number:literal $text:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind { $( $(#[$vmeta])* $name = $number ),* }

        impl $kind {
            /// Every kind, in order of declaration.
            pub const ALL: &'static [$kind] = &[ $( $kind::$name ),* ];

            /// The kind with this number, if there is one.
            #[inline]
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $( $number => Some($kind::$name), )* _ => None }
            }

            /// The number in the header.
            #[inline]
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The word used in text forms.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( $kind::$name => $text ),* }
            }

            /// The kind with this word.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $( $text => Some($kind::$name), )* _ => None }
            }

            /// Words of header and body by the header's number; 0 for one that is no kind.
            pub(crate) const WORDS: [u8; 256] = {
                let mut words = [0; 256];
                $( words[$number] = ((HEADER_LEN + size_of::<$name>()) / 8) as u8; )*
                words
            };

            /// Length of header and body, in bytes: a multiple of 8, at most the record's size.
            #[inline]
            #[must_use]
            pub const fn record_len(self) -> usize {
                match self { $( $kind::$name => HEADER_LEN + size_of::<$name>() ),* }
            }
        }

        /// Names, numbers and fields of every layout, the input of [`crate::SCHEMA_HASH`].
        pub(crate) const LAYOUTS: &[&str] = &[
            concat!(stringify!($record), $( "/", stringify!($name), "=", $number ),*),
            $( <$name as crate::text::Body>::LAYOUT ),*
        ];

        $( const _: () = assert!(
            HEADER_LEN + size_of::<$name>() <= $words * 8 && size_of::<$name>() % 8 == 0
        ); )*

        /// A record read by its kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $view<'a> { $( #[doc = concat!("`", $text, "`")] $name(&'a $name) ),* }

        impl<'a> $view<'a> {
            /// The body as named fields.
            #[must_use]
            pub fn body(self) -> &'a dyn crate::text::Fields {
                match self { $( $view::$name(body) => body ),* }
            }
        }

        impl $record {
            /// The body, by kind; `None` where the kind is unknown.
            #[inline]
            #[must_use]
            pub fn view(&self) -> Option<$view<'_>> {
                let body = bytemuck::must_cast_slice::<u64, u8>(&self.words[HEADER_LEN / 8..]);
                Some(match self.kind()? {
                    $( $kind::$name => {
                        $view::$name(bytemuck::from_bytes(&body[..size_of::<$name>()]))
                    } )*
                })
            }

            /// The body as named fields that can be set, by kind.
            pub fn body_mut(&mut self) -> Option<&mut dyn crate::text::Fields> {
                let kind = self.kind()?;
                let body = bytemuck::must_cast_slice_mut::<u64, u8>(
                    &mut self.words[HEADER_LEN / 8..]);
                Some(match kind {
                    $( $kind::$name => {
                        bytemuck::from_bytes_mut::<$name>(&mut body[..size_of::<$name>()])
                    } )*
                })
            }
        }

        $( impl KindOf for $name { const KIND: $kind = $kind::$name; } )*
    };
}
