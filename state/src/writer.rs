//! The journal's file: lines with a checksum, appended and synced.
//!
//! All events that wait at one time become one line, written at once and synced at once. So a line
//! that a crash has torn is always the last one, and nobody was told yet that it is on disk.
//!
//! If files are encrypted, the first line says how, and each other line is a record of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::event::Event;
use crate::seal::{Seal, SealError, Stream, What};

/// Why a journal cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("line {line} of the journal is damaged, and others come after it")]
    Damaged { line: usize },
    #[error("line {line} of the journal was written by another version: {why}")]
    Unknown { line: usize, why: String },
    #[error(
        "line {line} of the journal is not the one that was written there: lines were changed, moved \
         or taken out"
    )]
    Changed { line: usize },
    #[error(transparent)]
    Sealed(#[from] SealError),
}

/// A journal as it was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) events: Vec<Event>,
    /// How many of its bytes are whole: what is beyond is a torn line.
    pub(crate) length: usize,
    /// How its lines are encrypted, if they are, and how many there are.
    stream: Option<Stream>,
    lines: u64,
}

/// What the content of a journal says.
pub(crate) fn read(content: &[u8], seal: &Seal) -> Result<Found, JournalError> {
    let mut found = Found::default();
    let mut damaged = None;
    for (n, line) in content.split_inclusive(|it| *it == b'\n').enumerate() {
        if let Some(line) = damaged {
            return Err(JournalError::Damaged { line });
        }
        match checked(line) {
            Some(header) if n == 0 && header.starts_with(b"{") => {
                found.stream = Some(seal.resume_line(header, What::Journal)?);
                found.length = line.len();
            }
            Some(text) => {
                found.take(text, n + 1)?;
                found.length += line.len();
            }
            None => damaged = Some(n + 1),
        }
    }
    Ok(found)
}

impl Found {
    /// Takes what one line says.
    fn take(&mut self, text: &[u8], line: usize) -> Result<(), JournalError> {
        let opened;
        let json = match &self.stream {
            None => text,
            Some(stream) => {
                let plain = stream.open(self.lines, text);
                opened = plain.ok_or(JournalError::Changed { line })?;
                &opened
            }
        };
        let batch: Vec<Event> = serde_json::from_slice(json)
            .map_err(|why| JournalError::Unknown { line, why: why.to_string() })?;
        self.events.extend(batch);
        self.lines += 1;
        Ok(())
    }
}

/// An event as JSON.
///
/// # Errors
///
/// When it is nested so deeply that it, or the state with it, could not be read again.
pub(crate) fn encode(event: &Event) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(event)?;
    // What is about to be created will have to be written, with more around it.
    let known = matches!(event, Event::Wrote { .. } | Event::RollingBack { .. });
    let limit = if known { MAX_DEPTH - 2 } else { MAX_DEPTH - 20 };
    if depth(&json) > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_DEEP));
    }
    Ok(json)
}

/// How deep JSON may be nested that is to be read again.
pub(crate) const MAX_DEPTH: usize = 127;

pub(crate) const TOO_DEEP: &str = "a value is nested too deeply to be stored";

/// How deep JSON is nested.
pub(crate) fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest): (usize, usize) = (0, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Events as the text of one line.
fn batch(events: &[Vec<u8>]) -> Vec<u8> {
    [b"[".as_slice(), &events.join(&b','), b"]"].concat()
}

/// A line as it stands in the file: the checksum of its text, and the text.
fn line(text: &[u8]) -> Vec<u8> {
    [format!("{:08x} ", checksum(text)).as_bytes(), text, b"\n"].concat()
}

/// The text of a line, if the line is whole.
fn checked(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = line.split_at_checked(8)?;
    let json = json.strip_prefix(b" ")?;
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (sum == checksum(json)).then_some(json)
}

/// CRC-32 as zip and Ethernet have it.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 256 {
            let (mut sum, mut bit) = (n as u32, 0);
            while bit < 8 {
                sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
                bit += 1;
            }
            table[n] = sum;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum, byte| (sum >> 8) ^ TABLE[(sum as u8 ^ byte) as usize])
}

/// Told when the message is done.
pub(crate) type Reply = Box<dyn FnOnce(io::Result<()>) + Send>;

/// What the writer is asked to do, with events as JSON.
pub(crate) enum Message {
    Append(Vec<u8>, Reply),
    /// Replaces the file by one with only these events, or removes it if there are none.
    Replace(Vec<Vec<u8>>, Reply),
}

pub(crate) struct Writer {
    path: PathBuf,
    file: Option<File>,
    seal: Arc<Seal>,
    /// How the lines of the file are encrypted, if they are, and how many there are.
    stream: Option<Stream>,
    lines: u64,
    crash: Option<Crash>,
    /// Once a write has failed, what is on disk is not known: nothing may follow it.
    failed: Option<(io::ErrorKind, String)>,
}

impl Writer {
    pub(crate) fn resume(path: &Path, found: Found, seal: Arc<Seal>) -> io::Result<Writer> {
        let mut file = None;
        if found.length > 0 {
            let there = OpenOptions::new().append(true).open(path)?;
            there.set_len(u64::try_from(found.length).expect("a length of memory fits"))?;
            there.sync_all()?;
            file = Some(there);
        }
        let is_current = file.is_none() || seal.is_current_stream(found.stream.as_ref());
        let Found { events, stream, lines, .. } = found;
        let (path, crash) = (path.to_owned(), Crash::from_env());
        let mut writer = Writer { path, file, seal, stream, lines, crash, failed: None };
        if !is_current {
            // What comes now must not stand in the open, nor under a key that is given up.
            let events: Vec<_> = events.iter().map(encode).collect::<io::Result<_>>()?;
            writer.replace(&events)?;
        }
        Ok(writer)
    }

    /// Until nobody can send any more.
    pub(crate) fn run(&mut self, messages: &Receiver<Message>) {
        let mut next = messages.recv().ok();
        while let Some(message) = next.take() {
            match message {
                Message::Replace(events, reply) => {
                    reply(self.once(|it| it.replace(&events)));
                }
                Message::Append(event, reply) => {
                    let (mut events, mut replies) = (vec![event], vec![reply]);
                    while self.crash.is_none() && next.is_none() {
                        match messages.try_recv() {
                            Ok(Message::Append(event, reply)) => {
                                events.push(event);
                                replies.push(reply);
                            }
                            Ok(other) => next = Some(other),
                            Err(_) => break,
                        }
                    }
                    let done = self.once(|it| it.append(&events));
                    if let Some(crash) = self.crash.as_mut().filter(|_| done.is_ok()) {
                        crash.after_event();
                    }
                    for reply in replies {
                        reply(copy(&done));
                    }
                }
            }
            next = next.or_else(|| messages.recv().ok());
        }
    }

    fn once(&mut self, write: impl FnOnce(&mut Writer) -> io::Result<()>) -> io::Result<()> {
        if let Some((kind, why)) = &self.failed {
            return Err(io::Error::new(*kind, format!("writing the journal has failed: {why}")));
        }
        let done = write(self);
        if let Err(why) = &done {
            self.failed = Some((why.kind(), why.to_string()));
        }
        done
    }

    /// The lines of a new file, with these events in it.
    fn first(&mut self, events: &[Vec<u8>]) -> io::Result<Vec<u8>> {
        self.stream = self.seal.begin(What::Journal).map_err(io::Error::other)?;
        self.lines = 0;
        let header = self.stream.as_ref().map(|it| line(&it.text)).unwrap_or_default();
        Ok([header, self.next(events)].concat())
    }

    /// One more line.
    fn next(&mut self, events: &[Vec<u8>]) -> Vec<u8> {
        let json = batch(events);
        let line = match &self.stream {
            None => line(&json),
            Some(stream) => line(stream.seal(self.lines, &json).as_bytes()),
        };
        self.lines += 1;
        line
    }

    fn append(&mut self, events: &[Vec<u8>]) -> io::Result<()> {
        if let Some(mut file) = self.file.take() {
            file.write_all(&self.next(events))?;
            file.sync_data()?;
            self.file = Some(file);
            return Ok(());
        }
        let lines = self.first(events)?;
        let mut options = OpenOptions::new();
        let mut file = options.append(true).create(true).mode(0o600).open(&self.path)?;
        file.set_len(0)?;
        file.write_all(&lines)?;
        file.sync_all()?;
        sync_folder(&self.path)?;
        self.file = Some(file);
        Ok(())
    }

    fn replace(&mut self, events: &[Vec<u8>]) -> io::Result<()> {
        if events.is_empty() {
            if self.file.take().is_some() {
                fs::remove_file(&self.path)?;
                sync_folder(&self.path)?;
            }
            return Ok(());
        }
        let new = beside(&self.path, ".new");
        write_synced(&new, &self.first(events)?)?;
        fs::rename(&new, &self.path)?;
        sync_folder(&self.path)?;
        self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        Ok(())
    }
}

fn copy(done: &io::Result<()>) -> io::Result<()> {
    done.as_ref().copied().map_err(|it| io::Error::new(it.kind(), it.to_string()))
}

/// The path with something added to its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a file that only its owner can read, and returns when it is on disk.
pub(crate) fn write_synced(path: &Path, content: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file =
        options.read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(file)
}

/// Makes a new, renamed or removed file durable: its name stands in its folder.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// For tests of recovery: with `GROUNDPLAN_CRASH_AFTER_EVENT=n` in the environment, a debug build
/// ends itself, as by `kill -9`, just after its n-th event is on disk.
struct Crash {
    after: u64,
}

impl Crash {
    fn from_env() -> Option<Crash> {
        if !cfg!(debug_assertions) {
            return None;
        }
        let after = std::env::var("GROUNDPLAN_CRASH_AFTER_EVENT").ok()?.parse().ok()?;
        Some(Crash { after })
    }

    fn after_event(&mut self) {
        self.after = self.after.saturating_sub(1);
        if self.after == 0 {
            let me = rustix::process::getpid();
            // If it could not be sent, the test that asked for it fails, which is what is wanted.
            let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(name: &str) -> Event {
        let output =
            crate::file::Output { value: name.into(), ty: "string".into(), sensitive: false };
        Event::Outputs { outputs: [(name.to_owned(), output)].into() }
    }

    #[test]
    fn checksums_are_those_of_zip() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn damage_is_an_error_unless_it_is_in_the_last_line() {
        let written = |events: &[Event]| {
            line(&batch(&events.iter().map(|it| encode(it).unwrap()).collect::<Vec<_>>()))
        };
        let read =
            |content: &[u8]| read(content, &Seal::default()).map(|it| (it.events, it.length));
        let lines = [
            written(&[outputs("a"), outputs("b")]),
            written(&[outputs("c \n 1.50")]),
            written(&[Event::End]),
        ];
        let whole = lines.concat();
        let all = [outputs("a"), outputs("b"), outputs("c \n 1.50"), Event::End];
        assert_eq!(read(&whole).unwrap(), (all.to_vec(), whole.len()));
        let last = whole.len() - lines[2].len();
        // Without the newline before it, the last line would be longer, and still the last.
        for at in (0..whole.len()).filter(|at| *at != last - 1) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x11;
            match read(&damaged) {
                Ok((events, end)) => {
                    assert!(at >= last, "{at}");
                    assert_eq!((events, end), (all[..3].to_vec(), last), "{at}");
                }
                Err(why) => {
                    let at = whole[..at].iter().filter(|it| **it == b'\n').count() + 1;
                    assert!(at < 3, "{at}");
                    assert_eq!(why, JournalError::Damaged { line: at });
                }
            }
        }
    }

    #[test]
    fn events_of_another_version_are_not_passed_over() {
        let json = br#"[{"paused":{"address":"a.b"}}]"#;
        let line = [format!("{:08x} ", checksum(json)).as_bytes(), json, b"\n"].concat();
        let why = read(&line, &Seal::default()).err().unwrap().to_string();
        assert!(why.starts_with("line 1 of the journal was written by another version: "), "{why}");
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        assert_eq!(depth(br#"{"a[[": [1, {"\"[": "\\"}], "b": []}"#), 3);
        let nested =
            |depth| (0..depth).fold(serde_json::json!("x"), |it, _| serde_json::json!([it]));
        let wrote = |depth| Event::Wrote {
            address: "a.b".parse().unwrap(),
            deposed: None,
            provider: String::new(),
            object: Some(crate::file::ObjectState {
                attributes: [("a".to_owned(), nested(depth))].into(),
                ..Default::default()
            }),
        };
        let mut longest = 0;
        while encode(&wrote(longest + 1)).is_ok() {
            longest += 1;
        }
        assert!(longest > 100);
        let line = line(&batch(&[encode(&wrote(longest)).unwrap()]));
        let events = read(&line, &Seal::default()).unwrap().events;
        let mut state = crate::file::State::empty();
        state.apply(&events[0], None);
        assert_eq!(crate::file::State::parse(&state.encode()).unwrap(), state);
    }
}
