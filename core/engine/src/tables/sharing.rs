//! How an instrument shares a price among its orders (rule O11). Beside the instruments: those that
//! share by time alone pay one test of a bit.

use pinion_types::RejectCode;
use pinion_types::command::{Allocation, AllocationAlgorithm, MakerShare};
use pinion_types::text::Spare;

use crate::digest::{Kind, fold, sum, weight};

/// Market makers of an instrument at most.
const MAKERS_MAX: usize = 4;
/// A whole, in percent.
const WHOLE: u32 = 100;

/// A market maker's part of what comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Maker {
    /// Index of the account.
    pub(crate) account: u32,
    pub(crate) percent: u32,
}

/// What an algorithm does before what is left goes by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The TOP order comes first.
    pub(crate) has_top: bool,
    /// Market makers get their part.
    pub(crate) has_makers: bool,
    /// Percent that goes by time before anything goes pro-rata.
    pub(crate) fifo_percent: u32,
    pub(crate) is_pro_rata: bool,
    /// Who got nothing gets a lot.
    pub(crate) is_leveled: bool,
}

/// One instrument's way of sharing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sharing {
    /// As it was set; all zero until then.
    rules: Allocation,
    makers: [Maker; MAKERS_MAX],
    count: u32,
    /// Ids of the TOP orders, the bid first; 0 for none.
    tops: [u64; 2],
}

impl Sharing {
    /// By time alone.
    pub(crate) fn none() -> Self {
        Sharing {
            rules: Allocation::default(),
            makers: [Maker::default(); MAKERS_MAX],
            count: 0,
            tops: [0; 2],
        }
    }

    /// As it was set; all zero until then.
    pub(crate) const fn rules(&self) -> &Allocation {
        &self.rules
    }

    /// Those with a part, in the order in which they got one.
    pub(crate) fn makers(&self) -> &[Maker] {
        &self.makers[..self.count as usize]
    }

    /// Whether it shares otherwise than by time alone.
    pub(crate) fn is_special(&self) -> bool {
        self.rules.algorithm.get().is_some_and(|it| it != AllocationAlgorithm::Fifo)
    }

    /// What its algorithm does.
    pub(crate) fn steps(&self) -> Steps {
        use AllocationAlgorithm as By;
        let plain = Steps::default();
        let top = Steps { has_top: true, ..plain };
        let Some(algorithm) = self.rules.algorithm.get() else { return plain };
        match algorithm {
            By::Fifo => plain,
            By::ProRata => Steps { is_pro_rata: true, ..plain },
            By::TopProRata | By::ThresholdProRata => Steps { is_pro_rata: true, ..top },
            By::Configurable => Steps {
                has_makers: true,
                fifo_percent: self.rules.fifo_percent,
                is_pro_rata: true,
                is_leveled: self.rules.leveling != 0,
                ..top
            },
            By::TopMakerProRata => Steps { has_makers: true, is_pro_rata: true, ..top },
            By::TopMakerFifo => Steps { has_makers: true, ..top },
            By::MakerFifo => Steps { has_makers: true, ..plain },
        }
    }

    /// The id of the TOP order of a side; 0 for none.
    pub(crate) const fn top(&self, side: usize) -> u64 {
        self.tops[side]
    }

    pub(crate) const fn set_top(&mut self, side: usize, order_id: u64) {
        self.tops[side] = order_id;
    }

    /// Takes rules of an instrument with such a lot; who was TOP is so no more.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a value is out of range; nothing has changed then.
    pub(crate) fn set(&mut self, body: &Allocation, lot: u64) -> Result<(), RejectCode> {
        let quantities = [body.pro_rata_min, body.top_min, body.top_max];
        let out_of_range = body.algorithm.get().is_none()
            || body.leveling > 1
            || body.fifo_percent > WHOLE
            || quantities.iter().any(|qty| !qty.0.is_multiple_of(lot))
            || body.spare != [0; 2]
            || body.spare2 != 0
            || body.spare3 != Spare([0; 4]);
        if out_of_range {
            return Err(RejectCode::BadValue);
        }
        (self.rules, self.tops) = (*body, [0; 2]);
        Ok(())
    }

    /// Gives the account with this index a part, or takes it back.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a value is out of range or all parts would be more than a
    /// whole, [`RejectCode::TableFull`] where there are as many as can be; nothing has changed
    /// then.
    pub(crate) fn set_maker(&mut self, body: &MakerShare, account: u32) -> Result<(), RejectCode> {
        if body.percent > WHOLE || body.spare != 0 || body.spare2 != Spare([0; 1]) {
            return Err(RejectCode::BadValue);
        }
        let known = self.makers().iter().position(|it| it.account == account);
        if body.percent == 0 {
            if let Some(place) = known {
                self.makers.copy_within(place + 1..self.count as usize, place);
                self.count -= 1;
            }
            return Ok(());
        }
        let place = known.unwrap_or(self.count as usize);
        if place == MAKERS_MAX {
            return Err(RejectCode::TableFull);
        }
        let others = self.makers().iter().filter(|it| it.account != account);
        if others.map(|it| it.percent).sum::<u32>() + body.percent > WHOLE {
            return Err(RejectCode::BadValue);
        }
        self.makers[place] = Maker { account, percent: body.percent };
        self.count += u32::from(known.is_none());
        Ok(())
    }

    /// Quantities of another lot mean nothing.
    pub(crate) fn forget_quantities(&mut self) {
        let none = Allocation::default();
        self.rules.pro_rata_min = none.pro_rata_min;
        (self.rules.top_min, self.rules.top_max) = (none.top_min, none.top_max);
    }

    /// Whether the parts are such that each can be given.
    pub(crate) fn is_sound(&self) -> bool {
        let whole: u32 = self.makers().iter().map(|it| it.percent).sum();
        let makers = self.makers();
        let once = (1..makers.len())
            .all(|at| makers[..at].iter().all(|other| other.account != makers[at].account));
        whole <= WHOLE && once && makers.iter().all(|it| it.percent > 0)
    }

    /// What was said adds to the state hash.
    pub(crate) fn hash(&self, id: u64) -> u64 {
        let mut hash = 0_u64;
        if self.rules != Allocation::default() {
            hash = fold(Kind::Sharing, id, bytemuck::bytes_of(&self.rules));
        }
        for (place, maker) in (1_u64..).zip(self.makers()) {
            let own = weight(Kind::Sharing, id | place << 40);
            let words = [u64::from(maker.account), u64::from(maker.percent)];
            hash = hash.wrapping_add(own.wrapping_mul(sum(words)));
        }
        hash
    }

    /// What its TOP orders add to the state hash.
    pub(crate) fn tops_hash(&self, id: u64) -> u64 {
        weight(Kind::Sharing, id | 8 << 40).wrapping_mul(sum(self.tops))
    }
}
