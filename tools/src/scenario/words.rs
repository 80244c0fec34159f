//! Words of a line: parted by blanks, quotes kept whole, comments dropped.

/// The words of `line`.
pub(super) fn split(line: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (None, false);
    let mut end = line.len();
    for (index, letter) in line.char_indices() {
        match letter {
            '"' => {
                quoted = !quoted;
                start = start.or(Some(index));
            }
            _ if quoted => {}
            '#' => {
                end = index;
                break;
            }
            _ if letter.is_whitespace() => {
                words.extend(start.take().map(|from| &line[from..index]));
            }
            _ => start = start.or(Some(index)),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(start.map(|from| &line[from..end]));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_hold_blanks_and_hashes_together() {
        assert_eq!(split(r#" a  b="x # y" # c"#).as_deref(), Ok(&["a", r#"b="x # y""#][..]));
        assert_eq!(split("#all of it").as_deref(), Ok(&[][..]));
        assert!(split(r#"a="b"#).is_err());
    }
}
