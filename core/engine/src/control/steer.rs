//! Control commands: who may give them, where they go, how they are answered.

use pinion_types::codes::RawScope;
use pinion_types::command::{Kill, Release, SourceUp};
use pinion_types::event::{ControlDone, KindOf};
use pinion_types::text::{Chars, Spare};
use pinion_types::{
    AccountId, Command, CommandRef, Event, KillAction, RejectCode, Scope, SessionId, SourceId,
};

use super::changed;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::session::Emit;

/// Highest producer that may steer: the control socket.
const CONTROL: SourceId = SourceId(1);

/// The answer to a control command, as far as it stands before the command is done.
struct Answer {
    request_id: u64,
    scope: RawScope,
    id: u32,
    actor: Chars<16>,
}

impl Answer {
    fn new(request_id: u64, scope: Scope, id: u32, actor: Chars<16>) -> Self {
        Answer { request_id, scope: scope.into(), id, actor }
    }
}

impl Engine {
    /// Everything that is neither a message nor about a connection.
    pub(crate) fn apply_control<S: Sink>(
        &mut self,
        cx: &Context,
        command: &Command,
        view: CommandRef<'_>,
        out: &mut Out<'_, S>,
    ) {
        let Some(answer) = answer_to(cx, view) else {
            if cx.source <= CONTROL {
                self.apply_clock(cx, view, out);
            }
            return;
        };
        let was_blocked = self.was_blocked(view);
        let done = if cx.source > CONTROL {
            Err(RejectCode::RoleForbids)
        } else {
            self.steer(cx, view, out)
        };
        if let Err(code) = done {
            self.count_refusal(code);
        }
        let done = ControlDone {
            request_id: answer.request_id,
            affected_count: done.unwrap_or(0),
            code: done.err().map_or_else(Default::default, Into::into),
            command: command.header().kind,
            scope: answer.scope,
            id: answer.id,
            actor: answer.actor,
            was_blocked: u8::from(was_blocked && done.is_ok()),
            spare: [0; 7],
            spare2: Spare([0; 4]),
        };
        out.emit(&Event::new(SessionId(0), 0, &done));
    }

    /// Does a control command; gives how many orders it canceled, or how many
    /// plans it took back.
    fn steer<S: Sink>(
        &mut self,
        cx: &Context,
        view: CommandRef<'_>,
        out: &mut Out<'_, S>,
    ) -> Result<u64, RejectCode> {
        match view {
            CommandRef::FirmDef(body) => self.define_firm(body)?,
            CommandRef::InstrumentDef(body) => self.define_instrument(body)?,
            CommandRef::AccountDef(body) => self.define_account(body)?,
            CommandRef::SessionDef(body) => self.define_session(cx, body)?,
            CommandRef::SessionAccount(body) => self.allow_account(cx, body)?,
            CommandRef::LimitsSet(body) => {
                let old = self.set_limits(body)?;
                tell(&changed::limits(body, &old), out);
            }
            CommandRef::AccountRisk(body) => {
                let old = self.set_account_risk(cx, body)?;
                tell(&changed::account_risk(body, &old), out);
            }
            CommandRef::AccountPermission(body) => {
                let old = self.set_permission(body)?;
                tell(&changed::permission(body, old), out);
            }
            CommandRef::CashMove(body) => self.move_cash(body)?,
            CommandRef::Mark(body) => self.mark(cx, body)?,
            CommandRef::StateChange(body) => self.change_state(cx, body, out)?,
            CommandRef::InstrumentRules(body) => self.set_guards(body)?,
            CommandRef::TickBand(body) => self.add_band(body)?,
            CommandRef::Allocation(body) => self.set_allocation(body)?,
            CommandRef::MakerShare(body) => self.set_maker_share(body)?,
            CommandRef::TradeCorrect(body) => self.correct_trade(body, out)?,
            CommandRef::Schedule(body) => return self.plan_state(cx, body, out),
            CommandRef::Kill(body) => return self.kill(body, out),
            CommandRef::Release(body) => self.release_block(body)?,
            // A venue begins once.
            _ => return Err(RejectCode::BadValue),
        }
        Ok(0)
    }

    /// Whether a kill or a release finds the block set.
    fn was_blocked(&self, view: CommandRef<'_>) -> bool {
        match view {
            CommandRef::Kill(it) => it.scope.get().is_some_and(|at| self.is_blocked(at, it.id)),
            CommandRef::Release(it) => it.scope.get().is_some_and(|at| self.is_blocked(at, it.id)),
            _ => false,
        }
    }

    /// What the core says by itself; unanswered.
    fn apply_clock<S: Sink>(&mut self, cx: &Context, view: CommandRef<'_>, out: &mut Out<'_, S>) {
        match view {
            CommandRef::Timer(body) => {
                // It counts as far as it says, so that what was due on a day comes before its end.
                let until = if body.due.0 == 0 { cx.now } else { body.due.min(cx.now) };
                self.drain_due(until, out);
                self.expire_due(until, out);
                self.change_due(cx, until, out);
            }
            CommandRef::DayRoll(body) if body.day > self.day => {
                let before = self.own_hash();
                self.day = body.day;
                self.expire_day(out);
                self.sessions.day_roll();
                self.hash = self.hash.wrapping_sub(self.corrected.hash());
                self.corrected.clear();
                self.day_events = self.events.0;
                self.day_seq = cx.seq.0;
                self.past_orders = self.orders.count();
                let moved = self.own_hash().wrapping_sub(before);
                self.hash = self.hash.wrapping_add(moved);
                self.roll_losses();
            }
            CommandRef::RoomChange(body) => {
                let before = self.own_hash();
                self.is_short = body.is_short != 0;
                let moved = self.own_hash().wrapping_sub(before);
                self.hash = self.hash.wrapping_add(moved);
                if !self.is_short {
                    self.recall_pegs();
                }
            }
            CommandRef::SourceUp(body) => {
                self.lose_source(cx.now, body, Default::default(), out);
            }
            CommandRef::SourceDown(body) => {
                let about = SourceUp { about: body.about, ..SourceUp::default() };
                self.lose_source(cx.now, &about, body.code, out);
            }
            // A state hash is for whoever compares; a day that was is over.
            _ => {}
        }
    }

    fn kill<S: Sink>(&mut self, body: &Kill, out: &mut Out<'_, S>) -> Result<u64, RejectCode> {
        let action = body.action.get().ok_or(RejectCode::BadValue)?;
        let scope = self.set_block(body.scope, body.id, true)?;
        match action {
            KillAction::Block => Ok(0),
            KillAction::BlockAndCancel => Ok(self.cancel_scope(scope, body.id, out)),
        }
    }

    fn release_block(&mut self, body: &Release) -> Result<(), RejectCode> {
        let scope = self.set_block(body.scope, body.id, false)?;
        if scope == Scope::Account {
            self.end_close_only(AccountId(body.id));
        }
        Ok(())
    }
}

/// Tells nobody's session, but the log, what changed.
fn tell<B: KindOf, S: Sink>(body: &B, out: &mut Out<'_, S>) {
    out.emit(&Event::new(SessionId(0), 0, body));
}

/// How a command is answered; `None` where it is not.
fn answer_to(cx: &Context, view: CommandRef<'_>) -> Option<Answer> {
    let nobody = Chars::default();
    Some(match view {
        CommandRef::Genesis(_) => Answer::new(0, Scope::Global, 0, nobody),
        CommandRef::FirmDef(it) => Answer::new(0, Scope::Firm, it.firm.0, it.actor),
        CommandRef::InstrumentDef(it) => {
            Answer::new(0, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::AccountDef(it) => Answer::new(0, Scope::Account, it.account.0, it.actor),
        CommandRef::SessionDef(it) => Answer::new(0, Scope::Session, cx.session.0, it.actor),
        CommandRef::SessionAccount(it) => {
            Answer::new(it.request_id, Scope::Session, cx.session.0, it.actor)
        }
        CommandRef::CashMove(it) => {
            Answer::new(it.request_id, Scope::Account, it.account.0, it.actor)
        }
        CommandRef::Mark(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::StateChange(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::LimitsSet(it) => {
            Answer { request_id: it.request_id, scope: it.scope, id: it.id, actor: it.actor }
        }
        CommandRef::Kill(it) => {
            Answer { request_id: it.request_id, scope: it.scope, id: it.id, actor: it.actor }
        }
        CommandRef::Release(it) => {
            Answer { request_id: it.request_id, scope: it.scope, id: it.id, actor: it.actor }
        }
        CommandRef::InstrumentRules(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::TickBand(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::Schedule(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::AccountRisk(it) => {
            Answer::new(it.request_id, Scope::Account, it.account.0, it.actor)
        }
        CommandRef::AccountPermission(it) => {
            Answer::new(it.request_id, Scope::Account, it.account.0, it.actor)
        }
        CommandRef::Allocation(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::MakerShare(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        CommandRef::TradeCorrect(it) => {
            Answer::new(it.request_id, Scope::Instrument, it.instrument.0, it.actor)
        }
        _ => return None,
    })
}
