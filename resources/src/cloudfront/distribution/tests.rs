use expect_test::expect;
use model::{Attributes, Type, Value};

use super::*;
use crate::resource::decode;
use crate::testing::{Script, fault, query_refusal, want, xml};

const WEB: &str = r#"{"enabled": true, "comment": "web", "aliases": ["www.example.com"],
    "origin": [{"origin_id": "files", "domain_name": "web.s3.amazonaws.com", "origin_access_control_id": "E9"}],
    "default_cache_behavior": [{"allowed_methods": ["GET", "HEAD"], "cached_methods": ["GET", "HEAD"],
        "target_origin_id": "files", "viewer_protocol_policy": "redirect-to-https", "cache_policy_id": "p1"}],
    "restrictions": [{"geo_restriction": [{"restriction_type": "none"}]}],
    "viewer_certificate": [{"acm_certificate_arn": "arn:c", "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021"}], "tags": {"team": "edge"}}"#;

/// A distribution with a legacy cache, as AWS shows it.
fn config(enabled: bool) -> String {
    format!(
        "<DistributionConfig><CallerReference>ref</CallerReference><Aliases><Quantity>0</Quantity></Aliases>\
         <DefaultRootObject></DefaultRootObject><Origins><Quantity>1</Quantity><Items><Origin><Id>files</Id>\
         <DomainName>web.s3.amazonaws.com</DomainName><OriginPath></OriginPath>\
         <S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig>\
         <OriginShield><Enabled>false</Enabled></OriginShield></Origin></Items></Origins>\
         <DefaultCacheBehavior><TargetOriginId>files</TargetOriginId>\
         <ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><AllowedMethods><Quantity>1</Quantity>\
         <Items><Method>GET</Method></Items><CachedMethods><Quantity>1</Quantity><Items><Method>GET</Method>\
         </Items></CachedMethods></AllowedMethods><Compress>false</Compress><ForwardedValues>\
         <QueryString>false</QueryString><Cookies><Forward>none</Forward></Cookies><Headers><Quantity>0</Quantity>\
         </Headers></ForwardedValues><MinTTL>0</MinTTL><DefaultTTL>86400</DefaultTTL><MaxTTL>31536000</MaxTTL>\
         <GrpcConfig><Enabled>false</Enabled></GrpcConfig></DefaultCacheBehavior>\
         <Comment>old</Comment><Logging><Enabled>false</Enabled><IncludeCookies>false</IncludeCookies><Bucket/>\
         <Prefix/></Logging><PriceClass>PriceClass_All</PriceClass><Enabled>{enabled}</Enabled>\
         <ViewerCertificate><CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>\
         <MinimumProtocolVersion>TLSv1</MinimumProtocolVersion></ViewerCertificate>\
         <Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity>\
         </GeoRestriction></Restrictions><HttpVersion>HTTP2</HttpVersion><AnycastIpListId>any</AnycastIpListId>\
         </DistributionConfig>"
    )
}

fn distribution(enabled: bool, status: &str) -> crate::testing::Answer {
    let text = format!(
        "<Distribution><Id>E1</Id><ARN>arn:aws:cloudfront::1:distribution/E1</ARN><Status>{status}</Status>\
         <LastModifiedTime>2025-01-31T12:00:00.5Z</LastModifiedTime>\
         <InProgressInvalidationBatches>0</InProgressInvalidationBatches>\
         <DomainName>d1.cloudfront.net</DomainName>{}</Distribution>",
        config(enabled)
    );
    xml(&text).with("etag", "V1")
}

const NO_TAGS: &str = "<Tags><Items/></Tags>";

#[tokio::test]
async fn a_distribution_is_made_with_its_tags() {
    let aws = Script::new([distribution(true, "InProgress")]);
    let id = Distribution::create(&aws, &want(WEB), "token").await.unwrap();
    assert_eq!(id, "E1");
    let sent = aws.transcript().replace("><", ">\n<");
    expect![[r#"
        POST cloudfront.amazonaws.com/2020-05-31/distribution?WithTags
            <DistributionConfigWithTags xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">
        <DistributionConfig>
        <CallerReference>094de9d8-5b56-5c33-8965-e758b0aef552</CallerReference>
        <Aliases>
        <Quantity>1</Quantity>
        <Items>
        <CNAME>www.example.com</CNAME>
        </Items>
        </Aliases>
        <DefaultRootObject>
        </DefaultRootObject>
        <Origins>
        <Quantity>1</Quantity>
        <Items>
        <Origin>
        <Id>files</Id>
        <DomainName>web.s3.amazonaws.com</DomainName>
        <OriginPath>
        </OriginPath>
        <CustomHeaders>
        <Quantity>0</Quantity>
        </CustomHeaders>
        <S3OriginConfig>
        <OriginAccessIdentity>
        </OriginAccessIdentity>
        </S3OriginConfig>
        <ConnectionAttempts>3</ConnectionAttempts>
        <ConnectionTimeout>10</ConnectionTimeout>
        <OriginAccessControlId>E9</OriginAccessControlId>
        </Origin>
        </Items>
        </Origins>
        <OriginGroups>
        <Quantity>0</Quantity>
        </OriginGroups>
        <DefaultCacheBehavior>
        <TargetOriginId>files</TargetOriginId>
        <TrustedSigners>
        <Enabled>false</Enabled>
        <Quantity>0</Quantity>
        </TrustedSigners>
        <TrustedKeyGroups>
        <Enabled>false</Enabled>
        <Quantity>0</Quantity>
        </TrustedKeyGroups>
        <ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>
        <AllowedMethods>
        <Quantity>2</Quantity>
        <Items>
        <Method>GET</Method>
        <Method>HEAD</Method>
        </Items>
        <CachedMethods>
        <Quantity>2</Quantity>
        <Items>
        <Method>GET</Method>
        <Method>HEAD</Method>
        </Items>
        </CachedMethods>
        </AllowedMethods>
        <SmoothStreaming>false</SmoothStreaming>
        <Compress>false</Compress>
        <LambdaFunctionAssociations>
        <Quantity>0</Quantity>
        </LambdaFunctionAssociations>
        <FunctionAssociations>
        <Quantity>0</Quantity>
        </FunctionAssociations>
        <FieldLevelEncryptionId>
        </FieldLevelEncryptionId>
        <CachePolicyId>p1</CachePolicyId>
        </DefaultCacheBehavior>
        <CacheBehaviors>
        <Quantity>0</Quantity>
        </CacheBehaviors>
        <CustomErrorResponses>
        <Quantity>0</Quantity>
        </CustomErrorResponses>
        <Comment>web</Comment>
        <Logging>
        <Enabled>false</Enabled>
        <IncludeCookies>false</IncludeCookies>
        <Bucket>
        </Bucket>
        <Prefix>
        </Prefix>
        </Logging>
        <PriceClass>PriceClass_All</PriceClass>
        <Enabled>true</Enabled>
        <ViewerCertificate>
        <ACMCertificateArn>arn:c</ACMCertificateArn>
        <SSLSupportMethod>sni-only</SSLSupportMethod>
        <MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>
        </ViewerCertificate>
        <Restrictions>
        <GeoRestriction>
        <RestrictionType>none</RestrictionType>
        <Quantity>0</Quantity>
        </GeoRestriction>
        </Restrictions>
        <WebACLId>
        </WebACLId>
        <HttpVersion>http2</HttpVersion>
        <IsIPV6Enabled>false</IsIPV6Enabled>
        <ContinuousDeploymentPolicyId>
        </ContinuousDeploymentPolicyId>
        <Staging>false</Staging>
        </DistributionConfig>
        <Tags>
        <Items>
        <Tag>
        <Key>team</Key>
        <Value>edge</Value>
        </Tag>
        </Items>
        </Tags>
        </DistributionConfigWithTags>
    "#]]
    .assert_eq(&sent);
}

#[tokio::test]
async fn what_is_read_back_is_what_a_plain_configuration_says() {
    let aws = Script::new([distribution(true, "Deployed"), xml(NO_TAGS)]);
    let found = Distribution::read(&aws, &["E1".to_owned()]).await.unwrap();
    let it = &found[0].attributes;
    let plain = want::<Distribution>(
        r#"{"enabled": true, "comment": "old",
            "origin": [{"origin_id": "files", "domain_name": "web.s3.amazonaws.com",
                "s3_origin_config": [{"origin_access_identity": ""}], "origin_shield": [{"enabled": false}]}],
            "default_cache_behavior": [{"allowed_methods": ["GET"], "cached_methods": ["GET"],
                "target_origin_id": "files", "viewer_protocol_policy": "allow-all",
                "default_ttl": 86400, "max_ttl": 31536000, "smooth_streaming": null,
                "grpc_config": [{"enabled": false}],
                "forwarded_values": [{"query_string": false, "cookies": [{"forward": "none"}]}]}],
            "restrictions": [{"geo_restriction": [{"restriction_type": "none", "locations": []}]}],
            "viewer_certificate": [{"cloudfront_default_certificate": true,
                "minimum_protocol_version": "TLSv1.2_2021"}]}"#,
    );
    assert_eq!(it.origin, plain.origin);
    assert_eq!(it.default_cache_behavior, plain.default_cache_behavior);
    assert_eq!(it.restrictions, plain.restrictions);
    assert_eq!(it.viewer_certificate, plain.viewer_certificate);
    assert_eq!(it.http_version, "http2");
    assert_eq!(it.last_modified_time.0.as_deref(), Some("2025-01-31 12:00:00.5 +0000 UTC"));
    assert_eq!(it.hosted_zone_id.0.as_deref(), Some("Z2FDTNDATAQYW2"));
}

#[tokio::test]
async fn a_change_keeps_what_we_know_nothing_about() {
    let aws =
        Script::new([xml(&config(true)).with("etag", "V7"), distribution(true, "InProgress")]);
    let have = want::<Distribution>(&WEB.replace(r#""comment": "web""#, r#""comment": "old""#));
    Distribution::update(&aws, "E1", &have, &want(WEB)).await.unwrap();
    let sent = aws.transcript();
    assert!(sent.contains("<AnycastIpListId>any</AnycastIpListId>"), "{sent}");
    assert!(sent.contains("<CallerReference>ref</CallerReference>"), "{sent}");
    assert!(sent.contains("<Comment>web</Comment>"), "{sent}");
}

#[tokio::test]
async fn it_is_disabled_everywhere_before_it_is_deleted() {
    let aws = Script::new([
        distribution(true, "Deployed"),
        distribution(false, "InProgress"),
        distribution(false, "InProgress"),
        distribution(false, "Deployed"),
        xml(""),
    ]);
    let have = want::<Distribution>(WEB);
    for _ in 0..2 {
        let fault = Distribution::delete(&aws, "E1", &have).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Busy);
    }
    Distribution::delete(&aws, "E1", &have).await.unwrap();
    let calls = aws.transcript();
    let calls: Vec<&str> = calls.lines().filter(|it| !it.starts_with(' ')).collect();
    expect![[r#"
        GET cloudfront.amazonaws.com/2020-05-31/distribution/E1
        PUT cloudfront.amazonaws.com/2020-05-31/distribution/E1/config
        GET cloudfront.amazonaws.com/2020-05-31/distribution/E1
        GET cloudfront.amazonaws.com/2020-05-31/distribution/E1
        DELETE cloudfront.amazonaws.com/2020-05-31/distribution/E1"#]]
    .assert_eq(&calls.join("\n"));
}

#[tokio::test]
async fn one_that_is_to_stay_is_only_disabled() {
    let aws = Script::new([distribution(true, "Deployed"), distribution(false, "InProgress")]);
    let text = WEB.replace(r#""enabled": true"#, r#""enabled": true, "retain_on_delete": true"#);
    Distribution::delete(&aws, "E1", &want(&text)).await.unwrap();
    assert!(aws.has_abandoned(NAME, "E1"));
    assert!(aws.transcript().contains("<Enabled>false</Enabled>"));
}

#[tokio::test]
async fn it_is_waited_for_only_if_that_is_wanted() {
    for (waits, ready) in [("true", false), ("false", true)] {
        let made = distribution(true, "InProgress");
        let aws = Script::new([made, distribution(true, "InProgress"), xml(NO_TAGS)]);
        let wait = format!(r#""wait_for_deployment": {waits}, "enabled": true"#);
        let want = want::<Distribution>(&WEB.replace(r#""enabled": true"#, &wait));
        let id = Distribution::create(&aws, &want, "token").await.unwrap();
        let found = Distribution::read(&aws, &[id]).await.unwrap();
        assert_eq!(found[0].phase == Phase::Ready, ready);
    }
}

#[tokio::test]
async fn a_lost_reply_is_found_by_the_reference() {
    let one = |id: &str, comment: &str| {
        format!(
            "<DistributionSummary><Id>{id}</Id><ARN>a</ARN><Status>Deployed</Status>\
             <LastModifiedTime>2025-01-31T12:00:00Z</LastModifiedTime><DomainName>d</DomainName>\
             <Comment>{comment}</Comment></DistributionSummary>"
        )
    };
    let list = format!(
        "<DistributionList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
         <Quantity>2</Quantity><Items>{}{}</Items></DistributionList>",
        one("E0", "other"),
        one("E1", "web")
    );
    let found = config(true)
        .replace("<CallerReference>ref", &format!("<CallerReference>{}", uuid_of("token")));
    let aws = Script::new([xml(&list), xml(&found).with("etag", "V1")]);
    let found = Distribution::find(&aws, &want(WEB), "token").await.unwrap();
    assert_eq!(found.as_deref(), Some("E1"));
    assert_eq!(aws.asked(), 2);
}

#[tokio::test]
async fn who_comes_second_reads_it_again() {
    let second = query_refusal("PreconditionFailed", "it has changed");
    let aws = Script::new([xml(&config(true)).with("etag", "V7"), second]);
    let have = want::<Distribution>(&WEB.replace(r#""comment": "web""#, r#""comment": "old""#));
    let fault = Distribution::update(&aws, "E1", &have, &want(WEB)).await.unwrap_err();
    assert_eq!(Distribution::classify(Op::Update, &fault), Some(FaultKind::Busy));
}

#[test]
fn what_was_made_a_moment_ago_is_waited_for() {
    for code in ["InvalidViewerCertificate", "NoSuchCachePolicy"] {
        let fault = fault(FaultKind::Rejected, code);
        assert_eq!(Distribution::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }
    // A behavior that names an origin which is not there is a mistake.
    let mistake = fault(FaultKind::NotFound, "NoSuchOrigin");
    assert_eq!(Distribution::classify(Op::Create, &mistake), None);
}

/// A cache policy says for how long answers are kept; else CloudFront fills in what is not said.
#[test]
fn for_how_long_answers_are_kept_follows() {
    let plan = |policy: &str| {
        let text = WEB.replace(r#""cache_policy_id": "p1""#, policy);
        let fields = serde_json::from_str(&text).unwrap();
        let it: Distribution = decode(&Distribution::SCHEMA, fields).unwrap();
        let fields = crate::resource::encode(&Distribution::SCHEMA, &it);
        let fields = serde_json::to_value(fields).unwrap();
        let value = model::from_typed_json(&fields, &Distribution::SCHEMA.ty()).unwrap();
        let mut planned = value.entries().unwrap().clone();
        Distribution::adjust(&Script::agreeable(), None, &mut planned);
        let behavior = planned["default_cache_behavior"].items().unwrap()[0].clone();
        behavior.entries().unwrap()["default_ttl"].clone()
    };
    assert_eq!(plan(r#""cache_policy_id": "p1", "default_ttl": 5"#), Value::null(Type::Number));
    assert!(!plan(r#""smooth_streaming": false"#).is_wholly_known());
    assert_eq!(plan(r#""default_ttl": 5"#), Value::number(5));
}
