//! Options of a tunnel for which AWS has standards. Not to give one is to mean the standard.

use std::collections::BTreeSet;

use model::{Field, Given, Shape};
use serde::{Deserialize, Serialize};

macro_rules! standards {
    ($($(#[doc = $doc:literal])+ $name:ident: $ty:ty = $standard:expr;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(Option<$ty>);

        impl $name {
            pub fn of(it: Option<$ty>) -> Self {
                $name(it)
            }

            /// What the user gave. Zero and an empty set are as good as nothing.
            pub fn given(&self) -> Option<$ty> {
                self.0.clone().filter(|it| *it != <$ty>::default())
            }

            pub fn meant(&self) -> $ty {
                self.given().unwrap_or_else(|| $standard)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.meant() == other.meant()
            }
        }

        impl Field for $name {
            const SHAPE: Shape = <$ty as Field>::SHAPE;
            const GIVEN: Given = Given::Optional;
        }
    )+ };
}

standards! {
    /// What happens when the other end is silent.
    DpdAction: String = "clear".to_owned();
    /// When the other end counts as silent.
    DpdSeconds: i32 = 30;
    /// Versions of IKE.
    IkeVersions: BTreeSet<String> = texts(&["ikev1", "ikev2"]);
    /// Groups for IKE.
    Phase1Groups: BTreeSet<i32> = [2].into_iter().chain(14..=24).collect();
    /// Ciphers for IKE.
    Phase1Encryption: BTreeSet<String> = texts(&CIPHERS);
    /// Digests for IKE.
    Phase1Integrity: BTreeSet<String> = texts(&DIGESTS);
    /// The life of a key of IKE.
    Phase1Seconds: i32 = 28_800;
    /// Groups for the traffic.
    Phase2Groups: BTreeSet<i32> = [2, 5].into_iter().chain(14..=24).collect();
    /// Ciphers for the traffic.
    Phase2Encryption: BTreeSet<String> = texts(&CIPHERS);
    /// Digests for the traffic.
    Phase2Integrity: BTreeSet<String> = texts(&DIGESTS);
    /// The life of a key for the traffic.
    Phase2Seconds: i32 = 3600;
    /// How the moment of a new key varies.
    RekeyFuzz: i32 = 100;
    /// When a new key is asked for.
    RekeyMargin: i32 = 540;
    /// How far back a repeated packet is recognised.
    ReplayWindow: i32 = 1024;
    /// Who begins.
    StartupAction: String = "add".to_owned();
}

const CIPHERS: [&str; 4] = ["AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"];
const DIGESTS: [&str; 4] = ["SHA1", "SHA2-256", "SHA2-384", "SHA2-512"];

fn texts(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|it| (*it).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_the_standard() {
        assert_eq!(DpdSeconds::of(None), DpdSeconds::of(Some(30)));
        assert_eq!(DpdSeconds::of(Some(0)), DpdSeconds::of(Some(30)));
        assert_ne!(DpdSeconds::of(None), DpdSeconds::of(Some(45)));
        assert_eq!(IkeVersions::of(None), IkeVersions::of(Some(texts(&["ikev2", "ikev1"]))));
    }
}
