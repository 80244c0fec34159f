//! Closed sets of values that only the wire knows. The core's are those of `pinion_types::codes`.

wire_code! {
    /// What an offset is measured from (FIX 1094 in meaning; rule O12).
    OffsetKind / RawOffsetKind {
        /// Pegged to the middle of the best prices.
        PegMid = 2,
        /// Pegged to the best price of the other side.
        PegMarket = 4,
        /// Pegged to the best price of its own side.
        PegPrimary = 5,
        /// Trailing stop, in ticks.
        TrailTicks = 8,
        /// Trailing stop, in 1/100 of a percent.
        TrailBps = 9,
    }
}

wire_code! {
    /// How the orders of a group depend on one another (FIX 1385; rule O12).
    LinkKind / RawLinkKind {
        /// Of two orders that stand side by side one can trade.
        OneCancelsTheOther = 1,
        /// An entry starts the orders that take its profit or stop its loss.
        OneTriggersOthers = 2,
    }
}

wire_code! {
    /// What an order is in its group (rule O12).
    LinkLeg / RawLinkLeg {
        /// The limit order of a pair; the entry of a bracket.
        First = 1,
        /// The stop of a pair; what takes the profit of a bracket.
        Second = 2,
        /// What stops the loss of a bracket.
        Third = 3,
    }
}

wire_code! {
    /// Whether a pegged price moves (FIX 835; rule O12).
    PegMove / RawPegMove {
        /// It stays where it was when the order came.
        Fixed = 1,
    }
}

wire_code! {
    /// What an acknowledged message survives, by the name of the venue's setting.
    Durability / RawDurability {
        /// The end of the venue's process.
        Process = 1,
        /// A loss of power: it is on stable storage.
        Power = 2,
        /// The loss of a machine: a group of machines has it.
        Replicated = 3,
    }
}

wire_code! {
    /// Why a RetransmitRequest is refused (FIXP profile).
    RetransmitReject / RawRetransmitReject {
        /// Numbers that were not sent in this session version.
        OutOfRange = 1,
        /// Another session or version.
        InvalidSession = 2,
        /// More than the venue sends for one request.
        RequestLimitExceeded = 3,
        /// Another request is being answered.
        InProgress = 4,
        /// A count of 0.
        InvalidCount = 5,
        /// Not now.
        SystemBusy = 6,
    }
}

wire_code! {
    /// What a KillSwitchRequest asks for (rule R20).
    KillRequest / RawKillRequest {
        /// New orders and replaces are refused.
        Block = 1,
        /// The same, and working orders are canceled.
        BlockAndCancel = 2,
        /// The block ends. No order comes back.
        Release = 3,
    }
}

wire_code! {
    /// What became of a trade that was corrected (FIX 150).
    CorrectionType / RawCorrectionType {
        /// It stands, at another price.
        Corrected = 71,
        /// It does not stand.
        Canceled = 72,
    }
}

/// A byte that is 0 or 1.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Flag(pub u8);

impl Flag {
    /// Not so.
    pub const FALSE: Flag = Flag(0);
    /// So.
    pub const TRUE: Flag = Flag(1);

    /// True where the byte is 1.
    #[must_use]
    pub const fn is_set(self) -> bool {
        self.0 == 1
    }
}

impl From<bool> for Flag {
    fn from(value: bool) -> Self {
        Flag(u8::from(value))
    }
}

impl crate::message::Value for Flag {
    fn is_known(&self) -> bool {
        self.is_set()
    }

    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}
