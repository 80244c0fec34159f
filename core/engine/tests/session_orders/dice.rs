//! Chance: numbers in a fixed disorder, mostly sensible, at times at the ends of their ranges.

use pinion_types::{AccountId, InstrumentId, Nanos, Px, Qty};

use crate::desk::{ONE, S};

/// Numbers in a fixed disorder.
pub struct Dice(pub u64);

impl Dice {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.word() % end
    }

    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    pub fn px(&mut self) -> Px {
        let (min, max) = (i64::MIN, i64::MAX);
        let strange = [0, 1, -ONE, max, max - 1, min, min + 1, 1 << 62, 1 << 50, 90 * ONE + 1];
        if self.once_in(25) {
            return Px(self.of(&strange));
        }
        Px((8_990 + self.below(20) as i64) * ONE / 100)
    }

    pub fn qty(&mut self) -> Qty {
        let strange = [0, Qty::MAX.0, Qty::MAX.0 + 1, u64::MAX, 1 << 63];
        if self.once_in(25) { Qty(self.of(&strange)) } else { Qty(5 + self.below(8) * 5) }
    }

    pub fn account(&mut self, session: u32) -> AccountId {
        let own: &[u32] = match session {
            1 => &[1, 2],
            2 => &[2, 3],
            _ => &[4],
        };
        let strange = [0, 1, 2, 3, 4, 5, 9, u32::MAX];
        AccountId(if self.once_in(20) { self.of(&strange) } else { self.of(own) })
    }

    pub fn instrument(&mut self) -> InstrumentId {
        InstrumentId(if self.once_in(30) {
            self.of(&[0, 3, 5, u32::MAX])
        } else {
            self.of(&[1, 1, 2])
        })
    }

    pub fn time(&mut self, now: u64) -> Nanos {
        let strange = [now + S, now + S + 1, now.saturating_sub(1), u64::MAX];
        Nanos(if self.once_in(30) { self.of(&strange) } else { 0 })
    }
}
