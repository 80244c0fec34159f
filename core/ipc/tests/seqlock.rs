//! The rewritten record: readers see whole records only.
#![allow(clippy::unwrap_used)]

use pinion_ipc::{SeqWriter, Wait};

#[test]
fn a_reader_sees_whole_records_in_order() {
    let mut writer = SeqWriter::<3>::heap();
    let reader = writer.reader();
    assert_eq!(reader.try_read(), Some((0, [0, 0, 0])));
    let last: u64 = if cfg!(miri) { 100 } else { 200_000 };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for value in 1..=last {
                writer.write(&[value, value * 2, value * 3]);
            }
        });
        let mut seen = 0;
        while seen < last {
            match reader.try_read() {
                Some((version, [one, two, three])) => {
                    assert!(one >= seen);
                    assert_eq!((two, three, version), (one * 2, one * 3, one * 2));
                    seen = one;
                }
                None => Wait::Yield.idle(),
            }
        }
    });
    assert_eq!(reader.version(), last * 2);
}
