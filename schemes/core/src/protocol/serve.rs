//! The called end, in our own child process: plays the server role until stdin closes.

use std::io::{BufReader, BufWriter, Read, Write};

use super::frame::{self, Frame, Parts};
use super::{FAILED, OK, Op, PROTOCOL_VERSION};
use crate::adapter::{DynScheme, DynServer, Environment};
use crate::error::{Error, Result};
use crate::probe::Detail;
use crate::roles::seed::Seed;
use crate::wire::Encode;

/// Opens a plan of a scheme by name: the registry's `open`.
pub type Open = fn(&str, &[u8], &Environment) -> Result<Box<dyn DynScheme>>;

/// Answers calls from `input` on `output` until `input` ends.
///
/// # Errors
/// Those of the streams, and frames that the protocol does not have. Everything else is answered.
pub fn serve(open: Open, environment: &Environment, input: impl Read, output: impl Write) -> std::io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut output = BufWriter::with_capacity(1 << 16, output);
    let mut state = State::Fresh;
    while let Some(Frame { id, op, parts }) = frame::read(&mut input)? {
        match state.answer(open, environment, op, parts) {
            Ok(parts) => {
                let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                frame::write(&mut output, id, OK, &parts)?;
            }
            Err(error) => frame::write(&mut output, id, FAILED, &[error.to_string().as_bytes()])?,
        }
    }
    Ok(())
}

enum State {
    Fresh,
    Opened(Box<dyn DynScheme>),
    Loaded(Box<dyn DynServer>),
}

impl State {
    fn answer(&mut self, open: Open, environment: &Environment, op: u8, parts: Parts) -> Result<Parts> {
        match (Op::of(op), &mut *self) {
            (Some(Op::Hello), _) => {
                let [version, role] = exactly(parts)?;
                hello(&version, &role)
            }
            (Some(Op::Open), State::Fresh) => {
                let [name, plan] = exactly(parts)?;
                let name = String::from_utf8(name).map_err(|_| Error::wire("scheme name", "not UTF-8"))?;
                *self = State::Opened(open(&name, &plan, environment)?);
                Ok(vec![])
            }
            (Some(Op::Load), State::Opened(scheme)) => {
                let [model] = exactly(parts)?;
                let server = scheme.server(&model)?;
                let request = server.key_request().to_vec();
                *self = State::Loaded(server);
                Ok(vec![request])
            }
            (Some(Op::Setup), State::Loaded(server)) => {
                let [key] = exactly(parts)?;
                Ok(vec![server.setup(&key)?.to_le_bytes().to_vec()])
            }
            (Some(Op::Evaluate), State::Loaded(server)) => {
                let [query, seed, detail] = exactly(parts)?;
                let seed = seed.try_into().map_err(|_| Error::wire("seed", "expected 32 bytes"))?;
                let detail = if detail == [1] { Detail::Snapshots } else { Detail::Counts };
                let (answer, trace) = server.evaluate(&query, &Seed::new(seed), detail)?;
                Ok(vec![answer, trace.to_bytes()])
            }
            (Some(op), _) => Err(Error::Refused(format!("{op:?} is out of order, or not a server's to answer"))),
            (None, _) => Err(Error::wire("frame", format!("unknown op {op}"))),
        }
    }
}

fn hello(version: &[u8], role: &[u8]) -> Result<Parts> {
    if version != PROTOCOL_VERSION.to_le_bytes() {
        return Err(Error::wire("hello", format!("version {version:?}, this program speaks {PROTOCOL_VERSION}")));
    }
    match role {
        b"server" => Ok(vec![PROTOCOL_VERSION.to_le_bytes().to_vec(), b"blindbench".to_vec()]),
        other => Err(Error::Refused(format!(
            "role `{}`: this process plays the server alone",
            String::from_utf8_lossy(other)
        ))),
    }
}

fn exactly<const N: usize>(parts: Parts) -> Result<[Vec<u8>; N]> {
    let count = parts.len();
    parts.try_into().map_err(|_| Error::wire("frame", format!("{count} parts, expected {N}")))
}
