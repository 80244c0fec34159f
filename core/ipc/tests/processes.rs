//! Two real processes: the handover, a ring between them, death, strangers' bytes, stale sockets.
#![cfg(not(miri))]
#![allow(clippy::unwrap_used)]

use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pinion_ipc::handover::{Link, Listener, Peer, Reply, Request};
use pinion_ipc::{Error, State, Status, StatusView, socket};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{RecvFlags, SendFlags, SocketType};

const LAYOUT: u64 = 77;
const COUNT: u64 = 20_000;
const CHILD: &str = "PINION_TEST_SOCKET";
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs test `name` of this very program as another process, with the socket's path.
fn child(name: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_readable(fd: impl AsFd) {
    while poll(&mut [PollFd::new(&fd, PollFlags::IN)], None).unwrap() == 0 {}
}

fn accept(listener: &Listener) -> Result<Peer, Error> {
    loop {
        wait_readable(listener);
        if let Some(peer) = listener.accept()? {
            return Ok(peer);
        }
    }
}

fn request(peer: &Peer) -> Result<Request, Error> {
    loop {
        wait_readable(peer);
        if let Some(request) = peer.request()? {
            return Ok(request);
        }
    }
}

/// The other process of [`a_ring_crosses_processes_and_death_is_noticed`].
#[test]
fn producer_process() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let asked = Request { role: 1, number: 3, layout: LAYOUT };
    let (link, reply, fds) = Link::open(Path::new(&path), &asked, PATIENCE).unwrap();
    assert_eq!((reply.code, reply.numbers[0], reply.text.as_str()), (0, 9, "here"));
    let [ring, head, status] = <[_; 3]>::try_from(fds).unwrap();
    let mut producer = pinion_ipc::attach(ring, head, LAYOUT).unwrap();
    let status = StatusView::attach(status, LAYOUT).unwrap();
    assert_eq!(status.state(), Some((State::Live, 0)));
    assert_ne!(status.header().pid, std::process::id());
    for number in 0..COUNT {
        while producer.push(&[number, number * 3, number ^ 5]).is_err() {
            producer.publish();
            assert!(!link.is_closed());
            std::thread::yield_now();
        }
    }
    producer.publish();
    // Alive and linked until killed.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[test]
fn a_ring_crosses_processes_and_death_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("core.sock");
    let listener = Listener::bind(&path).unwrap();
    let mut other = child("producer_process", &path);
    let peer = accept(&listener).unwrap();
    assert_eq!(peer.pid(), other.id());
    assert_eq!(request(&peer), Ok(Request { role: 1, number: 3, layout: LAYOUT }));
    let mut channel = pinion_ipc::create(64, LAYOUT, 1).unwrap();
    let status = Status::create(LAYOUT, 1).unwrap();
    status.set_state(State::Live, 0);
    let reply = Reply { code: 0, numbers: [9, 0, 0, 0, 0], text: "here".to_owned() };
    let fds = [channel.ring.as_fd(), channel.head.as_fd(), status.as_fd()];
    peer.reply(&reply, &fds).unwrap();
    let mut buffer = [0; 3];
    let mut number = 0;
    while number < COUNT {
        match channel.consumer.poll(&mut buffer).unwrap() {
            Some(len) => {
                assert_eq!((len, buffer), (3, [number, number * 3, number ^ 5]));
                number += 1;
            }
            None => std::thread::yield_now(),
        }
        channel.consumer.release();
    }
    assert_eq!(peer.request(), Ok(None), "alive and silent");
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(request(&peer), Err(Error::Closed));
    assert_eq!(channel.consumer.poll(&mut buffer), Ok(None), "its memory is still there");
}

/// The other process of [`a_socket_left_behind_is_replaced_and_a_live_one_is_not`].
#[test]
fn listener_process() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let listener = Listener::bind(Path::new(&path)).unwrap();
    let link = accept(&listener).unwrap();
    assert_eq!(request(&link).unwrap().number, 1);
    link.reply(&Reply::default(), &[]).unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[test]
fn a_socket_left_behind_is_replaced_and_a_live_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("core.sock");
    let mut other = child("listener_process", &path);
    let asked = Request { role: 1, number: 1, layout: 0 };
    let link = loop {
        match Link::open(&path, &asked, PATIENCE) {
            Ok((link, _, _)) => break link,
            Err(_) => std::thread::yield_now(),
        }
    };
    assert_eq!(Listener::bind(&path).map(drop), Err(Error::InUse));
    assert!(!link.is_closed());
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(path.exists(), "a killed process leaves its socket");
    wait_readable(&link);
    assert!(link.is_closed());
    let listener = Listener::bind(&path).unwrap();
    drop(listener);
    assert!(!path.exists(), "an orderly end leaves none");
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(Listener::bind(&path).map(drop), Err(Error::NotSocket));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    // A stream listener counts as alive too.
    let stream = dir.path().join("ctl.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&stream).unwrap();
    assert_eq!(socket::remove_stale(&stream), Err(Error::InUse));
}

#[test]
fn a_peer_that_sends_garbage_costs_its_connection() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("core.sock");
    let listener = Listener::bind(&path).unwrap();
    let seed = 0x5eed_0003_u64;
    println!("SEED={seed}");
    let mut random = seed;
    for len in [1_usize, 7, 8, 31, 32, 33, 4096] {
        let fd = socket::connect(&path, SocketType::SEQPACKET, PATIENCE).unwrap();
        let bytes: Vec<u8> = (0..len)
            .map(|_| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 33) as u8
            })
            .collect();
        rustix::net::send(&fd, &bytes, SendFlags::empty()).unwrap();
        let peer = accept(&listener).unwrap();
        assert_eq!(request(&peer), Err(Error::Garbled), "{len} bytes");
    }
    let fd = socket::connect(&path, SocketType::SEQPACKET, PATIENCE).unwrap();
    drop(fd);
    let peer = accept(&listener).unwrap();
    assert_eq!(request(&peer), Err(Error::Closed));
    assert_eq!(peer.reply(&Reply::default(), &[]), Err(Error::Closed));
    assert_eq!(listener.accept().map(|peer| peer.is_some()), Ok(false));
}

#[test]
fn a_listener_that_answers_garbage_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("core.sock");
    let fd = socket::bind(&path, SocketType::SEQPACKET).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_readable(&fd);
            let peer = rustix::net::accept(&fd).unwrap();
            wait_readable(&peer);
            rustix::net::recv(&peer, &mut [0; 64][..], RecvFlags::empty()).unwrap();
            rustix::net::send(&peer, &[0xff; 5000], SendFlags::empty()).unwrap();
        });
        let asked = Request { role: 1, number: 1, layout: 0 };
        let answer = Link::open(&path, &asked, PATIENCE).map(drop);
        assert_eq!(answer, Err(Error::Garbled));
    });
}
