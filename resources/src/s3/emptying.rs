//! Empties a bucket: object versions, delete markers and unfinished uploads.
//!
//! Pages are listed while those before them are deleted, several at a time. What cannot be deleted
//! does not keep the rest from going. Where the reason is one that passes, the fault says so, and
//! whoever asked tries again after a while; what went before has not to be deleted anew.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_sdk_s3::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{Contents, Fault, FaultKind};

use crate::aws::Aws;
use crate::fault::{OrFault, kind_of, must, rejected};
use crate::resource::Result;

/// How many deletions are under way at once.
const AT_ONCE: usize = 8;
/// How often a key is tried at once that S3 could not delete for a passing reason.
const TRIES: usize = 5;
/// After that many keys that cannot be deleted, there is no use in trying the rest.
const MOST_LEFT: usize = 1000;
/// Of how many versions the locks are looked at, each with a call.
const LOCKS_TO_COUNT: usize = 1000;
/// After that many pages, there is much, and it does not matter how much.
const PAGES_TO_COUNT: u64 = 100;

/// How a bucket is emptied.
#[derive(Clone, Copy)]
struct Emptying<'a> {
    aws: &'a Aws,
    bucket: &'a str,
    /// Objects may be under a lock that only those lift who may do so.
    locked: bool,
}

/// What is in a bucket, without what has one of the keys in `besides`. Of a bucket with locks it is
/// found out what they hold.
pub(crate) async fn contents(
    aws: &Aws,
    bucket: &str,
    locked: bool,
    besides: &BTreeSet<String>,
) -> Result<Option<Contents>> {
    let mut lockable = Vec::new();
    let (mut versions, mut markers) = (0, 0);
    let mut pages = std::pin::pin!(versions_of(aws, bucket, None));
    let mut n_pages = 0;
    let mut more = false;
    while let Some(page) = pages.try_next().await? {
        let counts = |key: Option<&str>| key.is_none_or(|it| !besides.contains(it));
        versions += page.versions().iter().filter(|it| counts(it.key())).count() as u64;
        markers += page.delete_markers().iter().filter(|it| counts(it.key())).count() as u64;
        if locked && lockable.len() < LOCKS_TO_COUNT {
            let ids = page.versions().iter().map(|it| (it.key.clone(), it.version_id.clone()));
            lockable.extend(ids);
        }
        n_pages += 1;
        if n_pages == PAGES_TO_COUNT && page.is_truncated() == Some(true) {
            more = true;
            break;
        }
    }
    let mut uploads = 0;
    let mut pages = std::pin::pin!(uploads_of(aws, bucket));
    while let Some(page) = pages.try_next().await? {
        uploads += page.uploads().len() as u64;
    }
    let count = versions + markers + uploads;
    let kinds =
        [(versions, "object version"), (markers, "delete marker"), (uploads, "unfinished upload")];
    let text = in_words(&kinds.map(|(n, what)| (n, what.to_owned())));
    let text = if more { format!("more than {text}") } else { text };
    let stuck = stuck(aws, bucket, lockable).await?;
    Ok((count > 0).then_some(Contents { count, text, stuck }))
}

/// What is under a lock that nobody lifts before its time. Others are lifted when the bucket is emptied.
async fn stuck(
    aws: &Aws,
    bucket: &str,
    versions: Vec<(Option<String>, Option<String>)>,
) -> Result<Option<String>> {
    let now = DateTime::from(SystemTime::now());
    let until = |(key, version)| async move {
        let call = aws.s3().get_object_retention().bucket(bucket);
        let call = call.set_key(key).set_version_id(version);
        match call.send().await.or_fault("GetObjectRetention") {
            Ok(answer) => {
                let lock =
                    answer.retention.unwrap_or_else(|| sdk::ObjectLockRetention::builder().build());
                let strict = lock.mode == Some(sdk::ObjectLockRetentionMode::Compliance);
                Ok(lock.retain_until_date.filter(|it| strict && *it > now))
            }
            // Without a lock, and where one may not look: emptying will tell.
            Err(fault) if !passes(fault.kind) => Ok(None),
            Err(fault) => Err(fault),
        }
    };
    let looks = versions.into_iter().take(LOCKS_TO_COUNT).map(until);
    let dates: Vec<Option<DateTime>> =
        stream::iter(looks).buffer_unordered(2 * AT_ONCE).try_collect().await?;
    let dates: Vec<DateTime> = dates.into_iter().flatten().collect();
    let last = dates.iter().max_by_key(|it| it.secs()).and_then(|it| it.fmt(Format::DateTime).ok());
    let count = in_words(&[(dates.len() as u64, "object version".to_owned())]);
    let verb = if dates.len() == 1 { "is" } else { "are" };
    Ok(last.map(|last| format!("{count} {verb} locked until {last}")))
}

/// `1 image, 3 tags and 2 other things`.
pub(crate) fn in_words(kinds: &[(u64, String)]) -> String {
    let words: Vec<String> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// Throws away everything in a bucket.
pub(crate) async fn empty(
    aws: &Aws,
    bucket: &str,
    locked: bool,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    let it = Emptying { aws, bucket, locked };
    let (gone, left) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let left = &left;
    let tell = |n: usize| progress(gone.fetch_add(n as u64, Ordering::Relaxed) + n as u64);
    let versions =
        versions_of(aws, bucket, None).try_for_each_concurrent(AT_ONCE, |page| async move {
            let keys = keys_of(&page);
            let n = keys.len();
            let faults = delete_all(it, keys).await?;
            tell(n - faults.len());
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            left.extend(faults);
            if left.len() < MOST_LEFT { Ok(()) } else { all_of(&left) }
        });
    versions.await?;
    let uploads = uploads_of(aws, bucket).try_for_each(|page| async move {
        let uploads = page.uploads().to_vec();
        let aborts = uploads.iter().map(|upload| abort(it, upload));
        stream::iter(aborts.collect::<Vec<_>>())
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        tell(uploads.len());
        Ok(())
    });
    uploads.await?;
    all_of(&left.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One fault for all that is left: one that does not pass if there is one, and how many others.
fn all_of(left: &[Fault]) -> Result<()> {
    let Some(fault) = left.iter().find(|it| !passes(it.kind)).or(left.first()) else {
        return Ok(());
    };
    let message = match left.len() - 1 {
        0 => fault.message.clone(),
        others => format!("{}; and {others} more like this", fault.message),
    };
    Err(Fault { message, ..fault.clone() })
}

/// Throws away all versions of one key.
pub(crate) async fn delete_versions(
    aws: &Aws,
    bucket: &str,
    key: &str,
    locked: bool,
) -> Result<()> {
    let it = Emptying { aws, bucket, locked };
    let versions = versions_of(aws, bucket, Some(key)).try_for_each(|page| async move {
        let keys = keys_of(&page).into_iter().filter(|it| it.key() == key);
        all_of(&delete_all(it, keys.collect()).await?)
    });
    versions.await
}

type Versions = aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
type Uploads = aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;

/// Everything in a bucket, page by page. A page is asked for while others are worked on.
fn versions_of<'a>(
    aws: &'a Aws,
    bucket: &'a str,
    prefix: Option<&'a str>,
) -> impl stream::Stream<Item = Result<Versions>> + 'a {
    stream::try_unfold(Some((None, None)), move |at| async move {
        let Some((key, version)) = at else { return Ok(None) };
        let call = aws.s3().list_object_versions().bucket(bucket);
        let call = call.set_key_marker(key).set_version_id_marker(version);
        let call = call.set_prefix(prefix.map(str::to_owned));
        let page = call.send().await.or_fault("ListObjectVersions")?;
        let more = page.is_truncated() == Some(true);
        let next = (page.next_key_marker.clone(), page.next_version_id_marker.clone());
        Ok(Some((page, more.then_some(next))))
    })
}

fn uploads_of<'a>(
    aws: &'a Aws,
    bucket: &'a str,
) -> impl stream::Stream<Item = Result<Uploads>> + 'a {
    stream::try_unfold(Some((None, None)), move |at| async move {
        let Some((key, upload)) = at else { return Ok(None) };
        let call = aws.s3().list_multipart_uploads().bucket(bucket);
        let call = call.set_key_marker(key).set_upload_id_marker(upload);
        let page = call.send().await.or_fault("ListMultipartUploads")?;
        let more = page.is_truncated() == Some(true);
        let next = (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
        Ok(Some((page, more.then_some(next))))
    })
}

fn keys_of(page: &Versions) -> Vec<sdk::ObjectIdentifier> {
    let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
    let markers = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
    versions.chain(markers).filter_map(|(key, version)| Some(identifier(key?, version))).collect()
}

fn identifier(key: &str, version: Option<&str>) -> sdk::ObjectIdentifier {
    let it = sdk::ObjectIdentifier::builder().key(key).set_version_id(version.map(str::to_owned));
    it.build().expect("a key is set")
}

/// Deletes up to 1,000 keys, and those again that did not go for a reason that passes. Answers why
/// those are left that are.
async fn delete_all(it: Emptying<'_>, mut keys: Vec<sdk::ObjectIdentifier>) -> Result<Vec<Fault>> {
    let mut left = Vec::new();
    for attempt in 0..TRIES {
        if keys.is_empty() {
            break;
        }
        let errors = delete_once(it, keys).await?;
        keys = Vec::new();
        for error in errors {
            let key = identifier(error.key().unwrap_or_default(), error.version_id());
            let fault = fault_of(&error);
            match fault.code.as_str() {
                "NoSuchKey" | "NoSuchVersion" => (),
                "AccessDenied" if it.locked && attempt == 0 => {
                    lift_legal_hold(it, &key).await?;
                    keys.push(key);
                }
                _ if passes(fault.kind) && attempt + 1 < TRIES => keys.push(key),
                _ => left.push(fault),
            }
        }
    }
    Ok(left)
}

async fn delete_once(
    it: Emptying<'_>,
    keys: Vec<sdk::ObjectIdentifier>,
) -> Result<Vec<sdk::Error>> {
    let what = sdk::Delete::builder().set_objects(Some(keys)).quiet(true);
    let call = it.aws.s3().delete_objects().bucket(it.bucket);
    let call = call.delete(what.build().expect("keys are set"));
    let call = call.set_bypass_governance_retention(it.locked.then_some(true));
    let answer = call.send().await.or_fault("DeleteObjects")?;
    Ok(answer.errors.unwrap_or_default())
}

async fn lift_legal_hold(it: Emptying<'_>, key: &sdk::ObjectIdentifier) -> Result<()> {
    let off = sdk::ObjectLockLegalHold::builder().status(sdk::ObjectLockLegalHoldStatus::Off);
    let call = it.aws.s3().put_object_legal_hold().bucket(it.bucket).key(key.key());
    let call = call.set_version_id(key.version_id.clone()).legal_hold(off.build());
    call.send().await.or_fault("PutObjectLegalHold")?;
    Ok(())
}

fn passes(kind: FaultKind) -> bool {
    use FaultKind::{Busy, Exists, Expired, Failed, Lost, NotFound, NotYet, Rejected, Throttled};
    match kind {
        Throttled { .. } | Lost | Busy | NotYet => true,
        // Only a call of its own makes the caller look for others.
        Expired | NotFound | Exists | Failed(_) | Rejected => false,
    }
}

fn fault_of(error: &sdk::Error) -> Fault {
    let code = error.code().unwrap_or("UnknownError");
    let key = error.key().unwrap_or_default();
    let message = format!("{key:?}: {}", error.message().unwrap_or("no message was given"));
    Fault { kind: kind_of(code, ""), ..rejected("DeleteObjects", code, message) }
}

async fn abort(it: Emptying<'_>, upload: &sdk::MultipartUpload) -> Result<()> {
    let call = it.aws.s3().abort_multipart_upload().bucket(it.bucket);
    let key = must(upload.key(), "ListMultipartUploads")?;
    let call = call.key(key).set_upload_id(upload.upload_id.clone());
    match call.send().await.or_fault("AbortMultipartUpload") {
        Err(fault) if fault.code != "NoSuchUpload" => Err(fault),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, xml};

    const PAGE: &str = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
        <Version><Key>a</Key><VersionId>1</VersionId></Version>\
        <Version><Key>b</Key><VersionId>2</VersionId></Version>\
        <DeleteMarker><Key>a</Key><VersionId>3</VersionId></DeleteMarker></ListVersionsResult>";
    const UPLOADS: &str = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>\
        <Upload><Key>c</Key><UploadId>u1</UploadId></Upload></ListMultipartUploadsResult>";
    const DONE: &str = "<DeleteResult/>";

    fn error(code: &str) -> String {
        format!(
            "<DeleteResult><Error><Key>a</Key><VersionId>1</VersionId><Code>{code}</Code><Message>no</Message></Error></DeleteResult>"
        )
    }

    #[tokio::test]
    async fn contents_are_counted_by_kind() {
        let aws = Script::new([xml(PAGE), xml(UPLOADS), xml(PAGE), xml(UPLOADS)]);
        let found = contents(&aws, "web", false, &BTreeSet::new()).await.unwrap().unwrap();
        assert_eq!(found.count, 4);
        assert_eq!(found.text, "2 object versions, 1 delete marker and 1 unfinished upload");
        let found = contents(&aws, "web", false, &BTreeSet::from(["a".to_owned()])).await.unwrap();
        assert_eq!(found.unwrap().text, "1 object version and 1 unfinished upload");
    }

    #[tokio::test]
    async fn what_is_locked_for_good_is_told_with_its_time() {
        let lock = |mode: &str, year: u16| {
            xml(&format!(
                "<Retention><Mode>{mode}</Mode><RetainUntilDate>{year}-01-01T00:00:00Z\
                 </RetainUntilDate></Retention>"
            ))
        };
        for (first, second, text) in [
            (
                lock("COMPLIANCE", 2999),
                lock("COMPLIANCE", 2998),
                Some("2 object versions are locked until 2999-01-01T00:00:00Z"),
            ),
            (lock("GOVERNANCE", 2999), lock("COMPLIANCE", 1999), None),
            (
                s3_refusal("NoSuchObjectLockConfiguration", "none"),
                lock("COMPLIANCE", 2999),
                Some("1 object version is locked until 2999-01-01T00:00:00Z"),
            ),
        ] {
            let aws = Script::new([xml(PAGE), xml(UPLOADS), first, second]);
            let found = contents(&aws, "web", true, &BTreeSet::new()).await.unwrap().unwrap();
            assert_eq!(found.stuck.as_deref(), text);
        }
    }

    #[tokio::test]
    async fn everything_goes_and_what_failed_for_a_moment_goes_again() {
        let aws = Script::new([
            xml(PAGE),
            xml(&error("InternalError")),
            xml(DONE),
            xml(UPLOADS),
            xml(""),
        ]);
        let told = Mutex::new(Vec::new());
        empty(&aws, "web", false, &|n| told.lock().unwrap().push(n)).await.unwrap();
        assert_eq!(told.into_inner().unwrap(), [3, 4]);
        aws.sent(expect![[r#"
            GET web.s3.eu-west-1.amazonaws.com/?versions
            POST web.s3.eu-west-1.amazonaws.com/?delete
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object><Object><Key>b</Key><VersionId>2</VersionId></Object><Object><Key>a</Key><VersionId>3</VersionId></Object><Quiet>true</Quiet></Delete>
            POST web.s3.eu-west-1.amazonaws.com/?delete
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>
            GET web.s3.eu-west-1.amazonaws.com/?uploads
            DELETE web.s3.eu-west-1.amazonaws.com/c?x-id=AbortMultipartUpload&uploadId=u1
        "#]]);
    }

    #[tokio::test]
    async fn a_legal_hold_is_lifted_in_a_bucket_with_locks() {
        let aws = Script::new([
            xml(PAGE),
            xml(&error("AccessDenied")),
            xml(""),
            xml(DONE),
            xml("<ListMultipartUploadsResult/>"),
        ]);
        empty(&aws, "web", true, &|_| ()).await.unwrap();
        aws.sent(expect![[r#"
            GET web.s3.eu-west-1.amazonaws.com/?versions
            POST web.s3.eu-west-1.amazonaws.com/?delete
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object><Object><Key>b</Key><VersionId>2</VersionId></Object><Object><Key>a</Key><VersionId>3</VersionId></Object><Quiet>true</Quiet></Delete>
            PUT web.s3.eu-west-1.amazonaws.com/a?legal-hold&versionId=1
                <LegalHold xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>OFF</Status></LegalHold>
            POST web.s3.eu-west-1.amazonaws.com/?delete
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>
            GET web.s3.eu-west-1.amazonaws.com/?uploads
        "#]]);
    }

    #[tokio::test]
    async fn what_may_not_be_deleted_is_named() {
        let uploads = xml("<ListMultipartUploadsResult/>");
        let aws = Script::new([xml(PAGE), xml(&error("AccessDenied")), uploads]);
        let fault = empty(&aws, "web", false, &|_| ()).await.unwrap_err();
        expect![[r#"DeleteObjects: "a": no (AccessDenied)"#]].assert_eq(&fault.to_string());
    }
    /// A page of `n` keys, and where the next page begins if there is one.
    fn page(from: usize, n: usize, next: Option<usize>) -> String {
        let key = |it| format!("<Version><Key>k{it}</Key><VersionId>v</VersionId></Version>");
        let keys: String = (from..from + n).map(key).collect();
        let next = next.map(|it| format!("<NextKeyMarker>k{it}</NextKeyMarker>"));
        let more = next.is_some();
        let next = next.unwrap_or_default();
        format!(
            "<ListVersionsResult><IsTruncated>{more}</IsTruncated>{next}{keys}</ListVersionsResult>"
        )
    }

    fn errors(keys: impl IntoIterator<Item = usize>, code: &str) -> String {
        let error = |it| {
            format!("<Error><Key>k{it}</Key><VersionId>v</VersionId><Code>{code}</Code></Error>")
        };
        let errors: String = keys.into_iter().map(error).collect();
        format!("<DeleteResult>{errors}</DeleteResult>")
    }

    #[tokio::test]
    async fn one_in_twenty_keys_fails_each_time_and_all_go() {
        let aws = Script::new([
            xml(&page(0, 1000, None)),
            xml(&errors((0..1000).step_by(20), "InternalError")),
            xml(&errors([0, 20], "SlowDown")),
            xml(DONE),
            xml("<ListMultipartUploadsResult/>"),
        ]);
        let told = Mutex::new(Vec::new());
        empty(&aws, "web", false, &|n| told.lock().unwrap().push(n)).await.unwrap();
        assert_eq!(told.into_inner().unwrap(), [1000, 1000]);
    }

    #[tokio::test]
    async fn what_may_not_be_deleted_does_not_keep_the_rest() {
        let aws = Script::new([
            xml(&page(0, 2, Some(1))),
            xml(&errors([0, 1], "AccessDenied")),
            xml(&page(2, 2, None)),
            xml(DONE),
            xml("<ListMultipartUploadsResult/>"),
        ]);
        let fault = empty(&aws, "web", false, &|_| ()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Rejected);
        expect![[
            r#"DeleteObjects: "k0": no message was given; and 1 more like this (AccessDenied)"#
        ]]
        .assert_eq(&fault.to_string());
        assert_eq!(aws.asked(), 5);
    }

    #[tokio::test]
    async fn what_fails_for_long_is_tried_again_by_who_asked() {
        let failed = || xml(&errors([0], "InternalError"));
        let list = xml(&page(0, 1, None));
        let uploads = xml("<ListMultipartUploadsResult/>");
        let aws = Script::new([list, failed(), failed(), failed(), failed(), failed(), uploads]);
        let fault = empty(&aws, "web", false, &|_| ()).await.unwrap_err();
        assert!(passes(fault.kind), "{fault}");
    }
}
