//! The backend `s3`: states in a bucket, with locks beside them or in a DynamoDB table.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, mpsc};

use model::{Diagnostic, Fault, Object};
use resources::{Condition, Encryption, LockTable, Storage};
use serde_json::{Map, Value, json};
use state::{Error, ErrorKind, Remote, Store};
use tokio::runtime::Runtime;

use crate::backend::Backend;
use crate::commands::Failed;

/// Arguments that the settings of a provider have too, under the same name.
const SETTINGS: &[&str] = &[
    "region",
    "profile",
    "access_key",
    "secret_key",
    "token",
    "allowed_account_ids",
    "forbidden_account_ids",
    "shared_config_files",
    "shared_credentials_files",
    "custom_ca_bundle",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "insecure",
    "max_retries",
    "retry_mode",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "sts_region",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

/// Arguments that are about the bucket and the objects in it.
const PLACE: &[&str] = &[
    "bucket",
    "key",
    "encrypt",
    "kms_key_id",
    "acl",
    "workspace_key_prefix",
    "use_lockfile",
    "dynamodb_table",
    "endpoints",
    "endpoint",
    "dynamodb_endpoint",
    "iam_endpoint",
    "sts_endpoint",
    "use_path_style",
    "force_path_style",
    "use_legacy_workflow",
    "skip_s3_checksum",
    "shared_credentials_file",
    "assume_role",
    "assume_role_with_web_identity",
];

/// Arguments of before there was a block `assume_role`, and what it calls them.
const ROLE: &[(&str, &str)] = &[
    ("role_arn", "role_arn"),
    ("session_name", "session_name"),
    ("external_id", "external_id"),
    ("assume_role_duration_seconds", "duration"),
    ("assume_role_policy", "policy"),
    ("assume_role_policy_arns", "policy_arns"),
    ("assume_role_tags", "tags"),
    ("assume_role_transitive_tag_keys", "transitive_tag_keys"),
];

/// The bucket of a backend.
pub struct Bucket {
    name: String,
    /// The object of the default workspace's state.
    key: String,
    /// Where the other workspaces are.
    prefix: String,
    has_lock_object: bool,
    table: Option<LockTable>,
    storage: Storage,
}

/// The state of one workspace in a bucket.
struct Place {
    bucket: Arc<Bucket>,
    key: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket.name, self.key)
    }
}

impl Bucket {
    /// Gets ready to reach the bucket that a backend names.
    ///
    /// # Errors
    ///
    /// When an argument is missing or unknown, or the settings for AWS are wrong.
    pub fn new(backend: &Backend) -> Result<Arc<Bucket>, Failed> {
        let known = |it: &str| {
            SETTINGS.contains(&it) || PLACE.contains(&it) || ROLE.iter().any(|role| role.0 == it)
        };
        if let Some(name) = backend.config.keys().find(|it| !known(it)) {
            let detail = format!("The backend \"s3\" has no argument \"{name}\" here.");
            return Err(Diagnostic::error("Invalid backend configuration", detail).into());
        }
        let needed = |name: &str| match backend.text(name) {
            Some(text) => Ok(text.to_owned()),
            None => {
                let detail = format!("The backend \"s3\" needs the argument \"{name}\".");
                let problem = Diagnostic::error("Invalid backend configuration", detail);
                let hint = format!("give it in the block, or: init -backend-config={name}=...");
                Err(Failed::from(problem.hint(hint)))
            }
        };
        let (name, key) = (needed("bucket")?, needed("key")?);
        if key.starts_with('/') || key.ends_with('/') {
            let detail = "The key of a state neither starts nor ends with a slash.";
            return Err(Diagnostic::error("Invalid backend configuration", detail).into());
        }
        let encryption = match (backend.is_on("encrypt"), backend.text("kms_key_id")) {
            (false, _) => Encryption::Bucket,
            (true, None) => Encryption::S3,
            (true, Some(key)) => Encryption::Kms(key.to_owned()),
        };
        let (settings, of) = (settings(backend), name.clone());
        let storage = wait(async move { Storage::new(settings, &of, encryption).await });
        let storage = storage.map_err(|fault| failed("reach", &format!("s3://{name}"), &fault))?;
        let storage = match backend.text("acl") {
            Some(acl) => storage.with_acl(acl),
            None => storage,
        };
        Ok(Arc::new(Bucket {
            prefix: backend.text("workspace_key_prefix").unwrap_or("env:").to_owned(),
            has_lock_object: backend.is_on("use_lockfile"),
            table: backend.text("dynamodb_table").map(|it| storage.lock_table(it)),
            name,
            key,
            storage,
        }))
    }

    /// The state of a workspace. What is kept here beside it is under `.terraform`.
    pub fn store(self: &Arc<Self>, workspace: &str) -> Store {
        let key = match workspace {
            "default" => self.key.clone(),
            name => format!("{}/{name}/{}", self.prefix, self.key),
        };
        let mut path = PathBuf::from(".terraform/groundplan/s3").join(&self.name);
        path.extend(key.split('/').filter(|it| !["", ".", ".."].contains(it)));
        Store::remote(path, Arc::new(Place { bucket: self.clone(), key }))
    }

    /// The names of the workspaces that have a state, `default` first.
    ///
    /// # Errors
    ///
    /// When the bucket cannot be listed.
    pub fn workspaces(self: &Arc<Self>) -> Result<Vec<String>, Failed> {
        let (bucket, prefix) = (self.clone(), format!("{}/", self.prefix));
        let listed = wait(async move { bucket.storage.list(&prefix).await });
        let keys =
            listed.map_err(|fault| failed("list", &format!("s3://{}", self.name), &fault))?;
        let name = |key: &String| {
            let rest = key.strip_prefix(&self.prefix)?.strip_prefix('/')?;
            let (name, key) = rest.split_once('/')?;
            (key == self.key).then(|| name.to_owned())
        };
        let others = keys.iter().filter_map(name);
        Ok(std::iter::once("default".to_owned()).chain(others).collect())
    }
}

impl Place {
    /// Runs a call, and says what went wrong in words about the state.
    fn ask<T, F>(
        &self,
        doing: &str,
        call: impl FnOnce(Arc<Bucket>, String) -> F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        wait(call(self.bucket.clone(), self.key.clone()))
            .map_err(|fault| failed(doing, &self.name(), &fault))
    }
}

impl Bucket {
    /// What the lock of a state is called in the table.
    fn id(&self, key: &str) -> String {
        format!("{}/{key}", self.name)
    }

    async fn holder(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        if self.has_lock_object
            && let Some(it) = self.storage.get(&format!("{key}.tflock")).await?
        {
            return Ok(Some(it.bytes));
        }
        match &self.table {
            Some(table) => Ok(table.locked(&self.id(key)).await?.map(String::into_bytes)),
            None => Ok(None),
        }
    }

    /// Whether the lock was free, and is taken.
    async fn take(&self, key: &str, info: &[u8]) -> Result<bool, Fault> {
        let object = format!("{key}.tflock");
        if self.has_lock_object
            && self.storage.put(&object, info.to_vec(), &Condition::Absent).await?.is_none()
        {
            return Ok(false);
        }
        let Some(table) = &self.table else { return Ok(true) };
        let taken = table.lock(&self.id(key), &String::from_utf8_lossy(info)).await;
        if self.has_lock_object && !matches!(taken, Ok(true)) {
            self.storage.delete(&object).await?;
        }
        taken
    }
}

impl Remote for Place {
    fn name(&self) -> String {
        format!("s3://{}/{}", self.bucket.name, self.key)
    }

    fn read(&self) -> Result<Option<(Vec<u8>, String)>, Error> {
        let found =
            self.ask("read", |bucket, key| async move { bucket.storage.get(&key).await })?;
        Ok(found.map(|it| (it.bytes, it.etag)))
    }

    fn write(&self, content: &[u8], replacing: Option<&str>) -> Result<Option<String>, Error> {
        let condition = match replacing {
            Some(etag) => Condition::Unchanged(etag.to_owned()),
            None => Condition::Absent,
        };
        let content = content.to_vec();
        self.ask("write", |bucket, key| async move {
            let etag = bucket.storage.put(&key, content.clone(), &condition).await?;
            if let (Some(table), true) = (&bucket.table, etag.is_some()) {
                table.note_digest(&bucket.id(&key), &content).await?;
            }
            Ok(etag)
        })
    }

    fn delete(&self) -> Result<(), Error> {
        self.ask("delete", |bucket, key| async move {
            bucket.storage.delete(&key).await?;
            match &bucket.table {
                Some(table) => table.forget_digest(&bucket.id(&key)).await,
                None => Ok(()),
            }
        })
    }

    fn put_back(&self, file: &Path) -> String {
        format!("aws s3 cp {} {}", file.display(), self.name())
    }

    fn lock(&self, info: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let info = info.to_vec();
        self.ask("lock", |bucket, key| async move {
            loop {
                if bucket.take(&key, &info).await? {
                    return Ok(None);
                }
                // It may have been given back meanwhile.
                if let Some(holder) = bucket.holder(&key).await? {
                    return Ok(Some(holder));
                }
            }
        })
    }

    fn locked(&self) -> Result<Option<Vec<u8>>, Error> {
        if !self.bucket.has_lock_object && self.bucket.table.is_none() {
            return Ok(None);
        }
        self.ask("look at the lock of", |bucket, key| async move { bucket.holder(&key).await })
    }

    fn unlock(&self) -> Result<(), Error> {
        self.ask("unlock", |bucket, key| async move {
            if let Some(table) = &bucket.table {
                table.unlock(&bucket.id(&key)).await?;
            }
            match bucket.has_lock_object {
                true => bucket.storage.delete(&format!("{key}.tflock")).await,
                false => Ok(()),
            }
        })
    }

    fn left_locked(&self, why: &Error) {
        eprintln!("Warning: The lock of {} is still held: {why}.", self.name());
        eprintln!("{}", why.hint.as_deref().unwrap_or_default());
    }
}

/// The backend's arguments as the settings of a provider.
fn settings(backend: &Backend) -> Object {
    let given = |name: &&str| Some(((*name).to_owned(), backend.config.get(*name)?.clone()));
    let mut settings: BTreeMap<String, Value> = SETTINGS.iter().filter_map(given).collect();
    settings.entry("skip_requesting_account_id".to_owned()).or_insert(json!(true));
    if let Some(skip) = settings.get_mut("skip_metadata_api_check") {
        *skip = json!(backend.is_on("skip_metadata_api_check").to_string());
    }
    if let Some(file) = backend.text("shared_credentials_file") {
        settings.insert("shared_credentials_files".to_owned(), json!([file]));
    }
    if backend.is_on("use_path_style") || backend.is_on("force_path_style") {
        settings.insert("s3_use_path_style".to_owned(), json!(true));
    }
    let endpoints = endpoints(backend);
    if !endpoints.is_empty() {
        settings.insert("endpoints".to_owned(), json!([endpoints]));
    }
    let old = ROLE.iter().filter_map(|(old, name)| {
        let value = backend.config.get(*old)?;
        let seconds = |it: &Value| json!(format!("{}s", it.to_string().trim_matches('"')));
        Some(((*name).to_owned(), if *name == "duration" { seconds(value) } else { value.clone() }))
    });
    let old: Map<String, Value> = old.collect();
    match backend.config.get("assume_role") {
        Some(role) => _ = settings.insert("assume_role".to_owned(), json!([role])),
        None if old.contains_key("role_arn") => {
            settings.insert("assume_role".to_owned(), json!([old]));
        }
        None => (),
    }
    if let Some(role) = backend.config.get("assume_role_with_web_identity") {
        settings.insert("assume_role_with_web_identity".to_owned(), json!([role]));
    }
    settings
}

fn endpoints(backend: &Backend) -> Map<String, Value> {
    let named = |service: &str, old: &str| {
        let new = backend.config.get("endpoints").and_then(|it| it.get(service));
        let url = new.or_else(|| backend.config.get(old)).filter(|it| !it.is_null())?;
        Some((service.to_owned(), url.clone()))
    };
    let all = [
        ("s3", "endpoint"),
        ("dynamodb", "dynamodb_endpoint"),
        ("iam", "iam_endpoint"),
        ("sts", "sts_endpoint"),
    ];
    all.iter().filter_map(|(service, old)| named(service, old)).collect()
}

fn failed(doing: &str, what: &str, fault: &Fault) -> Error {
    let error = Error::new(ErrorKind::Io, format!("cannot {doing} {what}: {fault}"));
    match &*fault.code {
        "NoSuchBucket" => error.hint(format!("make the bucket first: {}", bucket_of(what))),
        _ => error,
    }
}

fn bucket_of(url: &str) -> String {
    let path = Path::new(url.trim_start_matches("s3://"));
    path.iter().next().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Waits for a call, wherever this is: its runtime has a thread of its own.
pub fn wait<T, F>(call: F) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().expect("a thread can be started")
    });
    let (told, answer) = mpsc::channel();
    runtime.spawn(async move { told.send(call.await) });
    answer.recv().expect("a call does not panic")
}
