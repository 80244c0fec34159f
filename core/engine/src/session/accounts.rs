//! Which accounts a session may trade: one bit a pair, so that the check is one load.

use alloc::vec::Vec;

use pinion_types::{AccountId, RejectCode, SessionId};

use super::digest::Digest;

/// Words at most, all sessions together: 1 GiB, 8.6e9 pairs.
const WORDS_MAX: u64 = 1 << 27;

/// The allowed pairs of session and account, both counted from 1.
pub(super) struct Accounts {
    words: Vec<u64>,
    /// Words a session.
    stride: usize,
    accounts_max: u32,
}

impl Accounts {
    /// No pair allowed yet.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where the pairs would not fit the memory given to them.
    pub(super) fn new(sessions_max: u32, accounts_max: u32) -> Result<Self, RejectCode> {
        let stride = accounts_max.div_ceil(64);
        let len = u64::from(sessions_max) * u64::from(stride);
        if len > WORDS_MAX {
            return Err(RejectCode::BadValue);
        }
        let len = usize::try_from(len).map_err(|_| RejectCode::BadValue)?;
        let mut words = Vec::new();
        words.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        words.resize(len, 0);
        Ok(Accounts { words, stride: stride as usize, accounts_max })
    }

    /// Word and bit of a pair; `None` for an account that cannot exist.
    #[inline(always)]
    fn place(&self, session: usize, account: AccountId) -> Option<(usize, u64)> {
        let bit = account.0.checked_sub(1)?;
        if bit >= self.accounts_max {
            return None;
        }
        Some((session * self.stride + (bit / 64) as usize, 1 << (bit % 64)))
    }

    /// Whether the session at index `session` may trade `account`.
    #[inline(always)]
    pub(super) fn has(&self, session: usize, account: AccountId) -> bool {
        self.place(session, account)
            .and_then(|(word, bit)| self.words.get(word).map(|word| word & bit != 0))
            .unwrap_or(false)
    }

    /// Allows or forbids; true where that changed anything.
    ///
    /// # Errors
    /// [`RejectCode::UnknownTarget`] where there is no such account.
    pub(super) fn set(
        &mut self,
        session: usize,
        account: AccountId,
        allowed: bool,
    ) -> Result<bool, RejectCode> {
        let (word, bit) = self.place(session, account).ok_or(RejectCode::UnknownTarget)?;
        let word = self.words.get_mut(word).ok_or(RejectCode::UnknownTarget)?;
        let before = *word;
        *word = if allowed { before | bit } else { before & !bit };
        Ok(*word != before)
    }

    /// The session's first account above `after`; a word of forbidden ones costs one step.
    pub(super) fn next(&self, session: usize, after: AccountId) -> Option<AccountId> {
        // An account's bit is its id less one: the bit of the one above is the id itself.
        let first = (after.0 / 64) as usize;
        let words = self.words.get(session * self.stride..(session + 1) * self.stride)?;
        let mut above = u64::MAX << (after.0 % 64);
        for (index, word) in words.iter().enumerate().skip(first) {
            let rest = word & above;
            if rest != 0 {
                // The ids fit 32 bits because `accounts_max` does.
                return Some(AccountId(index as u32 * 64 + rest.trailing_zeros() + 1));
            }
            above = u64::MAX;
        }
        None
    }

    /// Bytes held.
    pub(super) fn memory_len(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

/// What an allowed pair adds to the state hash.
pub(super) fn pair_hash(session: SessionId, account: AccountId) -> u64 {
    Digest::new(0x61).word(u64::from(session.0)).word(u64::from(account.0)).value()
}

#[cfg(test)]
mod tests {
    use super::{AccountId, Accounts, RejectCode};
    use alloc::vec::Vec;

    #[test]
    fn pairs_are_apart() {
        let mut accounts = Accounts::new(3, 130).ok().filter(|a| a.stride == 3);
        let accounts = accounts.as_mut().expect("three words a session");
        for id in [1, 64, 65, 128, 130] {
            assert_eq!(accounts.set(1, AccountId(id), true), Ok(true));
            assert_eq!(accounts.set(1, AccountId(id), true), Ok(false));
        }
        let (mut ids, mut after) = (Vec::new(), AccountId(0));
        while let Some(id) = accounts.next(1, after) {
            ids.push(id.0);
            after = id;
        }
        assert_eq!(ids, [1, 64, 65, 128, 130]);
        assert_eq!(accounts.next(1, AccountId(u32::MAX)), None);
        for other in [0, 2, 3] {
            assert_eq!(accounts.next(other, AccountId(0)), None);
        }
        assert!(accounts.has(1, AccountId(130)));
        assert!(!accounts.has(0, AccountId(130)));
        assert!(!accounts.has(2, AccountId(1)));
        assert_eq!(accounts.set(1, AccountId(64), false), Ok(true));
        assert!(!accounts.has(1, AccountId(64)));
    }

    #[test]
    fn accounts_that_cannot_exist_are_refused() {
        let mut accounts = Accounts::new(1, 64).ok();
        let accounts = accounts.as_mut().expect("one word");
        for id in [0, 65, u32::MAX] {
            assert_eq!(accounts.set(0, AccountId(id), true), Err(RejectCode::UnknownTarget));
            assert!(!accounts.has(0, AccountId(id)));
        }
        assert!(Accounts::new(u32::MAX, u32::MAX).is_err());
    }
}
