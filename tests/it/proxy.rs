//! A proxy in front of a sandbox that makes calls go wrong as a script says, and keeps a log of them.
//!
//! It speaks plain HTTP on a loopback address, with one thread for each connection. What it does
//! follows from the script, the seed and the order of the calls of each operation.

mod wire;
mod call;
mod refusal;
mod stale;

use std::collections::{BTreeMap, hash_map::DefaultHasher};
use std::hash::{Hash, Hasher};
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Cloud, Ran};
pub use call::Call;
pub use refusal::Refusal;
use stale::{Look, Stale};
use wire::{Reply, Request};

/// What becomes of a call.
pub enum Fate {
    Pass,
    /// It is carried out after so long.
    Late(Duration),
    /// It is not carried out, and the answer says why.
    Refused(Refusal),
    /// It is not carried out; this XML is the answer.
    Answered(String),
    /// The connection ends before the call is carried out.
    Dropped,
    /// The call is carried out, and the connection ends before the reply.
    Lost,
    /// The program that makes the calls gets signals, each so long after the one before.
    Signals(Moment, Vec<(Duration, Signal)>),
}

impl Fate {
    pub fn killed(moment: Moment) -> Fate {
        Fate::Signals(moment, vec![(Duration::ZERO, Signal::KILL)])
    }
}

/// When a signal comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the call is carried out; if it is a kill, the call is not carried out.
    Before,
    /// While it is carried out.
    During,
    /// When its reply has been sent.
    After,
}

type Script = Box<dyn Fn(&Call) -> Fate + Send + Sync>;

/// No program that is run here takes longer.
const LIMIT: Duration = Duration::from_secs(180);

/// A proxy; it ends with this value.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The sandbox.
    upstream: SocketAddr,
    seed: u64,
    script: Script,
    started: Instant,
    log: Mutex<Log>,
    stale: Option<Mutex<Stale>>,
    /// The program that runs now.
    victim: Mutex<Option<Pid>>,
    connections: AtomicUsize,
    /// The port of the client that was accepted last.
    accepted: Mutex<u16>,
    closed: AtomicBool,
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    /// How many there were of each operation.
    counts: BTreeMap<(String, String), usize>,
}

impl Proxy {
    pub fn start(
        cloud: &Cloud,
        seed: u64,
        script: impl Fn(&Call) -> Fate + Send + Sync + 'static,
    ) -> Proxy {
        Proxy::on(Ipv4Addr::LOCALHOST, cloud, seed, None, Box::new(script))
    }

    /// One whose reads lag behind changes for so long. It has an address that clients do not take for
    /// that of an emulator, in which nothing lags.
    pub fn lagging(
        cloud: &Cloud,
        seed: u64,
        window: Duration,
        script: impl Fn(&Call) -> Fate + Send + Sync + 'static,
    ) -> Proxy {
        let stale = Some(Mutex::new(Stale::new(window)));
        Proxy::on(Ipv4Addr::new(127, 0, 0, 2), cloud, seed, stale, Box::new(script))
    }

    fn on(
        ip: Ipv4Addr,
        cloud: &Cloud,
        seed: u64,
        stale: Option<Mutex<Stale>>,
        script: Script,
    ) -> Proxy {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            upstream: SocketAddr::from((Ipv4Addr::LOCALHOST, cloud.port())),
            seed,
            script,
            started: Instant::now(),
            log: Mutex::default(),
            stale,
            victim: Mutex::default(),
            connections: AtomicUsize::new(0),
            accepted: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        thread::spawn(move || accept(&listener, &accepting));
        Proxy { address, shared }
    }

    /// The variable that points an SDK here.
    pub fn env(&self) -> (&'static str, String) {
        ("AWS_ENDPOINT_URL", format!("http://{}", self.address))
    }

    /// All calls so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.shared.log).calls.clone()
    }

    /// How many calls so far would have changed something.
    pub fn n_changes(&self) -> usize {
        locked(&self.shared.log).calls.iter().filter(|it| it.changes).count()
    }

    /// Runs a program whose calls come here, and waits until all that it has asked is done, even if it
    /// is killed before.
    pub fn run(&self, mut command: Command) -> Ran {
        let (name, value) = self.env();
        command.env(name, value).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (child, pid) = {
            let mut victim = locked(&self.shared.victim);
            let child = command.spawn().expect("the program starts");
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("an id");
            *victim = Some(pid);
            (child, pid)
        };
        let (told, ended) = mpsc::channel();
        thread::spawn(move || told.send(child.wait_with_output()));
        let output = ended.recv_timeout(LIMIT);
        *locked(&self.shared.victim) = None;
        let Ok(output) = output else {
            _ = kill_process(pid, Signal::KILL);
            panic!("the program was not done after {} seconds", LIMIT.as_secs());
        };
        self.settle();
        Ran::of(output.expect("the program can be waited for"))
    }

    /// Waits until all connections have ended: one of our own is accepted after all those before.
    fn settle(&self) {
        let mine = TcpStream::connect(self.address).expect("the proxy listens");
        let port = mine.local_addr().expect("it is connected").port();
        drop(mine);
        let start = Instant::now();
        while *locked(&self.shared.accepted) != port
            || self.shared.connections.load(Ordering::SeqCst) > 0
        {
            assert!(start.elapsed() < LIMIT, "a connection never ends");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        _ = TcpStream::connect(self.address);
        if thread::panicking() {
            let log = locked(&self.shared.log);
            eprintln!("the proxy's seed was {}; its last calls:", self.shared.seed);
            for it in &log.calls[log.calls.len().saturating_sub(20)..] {
                let status = it.status.map_or("no answer".to_owned(), |it| it.to_string());
                eprintln!("{:>4} {:?} {} {}: {status}", it.n, it.at, it.service, it.operation);
            }
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        shared.connections.fetch_add(1, Ordering::SeqCst);
        *locked(&shared.accepted) = client.peer_addr().map_or(0, |it| it.port());
        let shared = shared.clone();
        thread::spawn(move || {
            // A client that goes away in the middle is what this is for.
            _ = shared.serve(&client);
            _ = client.shutdown(Shutdown::Both);
            shared.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

impl Shared {
    /// Answers the requests of one connection.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut from = BufReader::new(client);
        let mut upstream = Upstream { address: self.upstream, stream: None };
        while let Some(request) = Request::read(&mut from, &mut &*client)? {
            let call = self.note(&request);
            let fate = (self.script)(&call);
            let Some(reply) = self.meet(&fate, &call, &request, &mut upstream)? else {
                return Ok(());
            };
            locked(&self.log).calls[call.n].status = Some(reply.status);
            reply.write(&mut &*client, &request.method)?;
            if let Fate::Signals(Moment::After, signals) = &fate {
                self.signal(signals);
            }
        }
        Ok(())
    }

    /// The reply that the client gets, if it gets one.
    fn meet(
        &self,
        fate: &Fate,
        call: &Call,
        request: &Request,
        upstream: &mut Upstream,
    ) -> io::Result<Option<Reply>> {
        match fate {
            Fate::Late(time) => thread::sleep(*time),
            Fate::Refused(refusal) => return Ok(Some(refusal.reply(call))),
            Fate::Answered(xml) => return Ok(Some(Reply::xml(xml))),
            Fate::Dropped => return Ok(None),
            Fate::Signals(Moment::Before, signals) => {
                if self.signal(signals) {
                    return Ok(None);
                }
            }
            Fate::Signals(Moment::During, signals) => {
                upstream.ask(request)?;
                let killed = self.signal(signals);
                let reply = upstream.answer(request)?;
                return Ok(Some(reply).filter(|_| !killed));
            }
            Fate::Pass | Fate::Lost | Fate::Signals(Moment::After, _) => (),
        }
        let reply = self.forward(call, request, upstream)?;
        Ok(Some(reply).filter(|_| !matches!(fate, Fate::Lost)))
    }

    fn forward(
        &self,
        call: &Call,
        request: &Request,
        upstream: &mut Upstream,
    ) -> io::Result<Reply> {
        let mut ask = |request: &Request| {
            upstream.ask(request)?;
            upstream.answer(request)
        };
        let Some(stale) = &self.stale else { return ask(request) };
        if call.changes {
            let reply = ask(request)?;
            locked(stale).wrote(call, &reply, Instant::now());
            return Ok(reply);
        }
        let look = locked(stale).look(call, Instant::now());
        match look {
            Look::Old(reply) => Ok(reply),
            Look::Masked(masks) => stale::masked(request, &masks, ask),
            Look::Now => {
                let begun = Instant::now();
                let reply = ask(request)?;
                locked(stale).read(call, &reply, begun);
                Ok(reply)
            }
        }
    }

    fn note(&self, request: &Request) -> Call {
        let call = Call::of(request);
        let log = &mut *locked(&self.log);
        let count = log.counts.entry((call.service.clone(), call.operation.clone())).or_default();
        let nth = *count;
        *count += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, &call.service, &call.operation, nth).hash(&mut hasher);
        let call = Call {
            n: log.calls.len(),
            nth,
            n_changes: log.calls.iter().filter(|it| it.changes).count() + usize::from(call.changes),
            dice: hasher.finish(),
            at: self.started.elapsed(),
            ..call
        };
        log.calls.push(call.clone());
        call
    }

    /// Sends signals to the program; the first at once if it is to, and the others when it is time. Says
    /// whether the program has been killed.
    fn signal(&self, signals: &[(Duration, Signal)]) -> bool {
        let Some(pid) = *locked(&self.victim) else { return false };
        let now = signals.iter().take_while(|it| it.0.is_zero()).count();
        for (_, signal) in &signals[..now] {
            // It may have ended already.
            _ = kill_process(pid, *signal);
        }
        let later = signals[now..].to_vec();
        if !later.is_empty() {
            thread::spawn(move || {
                for (pause, signal) in later {
                    thread::sleep(pause);
                    _ = kill_process(pid, signal);
                }
            });
        }
        signals[..now].iter().any(|it| it.1 == Signal::KILL)
    }
}

/// A connection to the sandbox.
struct Upstream {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Upstream {
    fn ask(&mut self, request: &Request) -> io::Result<()> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().expect("it was made if there was none");
        request.write(stream.get_mut())
    }

    fn answer(&mut self, request: &Request) -> io::Result<Reply> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let reply = Reply::read(stream, &request.method)?;
        if reply.headers.value("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            self.stream = None;
        }
        Ok(reply)
    }
}

/// What a poisoned mutex guards is whole: the thread that panicked is a test's.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
