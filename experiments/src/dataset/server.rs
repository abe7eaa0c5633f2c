//! A mirror on this machine that misbehaves as told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a request is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What was asked for, ranges included.
    Sound,
    /// The same, but the connection ends after so many bytes of the body.
    Cut(usize),
    /// The whole file, whatever range was asked for.
    IgnoreRange,
    /// A part that begins a byte later than asked for.
    WrongRange,
    /// Other bytes instead.
    Other(Vec<u8>),
    /// A status and nothing else.
    Status(u16),
    /// The headers, then nothing until the client gives up.
    Stall,
}

/// A running mirror; its thread ends with the tests.
pub struct Server {
    /// Address of the folder.
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves files; the n-th request is answered by the n-th entry, further ones by the last.
    pub fn start(files: Vec<(String, Vec<u8>)>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mnist/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = requests.clone();
        std::thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let answer = answers.get(index).or(answers.last()).cloned().unwrap();
                let (stream, request) = read_request(stream.unwrap());
                log.lock().unwrap().push(request.to_string());
                // A client that has had enough closes the connection: nothing to complain about.
                let _ = respond(stream, &request, &files, answer);
            }
        });
        Server { url, requests }
    }

    /// The requests so far: the file's name, and the range where one was asked for.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

struct Request {
    file: String,
    range: Option<usize>,
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.range {
            Some(start) => write!(f, "{} from {start}", self.file),
            None => write!(f, "{}", self.file),
        }
    }
}

fn read_request(stream: TcpStream) -> (TcpStream, Request) {
    let lines: Vec<String> =
        BufReader::new(&stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let path = lines[0].split(' ').nth(1).unwrap();
    let range = lines
        .iter()
        .find_map(|line| line.to_lowercase().strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let file = path.strip_prefix("/mnist/").unwrap().to_owned();
    (stream, Request { file, range })
}

fn respond(
    mut stream: TcpStream,
    request: &Request,
    files: &[(String, Vec<u8>)],
    answer: Answer,
) -> std::io::Result<()> {
    let Some((_, file)) = files.iter().find(|(name, _)| *name == request.file) else {
        return head(&mut stream, "404 Not Found", 0, "");
    };
    let asked = request.range.unwrap_or(0);
    let (body, start) = match &answer {
        Answer::Status(status) => return head(&mut stream, &format!("{status} No"), 0, ""),
        Answer::Other(bytes) => (bytes, 0),
        Answer::IgnoreRange => (file, 0),
        Answer::WrongRange => (file, asked + 1),
        Answer::Sound | Answer::Cut(_) | Answer::Stall => (file, asked),
    };
    if start >= body.len() {
        return head(&mut stream, "416 Range Not Satisfiable", 0, "");
    }
    let range = format!("Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len());
    let (status, range) = if start > 0 { ("206 Partial Content", range.as_str()) } else { ("200 OK", "") };
    let rest = &body[start..];
    head(&mut stream, status, rest.len(), range)?;
    match answer {
        Answer::Cut(bytes) => stream.write_all(&rest[..bytes.min(rest.len())]),
        Answer::Stall => {
            std::thread::sleep(Duration::from_secs(2));
            Ok(())
        }
        Answer::Sound | Answer::IgnoreRange | Answer::WrongRange | Answer::Other(_) | Answer::Status(_) => {
            stream.write_all(rest)
        }
    }
}

fn head(stream: &mut TcpStream, status: &str, length: usize, more: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n")
}
