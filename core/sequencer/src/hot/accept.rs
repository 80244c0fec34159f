//! Who may say what: checked before anything is journaled.

use pinion_types::CommandKind;

/// True for what a gateway may write into its ring. Anything else breaks its contract.
pub(crate) const fn is_gateway(kind: CommandKind) -> bool {
    match kind {
        CommandKind::NewOrder
        | CommandKind::NewOrderWide
        | CommandKind::Replace
        | CommandKind::Cancel
        | CommandKind::MassCancel
        | CommandKind::OrderStatusRequest
        | CommandKind::MassStatusRequest
        | CommandKind::SecurityListRequest
        | CommandKind::PositionRequest
        | CommandKind::Negotiate
        | CommandKind::Establish
        | CommandKind::Terminate
        | CommandKind::Disconnect
        | CommandKind::SequenceNotice
        | CommandKind::Undecodable => true,
        CommandKind::SourceUp
        | CommandKind::SourceDown
        | CommandKind::Genesis
        | CommandKind::FirmDef
        | CommandKind::InstrumentDef
        | CommandKind::AccountDef
        | CommandKind::SessionDef
        | CommandKind::SessionAccount
        | CommandKind::LimitsSet
        | CommandKind::CashMove
        | CommandKind::Mark
        | CommandKind::StateChange
        | CommandKind::Kill
        | CommandKind::Release
        | CommandKind::InstrumentRules
        | CommandKind::TickBand
        | CommandKind::Schedule
        | CommandKind::AccountRisk
        | CommandKind::AccountPermission
        | CommandKind::Allocation
        | CommandKind::MakerShare
        | CommandKind::TradeCorrect
        | CommandKind::DayRoll
        | CommandKind::Timer
        | CommandKind::StateHash
        | CommandKind::RoomChange => false,
    }
}

/// True for what an operator may say, each of which the venue answers with a ControlDone.
pub(crate) const fn is_control(kind: CommandKind) -> bool {
    match kind {
        CommandKind::FirmDef
        | CommandKind::InstrumentDef
        | CommandKind::AccountDef
        | CommandKind::SessionDef
        | CommandKind::SessionAccount
        | CommandKind::LimitsSet
        | CommandKind::CashMove
        | CommandKind::Mark
        | CommandKind::StateChange
        | CommandKind::Kill
        | CommandKind::Release
        | CommandKind::InstrumentRules
        | CommandKind::TickBand
        | CommandKind::Schedule
        | CommandKind::AccountRisk
        | CommandKind::AccountPermission
        | CommandKind::Allocation
        | CommandKind::MakerShare
        | CommandKind::TradeCorrect => true,
        CommandKind::NewOrder
        | CommandKind::NewOrderWide
        | CommandKind::Replace
        | CommandKind::Cancel
        | CommandKind::MassCancel
        | CommandKind::OrderStatusRequest
        | CommandKind::MassStatusRequest
        | CommandKind::SecurityListRequest
        | CommandKind::PositionRequest
        | CommandKind::Negotiate
        | CommandKind::Establish
        | CommandKind::Terminate
        | CommandKind::Disconnect
        | CommandKind::SequenceNotice
        | CommandKind::Undecodable
        | CommandKind::SourceUp
        | CommandKind::SourceDown
        | CommandKind::Genesis
        | CommandKind::DayRoll
        | CommandKind::Timer
        | CommandKind::StateHash
        | CommandKind::RoomChange => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_control, is_gateway};
    use pinion_types::CommandKind;

    #[test]
    fn nobody_outside_says_what_only_the_core_may() {
        let own: Vec<CommandKind> = CommandKind::ALL
            .iter()
            .copied()
            .filter(|&kind| !is_gateway(kind) && !is_control(kind))
            .collect();
        use CommandKind::{DayRoll, Genesis, RoomChange, SourceDown, SourceUp, StateHash, Timer};
        assert_eq!(own, [SourceUp, SourceDown, Genesis, DayRoll, Timer, StateHash, RoomChange]);
        assert!(CommandKind::ALL.iter().all(|&kind| !is_gateway(kind) || !is_control(kind)));
    }
}
