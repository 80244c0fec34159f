//! Recorded markets as commands: each format's reader, its way to orders and its expected answers.
//!
//! Every order of a tape gets a fresh, rising ClOrdID and a map keeps the tape's own id: tapes use
//! an id again where our sessions never may.

pub mod goog;

pub mod meb;

pub mod mix;

mod shadow;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

pub use shadow::{Shadow, Top};

/// The folder of recorded markets, from `PINION_DATA`; without it the caller says that it skips.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PINION_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: PINION_DATA does not name the folder of recorded markets");
    }
    folder
}

/// A whole file of that folder, unpacked by what its name ends in.
///
/// # Panics
/// Where the file is not there or not what its name says.
#[must_use]
pub fn unpacked(name: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(name);
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = BufReader::new(file);
    let mut bytes = Vec::new();
    let read = match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => flate2::bufread::GzDecoder::new(file).read_to_end(&mut bytes),
        Some("zst") => {
            let mut decoder = ruzstd::decoding::StreamingDecoder::new(file).expect("a zstd frame");
            decoder.read_to_end(&mut bytes)
        }
        _ => { file }.read_to_end(&mut bytes),
    };
    read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(bytes)
}
