//! The nearest of the words that would have been right.

/// The known word most like `word`; `None` where nothing is like it at all.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|&(likeness, _)| likeness >= LIKENESS_MIN)
        .max_by_key(|&(likeness, _)| likeness)
        .map(|(_, candidate)| candidate)
}

/// Below this a suggestion is only noise. In thousandths.
const LIKENESS_MIN: u32 = 600;

/// How alike two words are, in thousandths.
fn likeness(left: &str, right: &str) -> u32 {
    let longest = left.chars().count().max(right.chars().count()).max(1);
    let distance = strsim::damerau_levenshtein(left, right).min(longest);
    let same = u32::try_from((longest - distance) * 1000 / longest).unwrap_or(0);
    let shared = left.len().min(right.len());
    let prefix = shared >= 3 && (left.starts_with(right) || right.starts_with(left));
    if prefix { same.max(700) } else { same }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognized_and_noise_is_not() {
        let known = ["orders_max", "accounts_max", "hash_interval"];
        assert_eq!(nearest("order_max", known), Some("orders_max"));
        assert_eq!(nearest("hash", known), Some("hash_interval"));
        assert_eq!(nearest("zebra", known), None);
    }
}
