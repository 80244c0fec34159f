//! Regions: what may be mapped, what is refused, and that seals hold against the peer.
#![cfg(not(miri))]
#![allow(clippy::unwrap_used)]

use std::os::fd::{AsFd, OwnedFd};

use pinion_ipc::{Access, Error, Expected, Kind, Region, RegionSpec, State, Status, StatusView};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};
use rustix::io::Errno;

const LAYOUT: u64 = 0x1234;

fn spec(access: Access) -> RegionSpec {
    RegionSpec { name: "test", kind: Kind::Ring, layout: LAYOUT, body_len: 5000, access, epoch: 7 }
}

fn expected(access: Access) -> Expected {
    Expected { kind: Kind::Ring, layout: LAYOUT, access }
}

#[test]
fn both_sides_see_one_memory() {
    let ours = Region::create(&spec(Access::ReadWrite)).unwrap();
    let theirs = Region::attach(ours.share().unwrap(), &expected(Access::ReadWrite)).unwrap();
    assert_eq!(theirs.header(), ours.header());
    assert_eq!(theirs.header().pid, std::process::id());
    assert_eq!(theirs.header().epoch, 7);
    assert!(theirs.header().start > 0);
    assert_eq!(theirs.body().len(), 2 * 512);
    theirs.body_mut().unwrap().store_release(1023, 42);
    assert_eq!(ours.body().load_acquire(1023), 42);
    assert!(ours.beat(99));
    assert_eq!(theirs.heartbeat(), 99);
    let body = theirs.body();
    drop((ours, theirs));
    assert_eq!(body.load(1023), 42, "a view outlives region and descriptor");
}

#[test]
fn a_peer_can_neither_cut_nor_grow_a_region() {
    let ours = Region::create(&spec(Access::ReadWrite)).unwrap();
    let theirs = ours.share().unwrap();
    for len in [0, 4096, 1 << 20] {
        assert_eq!(rustix::fs::ftruncate(&theirs, len), Err(Errno::PERM));
    }
    let more = SealFlags::WRITE;
    assert_eq!(rustix::fs::fcntl_add_seals(&theirs, more), Err(Errno::PERM));
    let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    rustix::fs::fallocate(&theirs, punch, 0, 12288).unwrap();
    assert_eq!(ours.body().load(1000), 0, "a hole costs content, never a fault");
}

#[test]
fn a_region_that_others_only_read_cannot_be_written_by_them() {
    let ours = Region::create(&spec(Access::ReadOnly)).unwrap();
    let theirs = ours.share().unwrap();
    let refused = Region::attach(theirs, &expected(Access::ReadWrite)).map(drop);
    assert!(matches!(refused, Err(Error::System { errno: Errno::PERM, .. })), "{refused:?}");
    let theirs = ours.share().unwrap();
    assert_eq!(rustix::io::pwrite(&theirs, b"x", 8), Err(Errno::PERM));
    let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    assert_eq!(rustix::fs::fallocate(&theirs, punch, 0, 4096), Err(Errno::PERM));
    let view = Region::attach(theirs, &expected(Access::ReadOnly)).unwrap();
    assert!(view.body_mut().is_none());
    assert!(!view.beat(1));
    ours.body_mut().unwrap().store(3, 5);
    assert_eq!(view.body().load(3), 5, "its creator goes on writing");
}

/// A memory file of `len` bytes with `words` at its front and `seals`.
fn forged(len: u64, words: &[(u64, u64)], seals: SealFlags) -> OwnedFd {
    let fd = rustix::fs::memfd_create("forged", MemfdFlags::ALLOW_SEALING).unwrap();
    rustix::fs::ftruncate(&fd, len).unwrap();
    for &(index, word) in words {
        rustix::io::pwrite(&fd, &word.to_le_bytes(), index * 8).unwrap();
    }
    rustix::fs::fcntl_add_seals(&fd, seals).unwrap();
    fd
}

#[test]
fn what_is_not_a_region_is_refused_by_name() {
    let magic = u64::from_le_bytes(*b"PINIONSM");
    let sealed = SealFlags::SHRINK | SealFlags::GROW;
    let good = [(0, magic), (1, 2 | 1 << 32), (2, LAYOUT), (3, 8192), (16, magic)];
    let refusal = |fd| Region::attach(fd, &expected(Access::ReadWrite)).map(drop).unwrap_err();
    let with = |index: usize, word| {
        let mut words = good;
        words[index].1 = word;
        refusal(forged(8192, &words, sealed))
    };
    Region::attach(forged(8192, &good, sealed), &expected(Access::ReadWrite)).unwrap();
    assert_eq!(refusal(forged(8192, &good, SealFlags::empty())), Error::NotSealed);
    assert_eq!(refusal(forged(8192, &good, SealFlags::GROW)), Error::NotSealed);
    assert_eq!(refusal(forged(8192, &good, SealFlags::SHRINK)), Error::NotSealed);
    assert_eq!(refusal(forged(4096, &good, sealed)), Error::Length(4096));
    assert_eq!(refusal(forged(8191, &good, sealed)), Error::Length(8191));
    assert_eq!(refusal(forged(0, &[], sealed)), Error::Length(0));
    assert_eq!(refusal(forged(1 << 40, &good, sealed)), Error::Length(1 << 40));
    assert_eq!(with(0, 0), Error::Magic(0));
    assert_eq!(with(4, 0), Error::Magic(magic), "never became ready");
    assert_eq!(with(1, 1 | 1 << 32), Error::Abi { theirs: 1, ours: 2 });
    assert_eq!(with(1, 2 | 9 << 32), Error::Kind { theirs: 9, ours: 1 });
    assert_eq!(with(2, 5), Error::Layout { theirs: 5, ours: LAYOUT });
    assert_eq!(with(3, 12288), Error::Length(12288));
    let file = tempfile::tempfile().unwrap();
    file.set_len(8192).unwrap();
    assert_eq!(refusal(OwnedFd::from(file)), Error::NotSealed);
    let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    assert_eq!(refusal(OwnedFd::from(socket)), Error::NotSealed);
    for lines in [0, 3, 8, 16, 32, 48] {
        assert!(matches!(pinion_ipc::create(lines, LAYOUT, 1), Err(Error::Capacity(_))));
    }
}

#[test]
fn a_ring_of_another_shape_is_refused() {
    let channel = pinion_ipc::create(64, LAYOUT, 1).unwrap();
    let head = || channel.head.share().unwrap();
    let odd = Region::create(&RegionSpec { body_len: 4096 * 3, ..spec(Access::ReadWrite) });
    let refused = pinion_ipc::attach(odd.unwrap().share().unwrap(), head(), LAYOUT).map(drop);
    assert_eq!(refused, Err(Error::Capacity(192)));
    let swapped = pinion_ipc::attach(head(), channel.ring.share().unwrap(), LAYOUT).map(drop);
    assert!(swapped.is_err());
    let producer = pinion_ipc::attach(channel.ring.share().unwrap(), head(), LAYOUT).unwrap();
    assert_eq!(producer.capacity(), 64);
}

#[test]
fn a_status_is_read_as_it_was_written() {
    let status = Status::create(LAYOUT, 3).unwrap();
    let view = StatusView::attach(status.share().unwrap(), LAYOUT).unwrap();
    assert_eq!(view.state(), Some((State::Booting, 0)));
    assert_eq!(view.published(), (0, 0));
    status.publish(10, 25);
    status.publish_durable_input(9);
    status.publish_durable_event(20);
    status.beat(77);
    let mut counter = status.counter(5);
    counter.add(2);
    counter.add(3);
    status.counter(255).set(8);
    status.set_state(State::Halted, 4);
    assert_eq!(view.state(), Some((State::Halted, 4)));
    assert_eq!(view.published(), (10, 25));
    assert_eq!(view.published_event(), 25);
    assert_eq!((view.durable_input(), view.durable_event()), (9, 20));
    assert_eq!(view.heartbeat(), 77);
    assert_eq!((view.counter(5), view.counter(255), view.counter(256)), (5, 8, 0));
    assert_eq!(view.header().epoch, 3);
    assert!(StatusView::attach(status.share().unwrap(), LAYOUT + 1).is_err());
    let _still_shared = status.as_fd();
}
