//! Converts between our field types and the SDK's. `#[derive(Mirror)]` calls these for each field.
//!
//! SDK builders take every field as an `Option`; SDK getters give a reference, an `Option` of one,
//! or a slice. Each pair that makes sense has an `impl` here; no other pair compiles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{Auto, Json, One, Out, Secret, Unread};

pub(crate) trait ToSdk<S> {
    fn to_sdk(&self) -> S;
}

pub(crate) trait FromSdk<G> {
    fn from_sdk(it: G) -> Self;
}

/// A moment as states write it: `2025-01-31T12:00:00Z`.
pub(crate) fn moment(it: Option<&DateTime>) -> Out<String> {
    Out(it.and_then(|it| DateTime::from_secs(it.secs()).fmt(Format::DateTime).ok()))
}

// Text, including what the SDK makes an enum of.
impl<S: for<'a> From<&'a str>> ToSdk<Option<S>> for String {
    fn to_sdk(&self) -> Option<S> {
        Some(S::from(self))
    }
}
impl<'a, G: AsRef<str> + ?Sized> FromSdk<&'a G> for String {
    fn from_sdk(it: &'a G) -> Self {
        it.as_ref().to_owned()
    }
}
impl<'a, G: AsRef<str> + ?Sized> FromSdk<Option<&'a G>> for String {
    fn from_sdk(it: Option<&'a G>) -> Self {
        it.map(String::from_sdk).unwrap_or_default()
    }
}

/// For field types that hold a text and only compare differently.
macro_rules! text {
    ($($ty:ident),+) => { $(
        impl $crate::mirror::ToSdk<Option<String>> for $ty {
            fn to_sdk(&self) -> Option<String> {
                Some(self.0.clone())
            }
        }
        impl<'a> $crate::mirror::FromSdk<&'a str> for $ty {
            fn from_sdk(it: &'a str) -> Self {
                $ty(it.to_owned())
            }
        }
        impl<'a> $crate::mirror::FromSdk<Option<&'a str>> for $ty {
            fn from_sdk(it: Option<&'a str>) -> Self {
                $ty(it.unwrap_or_default().to_owned())
            }
        }
    )+ };
}
pub(crate) use text;
text!(Json);

macro_rules! plain {
    ($($ty:ty),+) => { $(
        impl ToSdk<Option<$ty>> for $ty {
            fn to_sdk(&self) -> Option<$ty> {
                Some(*self)
            }
        }
        impl FromSdk<$ty> for $ty {
            fn from_sdk(it: $ty) -> Self {
                it
            }
        }
        impl FromSdk<&$ty> for $ty {
            fn from_sdk(it: &$ty) -> Self {
                *it
            }
        }
        impl FromSdk<Option<$ty>> for $ty {
            fn from_sdk(it: Option<$ty>) -> Self {
                it.unwrap_or_default()
            }
        }
        impl FromSdk<$ty> for Option<$ty> {
            fn from_sdk(it: $ty) -> Self {
                Some(it)
            }
        }
        impl FromSdk<Option<$ty>> for Option<$ty> {
            fn from_sdk(it: Option<$ty>) -> Self {
                it
            }
        }
    )+ };
}
plain!(bool, i32, i64, f32, f64);

// Fields that may be absent.
impl<S, T: ToSdk<Option<S>>> ToSdk<Option<S>> for Option<T> {
    fn to_sdk(&self) -> Option<S> {
        self.as_ref().and_then(T::to_sdk)
    }
}
impl<'a, G: ?Sized, T: FromSdk<&'a G>> FromSdk<Option<&'a G>> for Option<T> {
    fn from_sdk(it: Option<&'a G>) -> Self {
        it.map(T::from_sdk)
    }
}

macro_rules! wrapper {
    ($($ty:ident),+) => { $(
        impl<S, T> ToSdk<Option<S>> for $ty<T>
        where
            Option<T>: ToSdk<Option<S>>,
        {
            fn to_sdk(&self) -> Option<S> {
                self.0.to_sdk()
            }
        }
        impl<G, T> FromSdk<G> for $ty<T>
        where
            Option<T>: FromSdk<G>,
        {
            fn from_sdk(it: G) -> Self {
                $ty(Option::from_sdk(it))
            }
        }
    )+ };
}
wrapper!(Auto, Out, One);

impl<S, T: ToSdk<S>> ToSdk<S> for Secret<T> {
    fn to_sdk(&self) -> S {
        self.0.to_sdk()
    }
}
impl<G, T: FromSdk<G>> FromSdk<G> for Secret<T> {
    fn from_sdk(it: G) -> Self {
        Secret(T::from_sdk(it))
    }
}
impl<S, T> ToSdk<Option<S>> for Unread<T>
where
    Option<T>: ToSdk<Option<S>>,
{
    fn to_sdk(&self) -> Option<S> {
        self.0.to_sdk()
    }
}
impl<G, T> FromSdk<G> for Unread<T> {
    fn from_sdk(_: G) -> Self {
        Unread(None)
    }
}

// Several of something. To the SDK an empty slice and an absent one are the same.
impl<S, T: ToSdk<Option<S>>> ToSdk<Option<Vec<S>>> for Vec<T> {
    fn to_sdk(&self) -> Option<Vec<S>> {
        Some(self.iter().filter_map(T::to_sdk).collect())
    }
}
impl<S, T: ToSdk<Option<S>>> ToSdk<Option<Vec<S>>> for BTreeSet<T> {
    fn to_sdk(&self) -> Option<Vec<S>> {
        Some(self.iter().filter_map(T::to_sdk).collect())
    }
}
impl<'a, G, T: FromSdk<&'a G>> FromSdk<&'a [G]> for Vec<T> {
    fn from_sdk(it: &'a [G]) -> Self {
        it.iter().map(T::from_sdk).collect()
    }
}
impl<'a, G, T: Ord + FromSdk<&'a G>> FromSdk<&'a [G]> for BTreeSet<T> {
    fn from_sdk(it: &'a [G]) -> Self {
        it.iter().map(T::from_sdk).collect()
    }
}
impl<'a, G, T: FromSdk<&'a G>> FromSdk<&'a [G]> for Option<Vec<T>> {
    fn from_sdk(it: &'a [G]) -> Self {
        Some(Vec::from_sdk(it))
    }
}
impl<'a, G, T: Ord + FromSdk<&'a G>> FromSdk<&'a [G]> for Option<BTreeSet<T>> {
    fn from_sdk(it: &'a [G]) -> Self {
        Some(BTreeSet::from_sdk(it))
    }
}

// Entries.
impl<S, T: ToSdk<Option<S>>> ToSdk<Option<HashMap<String, S>>> for BTreeMap<String, T> {
    fn to_sdk(&self) -> Option<HashMap<String, S>> {
        let entry = |(key, value): (&String, &T)| Some((key.clone(), value.to_sdk()?));
        Some(self.iter().filter_map(entry).collect())
    }
}
impl<'a, K, G, T> FromSdk<&'a HashMap<K, G>> for BTreeMap<String, T>
where
    K: AsRef<str>,
    T: FromSdk<&'a G>,
{
    fn from_sdk(it: &'a HashMap<K, G>) -> Self {
        it.iter().map(|(key, value)| (key.as_ref().to_owned(), T::from_sdk(value))).collect()
    }
}
impl<'a, K, G, T> FromSdk<Option<&'a HashMap<K, G>>> for BTreeMap<String, T>
where
    K: AsRef<str>,
    T: FromSdk<&'a G>,
{
    fn from_sdk(it: Option<&'a HashMap<K, G>>) -> Self {
        it.map(BTreeMap::from_sdk).unwrap_or_default()
    }
}
