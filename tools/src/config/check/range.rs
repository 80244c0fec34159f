//! Numbers of the processes: each within what the program can do with it.

use super::Check;

/// Key, value, lowest, highest.
type Row = (&'static str, u32, u32, u32);

const ANY: u32 = u32::MAX;

pub(super) fn check(check: &mut Check<'_>) {
    let rows = core(check).into_iter().chain(gateway(check)).collect::<Vec<_>>();
    for (path, value, low, high) in rows {
        if value < low {
            check.error(path, format!("{value} is too low: at least {low}"));
        } else if value > high {
            check.error(path, format!("{value} is too high: at most {high}"));
        }
    }
    let core = &check.loaded.config.core;
    let (lines, gateways) = (core.rings.gateway_ring_lines, core.rings.gateways_max);
    if !lines.is_power_of_two() {
        check.error("core.rings.gateway_ring_lines", format!("{lines} is no power of two"));
    }
    let number = check.loaded.config.gateway.listen.number;
    if number >= gateways {
        let message = format!("the core takes gateways 0 to {}", gateways.saturating_sub(1));
        check.error("gateway.listen.number", message);
    }
}

fn core(check: &Check<'_>) -> Vec<Row> {
    let core = &check.loaded.config.core;
    vec![
        ("core.journal.segment_size_mib", core.journal.segment_size_mib, 1, 1_024),
        ("core.journal.spare_segments", core.journal.spare_segments, 1, 64),
        ("core.event_log.segment_size_mib", core.event_log.segment_size_mib, 1, 1_024),
        ("core.event_log.spare_segments", core.event_log.spare_segments, 1, 64),
        ("core.rings.gateways_max", u32::from(core.rings.gateways_max), 1, 64),
        ("core.rings.gateway_ring_lines", core.rings.gateway_ring_lines, 16, 1 << 24),
        ("core.rings.control_commands_max", core.rings.control_commands_max, 1, 1 << 16),
    ]
}

fn gateway(check: &Check<'_>) -> Vec<Row> {
    let session = &check.loaded.config.gateway.session;
    let access = &check.loaded.config.gateway.access;
    let turn = &check.loaded.config.gateway.turn;
    vec![
        ("gateway.session.logon_timeout_ms", session.logon_timeout_ms, 1, ANY),
        ("gateway.session.logon_messages_max", session.logon_messages_max, 2, ANY),
        ("gateway.session.frame_timeout_ms", session.frame_timeout_ms, 1, ANY),
        ("gateway.session.linger_timeout_ms", session.linger_timeout_ms, 1, ANY),
        // The longest frame has 4 KiB.
        ("gateway.session.receive_buffer_kib", session.receive_buffer_kib, 4, 1 << 20),
        ("gateway.session.send_queue_kib_max", session.send_queue_kib_max, 4, 1 << 20),
        ("gateway.session.retransmit_count_max", session.retransmit_count_max, 1, ANY),
        ("gateway.session.retransmit_batch_max", session.retransmit_batch_max, 1, ANY),
        ("gateway.access.connections_max", access.connections_max, 1, 1 << 20),
        ("gateway.access.connections_per_address_max", access.connections_per_address_max, 1, ANY),
        ("gateway.access.accept_per_second", access.accept_per_second, 1, ANY),
        ("gateway.access.failures_max", access.failures_max, 1, ANY),
        ("gateway.access.lockout_ms", access.lockout_ms, 1, ANY),
        ("gateway.access.addresses_max", access.addresses_max, 1, 1 << 24),
        ("gateway.turn.read_kib_max", turn.read_kib_max, 1, 1 << 20),
        ("gateway.turn.events_max", turn.events_max, 1, ANY),
        ("gateway.turn.replay_events_max", turn.replay_events_max, 1, ANY),
        ("gateway.turn.replays_max", turn.replays_max, 1, ANY),
        ("gateway.turn.index_stride", turn.index_stride, 1, ANY),
        ("gateway.turn.index_marks_max", turn.index_marks_max, 1, 1 << 28),
    ]
}
