//! What images and secrets of containers name. Pure.

/// An image, as containers write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Image {
    /// In a private repository of ECR.
    Ecr { account: String, region: String, repository: String, version: Version },
    /// Anywhere else.
    Other(String),
}

/// Which image of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Tag(String),
    Digest(String),
}

impl Image {
    pub fn parse(text: &str) -> Image {
        Image::of_ecr(text).unwrap_or_else(|| Image::Other(text.to_owned()))
    }

    fn of_ecr(text: &str) -> Option<Image> {
        let (host, rest) = text.split_once('/')?;
        let [account, "dkr", ecr, region, "amazonaws", "com", ..] =
            host.split('.').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        if !is_account || !matches!(ecr, "ecr" | "ecr-fips") {
            return None;
        }
        let (repository, version) = match rest.split_once('@') {
            // A digest decides, whatever the tag before it says.
            Some((name, digest)) => {
                let name = name.split(':').next().unwrap_or(name);
                (name, Version::Digest(digest.to_owned()))
            }
            None => match rest.split_once(':') {
                Some((name, tag)) => (name, Version::Tag(tag.to_owned())),
                None => (rest, Version::Tag("latest".to_owned())),
            },
        };
        let [account, region, repository] = [account, region, repository].map(str::to_owned);
        Some(Image::Ecr { account, region, repository, version })
    }
}

/// What `valueFrom` names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Secret {
    /// By its ARN, without the key in it and the version.
    Manager { arn: String, region: String },
    /// By its name, or its ARN in a region.
    Parameter { name: String, region: Option<String> },
}

impl Secret {
    pub fn parse(text: &str) -> Secret {
        let parts: Vec<&str> = text.splitn(8, ':').collect();
        match parts[..] {
            ["arn", _, "secretsmanager", region, _, "secret", _, ..] => {
                Secret::Manager { arn: parts[..7].join(":"), region: region.to_owned() }
            }
            ["arn", _, "ssm", region, _, resource] => {
                let name = resource.strip_prefix("parameter").unwrap_or(resource);
                // A name without a path has no slash of its own.
                let plain = name.strip_prefix('/').filter(|it| !it.contains('/'));
                let name = plain.unwrap_or(name).to_owned();
                Secret::Parameter { name, region: Some(region.to_owned()) }
            }
            _ => Secret::Parameter { name: text.to_owned(), region: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_ecr_are_taken_apart() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let parsed = |rest: &str| match Image::parse(&format!("{host}/{rest}")) {
            Image::Ecr { repository, version, .. } => (repository, version),
            Image::Other(text) => panic!("{text}"),
        };
        let tag = |it: &str| Version::Tag(it.to_owned());
        assert_eq!(parsed("web:1.2"), ("web".to_owned(), tag("1.2")));
        assert_eq!(parsed("team/web"), ("team/web".to_owned(), tag("latest")));
        let digest = Version::Digest("sha256:ab".to_owned());
        assert_eq!(parsed("web@sha256:ab"), ("web".to_owned(), digest.clone()));
        assert_eq!(parsed("web:1@sha256:ab"), ("web".to_owned(), digest));
    }

    #[test]
    fn other_images_are_left_as_they_are() {
        for it in [
            "nginx",
            "nginx:1.27",
            "public.ecr.aws/nginx/nginx:1",
            "ghcr.io/a/b:1",
            "1.dkr.ecr.eu-west-1.amazonaws.com/web",
        ] {
            assert_eq!(Image::parse(it), Image::Other(it.to_owned()));
        }
    }

    #[test]
    fn secrets_are_told_from_parameters() {
        let manager = |arn: &str| Secret::Manager { arn: arn.to_owned(), region: "r".to_owned() };
        let arn = "arn:aws:secretsmanager:r:1:secret:db-AbCdEf";
        assert_eq!(Secret::parse(arn), manager(arn));
        assert_eq!(Secret::parse(&format!("{arn}:password::")), manager(arn));
        let parameter = |name: &str, region: Option<&str>| Secret::Parameter {
            name: name.to_owned(),
            region: region.map(str::to_owned),
        };
        assert_eq!(Secret::parse("/a/b"), parameter("/a/b", None));
        assert_eq!(Secret::parse("a"), parameter("a", None));
        assert_eq!(Secret::parse("arn:aws:ssm:r:1:parameter/a/b"), parameter("/a/b", Some("r")));
        assert_eq!(Secret::parse("arn:aws:ssm:r:1:parameter/a"), parameter("a", Some("r")));
    }
}
