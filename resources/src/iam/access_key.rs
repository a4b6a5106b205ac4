//! `aws_iam_access_key`: a key that a user signs calls with.
//!
//! Only the answer to its creation has the secret. That is kept until the object is read for the
//! first time, and from then on by the state. A key whose secret nobody has heard is of no use to
//! anybody: it is deleted if the answer was lost, and replaced if the run was.

use std::collections::BTreeSet;

use aws_sdk_iam::types as sdk;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase, Secret, Timeouts, Unread};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, moment};
use crate::naming::moment_of;
use crate::resource::{Resource, Result, missing_is_none};

/// A key that a user signs calls with.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_access_key")]
pub(crate) struct AccessKey {
    /// Not supported. Keep the state where nobody else reads it instead.
    #[attr(replace)]
    pgp_key: Option<String>,
    /// Whether it can be used: `Active` or `Inactive`.
    #[attr(default = "Active")]
    status: String,
    /// Whose key it is.
    #[attr(replace)]
    user: String,
    /// When it was created.
    create_date: Out<String>,
    /// Always empty, as `pgp_key` is not supported.
    encrypted_secret: Out<String>,
    /// Always empty, as `pgp_key` is not supported.
    encrypted_ses_smtp_password_v4: Out<String>,
    /// Always empty, as `pgp_key` is not supported.
    key_fingerprint: Out<String>,
    /// The secret. A key that was imported has none.
    secret: Out<Unread<Secret<String>>>,
    /// The password that follows from the secret for sending mail with SES in this region.
    ses_smtp_password_v4: Out<Unread<Secret<String>>>,
    /// Its id, such as `AKIA...`.
    id: Out<String>,
}

impl Resource for AccessKey {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// The user's name and the key's id: the id alone does not tell the user.
    fn identity(&self) -> Option<String> {
        Some(format!("{}/{}", self.user, self.id.0.as_deref()?))
    }

    /// One call answers for all keys of a user.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let users: BTreeSet<&str> = ids.iter().map(|it| parts(it).0).collect();
        let mut found = Vec::new();
        for user in users {
            let keys = missing_is_none(keys(aws, user).await.map(Some))?.unwrap_or_default();
            found.extend(keys.iter().map(|it| live(aws, it)));
        }
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let answer = aws.iam().create_access_key().user_name(&want.user).send().await;
        let key = must(answer.or_fault("CreateAccessKey")?.access_key, "CreateAccessKey")?;
        aws.hear(key.access_key_id(), key.secret_access_key());
        Ok(format!("{}/{}", want.user, key.access_key_id()))
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.status != want.status {
            let (user, key) = parts(id);
            let call = aws.iam().update_access_key().user_name(user).access_key_id(key);
            let call = call.status(want.status.as_str().into());
            call.send().await.or_fault("UpdateAccessKey")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (user, key) = parts(id);
        delete(aws, user, key).await
    }

    /// There is nothing to find: a key whose secret got lost with the answer is deleted. It can be
    /// told by when it was made, and because nobody can ever have used it.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let Some(begun) = moment_of(token) else { return Ok(None) };
        // Clocks differ a little, and a create is tried for two minutes at most.
        let then = begun - 5 * 60..begun + 10 * 60;
        for it in keys(aws, &want.user).await? {
            let made = it.create_date().is_some_and(|it| then.contains(&it.secs()));
            let Some(key) = it.access_key_id().filter(|_| made) else { continue };
            if aws.heard(key).is_none() && !used(aws, key).await? {
                delete(aws, &want.user, key).await?;
            }
        }
        Ok(None)
    }

    /// A key's id, as IAM shows it.
    async fn import(aws: &Aws, text: &str) -> Result<String> {
        if text.contains('/') {
            return Ok(text.to_owned());
        }
        let answer = aws.iam().get_access_key_last_used().access_key_id(text).send().await;
        let answer = answer.or_fault("GetAccessKeyLastUsed")?;
        Ok(format!("{}/{text}", must(answer.user_name, "GetAccessKeyLastUsed")?))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        match given.get("pgp_key").is_some_and(|it| !it.is_null()) {
            true => {
                let text = "the secret cannot be encrypted with PGP: leave `pgp_key` out, and keep \
                            the state where nobody else reads it";
                vec![("pgp_key", text.to_owned())]
            }
            false => Vec::new(),
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The user was created a moment ago.
        (op == Op::Create && fault.code == "NoSuchEntity").then_some(FaultKind::NotYet)
    }
}

fn parts(id: &str) -> (&str, &str) {
    let user = id.split('/').next().unwrap_or_default();
    (user, id.rsplit('/').next().unwrap_or_default())
}

async fn keys(aws: &Aws, user: &str) -> Result<Vec<sdk::AccessKeyMetadata>> {
    let pages = aws.iam().list_access_keys().user_name(user).into_paginator().items().send();
    pages.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListAccessKeys")
}

async fn used(aws: &Aws, key: &str) -> Result<bool> {
    let answer = aws.iam().get_access_key_last_used().access_key_id(key).send().await;
    let last = answer.or_fault("GetAccessKeyLastUsed")?.access_key_last_used;
    Ok(last.is_some_and(|it| it.last_used_date().is_some()))
}

async fn delete(aws: &Aws, user: &str, key: &str) -> Result<()> {
    let call = aws.iam().delete_access_key().user_name(user).access_key_id(key);
    call.send().await.or_fault("DeleteAccessKey")?;
    Ok(())
}

fn live(aws: &Aws, it: &sdk::AccessKeyMetadata) -> Live<AccessKey> {
    let (user, key) = (String::from_sdk(it.user_name()), String::from_sdk(it.access_key_id()));
    let secret = aws.heard(&key);
    let password = secret.as_deref().map(|it| smtp_password(it, aws.region()));
    let told = |it: Option<String>| Out(it.map(|it| Unread(Some(Secret(it)))));
    let attributes = AccessKey {
        pgp_key: None,
        status: String::from_sdk(it.status()),
        user: user.clone(),
        create_date: moment(it.create_date()),
        encrypted_secret: Out(None),
        encrypted_ses_smtp_password_v4: Out(None),
        key_fingerprint: Out(None),
        secret: told(secret),
        ses_smtp_password_v4: told(password),
        id: Out(Some(key.clone())),
    };
    Live { id: format!("{user}/{key}"), phase: Phase::Ready, attributes }
}

/// The password that SES takes over SMTP: a signature, made as AWS documents it.
fn smtp_password(secret: &str, region: &str) -> String {
    const VERSION: u8 = 4;
    let sign = |key: Vec<u8>, text: &str| {
        let mut signer = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length will do");
        signer.update(text.as_bytes());
        signer.finalize().into_bytes().to_vec()
    };
    let steps = ["11111111", region, "ses", "aws4_request", "SendRawEmail"];
    let signature = steps.into_iter().fold(format!("AWS4{secret}").into_bytes(), sign);
    STANDARD.encode([vec![VERSION], signature].concat())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    const ANN: &str = r#"{"user": "ann", "status": "Inactive"}"#;
    /// Of an intent of 2023-06-30T03:34:18Z.
    const TOKEN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn listed(keys: &[(&str, &str)]) -> crate::testing::Answer {
        let key = |(id, date): &(&str, &str)| {
            format!(
                "<member><UserName>ann</UserName><AccessKeyId>{id}</AccessKeyId>\
                 <Status>Active</Status><CreateDate>{date}</CreateDate></member>"
            )
        };
        let keys: String = keys.iter().map(key).collect();
        let keys = format!("<AccessKeyMetadata>{keys}</AccessKeyMetadata>");
        query("ListAccessKeys", &format!("{keys}<IsTruncated>false</IsTruncated>"))
    }

    #[tokio::test]
    async fn the_secret_is_told_once() {
        let created = "<AccessKey><UserName>ann</UserName><AccessKeyId>AKIA1</AccessKeyId>\
            <Status>Active</Status><SecretAccessKey>hush</SecretAccessKey></AccessKey>";
        let keys = [("AKIA1", "2023-06-30T03:34:18Z"), ("AKIA2", "2020-01-01T00:00:00Z")];
        let aws = Script::new([
            query("CreateAccessKey", created),
            listed(&keys),
            query("UpdateAccessKey", ""),
        ]);
        let want = want::<AccessKey>(ANN);

        let id = AccessKey::create(&aws, &want, TOKEN).await.unwrap();
        let ids = [id.clone(), "ann/AKIA2".to_owned()];
        let found = AccessKey::read(&aws, &ids).await.unwrap();
        AccessKey::update(&aws, &id, &found[0].attributes, &want).await.unwrap();

        assert_eq!(found[0].attributes.identity(), Some(id));
        let secret = |n: usize| found[n].attributes.secret.0.clone();
        assert_eq!(secret(0), Some(Unread(Some(Secret("hush".to_owned())))));
        assert_eq!(secret(1), None);
        aws.sent(expect![[r#"
            CreateAccessKey
                UserName=ann
            ListAccessKeys
                UserName=ann
            UpdateAccessKey
                AccessKeyId=AKIA1
                Status=Inactive
                UserName=ann
        "#]]);
    }

    #[tokio::test]
    async fn a_key_whose_secret_was_lost_is_deleted() {
        let keys = [("AKIA1", "2023-06-30T03:34:25Z"), ("AKIA2", "2023-06-30T03:00:00Z")];
        let unused = "<UserName>ann</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName>\
            <Region>N/A</Region></AccessKeyLastUsed>";
        let aws = Script::new([
            listed(&keys),
            query("GetAccessKeyLastUsed", unused),
            query("DeleteAccessKey", ""),
        ]);

        assert_eq!(AccessKey::find(&aws, &want(ANN), TOKEN).await.unwrap(), None);

        aws.sent(expect![[r#"
            ListAccessKeys
                UserName=ann
            GetAccessKeyLastUsed
                AccessKeyId=AKIA1
            DeleteAccessKey
                AccessKeyId=AKIA1
                UserName=ann
        "#]]);
    }

    #[tokio::test]
    async fn a_key_that_was_used_is_somebody_elses() {
        let used = "<UserName>ann</UserName><AccessKeyLastUsed><ServiceName>s3</ServiceName>\
            <LastUsedDate>2023-06-30T03:35:00Z</LastUsedDate><Region>eu-west-1</Region>\
            </AccessKeyLastUsed>";
        let aws = Script::new([
            listed(&[("AKIA1", "2023-06-30T03:34:25Z")]),
            query("GetAccessKeyLastUsed", used),
        ]);
        assert_eq!(AccessKey::find(&aws, &want(ANN), TOKEN).await.unwrap(), None);
    }

    #[test]
    fn the_password_for_mail_follows_from_the_secret() {
        expect!["BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9"]
            .assert_eq(&smtp_password("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"));
    }
}
