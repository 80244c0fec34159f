//! What a client wishes, and its own limits.

use pinion_types::{CancelOnDisconnect, FlowType};

/// Wishes of a session and bounds of its buffers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Interval of both sides' signs of life, in ms. Default 5,000.
    pub keep_alive_ms: u32,
    /// When the venue cancels DAY orders; the session's default where `None`.
    pub cod_type: Option<CancelOnDisconnect>,
    /// Grace between the loss of the connection and the cancels, in ms. Default 0.
    pub cod_window_ms: u32,
    /// Idempotent to enter orders, none to listen. Default idempotent.
    pub client_flow: FlowType,
    /// Name of the program, at most 16 characters.
    pub app_name: String,
    /// Version of the program, at most 16 characters.
    pub app_version: String,
    /// How long an answer of the session protocol may take, in ms. Default 5,000.
    pub reply_timeout_ms: u32,
    /// Messages to ask for again at once; the venue takes at most 1,000. Default 1,000.
    pub retransmit_count_max: u32,
    /// Messages sent that are kept for sending again; older ones are forgotten. Default 4,096.
    pub sent_max: usize,
    /// Whether what was not applied is sent again after a logon. Default true.
    pub resend_unapplied: bool,
    /// Messages of the venue that wait for a gap before them; further ones are asked for again.
    /// Default 65,536.
    pub held_max: usize,
    /// Bytes that wait for a socket before sending is refused. Default 1 MiB.
    pub outgoing_len_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            keep_alive_ms: 5_000,
            cod_type: None,
            cod_window_ms: 0,
            client_flow: FlowType::Idempotent,
            app_name: "pinion-client".to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            reply_timeout_ms: 5_000,
            retransmit_count_max: 1_000,
            sent_max: 4_096,
            resend_unapplied: true,
            held_max: 65_536,
            outgoing_len_max: 1 << 20,
        }
    }
}
