//! Packages in S3: which bucket and key an address means.

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    pub bucket: String,
    /// An object, or what the keys of several begin with.
    pub key: String,
    /// None if the address does not say.
    pub region: Option<String>,
}

/// The place that a web address of S3 means: the bucket may stand in the host name or in the path.
///
/// # Errors
///
/// Why it is none.
pub(super) fn place(url: &str) -> Result<S3Place, String> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let rest = address.split_once("://").map_or(address, |it| it.1);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let asked = query.split('&').find_map(|it| it.strip_prefix("region=")).map(str::to_owned);
    let name = host.strip_suffix(".amazonaws.com").or(host.strip_suffix(".amazonaws.com.cn"));
    let labels: Vec<&str> = name.unwrap_or_default().split('.').collect();
    let is_service = |it: &&str| *it == "s3" || it.starts_with("s3-");
    let (bucket, region, path) = match labels.iter().position(is_service) {
        Some(at) => {
            let region = match labels[at].strip_prefix("s3-") {
                Some(region) => Some(region),
                None => labels.get(at + 1).copied(),
            };
            (labels[..at].join("."), region.map(str::to_owned), path)
        }
        // Another service that speaks S3's language: the bucket comes first in the path.
        None => (String::new(), None, path),
    };
    let (bucket, key) = match bucket.is_empty() {
        true => path.split_once('/').map(|it| (it.0.to_owned(), it.1)).unwrap_or_default(),
        false => (bucket, path),
    };
    if bucket.is_empty() || key.is_empty() {
        return Err("the address of a package in S3 names a bucket and a key".to_owned());
    }
    let region = asked.or(region).filter(|it| it != "external-1");
    Ok(S3Place { bucket, key: key.to_owned(), region })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_in_the_host_or_in_the_path() {
        let check = |url: &str, bucket: &str, key: &str, region: Option<&str>| {
            let region = region.map(str::to_owned);
            let (bucket, key) = (bucket.to_owned(), key.to_owned());
            assert_eq!(place(url), Ok(S3Place { bucket, key, region }), "{url}");
        };
        check("https://s3.amazonaws.com/b/k/x.zip", "b", "k/x.zip", None);
        check("https://s3-eu-west-1.amazonaws.com/b/x.zip", "b", "x.zip", Some("eu-west-1"));
        check("https://s3.eu-west-1.amazonaws.com/b/x.zip", "b", "x.zip", Some("eu-west-1"));
        check("https://b.s3.eu-west-1.amazonaws.com/x.zip", "b", "x.zip", Some("eu-west-1"));
        check("https://b.c.s3.amazonaws.com/k/x.zip", "b.c", "k/x.zip", None);
        check("https://b.s3-us-west-2.amazonaws.com/x.zip", "b", "x.zip", Some("us-west-2"));
        check("https://minio.local:9000/b/x.zip?region=r", "b", "x.zip", Some("r"));
        assert!(place("https://s3.amazonaws.com/b").is_err());
    }
}
