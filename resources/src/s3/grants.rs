//! Who is granted what: the blocks of `aws_s3_bucket_acl` and `aws_s3_bucket_logging`.

use aws_sdk_s3::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// Who is granted something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Grantee {
    /// The mail address of the account, for `AmazonCustomerByEmail`.
    email_address: Option<String>,
    /// The canonical user id, for `CanonicalUser`.
    id: Option<String>,
    /// `CanonicalUser`, `AmazonCustomerByEmail` or `Group`.
    r#type: String,
    /// The URI of the group, for `Group`.
    uri: Option<String>,
    /// The name that S3 shows.
    display_name: Out<String>,
}

impl Grantee {
    /// The account or the group.
    pub fn who(&self) -> &str {
        self.uri.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

impl ToSdk<Option<sdk::Grantee>> for Grantee {
    fn to_sdk(&self) -> Option<sdk::Grantee> {
        let it = sdk::Grantee::builder()
            .r#type(self.r#type.as_str().into())
            .set_email_address(self.email_address.clone())
            .set_id(self.id.clone())
            .set_uri(self.uri.clone());
        Some(it.build().expect("a type is set"))
    }
}

impl<'a> FromSdk<&'a sdk::Grantee> for Grantee {
    fn from_sdk(it: &'a sdk::Grantee) -> Self {
        Grantee {
            email_address: Option::from_sdk(it.email_address()),
            id: Option::from_sdk(it.id()),
            r#type: it.r#type().as_str().to_owned(),
            uri: Option::from_sdk(it.uri()),
            display_name: Out::from_sdk(it.display_name()),
        }
    }
}
