//! What every message is: a template with fields, each with a tag, a place and a rule.

use crate::error::DecodeError;
use core::fmt;
use pinion_types::RejectCode;
use pinion_types::text::Chars;
use pinion_types::{codes, reject, units};

/// A message of the schema: a block of fixed layout that can be copied in and out.
pub trait Message: bytemuck::Pod + Default + fmt::Debug + PartialEq {
    /// Number of the template.
    const TEMPLATE: u16;
    /// Name in the schema.
    const NAME: &'static str;
    /// FIX's MsgType (tag 35); empty where FIX has none.
    const SEMANTIC: &'static str;
    /// One sentence.
    const ABOUT: &'static str;
    /// The fields, in order.
    const FIELDS: &'static [Field];

    /// Checks every field by its [`Rule`], then what depends on more than one of them.
    ///
    /// # Errors
    /// The first fault, in the order of the fields.
    fn check(&self) -> Result<(), DecodeError>;
}

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in the schema.
    pub name: &'static str,
    /// FIX tag, or a number of our own.
    pub tag: u16,
    /// Name of its type in the schema.
    pub kind: &'static str,
    /// First byte within the block.
    pub offset: usize,
    /// Bytes.
    pub len: usize,
    /// What it may hold.
    pub rule: Rule,
    /// What it means.
    pub about: &'static str,
}

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Anything of its type but 0.
    Required,
    /// Anything of its type; 0 says that it does not apply.
    Optional,
    /// 0: room for later versions.
    Zero,
}

/// A template as data, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its number.
    pub id: u16,
    /// Its name.
    pub name: &'static str,
    /// FIX's MsgType; empty where FIX has none.
    pub semantic: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Bytes of its block.
    pub block_len: usize,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

impl Template {
    /// The template of `M`.
    #[must_use]
    pub const fn of<M: Message>() -> Self {
        Template {
            id: M::TEMPLATE,
            name: M::NAME,
            semantic: M::SEMANTIC,
            about: M::ABOUT,
            block_len: size_of::<M>(),
            fields: M::FIELDS,
        }
    }
}

/// The content of a field.
pub trait Value: bytemuck::NoUninit {
    /// True where the value is one the schema lists; asked only of values other than 0.
    fn is_known(&self) -> bool {
        true
    }

    /// True where every byte is 0.
    fn is_zero(&self) -> bool {
        bytemuck::bytes_of(self).iter().all(|&byte| byte == 0)
    }
}

/// Checks one field by its rule.
#[inline]
pub(crate) fn check_field<V: Value>(value: &V, tag: u16, rule: Rule) -> Result<(), DecodeError> {
    let fault = match (rule, value.is_zero()) {
        (Rule::Optional | Rule::Zero, true) => return Ok(()),
        (Rule::Required | Rule::Optional, false) if value.is_known() => return Ok(()),
        (Rule::Required | Rule::Optional, false) => RejectCode::UnknownEnumValue,
        (Rule::Required, true) => RejectCode::RequiredFieldMissing,
        (Rule::Zero, false) => RejectCode::ReservedNotZero,
    };
    Err(DecodeError::field(fault, tag))
}

macro_rules! plain {
    ($($ty:ty),* $(,)?) => { $( impl Value for $ty {
        fn is_zero(&self) -> bool {
            *self == 0
        }
    } )* };
}
plain!(u8, u16, u32, u64, i32, i64);

macro_rules! wrapped {
    ($($ty:ty),* $(,)?) => { $( impl Value for $ty {
        fn is_zero(&self) -> bool {
            self.0 == 0
        }
    } )* };
}
wrapped!(units::Px, units::Qty, units::Nanos, units::Seq, units::SessionVerId);
wrapped!(units::ClOrdId, units::OrderId, units::TradeId);
wrapped!(units::InstrumentId, units::AccountId, units::FirmId, units::SessionId);
// Codes of refusals are outbound only, where a newer venue may send numbers not known here.
wrapped!(reject::RawRejectCode);

/// Printable ASCII, then zeros.
impl<const N: usize> Value for Chars<N> {
    fn is_known(&self) -> bool {
        let mut rest = self.0.iter().skip_while(|byte| (0x20..0x7f).contains(*byte));
        rest.all(|&byte| byte == 0)
    }
}

macro_rules! coded {
    ($($raw:ident),* $(,)?) => { $( impl Value for codes::$raw {
        fn is_known(&self) -> bool {
            self.get().is_some()
        }
        fn is_zero(&self) -> bool {
            self.0 == 0
        }
    } )* };
}
coded!(RawSide, RawOrdType, RawTimeInForce, RawExecInst, RawStpMode, RawOrderCod, RawSideFilter);
coded!(RawOrdStatus, RawLiquidity, RawCancelReason, RawTradingState, RawScope, RawMassScope);
coded!(RawCxlRejResponseTo, RawLimitId, RawFlowType, RawCancelOnDisconnect, RawTerminationCode);
coded!(RawNegotiationReject, RawEstablishmentReject);
