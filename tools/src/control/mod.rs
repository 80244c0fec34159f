//! The control socket: one JSON object a line, requests in, answers out.
//!
//! ```text
//! {"verb":"status"}
//! {"verb":"kill","scope":"account","id":1,"action":"block-and-cancel","reason":"fat finger"}
//! {"verb":"release","scope":"account","id":1,"reason":"cleared with the member"}
//! {"verb":"bust","trade_id":4711,"reason":"erroneous price"}
//! {"verb":"adjust","trade_id":4711,"px":"100.05","reason":"erroneous price"}
//! ```
//! An answer is `{"ok":true,...}` or `{"ok":false,"error":"...","refused":true}`. Who asks is known
//! by the credentials the kernel gives of the peer; what that user may do is configured by user id.

mod server;

mod roles;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use roles::Roles;
pub(crate) use server::{ControlServer, Venue};

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// How the core is.
    Status {},
    /// Block, and cancel where asked.
    Kill {
        /// `global`, `firm`, `account`, `session` or `instrument`.
        scope: String,
        /// Which one; 0 for global.
        #[serde(default)]
        id: u32,
        /// `block` or `block-and-cancel`.
        action: String,
        /// Why.
        reason: String,
    },
    /// End a block.
    Release {
        /// As for kill.
        scope: String,
        /// Which one; 0 for global.
        #[serde(default)]
        id: u32,
        /// Why.
        reason: String,
    },
    /// Take a trade of the day back.
    Bust {
        /// Which.
        trade_id: u64,
        /// Why.
        reason: String,
    },
    /// Put a trade of the day to another price.
    Adjust {
        /// Which.
        trade_id: u64,
        /// The price it stands at from then on, a decimal.
        px: String,
        /// Why.
        reason: String,
    },
}

/// What comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// True where it was done.
    pub ok: bool,
    /// Why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// True where the venue or the roles say no, and not the form of the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// The answer itself.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
}

impl Reply {
    /// It was done, and this came of it.
    pub fn done(result: Value) -> Self {
        Reply { ok: true, result, ..Reply::default() }
    }

    /// The request cannot be read.
    pub fn bad(error: impl Into<String>) -> Self {
        Reply { error: Some(error.into()), ..Reply::default() }
    }

    /// The request was understood and refused.
    pub fn refused(error: impl Into<String>) -> Self {
        Reply { refused: true, ..Reply::bad(error) }
    }
}

/// Longest request, in bytes.
pub(crate) const REQUEST_LEN_MAX: usize = 4_096;
