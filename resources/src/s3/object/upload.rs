//! Sends what is in an object, and how it is locked.

use std::path::PathBuf;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types as sdk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::aws::Aws;
use crate::fault::{OrFault, rejected};
use crate::mirror::ToSdk;
use crate::resource::{Result, changed};
use crate::s3::date;
use crate::s3::object::Object;

/// A key as S3 has it: no slash at its beginning, and never two together.
pub(in crate::s3) fn clean(key: &str) -> String {
    let mut clean = String::with_capacity(key.len());
    for c in key.chars() {
        if c != '/' || !(clean.is_empty() || clean.ends_with('/')) {
            clean.push(c);
        }
    }
    clean
}

/// Uploads an object as a whole.
pub(super) async fn put(aws: &Aws, want: &Object) -> Result<()> {
    let tags = want.tags.0.iter().map(|(key, it)| format!("{}={}", encoded(key), encoded(it)));
    let tags = tags.collect::<Vec<_>>().join("&");
    let metadata = want.metadata.clone().map(|it| it.into_iter().collect());
    let until = want.object_lock_retain_until_date.as_deref().and_then(date);
    let checksum = want.checksum_algorithm.0.as_deref();
    let checksum = checksum.and_then(|it| sdk::ChecksumAlgorithm::try_parse(it).ok());
    let call = aws
        .s3()
        .put_object()
        .bucket(&want.bucket)
        .key(clean(&want.key))
        .body(body(want).await?)
        .set_acl(want.acl.0.as_ref().and_then(ToSdk::to_sdk))
        .set_bucket_key_enabled(want.bucket_key_enabled.0.filter(|it| *it))
        .set_cache_control(want.cache_control.clone())
        .set_checksum_algorithm(checksum)
        .set_content_disposition(want.content_disposition.clone())
        .set_content_encoding(want.content_encoding.clone())
        .set_content_language(want.content_language.clone())
        .set_content_type(want.content_type.0.clone())
        .set_metadata(metadata)
        .set_object_lock_legal_hold_status(want.object_lock_legal_hold_status.to_sdk())
        .set_object_lock_mode(want.object_lock_mode.to_sdk())
        .set_object_lock_retain_until_date(until)
        .set_storage_class(want.storage_class.to_sdk())
        .set_tagging((!tags.is_empty()).then_some(tags))
        .set_website_redirect_location(want.website_redirect.clone());
    // A key says that it is KMS that encrypts.
    let encryption: Option<sdk::ServerSideEncryption> = match &want.kms_key_id.0 {
        Some(_) => want.server_side_encryption.to_sdk().or(Some(sdk::ServerSideEncryption::AwsKms)),
        None => want.server_side_encryption.to_sdk(),
    };
    let call = call.set_server_side_encryption(encryption);
    let call = call.set_ssekms_key_id(want.kms_key_id.0.clone());
    call.send().await.or_fault("PutObject")?;
    Ok(())
}

async fn body(want: &Object) -> Result<ByteStream> {
    if let Some(text) = &want.content.0 {
        return Ok(ByteStream::from(text.clone().into_bytes()));
    }
    if let Some(text) = &want.content_base64.0 {
        let bytes = STANDARD.decode(text).map_err(|error| {
            rejected("PutObject", "InvalidContent", format!("`content_base64`: {error}"))
        })?;
        return Ok(ByteStream::from(bytes));
    }
    if let Some(path) = &want.source.0 {
        let path = at_home(path);
        let body = ByteStream::from_path(&path).await;
        return body.map_err(|error| {
            rejected("PutObject", "NoFile", format!("{}: {error}", path.display()))
        });
    }
    Ok(ByteStream::default())
}

/// `~/` is the user's home.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Percent-encoded, as the tags of an upload are.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

/// Changes how an object is locked.
pub(super) async fn lock(aws: &Aws, have: &Object, want: &Object) -> Result<()> {
    if have.object_lock_legal_hold_status != want.object_lock_legal_hold_status {
        let status = want.object_lock_legal_hold_status.as_deref().unwrap_or("OFF");
        let hold = sdk::ObjectLockLegalHold::builder().status(status.into()).build();
        let call = aws.s3().put_object_legal_hold().bucket(&want.bucket).key(clean(&want.key));
        call.legal_hold(hold).send().await.or_fault("PutObjectLegalHold")?;
    }
    if changed!(have, want; object_lock_mode, object_lock_retain_until_date) {
        let until = want.object_lock_retain_until_date.as_deref().and_then(date);
        let retention = sdk::ObjectLockRetention::builder()
            .set_mode(want.object_lock_mode.to_sdk())
            .set_retain_until_date(until);
        let call = aws.s3().put_object_retention().bucket(&want.bucket).key(clean(&want.key));
        let call = call.retention(retention.build());
        // To shorten a lock takes the right to go round it.
        let call = call.bypass_governance_retention(have.object_lock_mode.is_some());
        call.send().await.or_fault("PutObjectRetention")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_cleaned_as_the_aws_provider_does() {
        for (key, cleaned) in [("a/b", "a/b"), ("/a//b", "a/b"), ("a/", "a/"), ("///", "")] {
            assert_eq!(clean(key), cleaned);
        }
    }

    #[test]
    fn tags_are_percent_encoded() {
        assert_eq!(encoded("a b&c=é"), "a%20b%26c%3D%C3%A9");
    }
}
