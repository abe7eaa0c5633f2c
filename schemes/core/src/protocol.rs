//! The wire protocol, version 1: framed calls over a program's stdin and stdout.
//!
//! Spoken by the harness with its own child process (the server role) and with foreign programs.
//! `PROTOCOL.md` beside the peers says the same in prose, for programs in other languages.
//!
//! A frame is `id: u32`, `op: u8`, `count: u32`, then `count` parts, each `length: u64` and as many
//! bytes; all numbers little-endian. A caller sends [`Op`] frames; every one is answered by one frame
//! of the same id and op [`OK`] (with the parts that the op gives) or [`FAILED`] (with one part, a
//! message in UTF-8). stdout carries frames alone; stderr is for people.

pub mod channel;
pub mod frame;
pub mod remote;
pub mod serve;

/// Version of the protocol.
pub const PROTOCOL_VERSION: u32 = 1;

/// Op of an answer that succeeded.
pub const OK: u8 = 0x80;

/// Op of an answer that failed; its one part is the reason.
pub const FAILED: u8 = 0xff;

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// `[version: u32, role: text]` to `[version: u32, program: text]`; the first call of a process.
    /// `role` is `server` or `client`: a client process also plays key holder and model owner.
    Hello = 1,
    /// `[scheme: text, plan]` to `[]`.
    Open = 2,
    /// Server: `[model]` to `[key request]`.
    Load = 3,
    /// Server: `[server key]` to `[resident bytes: u64]`.
    Setup = 4,
    /// Server: `[query, seed: 32 bytes, detail: u8]` to `[answer, trace]`.
    Evaluate = 5,
    /// Client: `[architecture: JSON, batch: u64, params: JSON]` to `[plan, description: JSON]`.
    Plan = 6,
    /// Client: `[seed]` to `[public key]`.
    Keygen = 7,
    /// Client: `[public key, weights: safetensors, seed]` to `[model]`.
    Publish = 8,
    /// Client: `[key request, seed]` to `[server key]`.
    ServerKey = 9,
    /// Client: `[images, seed]` to `[query]`.
    Encrypt = 10,
    /// Client: `[answer]` to `[logits]`.
    Decrypt = 11,
    /// Client: `[weights: safetensors]` to `[promise: JSON]`.
    Promise = 12,
    /// Client: `[]` to `[names: JSON]`.
    Primitives = 13,
    /// Client: `[name: text, seed]` to `[]`.
    Prepare = 14,
    /// Client: `[times: u32]` to `[wall ns: u64, cpu ns: u64]`.
    Run = 15,
    /// Client: `[]` to `[error: f64]`.
    Check = 16,
    /// Client: `[params: JSON]` to `[description: JSON]`: in place of [`Op::Plan`] and [`Op::Open`]
    /// where operations are timed that need no network.
    Operations = 17,
}

impl Op {
    const ALL: [Op; 17] = [
        Op::Hello,
        Op::Open,
        Op::Load,
        Op::Setup,
        Op::Evaluate,
        Op::Plan,
        Op::Keygen,
        Op::Publish,
        Op::ServerKey,
        Op::Encrypt,
        Op::Decrypt,
        Op::Promise,
        Op::Primitives,
        Op::Prepare,
        Op::Run,
        Op::Check,
        Op::Operations,
    ];

    /// The call of that number.
    pub fn of(number: u8) -> Option<Op> {
        Op::ALL.into_iter().find(|op| *op as u8 == number)
    }
}
