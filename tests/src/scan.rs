//! Reading Rust text and drawn trees well enough to count them; no parser.

use std::collections::BTreeSet;
use std::path::Path;

/// Replaces comments and the insides of literals by spaces, line by line the same shape.
#[must_use]
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut index = 0;
    while index < chars.len() {
        let end = match (at(index), at(index + 1)) {
            ('/', '/') => (index..chars.len()).find(|&i| at(i) == '\n').unwrap_or(chars.len()),
            ('/', '*') => {
                (index + 2..chars.len()).find(|&i| at(i) == '*' && at(i + 1) == '/').unwrap_or(0)
                    + 2
            }
            ('r', '"' | '#') if !is_word(at(index.wrapping_sub(1))) => raw_end(&chars, index),
            ('"', _) => string_end(&chars, index),
            ('\'', '\\') => (index + 3..chars.len()).find(|&i| at(i) == '\'').unwrap_or(index) + 1,
            ('\'', _) if at(index + 2) == '\'' => index + 3,
            _ => index,
        };
        if end == index {
            out.push(at(index));
            index += 1;
        } else {
            out.extend((index..end).map(|i| if at(i) == '\n' { '\n' } else { ' ' }));
            index = end;
        }
    }
    out
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    (index + 1).min(chars.len())
}

fn raw_end(chars: &[char], from: usize) -> usize {
    let hashes = chars[from + 1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(from + 1 + hashes) != Some(&'"') {
        return from;
    }
    let closes = |i: &usize| {
        chars[*i] == '"' && chars[i + 1..].iter().take_while(|&&c| c == '#').count() >= hashes
    };
    (from + 2 + hashes..chars.len()).find(closes).map_or(chars.len(), |i| i + 1 + hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// True where `word` stands in `line` and not as a part of a longer one.
#[must_use]
pub fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word)
    })
}

/// Every function as (line index, name, count of lines), by the indentation rustfmt gives.
#[must_use]
pub fn functions(code: &[String]) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for (index, line) in code.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let body = code[index..].iter().take_while(|line| {
            let closes = line.trim_end() == format!("{}}}", " ".repeat(indent));
            let declares = line.trim_end().ends_with(';') && line.find('{').is_none();
            !(closes || declares && line.len() - line.trim_start().len() == indent)
        });
        found.push((index, name, body.count() + 1));
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let (before, after) = line.split_once("fn ")?;
    let words = ["pub", "const", "unsafe", "async", "extern", "pub(crate)", "pub(super)"];
    if !before.split_whitespace().all(|word| words.contains(&word)) {
        return None;
    }
    // A function of one line has its brace on it.
    let ends = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
    (!ends).then(|| after.chars().take_while(|&c| is_word(c)).collect())
}

/// The paths that a drawing of a tree means: an entry is below the last one less indented.
#[must_use]
pub fn paths_of_tree(block: &[&str]) -> BTreeSet<String> {
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut paths = BTreeSet::new();
    for line in block {
        let drawing = |c: char| c == ' ' || ('\u{2500}'..='\u{257f}').contains(&c);
        let name = line.trim_start_matches(drawing);
        let indent = line.chars().count() - name.chars().count();
        let Some(name) = name.split_whitespace().next() else { continue };
        above.retain(|(width, _)| *width < indent);
        let parent = above.last().map_or("", |(_, path)| path.as_str());
        let path = Path::new(parent).join(name.trim_end_matches('/'));
        let path = path.to_string_lossy().into_owned();
        paths.insert(path.clone());
        above.push((indent, path));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::{blank, functions, has_word, paths_of_tree};

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let text =
            "let a = \"unsafe // {\"; // unsafe\nlet b = r#\"x\"unsafe\"#;\nlet c = '\"'; f('{');";
        let code = blank(text);
        assert_eq!(code.lines().count(), 3);
        assert!(!code.contains("unsafe") && !code.contains('{'), "{code}");
        assert!(code.contains("let b =") && code.contains("let c ="), "{code}");
    }

    #[test]
    fn lifetimes_are_not_characters() {
        assert_eq!(blank("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn functions_are_counted_from_signature_to_brace() {
        let text = "impl A {\n    pub fn long(\n        x: u8,\n    ) {\n        x;\n    }\n\n    \
                    fn one() {}\n}\ntrait T {\n    fn no_body(\n        x: u8,\n    );\n}\n";
        let code: Vec<String> = text.lines().map(str::to_owned).collect();
        let counts = functions(&code);
        assert_eq!(counts[0], (1, "long".to_owned(), 5));
        assert_eq!(counts[1], (10, "no_body".to_owned(), 3));
        assert_eq!(counts.len(), 2);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("forbid(unsafe_code)", "unsafe"));
    }

    #[test]
    fn a_drawn_tree_gives_paths() {
        let drawn = ["core/", "├── types/   words", "└── ipc/", "    └── src", "tests"];
        let paths: Vec<String> = paths_of_tree(&drawn).into_iter().collect();
        assert_eq!(paths, ["core", "core/ipc", "core/ipc/src", "core/types", "tests"]);
    }
}
