//! The sessions of a random life: who is connected where, and which number comes next.

use pinion_types::codes::{
    CancelOnDisconnect, EstablishmentReject, FlowType, NegotiationReject, TerminationCode,
};
use pinion_types::command::{
    Disconnect, Establish, KindOf, Negotiate, SequenceNotice, SourceDown, SourceUp, Terminate,
    Undecodable,
};
use pinion_types::{
    Command, ConnectionId, Event, EventRef, FirmId, Nanos, RejectCode, SessionId, SessionVerId,
    SourceId,
};

use super::{Stream, is_message, plan};

/// What one session's client remembers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub session: u32,
    pub source: u16,
    pub connection: u32,
    pub version: u64,
    pub defined: bool,
    pub established: bool,
    pub next_seq: u64,
    pub last_id: u64,
    /// Timestamp of its last logon.
    pub stamp: Nanos,
}

impl Peer {
    pub fn new(session: u32) -> Self {
        Peer {
            session,
            source: 2,
            connection: session,
            version: 0,
            defined: false,
            established: false,
            next_seq: 1,
            last_id: 0,
            stamp: Nanos(0),
        }
    }
}

impl Peer {
    fn is_asleep(&self) -> bool {
        self.defined && !self.established
    }
}

impl Stream {
    /// Index of a session, established ones first and foremost.
    pub(super) fn speaker(&mut self) -> usize {
        let live: Vec<usize> =
            (0..self.peers.len()).filter(|&index| self.peers[index].established).collect();
        if live.is_empty() || self.rng.chance(1) {
            usize::try_from(self.rng.below(self.peers.len() as u64)).expect("an index")
        } else {
            self.rng.pick(&live)
        }
    }

    /// A message of that session with the next number; sometimes with another one.
    pub(super) fn message<B: KindOf>(&mut self, speaker: usize, body: &B) -> Command {
        let peer = self.peers[speaker];
        let number = match self.rng.below(200) {
            0 => peer.next_seq + self.rng.below(5),
            1 => peer.next_seq.saturating_sub(self.rng.below(4)),
            _ => peer.next_seq,
        };
        let source = if self.rng.below(300) == 0 { 3 } else { peer.source };
        let mut command = Command::new(SessionId(peer.session), number, body);
        command.set_source(SourceId(source));
        command
    }

    /// An id above the session's last one; sometimes not.
    pub(super) fn next_id(&mut self, speaker: usize) -> u64 {
        let below = self.rng.below(80) == 0;
        let step = 1 + if self.rng.chance(10) { self.rng.below(20) } else { 0 };
        let peer = &mut self.peers[speaker];
        if below {
            return peer.last_id.saturating_sub(step - 1);
        }
        peer.last_id += step;
        peer.last_id
    }

    /// Logons, ends, gaps, and messages nobody can read.
    pub(super) fn session_life(&mut self) -> Command {
        let asleep: Vec<usize> =
            (0..self.peers.len()).filter(|&index| self.peers[index].is_asleep()).collect();
        let asleep = (!asleep.is_empty()).then(|| self.rng.pick(&asleep));
        match (self.rng.below(100), asleep) {
            (0..=79, Some(index)) => {
                let peer = self.peers[index];
                if (peer.version == 0 && self.rng.chance(95)) || self.rng.chance(20) {
                    self.negotiate(index)
                } else {
                    self.establish(index)
                }
            }
            (0..=73, None) => {
                // Whoever is logged on asks for positions, so that the venue has something to say.
                let index = self.speaker();
                self.ask_positions(index)
            }
            (74..=77, _) => {
                let index = self.any();
                self.negotiate(index)
            }
            (78..=79, _) => {
                let index = self.any();
                self.establish(index)
            }
            (80..=84, _) => self.end_of_session(),
            (85..=89, _) => self.undecodable(),
            (90..=93, _) => self.sequence_notice(),
            (94..=95, _) => self.source_change(),
            _ => self.timer(),
        }
    }

    pub(super) fn any(&mut self) -> usize {
        usize::try_from(self.rng.below(self.peers.len() as u64)).expect("an index")
    }

    fn of_peer<B: KindOf>(&mut self, index: usize, body: &B) -> Command {
        let peer = self.peers[index];
        let mut command = Command::new(SessionId(peer.session), 0, body);
        command.set_source(SourceId(peer.source));
        command
    }

    /// A clock near the venue's and above the last one; sometimes not.
    fn timestamp(&mut self, index: usize) -> Nanos {
        match self.rng.below(60) {
            0 => Nanos(self.now.0 - 6_000_000_000),
            1 => Nanos(self.now.0 + 6_000_000_000),
            2 => Nanos(self.now.0 - 1_000_000),
            _ => {
                let stamp = self.now.max(Nanos(self.peers[index].stamp.0 + 1));
                self.peers[index].stamp = stamp;
                stamp
            }
        }
    }

    fn negotiate(&mut self, index: usize) -> Command {
        if self.rng.chance(20) {
            self.peers[index].connection = self.rng.small(1, 9);
            self.peers[index].source = self.rng.pick(&[2, 2, 2, 3]);
        }
        let peer = self.peers[index];
        let version = peer.version + self.rng.pick(&[0, 1, 1, 1, 1, 1, 5]);
        let refused = self.rng.chance(3);
        let flow = if self.rng.chance(96) { FlowType::Idempotent } else { FlowType::None };
        let firm = peer.session % plan::FIRMS + 1;
        let body = Negotiate {
            session_ver_id: SessionVerId(version),
            timestamp: self.timestamp(index),
            received_time: self.now,
            connection: ConnectionId(peer.connection),
            firm: FirmId(if self.rng.chance(97) { firm } else { 9 }),
            client_flow: flow.into(),
            refused: if refused {
                NegotiationReject::Credentials.into()
            } else {
                Default::default()
            },
            ..Negotiate::default()
        };
        self.of_peer(index, &body)
    }

    fn establish(&mut self, index: usize) -> Command {
        let peer = self.peers[index];
        let cod = self.rng.chance(60);
        let body = Establish {
            session_ver_id: SessionVerId(peer.version + u64::from(self.rng.chance(3))),
            timestamp: self.timestamp(index),
            received_time: self.now,
            next_seq_no: match self.rng.below(20) {
                0 => peer.next_seq.saturating_sub(1),
                1 => peer.next_seq + 2,
                _ => peer.next_seq,
            },
            connection: ConnectionId(peer.connection),
            keep_alive_ms: self.rng.pick(&[1_000, 10_000, 10_000, 60_000, 999]),
            cod_window_ms: self.rng.pick(&[0, 0, 20, 10_000]),
            cod_type: if cod {
                self.rng.pick(CancelOnDisconnect::ALL).into()
            } else {
                Default::default()
            },
            refused: if self.rng.chance(2) {
                EstablishmentReject::Credentials.into()
            } else {
                Default::default()
            },
            ..Establish::default()
        };
        self.of_peer(index, &body)
    }

    fn end_of_session(&mut self) -> Command {
        let index = self.any();
        let peer = self.peers[index];
        let connection = peer.connection + u32::from(self.rng.chance(10));
        let (version, connection) = (SessionVerId(peer.version), ConnectionId(connection));
        let code = self.rng.pick(TerminationCode::ALL).into();
        let received_time = self.now;
        if self.rng.chance(50) {
            let body = Disconnect {
                session_ver_id: version,
                received_time,
                connection,
                code,
                ..Disconnect::default()
            };
            return self.of_peer(index, &body);
        }
        let body = Terminate {
            session_ver_id: SessionVerId(version.0 + u64::from(self.rng.chance(10))),
            received_time,
            connection,
            code,
            by_client: u8::from(self.rng.chance(70)),
            ..Terminate::default()
        };
        self.of_peer(index, &body)
    }

    fn undecodable(&mut self) -> Command {
        let speaker = self.speaker();
        let mut body = Undecodable {
            received_time: self.now,
            ref_id: self.rng.below(100),
            ref_template: self.rng.pick(&[0, 100, 101, 999]),
            ref_tag: self.rng.pick(&[0, 40, 54]),
            code: self
                .rng
                .pick(&[RejectCode::UnknownEnumValue, RejectCode::ReservedNotZero])
                .into(),
            raw_len: 2,
            full_len: 40,
            ..Undecodable::default()
        };
        body.raw[0] = 7;
        if self.rng.chance(30) {
            self.of_peer(speaker, &body)
        } else {
            self.message(speaker, &body)
        }
    }

    fn sequence_notice(&mut self) -> Command {
        let index = self.speaker();
        let peer = self.peers[index];
        let body = SequenceNotice {
            session_ver_id: SessionVerId(peer.version + u64::from(self.rng.chance(10))),
            received_time: self.now,
            next_seq_no: (peer.next_seq + self.rng.below(4)).saturating_sub(1),
            connection: ConnectionId(peer.connection),
            ..SequenceNotice::default()
        };
        self.of_peer(index, &body)
    }

    fn source_change(&mut self) -> Command {
        let about = SourceId(self.rng.pick(&[2, 3, 4]));
        if self.rng.chance(50) {
            return crate::venue::control(&SourceUp { about, pid: 77, ..SourceUp::default() });
        }
        let code = match self.rng.chance(50) {
            true => TerminationCode::Disconnected.into(),
            false => Default::default(),
        };
        crate::venue::control(&SourceDown { about, code, ..SourceDown::default() })
    }

    /// What the answers say about the sessions.
    pub(super) fn see_session(&mut self, command: &Command, events: &[Event]) {
        let header = *command.header();
        let dropped = events.iter().any(|it| matches!(it.view(), Some(EventRef::Dropped(_))));
        let counts = command.kind().is_some_and(is_message)
            || matches!(command.kind(), Some(pinion_types::CommandKind::Undecodable));
        let peer = self.peers.iter_mut().find(|peer| peer.session == header.session.0);
        if let Some(peer) = peer
            && counts
            && header.src_seq > 0
            && !dropped
        {
            peer.next_seq = header.src_seq.saturating_add(1).min(1 << 40);
        }
        for event in events {
            let session = event.header().session.0;
            let Some(peer) = self.peers.iter_mut().find(|peer| peer.session == session) else {
                continue;
            };
            match event.view() {
                Some(EventRef::Negotiated(body)) => {
                    (peer.version, peer.next_seq) = (body.session_ver_id.0.min(1 << 40), 1);
                }
                Some(EventRef::Established(body)) => {
                    peer.established = true;
                    peer.next_seq = body.last_incoming_seq_no + 1;
                }
                Some(EventRef::NotApplied(body)) => {
                    let next = body.from_seq_no.saturating_add(body.count);
                    peer.next_seq = peer.next_seq.max(next).min(1 << 40);
                }
                Some(EventRef::Terminated(_)) => peer.established = false,
                Some(EventRef::NegotiateRefused(body)) => {
                    peer.version = peer.version.max(body.current_session_ver_id.0);
                }
                Some(EventRef::EstablishRefused(body)) if body.last_incoming_seq_no > 0 => {
                    peer.next_seq = body.last_incoming_seq_no.saturating_add(1).min(1 << 40);
                }
                _ => {}
            }
        }
    }
}
