//! The caller's end: a child process with a watchdog.

use std::io::{BufReader, BufWriter};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::frame::{self, Frame, Parts};
use super::{FAILED, OK, Op, PROTOCOL_VERSION};
use crate::error::{Error, Result};

/// How a program is started and how long it may take.
#[derive(Debug, Clone)]
pub struct Program {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The only environment variables that it is given.
    pub environment: Vec<(String, String)>,
    /// The longest that it may take for one call; then it is killed.
    pub time_limit: Duration,
}

/// A child process that answers calls, one at a time.
///
/// A watchdog kills it when a call takes too long: a time-out on reading alone would miss a child
/// that never reads, since then the write blocks.
#[derive(Debug)]
pub struct Channel {
    name: String,
    child: Arc<Mutex<Child>>,
    time_limit: Duration,
    talk: Mutex<Talk>,
    watchdog: Sender<Watch>,
}

#[derive(Debug)]
struct Talk {
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    calls: u32,
    broken: Option<Error>,
}

/// What the watchdog is told.
#[derive(Debug)]
enum Watch {
    Started,
    Finished(Sender<bool>),
}

impl Channel {
    /// Starts the program and greets it in `role`.
    ///
    /// # Errors
    /// [`Error::Process`] where it cannot be started or does not speak this protocol.
    pub fn spawn(program: &Program, role: &str) -> Result<Self> {
        let name = program.command.join(" ");
        let refuse = |reason: String| Error::Process { process: name.clone(), reason };
        let (first, rest) = program.command.split_first().ok_or_else(|| refuse("the command is empty".into()))?;
        let mut child = Command::new(first)
            .args(rest)
            .env_clear()
            .envs(program.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C in the terminal is the harness's to handle: it first finishes the call under way.
            .process_group(0)
            .spawn()
            .map_err(|e| refuse(format!("cannot be started: {e}")))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(refuse("has no stdin or stdout".into()));
        };
        let child = Arc::new(Mutex::new(child));
        let watchdog = watch(child.clone(), program.time_limit);
        let (input, output) = (BufWriter::with_capacity(1 << 16, input), BufReader::with_capacity(1 << 16, output));
        let talk = Mutex::new(Talk { input, output, calls: 0, broken: None });
        let channel = Channel { name, child, time_limit: program.time_limit, talk, watchdog };
        channel.greet(role)?;
        Ok(channel)
    }

    fn greet(&self, role: &str) -> Result<()> {
        let [version, _program] = self.call(Op::Hello, &[&PROTOCOL_VERSION.to_le_bytes(), role.as_bytes()])?;
        match <[u8; 4]>::try_from(&version[..]).map(u32::from_le_bytes) {
            Ok(PROTOCOL_VERSION) => Ok(()),
            _ => {
                Err(self.error(format!("speaks protocol version {version:?}, this program speaks {PROTOCOL_VERSION}")))
            }
        }
    }

    /// Asks and waits for the answer, which must have `N` parts.
    ///
    /// # Errors
    /// [`Error::Remote`] where the program refuses in its own words; [`Error::Process`] where it
    /// ends, takes too long, or answers something else than the protocol allows.
    pub fn call<const N: usize>(&self, op: Op, parts: &[&[u8]]) -> Result<[Vec<u8>; N]> {
        let answer = self.exchange(op, parts)?;
        let count = answer.len();
        answer.try_into().map_err(|_| self.error(format!("answered {op:?} with {count} parts, the protocol has {N}")))
    }

    fn exchange(&self, op: Op, parts: &[&[u8]]) -> Result<Parts> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &talk.broken {
            return Err(error.clone());
        }
        talk.calls += 1;
        let id = talk.calls;
        // A watchdog that is gone has killed the child already; the exchange then says so.
        let _ = self.watchdog.send(Watch::Started);
        let result = talk.exchange(id, op, parts);
        let timed_out = self.disarm();
        match result {
            Ok(Frame { op: OK, parts, .. }) => Ok(parts),
            Ok(Frame { parts, .. }) => Err(Error::Remote { process: self.name.clone(), message: reason(&parts) }),
            Err(found) => {
                let error = match timed_out {
                    true => {
                        Error::TimedOut { process: self.name.clone(), call: format!("{op:?}"), limit: self.time_limit }
                    }
                    false => self.error(format!("{found} during {op:?}{}", self.how_it_ended())),
                };
                talk.broken = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Tells the watchdog that the call is over; whether it had killed the child.
    fn disarm(&self) -> bool {
        let (reply, answer) = channel();
        self.watchdog.send(Watch::Finished(reply)).is_err() || answer.recv().unwrap_or(true)
    }

    fn how_it_ended(&self) -> String {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // The pipe breaks a moment before the process can be waited for.
        for _ in 0..50 {
            match child.try_wait() {
                Ok(Some(status)) => return format!(" ({status})"),
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        String::new()
    }

    fn error(&self, reason: String) -> Error {
        Error::Process { process: self.name.clone(), reason }
    }

    /// The child's process id.
    pub fn process_id(&self) -> u32 {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).id()
    }
}

impl Talk {
    fn exchange(&mut self, id: u32, op: Op, parts: &[&[u8]]) -> Result<Frame, String> {
        frame::write(&mut self.input, id, op as u8, parts).map_err(|e| format!("stopped reading: {e}"))?;
        match frame::read(&mut self.output) {
            Ok(Some(frame)) if frame.id == id && (frame.op == OK || frame.op == FAILED) => Ok(frame),
            Ok(Some(frame)) => Err(format!("answered call {id} by frame {} with op {:#04x}", frame.id, frame.op)),
            Ok(None) => Err("ended".into()),
            Err(e) => Err(format!("sent a malformed answer: {e}")),
        }
    }
}

fn reason(parts: &Parts) -> String {
    parts.first().map_or_else(|| "no reason given".into(), |text| String::from_utf8_lossy(text).into_owned())
}

/// Starts the watchdog: it kills the child when a call is under way for longer than `limit`.
fn watch(child: Arc<Mutex<Child>>, limit: Duration) -> Sender<Watch> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || guard(&child, limit, &receiver));
    sender
}

fn guard(child: &Mutex<Child>, limit: Duration, calls: &Receiver<Watch>) {
    let mut killed = false;
    while let Ok(watch) = calls.recv() {
        match watch {
            Watch::Finished(reply) => drop(reply.send(killed)),
            Watch::Started => match calls.recv_timeout(limit) {
                Ok(Watch::Finished(reply)) => drop(reply.send(killed)),
                Ok(Watch::Started) => {}
                Err(RecvTimeoutError::Timeout) => {
                    killed = true;
                    kill(&mut child.lock().unwrap_or_else(PoisonError::into_inner));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            },
        }
    }
}

/// Kills a child that has not been waited for, and what it has started: a program behind a wrapper
/// would hold the pipe open, and the call that reads it would never end.
fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
}

impl Drop for Channel {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // Once a child has been waited for, its number may be another's.
        if let Ok(None) = child.try_wait() {
            kill(&mut child);
            let _ = child.wait();
        }
    }
}
