//! The house rules, counted: who may import whom, where unsafe code may stand, how long things are.
//!
//! A failure names every offender at once, with its place, so that one run is enough to mend all.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pinion_tests::scan::{blank, functions, has_word, paths_of_tree};

/// What stands at the top; hidden files, `Cargo.lock` and the licenses besides.
const TOP: &[&str] =
    &["Cargo.toml", "README.md", "bench", "config", "core", "gateway", "journal", "tests", "tools"];

/// One row of the house: folder, package, ours it may import, `no_std`, unsafe code allowed.
struct Room {
    folder: &'static str,
    package: &'static str,
    imports: &'static [&'static str],
    no_std: bool,
    may_be_unsafe: bool,
}

const fn room(
    folder: &'static str,
    package: &'static str,
    imports: &'static [&'static str],
) -> Room {
    Room { folder, package, imports, no_std: false, may_be_unsafe: false }
}

const BELOW_TOOLS: &[&str] = &[
    "pinion-types",
    "pinion-ipc",
    "pinion-journal",
    "pinion-engine",
    "pinion-sequencer",
    "pinion-wire",
    "pinion-client",
    "pinion-gateway",
];

const ALL: &[&str] = &[
    "pinion-types",
    "pinion-ipc",
    "pinion-journal",
    "pinion-engine",
    "pinion-sequencer",
    "pinion-wire",
    "pinion-client",
    "pinion-gateway",
    "pinion",
    "pinion-tests",
];

const ROOMS: &[Room] = &[
    Room { no_std: true, ..room("core/types", "pinion-types", &[]) },
    Room { may_be_unsafe: true, ..room("core/ipc", "pinion-ipc", &[]) },
    Room { may_be_unsafe: true, ..room("journal", "pinion-journal", &[]) },
    Room { no_std: true, ..room("core/engine", "pinion-engine", &["pinion-types"]) },
    room(
        "core/sequencer",
        "pinion-sequencer",
        &["pinion-types", "pinion-ipc", "pinion-journal", "pinion-engine"],
    ),
    room("gateway/wire", "pinion-wire", &["pinion-types"]),
    room("gateway/client", "pinion-client", &["pinion-types", "pinion-ipc", "pinion-wire"]),
    room(
        "gateway/server",
        "pinion-gateway",
        &["pinion-types", "pinion-ipc", "pinion-journal", "pinion-wire"],
    ),
    room("tools", "pinion", BELOW_TOOLS),
    room("bench", "pinion-bench", ALL),
    room("tests", "pinion-tests", ALL),
];

/// Files outside the two rooms that hold unsafe code: path and why. Small, alone, explained.
const UNSAFE_EXCEPTIONS: &[(&str, &str)] = &[
    (
        "core/engine/tests/no_alloc.rs",
        "an allocator that counts: the proof that the engine allocates nothing",
    ),
    (
        "core/sequencer/tests/allocations.rs",
        "an allocator that counts: the proof that the hot thread allocates nothing",
    ),
];

const COLUMNS_MAX: usize = 100;
const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;

#[test]
fn the_top_level_is_fixed() {
    let ignored: Vec<String> = read(&root().join(".gitignore"))
        .lines()
        .filter_map(|line| line.strip_prefix('/').map(str::to_owned))
        .collect();
    let mut found: Vec<String> = entries(&root())
        .into_iter()
        .filter(|name| !name.starts_with('.') && !ignored.contains(name))
        .filter(|name| name != "Cargo.lock" && !name.starts_with("LICENSE"))
        .collect();
    found.sort();
    assert_eq!(found, TOP, "the top level has other entries than the design's");
}

#[test]
fn the_workspace_holds_the_rooms_of_the_design() {
    let manifest = manifest(Path::new("Cargo.toml"));
    let members: BTreeSet<&str> = manifest["workspace"]["members"]
        .as_array()
        .expect("a list of members")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    assert_eq!(members, ROOMS.iter().map(|room| room.folder).collect());
    let real: BTreeSet<String> = package_folders();
    assert_eq!(real, members.iter().map(|&member| member.to_owned()).collect());
}

#[test]
fn rooms_import_only_what_the_design_allows() {
    let names: BTreeSet<&str> = ROOMS.iter().map(|room| room.package).collect();
    let mut faults = Faults::default();
    for room in ROOMS {
        let manifest = manifest(&Path::new(room.folder).join("Cargo.toml"));
        let package = manifest["package"]["name"].as_str().unwrap_or_default();
        if package != room.package {
            faults.add(room.folder, 0, &format!("is {package}, not {}", room.package));
        }
        for name in imports(&manifest) {
            if names.contains(name.as_str()) && !room.imports.contains(&name.as_str()) {
                faults.add(room.folder, 0, &format!("must not know {name}"));
            }
        }
    }
    faults.none("imports that the design's table does not have");
}

#[test]
fn every_room_inherits_the_lints_and_the_package_table() {
    let mut faults = Faults::default();
    for room in ROOMS {
        let manifest = manifest(&Path::new(room.folder).join("Cargo.toml"));
        let inherits = |table: &toml::Value| {
            table.get("workspace").and_then(toml::Value::as_bool) == Some(true)
        };
        if !manifest.get("lints").is_some_and(inherits) {
            faults.add(room.folder, 0, "does not inherit the workspace's lints");
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !manifest["package"].get(key).is_some_and(inherits) {
                faults.add(room.folder, 0, &format!("does not inherit {key}"));
            }
        }
    }
    faults.none("manifests that go their own way");
}

#[test]
fn crate_roots_say_no_std_and_forbid_unsafe_code() {
    let mut faults = Faults::default();
    for room in ROOMS {
        for path in crate_roots(room) {
            let text = read(&root().join(&path));
            if room.no_std && !text.contains("#![no_std]") {
                faults.add(&path, 1, "lacks #![no_std]");
            }
            if !room.may_be_unsafe && !text.contains("#![forbid(unsafe_code)]") {
                faults.add(&path, 1, "lacks #![forbid(unsafe_code)]");
            }
        }
    }
    faults.none("crate roots without their attributes");
}

#[test]
fn unsafe_code_stands_only_where_it_may_and_says_why() {
    let mut faults = Faults::default();
    for source in sources() {
        let room = ROOMS.iter().find(|room| source.path.starts_with(room.folder));
        let allowed = room.is_some_and(|room| room.may_be_unsafe)
            || UNSAFE_EXCEPTIONS.iter().any(|(path, _)| *path == source.path);
        for (index, line) in source.code.iter().enumerate() {
            if !has_word(line, "unsafe") {
                continue;
            }
            if !allowed {
                faults.add(&source.path, index + 1, "unsafe code outside its rooms");
            } else if is_unsafe_use(line) && !explained(&source.lines, index) {
                faults.add(&source.path, index + 1, "unsafe without a SAFETY comment above it");
            }
        }
    }
    faults.none("unsafe code out of place");
}

#[test]
fn the_pure_rooms_know_no_float_no_hash_order_and_no_std() {
    let banned = ["f32", "f64", "HashMap", "HashSet", "std", "Instant", "SystemTime"];
    let mut faults = Faults::default();
    for source in sources() {
        let pure = ["core/types/src", "core/engine/src"];
        if !pure.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (index, line) in source.code.iter().enumerate() {
            let tests_follow = source.code[..=index].iter().any(|line| line.contains("cfg(test)"));
            for word in banned.iter().filter(|word| has_word(line, word)) {
                if !tests_follow {
                    faults.add(&source.path, index + 1, word);
                }
            }
        }
    }
    faults.none("words a pure room does not know");
}

#[test]
fn lines_functions_and_files_are_short() {
    let mut faults = Faults::default();
    for source in sources() {
        for (index, line) in source.lines.iter().enumerate() {
            if line.chars().count() > COLUMNS_MAX {
                faults.add(&source.path, index + 1, &format!("over {COLUMNS_MAX} columns"));
            }
        }
        for (index, name, count) in functions(&source.code) {
            if count > FUNCTION_LINES_MAX {
                faults.add(&source.path, index + 1, &format!("fn {name}: {count} lines"));
            }
        }
        let count = source.lines.len();
        if count > FILE_LINES_MAX {
            faults.add(&source.path, count, &format!("{count} lines, at most {FILE_LINES_MAX}"));
        }
    }
    faults.none("too long");
}

#[test]
fn nothing_is_left_half_done() {
    // In pieces, so that this file is not its own offender.
    let banned = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("thread::sl", "eep"),
        concat!("db", "g!("),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("for n", "ow"),
        concat!("place", "holder"),
    ];
    let mut faults = Faults::default();
    for path in files(&["rs", "toml", "py", "xml", "tape", "md", "yml", "sh"]) {
        if path == ".github/CONTRIBUTING.md" {
            // It names what is banned.
            continue;
        }
        for (index, line) in read(&root().join(&path)).lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(**word)) {
                faults.add(&path, index + 1, word);
            }
        }
    }
    faults.none("words that do not land");
}

#[test]
fn the_tree_in_the_readme_is_the_real_one() {
    let readme = read(&root().join("README.md"));
    let block: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "```tree")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    assert!(!block.is_empty(), "README.md has no tree: a block between ```tree and ```");
    let listed = paths_of_tree(&block);
    let mut faults = Faults::default();
    for path in &listed {
        if !root().join(path).exists() {
            faults.add("README.md", 0, &format!("its tree has {path}, which does not exist"));
        }
    }
    let mut wanted = package_folders();
    wanted.extend(TOP.iter().map(|&name| name.to_owned()));
    for path in wanted.difference(&listed) {
        faults.add("README.md", 0, &format!("its tree lacks {path}"));
    }
    faults.none("the tree of the README");
}

/// Offenders, gathered so that one run shows all.
#[derive(Default)]
struct Faults(String);

impl Faults {
    fn add(&mut self, path: &str, line: usize, what: &str) {
        writeln!(self.0, "  {path}:{line}: {what}").expect("writing to a string");
    }

    fn none(&self, what: &str) {
        assert!(self.0.is_empty(), "{what}:\n{}", self.0);
    }
}

/// A Rust file: its lines, and the same with comments and the insides of strings blanked.
struct Source {
    path: String,
    lines: Vec<String>,
    code: Vec<String>,
}

fn sources() -> Vec<Source> {
    let paths = files(&["rs"]);
    assert!(paths.len() > 20, "only {} Rust files found", paths.len());
    paths
        .into_iter()
        .map(|path| {
            let text = read(&root().join(&path));
            let code = blank(&text).lines().map(str::to_owned).collect();
            Source { path, lines: text.lines().map(str::to_owned).collect(), code }
        })
        .collect()
}

/// A block or an implementation, not the word in an attribute or in a signature.
fn is_unsafe_use(line: &str) -> bool {
    line.contains("unsafe {") || line.contains("unsafe impl") || line.trim_end().ends_with("unsafe")
}

/// True where the comment right above line `index`, or the line itself, says SAFETY.
fn explained(lines: &[String], index: usize) -> bool {
    let comment = |line: &&String| line.trim_start().starts_with("//");
    lines[index].contains("SAFETY:")
        || lines[..index].iter().rev().take_while(comment).any(|line| line.contains("SAFETY:"))
}

/// Names of every dependency, of the dev and build tables and the target tables too.
fn imports(manifest: &toml::Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            names.extend(table.iter().map(|(name, value)| {
                let renamed = value.get("package").and_then(toml::Value::as_str);
                renamed.unwrap_or(name).to_owned()
            }));
        } else if key == "target" {
            names.extend(table.values().filter_map(toml::Value::as_table).flat_map(imports));
        }
    }
    names
}

fn manifest(path: &Path) -> toml::Table {
    read(&root().join(path)).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Folders that hold a package, as paths from the root.
fn package_folders() -> BTreeSet<String> {
    let manifests = files(&["toml"]);
    manifests
        .iter()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"))
        .map(str::to_owned)
        .collect()
}

/// The files that are the root of a crate of this room: library and programs.
fn crate_roots(room: &Room) -> Vec<String> {
    let is_root = |path: &str| {
        let inside = path.strip_prefix(room.folder).unwrap_or_default();
        inside == "/src/lib.rs" || inside == "/src/main.rs" || inside.starts_with("/src/bin/")
    };
    let roots: Vec<String> = files(&["rs"]).into_iter().filter(|path| is_root(path)).collect();
    assert!(!roots.is_empty(), "{} has no crate root", room.folder);
    roots
}

/// Files with one of the extensions, as sorted paths from the root; built things left out.
fn files(extensions: &[&str]) -> Vec<String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for name in entries(&root().join(&folder)) {
            let path = folder.join(&name);
            let skipped = [".git", "target", "pinion-data"].contains(&name.as_str());
            if root().join(&path).is_dir() {
                folders.extend((!skipped).then_some(path));
            } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
                found.insert(path.to_string_lossy().into_owned(), ());
            }
        }
    }
    found.into_keys().collect()
}

fn entries(folder: &Path) -> Vec<String> {
    let list = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    list.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above").to_path_buf()
}
