//! How a producer comes by its ring: one request, one answer with descriptors, then silence.
//!
//! The connection stays open as long as both live: its end is how each notices the other's death.
//! Messages are packets (`SOCK_SEQPACKET`), little-endian:
//!
//! ```text
//! request, 32 B: magic "PINIONHI" | ABI u32 | role u32 | number u32 | zero u32 | layout u64
//! reply, 64 B and text:
//!                magic "PINIONOK" | ABI u32 | code u32 | five numbers u64 | text u32 | zero u32
//!                text, at most 4,096 bytes of UTF-8; up to 8 descriptors beside it
//! ```

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};

use crate::error::Error;
use crate::header::ABI_VERSION;
use crate::socket;

/// Descriptors one reply can carry.
pub const FDS_MAX: usize = 8;

/// Bytes of text one reply can carry.
pub const TEXT_MAX: usize = 4096;

const REQUEST_MAGIC: [u8; 8] = *b"PINIONHI";
const REPLY_MAGIC: [u8; 8] = *b"PINIONOK";
const REQUEST_LEN: usize = 32;
const REPLY_LEN: usize = 64;

/// What a producer says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is; the listener gives the numbers their meaning.
    pub role: u32,
    /// Which of its kind it is.
    pub number: u32,
    /// Hash of the layouts it was built with.
    pub layout: u64,
}

/// What the listener answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// 0 where the request was granted; else why not, in the listener's numbers.
    pub code: u32,
    /// Numbers the two agree on.
    pub numbers: [u64; 5],
    /// Text the two agree on, cut at [`TEXT_MAX`] bytes: paths, or a sentence.
    pub text: String,
}

/// The listening end. Its path is removed when it is dropped.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    path: PathBuf,
}

impl Listener {
    /// Listens at `path`.
    ///
    /// # Errors
    /// Those of [`socket::bind`].
    pub fn bind(path: &Path) -> Result<Listener, Error> {
        let fd = socket::bind(path, SocketType::SEQPACKET)?;
        Ok(Listener { fd, path: path.to_path_buf() })
    }

    /// The next connection of this user; `None` where none waits. Never blocks.
    ///
    /// # Errors
    /// [`Error::Stranger`] for a connection of another user, which is closed; [`Error::System`].
    pub fn accept(&self) -> Result<Option<Peer>, Error> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        match rustix::net::accept_with(&self.fd, flags) {
            Ok(fd) => {
                let pid = socket::own_user(&fd)?;
                Ok(Some(Peer { fd, pid }))
            }
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => Ok(None),
            Err(errno) => Err(Error::System { what: "accept a connection", errno }),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Nothing depends on it: a path left behind is found stale by the next `bind`.
        let _gone = rustix::fs::unlink(&self.path);
    }
}

/// One connection, as the listener sees it. Dropping it tells the peer.
#[derive(Debug)]
pub struct Peer {
    fd: OwnedFd,
    pid: u32,
}

impl Peer {
    /// Process id of the peer, as the kernel knows it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The peer's request; `None` where it has sent none yet. Never blocks.
    ///
    /// # Errors
    /// [`Error::Closed`] where it is gone, [`Error::Garbled`] where it sent something else,
    /// [`Error::Abi`], [`Error::System`]. The connection is of no more use then.
    pub fn request(&self) -> Result<Option<Request>, Error> {
        // One byte more than a request has: a longer packet shows by filling it.
        let mut bytes = [0; REQUEST_LEN + 1];
        match rustix::net::recv(&self.fd, &mut bytes[..], RecvFlags::DONTWAIT) {
            Ok((_, 0)) | Err(Errno::CONNRESET) => Err(Error::Closed),
            Ok((_, len)) => decode_request(bytes.get(..len).unwrap_or(&[])).map(Some),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(errno) => Err(Error::System { what: "read a request", errno }),
        }
    }

    /// Answers, with descriptors the peer gets copies of. Never blocks.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::System`].
    pub fn reply(&self, reply: &Reply, fds: &[BorrowedFd<'_>]) -> Result<(), Error> {
        let bytes = encode_reply(reply);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS_MAX))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(Error::Garbled);
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match rustix::net::sendmsg(&self.fd, &[IoSlice::new(&bytes)], &mut control, flags) {
            Ok(_) => Ok(()),
            Err(Errno::PIPE | Errno::CONNRESET) => Err(Error::Closed),
            Err(errno) => Err(Error::System { what: "answer a request", errno }),
        }
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The connecting end. Dropping it tells the listener that this producer is gone.
#[derive(Debug)]
pub struct Link {
    fd: OwnedFd,
}

impl Link {
    /// Connects to `path`, asks, and waits at most `timeout` for each step of the answer.
    ///
    /// # Errors
    /// Those of [`socket::connect`]; [`Error::Closed`], [`Error::Garbled`], [`Error::Abi`]. A
    /// refusal by the listener is no error: [`Reply::code`] says so.
    pub fn open(
        path: &Path,
        request: &Request,
        timeout: Duration,
    ) -> Result<(Link, Reply, Vec<OwnedFd>), Error> {
        let fd = socket::connect(path, SocketType::SEQPACKET, timeout)?;
        rustix::net::send(&fd, &encode_request(request), SendFlags::NOSIGNAL)
            .map_err(Error::system("send a request"))?;
        let (reply, fds) = receive(&fd)?;
        Ok((Link { fd }, reply, fds))
    }

    /// Says one thing more, for which there is no answer. Never blocks.
    ///
    /// # Errors
    /// [`Error::System`] where the listener is gone or does not listen.
    pub fn tell(&self, request: &Request) -> Result<(), Error> {
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        rustix::net::send(&self.fd, &encode_request(request), flags)
            .map(|_sent| ())
            .map_err(Error::system("send a request"))
    }

    /// True once the listener is gone. Never blocks.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let mut byte = [0; 1];
        let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK;
        !matches!(
            rustix::net::recv(&self.fd, &mut byte[..], flags),
            Ok((_, 1..)) | Err(Errno::AGAIN | Errno::INTR)
        )
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn receive(fd: &OwnedFd) -> Result<(Reply, Vec<OwnedFd>), Error> {
    let mut bytes = [0; REPLY_LEN + TEXT_MAX];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let message = rustix::net::recvmsg(fd, &mut [IoSliceMut::new(&mut bytes)], &mut control, flags)
        .map_err(Error::system("wait for an answer"))?;
    // Collected first, so that whatever came is closed again where the rest is refused.
    let mut fds = Vec::with_capacity(FDS_MAX);
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            fds.extend(rights);
        }
    }
    if message.bytes == 0 {
        return Err(Error::Closed);
    }
    if message.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(Error::Garbled);
    }
    Ok((decode_reply(bytes.get(..message.bytes).unwrap_or(&[]))?, fds))
}

fn encode_request(request: &Request) -> [u8; REQUEST_LEN] {
    let mut bytes = [0; REQUEST_LEN];
    bytes[..8].copy_from_slice(&REQUEST_MAGIC);
    bytes[8..12].copy_from_slice(&ABI_VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&request.role.to_le_bytes());
    bytes[16..20].copy_from_slice(&request.number.to_le_bytes());
    bytes[24..].copy_from_slice(&request.layout.to_le_bytes());
    bytes
}

/// Takes fixed pieces off the front of a packet from outside.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (piece, rest) = self.0.split_first_chunk::<N>().ok_or(Error::Garbled)?;
        self.0 = rest;
        Ok(*piece)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        self.take().map(u64::from_le_bytes)
    }

    fn preamble(&mut self, magic: [u8; 8]) -> Result<(), Error> {
        if self.take()? != magic {
            return Err(Error::Garbled);
        }
        match self.u32()? {
            ABI_VERSION => Ok(()),
            theirs => Err(Error::Abi { theirs, ours: ABI_VERSION }),
        }
    }

    fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Garbled) }
    }
}

fn decode_request(bytes: &[u8]) -> Result<Request, Error> {
    let mut fields = Fields(bytes);
    fields.preamble(REQUEST_MAGIC)?;
    let (role, number) = (fields.u32()?, fields.u32()?);
    if fields.u32()? != 0 {
        return Err(Error::Garbled);
    }
    let request = Request { role, number, layout: fields.u64()? };
    fields.end()?;
    Ok(request)
}

fn encode_reply(reply: &Reply) -> Vec<u8> {
    let mut end = reply.text.len().min(TEXT_MAX);
    while !reply.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &reply.text.as_bytes()[..end];
    let mut bytes = Vec::with_capacity(REPLY_LEN + text.len());
    bytes.extend_from_slice(&REPLY_MAGIC);
    bytes.extend_from_slice(&ABI_VERSION.to_le_bytes());
    bytes.extend_from_slice(&reply.code.to_le_bytes());
    for number in reply.numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(text);
    bytes
}

fn decode_reply(bytes: &[u8]) -> Result<Reply, Error> {
    let mut fields = Fields(bytes);
    fields.preamble(REPLY_MAGIC)?;
    let code = fields.u32()?;
    let mut numbers = [0; 5];
    for number in &mut numbers {
        *number = fields.u64()?;
    }
    let text_len = fields.u32()?;
    if fields.u32()? != 0 || usize::try_from(text_len) != Ok(fields.0.len()) {
        return Err(Error::Garbled);
    }
    let text = str::from_utf8(fields.0).map_err(|_| Error::Garbled)?.to_owned();
    Ok(Reply { code, numbers, text })
}

#[cfg(test)]
mod tests {
    use super::{Reply, Request, decode_reply, decode_request, encode_reply, encode_request};
    use proptest::prelude::{ProptestConfig, any, proptest};

    /// Few cases under Miri, and no file of failures: seeds are printed.
    fn config() -> ProptestConfig {
        let cases = if cfg!(miri) { 16 } else { 256 };
        ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config())]
        #[test]
        fn packets_come_back(role: u32, number: u32, layout: u64, code: u32,
                             numbers: [u64; 5], text: String) {
            let request = Request { role, number, layout };
            assert_eq!(decode_request(&encode_request(&request)), Ok(request));
            let reply = Reply { code, numbers, text };
            assert_eq!(decode_reply(&encode_reply(&reply)), Ok(reply));
        }

        #[test]
        fn garbage_is_refused_not_feared(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
            assert!(decode_request(&bytes).is_err());
            assert!(decode_reply(&bytes).is_err());
        }

        #[test]
        fn damaged_packets_never_panic(at in 0_usize..64, to: u8, cut in 0_usize..80) {
            let reply = Reply { code: 1, numbers: [2; 5], text: "a path\nanother".to_owned() };
            let mut bytes = encode_reply(&reply);
            bytes[at] = to;
            bytes.truncate(cut);
            if let Ok(read) = decode_reply(&bytes) {
                assert!(read.text.len() <= 14);
            }
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let reply = Reply { text: "é".repeat(4000), ..Reply::default() };
        let read = decode_reply(&encode_reply(&reply)).unwrap();
        assert_eq!(read.text, "é".repeat(2048));
    }
}
