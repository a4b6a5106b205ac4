//! Volumes of a task, and amounts of CPU and memory.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Field, Mirror, One, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk, text};

/// CPU or memory: `0.25 vCPU` is `256`, and `1 GB` is `1024`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Amount(pub String);

text!(Amount);

impl Field for Amount {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Amount {
    fn meaning(&self) -> String {
        let text = self.0.trim().to_lowercase();
        let number = text.strip_suffix("vcpu").or_else(|| text.strip_suffix("gb"));
        match number.and_then(|it| it.trim().parse::<f64>().ok()) {
            Some(number) => (number * 1024.0).to_string(),
            None => text,
        }
    }
}

/// A switch that is off if nothing is said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Switch(pub String);

impl<S: for<'a> From<&'a str>> ToSdk<Option<S>> for Switch {
    fn to_sdk(&self) -> Option<S> {
        Some(S::from(&self.0))
    }
}

impl<'a, G: AsRef<str>> FromSdk<&'a G> for Switch {
    fn from_sdk(it: &'a G) -> Self {
        Switch(it.as_ref().to_owned())
    }
}

impl Field for Switch {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Switch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Switch {}

impl PartialOrd for Switch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Switch {
    fn cmp(&self, other: &Self) -> Ordering {
        let said = |it: &Switch| if it.0.is_empty() { "DISABLED".to_owned() } else { it.0.clone() };
        said(self).cmp(&said(other))
    }
}

/// A volume that containers may mount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Volume {
    /// Whether the service or the run of a task says what it is.
    #[attr(replace)]
    configure_at_launch: Auto<bool>,
    /// The path on the host.
    #[attr(replace)]
    host_path: Option<String>,
    /// The name that containers mount it by.
    #[attr(replace)]
    name: String,
    /// A volume that Docker manages.
    #[attr(replace)]
    docker_volume_configuration: One<DockerVolume>,
    /// A file system of EFS.
    #[attr(replace)]
    efs_volume_configuration: One<EfsVolume>,
    /// A file system of FSx for Windows File Server.
    #[attr(replace)]
    fsx_windows_file_server_volume_configuration: One<FsxVolume>,
}

/// A volume that Docker manages.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::DockerVolumeConfiguration)]
pub(crate) struct DockerVolume {
    /// Whether it is created if it does not exist.
    #[attr(replace, default = false)]
    autoprovision: bool,
    /// The Docker volume driver.
    #[attr(replace)]
    driver: Auto<String>,
    /// Options for the driver.
    #[attr(replace)]
    driver_opts: Option<BTreeMap<String, String>>,
    /// Labels for the volume.
    #[attr(replace)]
    labels: Option<BTreeMap<String, String>>,
    /// `task` or `shared`.
    #[attr(replace)]
    scope: Auto<String>,
}

/// A file system of EFS.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::EfsVolumeConfiguration, checked)]
pub(crate) struct EfsVolume {
    /// The file system.
    #[attr(replace)]
    file_system_id: String,
    /// The directory that is mounted.
    #[attr(replace, default = "/")]
    root_directory: String,
    /// `ENABLED` or `DISABLED`.
    #[attr(replace)]
    transit_encryption: Option<Switch>,
    /// The port for encrypted traffic.
    #[attr(replace)]
    transit_encryption_port: Option<i32>,
    /// Through which access point, and as whom.
    #[attr(replace)]
    authorization_config: One<EfsAuthorization>,
}

/// Through which access point, and as whom.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::EfsAuthorizationConfig)]
pub(crate) struct EfsAuthorization {
    /// The access point.
    #[attr(replace)]
    access_point_id: Option<String>,
    /// Whether the task's role is used: `ENABLED` or `DISABLED`.
    #[attr(replace)]
    iam: Option<Switch>,
}

/// A file system of FSx for Windows File Server.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::FSxWindowsFileServerVolumeConfiguration, checked)]
pub(crate) struct FsxVolume {
    /// The file system.
    #[attr(replace)]
    file_system_id: String,
    /// The directory that is mounted.
    #[attr(replace)]
    root_directory: String,
    /// As whom.
    #[attr(replace, required)]
    authorization_config: One<FsxAuthorization>,
}

/// As whom a file system is mounted.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::FSxWindowsFileServerAuthorizationConfig, checked)]
pub(crate) struct FsxAuthorization {
    /// ARN of the secret or parameter with the credentials.
    #[attr(replace)]
    credentials_parameter: String,
    /// The domain of the directory.
    #[attr(replace)]
    domain: String,
}

impl ToSdk<Option<sdk::Volume>> for Volume {
    fn to_sdk(&self) -> Option<sdk::Volume> {
        let host = |path: &String| sdk::HostVolumeProperties::builder().source_path(path).build();
        let volume = sdk::Volume::builder()
            .name(&self.name)
            .set_host(self.host_path.as_ref().map(host))
            .set_configured_at_launch(self.configure_at_launch.0)
            .set_docker_volume_configuration(self.docker_volume_configuration.to_sdk())
            .set_efs_volume_configuration(self.efs_volume_configuration.to_sdk())
            .set_fsx_windows_file_server_volume_configuration(
                self.fsx_windows_file_server_volume_configuration.to_sdk(),
            );
        Some(volume.build())
    }
}

impl<'a> FromSdk<&'a sdk::Volume> for Volume {
    fn from_sdk(it: &'a sdk::Volume) -> Self {
        Volume {
            configure_at_launch: Auto(Some(it.configured_at_launch().unwrap_or(false))),
            host_path: Option::from_sdk(it.host().and_then(|it| it.source_path())),
            name: String::from_sdk(it.name()),
            docker_volume_configuration: One::from_sdk(it.docker_volume_configuration()),
            efs_volume_configuration: One::from_sdk(it.efs_volume_configuration()),
            fsx_windows_file_server_volume_configuration: One::from_sdk(
                it.fsx_windows_file_server_volume_configuration(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        let amount = |text: &str| Amount(text.to_owned());
        assert_eq!(amount("0.25 vCPU"), amount("256"));
        assert_eq!(amount("1GB"), amount("1024"));
        assert_ne!(amount("2 GB"), amount("1024"));
    }
}
