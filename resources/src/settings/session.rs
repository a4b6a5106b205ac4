//! The credentials that calls are signed with: remembered until they end, and looked up again from
//! scratch when AWS says that they have ended before.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

use super::Settings;
use crate::fault::{causes, rejected};
use crate::resource::Result;

/// A call that is signed just before they end may come too late.
const MARGIN: Duration = Duration::from_secs(10);

pub(crate) struct Session {
    settings: Settings,
    known: Mutex<Known>,
}

struct Known {
    provider: SharedCredentialsProvider,
    credentials: Option<Credentials>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session")
    }
}

impl Session {
    pub fn new(settings: Settings, provider: SharedCredentialsProvider) -> Session {
        Session { settings, known: Mutex::new(Known { provider, credentials: None }) }
    }

    /// Reads the environment and all files again, and asks whoever gives credentials. Whether they
    /// are other than before.
    pub async fn renew(&self) -> Result<bool> {
        let config = self.settings.load().await?;
        let nobody = || rejected("provider \"aws\"", "NoCredentials", "nobody gives credentials");
        let provider = config.credentials_provider().ok_or_else(nobody)?;
        let credentials = provider
            .provide_credentials()
            .await
            .map_err(|error| rejected("provider \"aws\"", "NoCredentials", causes(&error)))?;
        let mut known = self.known.lock().await;
        let same = known.credentials.as_ref().is_some_and(|it| {
            it.access_key_id() == credentials.access_key_id()
                && it.session_token() == credentials.session_token()
        });
        *known = Known { provider, credentials: Some(credentials) };
        Ok(!same)
    }

    pub async fn ends(&self) -> Option<SystemTime> {
        self.credentials().await.ok()?.expiry()
    }

    async fn credentials(&self) -> provider::Result {
        let mut known = self.known.lock().await;
        let soon = SystemTime::now() + MARGIN;
        let good = |it: &&Credentials| it.expiry().is_none_or(|it| soon < it);
        if let Some(it) = known.credentials.as_ref().filter(good) {
            return Ok(it.clone());
        }
        match known.provider.provide_credentials().await {
            Ok(it) => {
                known.credentials = Some(it.clone());
                Ok(it)
            }
            // AWS says of old ones that they have ended, and then they are looked up from scratch.
            Err(error) => known.credentials.clone().ok_or(error),
        }
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
