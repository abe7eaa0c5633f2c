//! One file over HTTP, carried on where it was cut: what has arrived lies in a `.part` file, and the next
//! request asks for the rest (RFC 9110, section 14).

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ureq::Agent;
use ureq::http::header::{CONTENT_RANGE, RANGE};
use ureq::http::{Response, StatusCode};

use super::error::Error;
use crate::progress::Progress;

/// A file's name, and how far it has come.
const BAR: &str = "{msg:28} {bar:24} {bytes}/{total_bytes} {bytes_per_sec} (left {eta})";

/// How long a mirror is waited for.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For the answer to begin, and for each further piece of it.
    pub answer: Duration,
    /// For one answer as a whole.
    pub body: Duration,
    /// Attempts in a row that may bring nothing new once something has arrived.
    pub barren_attempts: u32,
    /// Attempts altogether.
    pub attempts: u32,
    /// Between two attempts.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(20),
            body: Duration::from_secs(600),
            barren_attempts: 3,
            attempts: 50,
            pause: Duration::from_millis(500),
        }
    }
}

impl Patience {
    /// A client that waits no longer than this. Compressed transfer is not asked for: ranges count the bytes of the file.
    pub fn agent(&self) -> Agent {
        Agent::config_builder()
            .timeout_resolve(Some(self.connect))
            .timeout_connect(Some(self.connect))
            .timeout_recv_response(Some(self.answer))
            .timeout_per_read(Some(self.answer))
            .timeout_recv_body(Some(self.body))
            .http_status_as_error(false)
            .accept_encoding("identity")
            .user_agent(concat!("blindbench/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent()
    }
}

/// Why a transfer did not end well.
#[derive(Debug)]
pub enum Stopped {
    /// The mirror's doing: another one may do better.
    Mirror(String),
    /// This machine's: no mirror would help.
    Local(Error),
}

/// A file on its way.
pub struct Transfer<'a> {
    /// The client.
    pub agent: &'a Agent,
    /// Where the file is.
    pub url: &'a str,
    /// What has arrived.
    pub part: &'a Path,
    /// More bytes than this are not taken.
    pub limit: u64,
    /// How long to go on.
    pub patience: &'a Patience,
    /// Where progress is shown.
    pub progress: &'a Progress,
}

impl Transfer<'_> {
    /// Brings the `.part` file to its end, over as many requests as that takes.
    ///
    /// Whether the bytes are the right ones is for the caller to check. What has arrived stays when it fails.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn complete(&self) -> Result<(), Stopped> {
        let (mut most, mut barren, mut reason) = (self.arrived(), 0, String::new());
        // A mirror that never answered gets no second chance, so that a missing network is soon found out.
        let mut allowed = 0;
        for _ in 0..self.patience.attempts {
            match self.attempt() {
                Err(Stopped::Mirror(what)) => reason = what,
                result => return result,
            }
            if self.arrived() > most {
                (most, barren, allowed) = (self.arrived(), 0, self.patience.barren_attempts);
            } else {
                barren += 1;
            }
            if barren > allowed {
                break;
            }
            std::thread::sleep(self.patience.pause);
        }
        Err(Stopped::Mirror(reason))
    }

    fn arrived(&self) -> u64 {
        fs::metadata(self.part).map_or(0, |part| part.len())
    }

    /// Throws away what has arrived.
    fn discard(&self) -> Result<(), Stopped> {
        match fs::remove_file(self.part) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(local(self.part)(error)),
            _ => Ok(()),
        }
    }

    /// One request: for the rest where something has arrived.
    fn attempt(&self) -> Result<(), Stopped> {
        let arrived = self.arrived();
        let request = self.agent.get(self.url);
        let request = if arrived > 0 { request.header(RANGE, format!("bytes={arrived}-")) } else { request };
        let response = request.call().map_err(|error| Stopped::Mirror(error.to_string()))?;
        match response.status() {
            StatusCode::OK => self.append(response, 0),
            StatusCode::PARTIAL_CONTENT if continues(&response, arrived) => self.append(response, arrived),
            // Nothing follows what has arrived: whether it is the file shows when it is checked.
            StatusCode::RANGE_NOT_SATISFIABLE if arrived > 0 => Ok(()),
            StatusCode::PARTIAL_CONTENT => {
                self.discard()?;
                Err(Stopped::Mirror(format!("sent another part than the one from byte {arrived} on")))
            }
            status => Err(Stopped::Mirror(format!("HTTP status {status}"))),
        }
    }

    /// Writes a response behind the first `start` bytes.
    fn append(&self, response: Response<ureq::Body>, start: u64) -> Result<(), Stopped> {
        let mut part =
            OpenOptions::new().create(true).write(true).truncate(false).open(self.part).map_err(local(self.part))?;
        part.set_len(start).map_err(local(self.part))?;
        part.seek(SeekFrom::End(0)).map_err(local(self.part))?;
        let body = response.into_body();
        let meter = self.meter(start, body.content_length().map(|rest| start.saturating_add(rest)));
        let result = self.copy(body.into_reader(), &mut part, start, &meter);
        meter.finish_and_clear();
        result?;
        part.sync_all().map_err(local(self.part))
    }

    fn copy(&self, mut body: impl Read, part: &mut File, start: u64, meter: &ProgressBar) -> Result<(), Stopped> {
        let (mut buffer, mut length) = (vec![0; 1 << 16], start);
        loop {
            let read =
                body.read(&mut buffer).map_err(|error| Stopped::Mirror(format!("cut at byte {length}: {error}")))?;
            if read == 0 {
                return Ok(());
            }
            length += read as u64;
            if length > self.limit {
                self.discard()?;
                return Err(Stopped::Mirror(format!("sent more than the {} bytes that the file may have", self.limit)));
            }
            part.write_all(&buffer[..read]).map_err(local(self.part))?;
            meter.inc(read as u64);
        }
    }

    /// A bar of bytes on a terminal, one line elsewhere.
    fn meter(&self, start: u64, total: Option<u64>) -> ProgressBar {
        let from = if start > 0 { format!(" from byte {start} on") } else { String::new() };
        match self.progress {
            Progress::Bars(bars) => {
                let name = self.url.rsplit('/').next().unwrap_or_default().to_owned();
                let bar = ProgressBar::new(total.unwrap_or(self.limit)).with_message(name).with_position(start);
                // The template is fixed; were it refused, the default style would do.
                let bar = match ProgressStyle::with_template(BAR) {
                    Ok(style) => bar.with_style(style),
                    Err(_) => bar,
                };
                bars.add(bar)
            }
            Progress::Lines | Progress::Silent => {
                let bytes = total.map(|total| format!(" ({total} bytes)")).unwrap_or_default();
                self.progress.say(&format!("downloading {}{bytes}{from}", self.url));
                ProgressBar::hidden()
            }
        }
    }
}

/// Whether a partial answer starts where the last one was cut: `Content-Range: bytes <start>-<end>/<total>`.
fn continues(response: &Response<ureq::Body>, arrived: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-'));
    start.and_then(|(start, _)| start.trim().parse::<u64>().ok()) == Some(arrived)
}

fn local(path: &Path) -> impl FnOnce(std::io::Error) -> Stopped {
    let error = Error::write(path);
    |source| Stopped::Local(error(source))
}
