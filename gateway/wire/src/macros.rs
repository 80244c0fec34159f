//! Macros that state each message once: the struct, its fields with tags, its checks, its codec.

/// One template: a plain struct, its size, its fields with tag, schema name, schema type and rule.
///
/// `=> path` names a function that checks what depends on more than one field.
macro_rules! message {
    (
        $(#[doc = $about:literal])+
        $name:ident = $template:literal, $len:literal, $semantic:literal $(=> $applicable:path)? {
            $(
                $(#[doc = $doc:literal])+
                $field:ident : $ty:ty = $tag:literal $xml:literal $kind:ident $rule:ident
            ),* $(,)?
        }
    ) => {
        $(#[doc = $about])+
        #[doc = concat!("\n\nSBE template ", $template, ", block of ", $len, " bytes.")]
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
        pub struct $name { $( $(#[doc = $doc])+ pub $field: $ty ),* }

        const _: () = assert!(size_of::<$name>() == $len);
        const _: () = assert!(align_of::<$name>() <= 8);

        impl Default for $name {
            fn default() -> Self {
                bytemuck::Zeroable::zeroed()
            }
        }

        impl crate::message::Message for $name {
            const TEMPLATE: u16 = $template;
            const NAME: &'static str = stringify!($name);
            const SEMANTIC: &'static str = $semantic;
            const ABOUT: &'static str = concat!($($about),+);
            const FIELDS: &'static [crate::message::Field] = &[ $( crate::message::Field {
                name: $xml,
                tag: $tag,
                kind: stringify!($kind),
                offset: core::mem::offset_of!($name, $field),
                len: size_of::<$ty>(),
                rule: crate::message::Rule::$rule,
                about: concat!($($doc),+),
            } ),* ];

            fn check(&self) -> Result<(), crate::error::DecodeError> {
                $( crate::message::check_field(&self.$field, $tag, crate::message::Rule::$rule)?; )*
                $( $applicable(self)?; )?
                Ok(())
            }
        }
    };
}

/// A [`message!`] of the venue that has a number: the fields of [`crate::Head`], then its own.
macro_rules! report {
    (
        $(#[doc = $about:literal])+
        $name:ident = $template:literal, $len:literal, $semantic:literal { $($fields:tt)* }
    ) => {
        message! {
            $(#[doc = $about])+
            $name = $template, $len, $semantic {
                /// Number of this message.
                msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
                /// When it was sent.
                sending_time: pinion_types::Nanos = 52 "sendingTime" UtcNanos Required,
                /// When its cause was sequenced.
                transact_time: pinion_types::Nanos = 60 "transactTime" UtcNanos Required,
                /// Number among all events of the venue.
                exec_id: pinion_types::Seq = 17 "execId" ExecId Required,
                /// Session it is about; a copy of it may go to another.
                session: pinion_types::SessionId = 35518 "sessionId" SessionId Required,
                /// Set where it is sent again.
                poss_resend: crate::codes::Flag = 97 "possResend" BooleanType Optional,
                /// Zero.
                reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
                /// Zero.
                reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
                $($fields)*
            }
        }
    };
}

/// The messages of one direction as an enum, with its decoder.
macro_rules! direction {
    ( $(#[$meta:meta])* $name:ident checks $check:literal { $( $message:ident ),* $(,)? } ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $( #[doc = concat!("[`", stringify!($message), "`].")] $message($message) ),*
        }

        impl $name {
            /// Every template of this direction, by rising number.
            pub const TEMPLATES: &'static [crate::message::Template] =
                &[ $( crate::message::Template::of::<$message>() ),* ];

            /// Reads a frame: its length against the template's, one copy, then the fields.
            ///
            /// # Errors
            /// [`crate::DecodeError`] with the reject code and the tag of the field.
            pub fn decode(frame: &crate::frame::Frame<'_>) -> Result<Self, crate::DecodeError> {
                frame.check_schema()?;
                match frame.template {
                    $( <$message as crate::message::Message>::TEMPLATE => {
                        let message: $message = frame.read()?;
                        if $check {
                            crate::message::Message::check(&message)?;
                        }
                        Ok($name::$message(message))
                    } )*
                    _ => Err(crate::DecodeError::new(pinion_types::RejectCode::UnknownTemplate)),
                }
            }

            /// Number of the template.
            #[must_use]
            pub const fn template(&self) -> u16 {
                match self {
                    $( $name::$message(_) => <$message as crate::message::Message>::TEMPLATE ),*
                }
            }

            /// Name of the template.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $( $name::$message(_) => <$message as crate::message::Message>::NAME ),*
                }
            }

            /// The message's block.
            #[must_use]
            pub fn block(&self) -> &[u8] {
                match self { $( $name::$message(message) => bytemuck::bytes_of(message) ),* }
            }

            /// Writes the frame to the front of `out`, gives its length; `None` if it has no room.
            #[must_use]
            pub fn encode(&self, out: &mut [u8]) -> Option<usize> {
                match self { $( $name::$message(message) => crate::frame::encode(message, out) ),* }
            }
        }

        $( impl From<$message> for $name {
            fn from(message: $message) -> Self {
                $name::$message(message)
            }
        } )*
    };
}

/// A closed set of values of the schema that the core does not know, and the byte as it travels.
macro_rules! wire_code {
    (
        $(#[$meta:meta])* $name:ident / $raw:ident {
            $( $(#[$vmeta:meta])* $variant:ident = $value:literal ),* $(,)?
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
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $( $value => Some($name::$variant), )* _ => None }
            }

            /// The code on the wire.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
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

        impl crate::message::Value for $raw {
            fn is_known(&self) -> bool {
                self.get().is_some()
            }
            fn is_zero(&self) -> bool {
                self.0 == 0
            }
        }
    };
}
