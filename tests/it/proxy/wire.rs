//! HTTP/1.1 as SDKs and the sandbox speak it: whole messages, read and written.

use std::io::{self, BufRead, Read, Write};

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn xml(text: &str) -> Reply {
        let ty = ("content-type".to_owned(), "application/xml".to_owned());
        Reply { status: 200, headers: Headers(vec![ty]), body: text.as_bytes().to_vec() }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.as_str())
    }

    /// What a message says of its own length is said anew when it is written.
    fn write(&self, to: &mut Vec<u8>, length: Option<usize>) {
        let ours = |name: &str| {
            ["content-length", "transfer-encoding", "expect"]
                .iter()
                .any(|it| name.eq_ignore_ascii_case(it))
        };
        for (name, value) in self.0.iter().filter(|it| !ours(&it.0)) {
            to.extend(format!("{name}: {value}\r\n").bytes());
        }
        if let Some(length) = length {
            to.extend(format!("content-length: {length}\r\n").bytes());
        }
        to.extend(b"\r\n");
    }
}

impl Request {
    /// The next request of a connection; none at its end. `to` is where the same connection is
    /// answered: some say that they have a body, and wait to be asked for it.
    pub fn read(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<Option<Request>> {
        let Some(head) = head(from)? else { return Ok(None) };
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).map_err(io::Error::other)?;
        let method = parsed.method.unwrap_or_default().to_owned();
        let target = parsed.path.unwrap_or_default().to_owned();
        let headers = owned(parsed.headers);
        if headers.value("expect").is_some() {
            to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = body(from, &headers)?;
        Ok(Some(Request { method, target, headers, body }))
    }

    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut message = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        self.headers.write(&mut message, Some(self.body.len()));
        message.extend(&self.body);
        to.write_all(&message)
    }
}

impl Reply {
    /// The reply to a request with this method.
    pub fn read(from: &mut impl BufRead, method: &str) -> io::Result<Reply> {
        let head = head(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        parsed.parse(&head).map_err(io::Error::other)?;
        let status = parsed.code.unwrap_or_default();
        let headers = owned(parsed.headers);
        let body = match method {
            "HEAD" => Vec::new(),
            _ => body(from, &headers)?,
        };
        Ok(Reply { status, headers, body })
    }

    pub fn write(&self, to: &mut impl Write, method: &str) -> io::Result<()> {
        let length = match (method, self.status) {
            (_, 204 | 304) => None,
            // It tells the length of what it leaves out.
            ("HEAD", _) => self.headers.value("content-length").and_then(|it| it.parse().ok()),
            _ => Some(self.body.len()),
        };
        let mut message = format!("HTTP/1.1 {} \r\n", self.status).into_bytes();
        self.headers.write(&mut message, length);
        message.extend(&self.body);
        to.write_all(&message)
    }
}

fn head(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match (from.read_until(b'\n', &mut head)?, head.is_empty()) {
            (0, true) => return Ok(None),
            (0, false) => return Err(io::ErrorKind::UnexpectedEof.into()),
            (_, _) => (),
        }
    }
    Ok(Some(head))
}

fn owned(headers: &[httparse::Header<'_>]) -> Headers {
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    Headers(headers.iter().map(|it| (it.name.to_owned(), text(it.value))).collect())
}

fn body(from: &mut impl BufRead, headers: &Headers) -> io::Result<Vec<u8>> {
    if headers.value("transfer-encoding").is_some_and(|it| it.eq_ignore_ascii_case("chunked")) {
        return chunks(from);
    }
    let length = headers.value("content-length").map_or(Ok(0), str::parse);
    let mut body = vec![0; length.map_err(io::Error::other)?];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(io::Error::other)?;
        if size > 0 {
            from.take(size).read_to_end(&mut body)?;
        }
        // The end of the chunk, or whatever comes after the last one.
        loop {
            line.clear();
            from.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
        }
        if size == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_one_connection_are_told_apart() {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
                    PUT /b?policy HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n\
                    2;x=y\r\nde\r\n1\r\nf\r\n0\r\nchecksum: 1\r\n\r\n\
                    GET /c HTTP/1.1\r\n\r\n";
        let (mut from, mut to) = (text.as_bytes(), Vec::new());
        let mut next = || Request::read(&mut from, &mut to).unwrap();
        let first = next().unwrap();
        assert_eq!((first.method.as_str(), first.body.as_slice()), ("POST", &b"abc"[..]));
        let second = next().unwrap();
        assert_eq!((second.target.as_str(), second.body.as_slice()), ("/b?policy", &b"def"[..]));
        assert_eq!(next().unwrap().target, "/c");
        assert_eq!(next(), None);
        assert_eq!(to, b"HTTP/1.1 100 Continue\r\n\r\n");
    }

    #[test]
    fn a_message_is_written_with_its_length() {
        let mut text = Vec::new();
        let headers = Headers(vec![("Transfer-Encoding".to_owned(), "chunked".to_owned())]);
        let request =
            Request { method: "PUT".into(), target: "/a".into(), headers, body: b"xy".into() };
        request.write(&mut text).unwrap();
        assert_eq!(text, b"PUT /a HTTP/1.1\r\ncontent-length: 2\r\n\r\nxy");
    }

    #[test]
    fn the_answer_to_head_has_no_body_but_its_length() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        let reply = Reply::read(&mut text.as_bytes(), "HEAD").unwrap();
        let mut again = Vec::new();
        reply.write(&mut again, "HEAD").unwrap();
        assert_eq!(again, b"HTTP/1.1 200 \r\ncontent-length: 5\r\n\r\n");
    }

    #[test]
    fn a_message_that_is_cut_short_is_an_error() {
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab";
        assert!(Reply::read(&mut cut.as_bytes(), "GET").is_err());
        assert!(Request::read(&mut "POST / HT".as_bytes(), &mut Vec::new()).is_err());
    }
}
