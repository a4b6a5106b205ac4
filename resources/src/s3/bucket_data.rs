//! `aws_s3_bucket` as data: a bucket that is looked up by name.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::resource::Result;
use crate::s3::{aspect, region_of, regions};

/// A bucket that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket")]
pub(crate) struct Bucket {
    /// Its name.
    bucket: String,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its host name: `NAME.s3.amazonaws.com`.
    bucket_domain_name: Out<String>,
    /// Its host name in its region: `NAME.s3.REGION.amazonaws.com`.
    bucket_regional_domain_name: Out<String>,
    /// The Route 53 zone id to use in an alias record for its website.
    hosted_zone_id: Out<String>,
    /// The region it is in.
    region: Out<String>,
    /// The domain of its website, for alias records.
    website_domain: Out<String>,
    /// The host name of its website.
    website_endpoint: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Data for Bucket {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let name = given.bucket;
        let Some(region) = region_of(aws, &name).await? else {
            let text = format!("there is no bucket `{name}`");
            return Err(rejected("HeadBucket", "NoSuchBucket", text));
        };
        let suffix = aws.partition().dns_suffix;
        let domain = match is_website(aws, &name, &region).await? {
            true => Some(regions::website_domain(&region, suffix)),
            false => None,
        };
        Ok(Bucket {
            arn: Out(Some(format!("arn:{}:s3:::{name}", aws.partition().name))),
            bucket_domain_name: Out(Some(format!("{name}.s3.{suffix}"))),
            bucket_regional_domain_name: Out(Some(format!("{name}.s3.{region}.{suffix}"))),
            hosted_zone_id: Out(regions::zone_id(&region).map(str::to_owned)),
            region: Out(Some(region)),
            website_endpoint: Out(domain.as_ref().map(|it| format!("{name}.{it}"))),
            website_domain: Out(domain),
            id: Out(Some(name.clone())),
            bucket: name,
        })
    }
}

/// Whether it is a website, as far as that can be asked from here.
async fn is_website(aws: &Aws, bucket: &str, region: &str) -> Result<bool> {
    if region != aws.region() {
        return Ok(false);
    }
    let answer = aws.s3().get_bucket_website().bucket(bucket).send().await;
    match aspect(answer.or_fault("GetBucketWebsite")) {
        // Who may see a bucket need not see this.
        Err(fault) if fault.code == "AccessDenied" => Ok(false),
        answer => Ok(answer?.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, s3_refusal, xml};

    fn web() -> Bucket {
        let name = serde_json::json!({"bucket": "web"});
        let fields = name.as_object().cloned().unwrap_or_default();
        crate::resource::decode(&Bucket::SCHEMA, fields).unwrap()
    }

    #[tokio::test]
    async fn a_bucket_is_found_by_its_name() {
        let none = s3_refusal("NoSuchWebsiteConfiguration", "none");
        let aws = Script::new([xml(""), none]);
        let it = Bucket::read(&aws, web()).await.unwrap();
        assert_eq!(it.arn.0.as_deref(), Some("arn:aws:s3:::web"));
        assert_eq!(it.region.0.as_deref(), Some("eu-west-1"));
        assert_eq!(it.website_endpoint.0, None);
    }

    #[tokio::test]
    async fn a_bucket_in_another_region_is_found_too() {
        let elsewhere = s3_refusal("PermanentRedirect", "elsewhere");
        let aws = Script::new([elsewhere.with("x-amz-bucket-region", "us-east-2")]);
        let it = Bucket::read(&aws, web()).await.unwrap();
        assert_eq!(it.region.0.as_deref(), Some("us-east-2"));
        let host = it.bucket_regional_domain_name.0.as_deref();
        assert_eq!(host, Some("web.s3.us-east-2.amazonaws.com"));
    }
}
