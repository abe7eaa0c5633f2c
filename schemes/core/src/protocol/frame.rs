//! Frames: what every call and answer looks like.

use std::io::{Read, Write};

/// Most parts of a frame.
pub const MAX_PARTS: u32 = 16;

/// Most bytes of one part: 64 GiB.
pub const MAX_PART: u64 = 1 << 36;

/// The parts of a frame.
pub type Parts = Vec<Vec<u8>>;

/// A frame as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Pairs an answer with its call.
    pub id: u32,
    /// What is asked, or how it went.
    pub op: u8,
    /// The arguments or results.
    pub parts: Parts,
}

/// Writes one frame and flushes.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, id: u32, op: u8, parts: &[&[u8]]) -> std::io::Result<()> {
    let mut header = Vec::with_capacity(9);
    header.extend(id.to_le_bytes());
    header.push(op);
    header.extend((parts.len() as u32).to_le_bytes());
    out.write_all(&header)?;
    for part in parts {
        out.write_all(&(part.len() as u64).to_le_bytes())?;
        out.write_all(part)?;
    }
    out.flush()
}

/// Reads one frame; none at the end of the stream.
///
/// # Errors
/// Those of the reader, `UnexpectedEof` in the middle of a frame, and `InvalidData` for more parts
/// or bytes than a frame may have.
pub fn read(input: &mut impl Read) -> std::io::Result<Option<Frame>> {
    let mut first = [0];
    if input.read(&mut first)? == 0 {
        return Ok(None);
    }
    let mut rest = [0; 8];
    input.read_exact(&mut rest)?;
    let id = u32::from_le_bytes([first[0], rest[0], rest[1], rest[2]]);
    let count = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]);
    if count > MAX_PARTS {
        return Err(invalid(format!("{count} parts in a frame, at most {MAX_PARTS} are allowed")));
    }
    let parts = (0..count).map(|_| read_part(input)).collect::<std::io::Result<_>>()?;
    Ok(Some(Frame { id, op: rest[3], parts }))
}

fn read_part(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_PART {
        return Err(invalid(format!("a part of {length} bytes, at most {MAX_PART} are allowed")));
    }
    // Grows as bytes arrive, so that a stated length alone allocates nothing.
    let mut part = Vec::new();
    match input.take(length).read_to_end(&mut part)? as u64 {
        read if read == length => Ok(part),
        read => Err(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            format!("a part of {length} bytes ended after {read}"),
        )),
    }
}

fn invalid(reason: String) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]
    use super::*;

    #[test]
    fn frames_round_trip_and_cut_ones_are_errors() {
        let mut bytes = Vec::new();
        write(&mut bytes, 7, 5, &[b"query", b"", b"x"]).unwrap();
        let frame = read(&mut &bytes[..]).unwrap().unwrap();
        assert_eq!(frame, Frame { id: 7, op: 5, parts: vec![b"query".to_vec(), vec![], b"x".to_vec()] });
        assert_eq!(read(&mut &bytes[..0]).unwrap(), None);
        for end in 1..bytes.len() {
            assert!(read(&mut &bytes[..end]).is_err(), "accepted a frame cut at {end}");
        }
    }

    #[test]
    fn hostile_counts_are_refused_without_allocating() {
        let mut many = vec![0, 0, 0, 0, 1];
        many.extend(u32::MAX.to_le_bytes());
        assert!(read(&mut &many[..]).is_err());
        let mut long = vec![0, 0, 0, 0, 1, 1, 0, 0, 0];
        long.extend(u64::MAX.to_le_bytes());
        assert!(read(&mut &long[..]).is_err());
    }
}
