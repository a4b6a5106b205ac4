//! The provider `cloudinit`: what a new machine is told, in several parts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Host, Out};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::{LocalData, LocalProvider, aside, found, out, provider};
use crate::naming::hash_of;
use crate::resource::Result;

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("cloudinit", "registry.terraform.io/hashicorp/cloudinit"),
    types: &[],
    data: &[found::<CloudinitConfig>()],
};

/// What a new machine is told, in several parts.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("cloudinit_config")]
pub(crate) struct CloudinitConfig {
    /// Whether to compress it. Then it must be in base 64, too.
    gzip: Option<bool>,
    /// Whether to give it in base 64.
    base64_encode: Option<bool>,
    /// What stands between the parts.
    boundary: Option<String>,
    /// The parts.
    #[attr(required)]
    part: Vec<Part>,
    /// The whole, as `user_data` takes it.
    rendered: Out<String>,
    /// A checksum of the whole.
    id: Out<String>,
}

/// A part of it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Part {
    /// What it is, such as `text/x-shellscript`.
    content_type: Option<String>,
    /// The part itself.
    content: String,
    /// What the file is called that it becomes.
    filename: Option<String>,
    /// How it is put together with the parts before.
    merge_type: Option<String>,
}

impl CloudinitConfig {
    fn message(&self) -> String {
        let boundary = self.boundary.as_deref().unwrap_or("MIMEBOUNDARY");
        let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\n");
        out += "MIME-Version: 1.0\r\n\r\n";
        for (n, part) in self.part.iter().enumerate() {
            out += &format!("{}--{boundary}\r\n", if n == 0 { "" } else { "\r\n" });
            if let Some(name) = &part.filename {
                out += &format!("Content-Disposition: attachment; filename=\"{name}\"\r\n");
            }
            let content_type = part.content_type.as_deref().unwrap_or("text/plain");
            out += "Content-Transfer-Encoding: 7bit\r\n";
            out += &format!("Content-Type: {content_type}\r\nMime-Version: 1.0\r\n");
            if let Some(merge) = &part.merge_type {
                out += &format!("X-Merge-Type: {merge}\r\n");
            }
            out += &format!("\r\n{}", part.content);
        }
        out + &format!("\r\n--{boundary}--\r\n")
    }

    fn rendered(self) -> Result<CloudinitConfig> {
        let message = self.message();
        let rendered = match (self.gzip.unwrap_or(true), self.base64_encode.unwrap_or(true)) {
            (true, true) => STANDARD.encode(deflate::gzip(message.as_bytes())),
            (false, true) => STANDARD.encode(message),
            (false, false) => message,
            (true, false) => {
                let text = "`base64_encode` must be true where `gzip` is";
                return Err(rejected("cloudinit", "InvalidArgument", text));
            }
        };
        let id = out(hash_of(&rendered).to_string());
        Ok(CloudinitConfig { rendered: out(rendered), id, ..self })
    }
}

impl LocalData for CloudinitConfig {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || given.rendered()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(content_type: Option<&str>, content: &str, filename: Option<&str>) -> Part {
        Part {
            content_type: content_type.map(str::to_owned),
            content: content.to_owned(),
            filename: filename.map(str::to_owned),
            merge_type: filename.map(|_| "list()".to_owned()),
        }
    }

    fn rendered(gzip: bool, base64: bool, part: Vec<Part>) -> Result<CloudinitConfig> {
        let config = CloudinitConfig {
            gzip: Some(gzip),
            base64_encode: Some(base64),
            boundary: None,
            part,
            rendered: Out(None),
            id: Out(None),
        };
        config.rendered()
    }

    #[test]
    fn parts_are_told_apart_by_the_boundary() {
        let parts =
            vec![part(Some("text/x-shellscript"), "baz", Some("a.sh")), part(None, "ffbaz", None)];
        let it = rendered(false, false, parts).unwrap();
        assert_eq!(
            it.rendered,
            out(
                "Content-Type: multipart/mixed; boundary=\"MIMEBOUNDARY\"\nMIME-Version: 1.0\r\n\r\n\
                 --MIMEBOUNDARY\r\nContent-Disposition: attachment; filename=\"a.sh\"\r\n\
                 Content-Transfer-Encoding: 7bit\r\nContent-Type: text/x-shellscript\r\n\
                 Mime-Version: 1.0\r\nX-Merge-Type: list()\r\n\r\nbaz\r\n\
                 --MIMEBOUNDARY\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\n\
                 Mime-Version: 1.0\r\n\r\nffbaz\r\n--MIMEBOUNDARY--\r\n"
            )
        );
    }

    #[test]
    fn what_is_compressed_is_in_base_64() {
        assert!(rendered(true, false, Vec::new()).is_err());
        let it = rendered(true, true, vec![part(None, "baz", None)]).unwrap();
        assert!(it.rendered.0.unwrap().starts_with("H4sIAAAAAAAA/"));
    }
}
