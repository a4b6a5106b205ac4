//! Attributes that AWS keeps as pairs of texts, such as `idle_timeout.timeout_seconds` = `60`.

use std::collections::BTreeMap;

use model::Auto;

/// A field's value as AWS keeps it.
pub(super) trait Setting {
    fn write(&self) -> Option<String>;
    /// Keeps the value it has if `text` is not one of its kind.
    fn read(&mut self, text: &str);
}

macro_rules! plain {
    ($($ty:ty),+) => { $(
        impl Setting for $ty {
            fn write(&self) -> Option<String> {
                Some(self.to_string())
            }
            fn read(&mut self, text: &str) {
                *self = text.parse().unwrap_or(std::mem::take(self));
            }
        }
    )+ };
}
plain!(bool, i32, String);

impl<T: Setting + Default> Setting for Option<T> {
    fn write(&self) -> Option<String> {
        self.as_ref().and_then(T::write).filter(|it| !it.is_empty())
    }
    fn read(&mut self, text: &str) {
        if !text.is_empty() {
            self.get_or_insert_default().read(text);
        }
    }
}

impl<T: Setting + Default> Setting for Auto<T> {
    fn write(&self) -> Option<String> {
        self.0.write()
    }
    fn read(&mut self, text: &str) {
        self.0.read(text);
    }
}

/// The settings of an object as AWS describes them.
pub(super) type Found = BTreeMap<String, String>;

/// A setting of an object: which field it is, which kinds of objects have it, and what it is now.
pub(super) struct Row {
    pub field: &'static str,
    pub key: &'static str,
    pub kinds: &'static [&'static str],
    pub value: Option<String>,
}

/// Says which fields of a struct are settings. A field whose kinds do not include the object's keeps
/// the value it has.
macro_rules! settings {
    ($ty:ident; $($field:ident = $key:literal, $kinds:expr;)+) => {
        impl $ty {
            fn rows(&self) -> Vec<$crate::elbv2::settings::Row> {
                vec![$($crate::elbv2::settings::Row {
                    field: stringify!($field),
                    key: $key,
                    kinds: $kinds,
                    value: $crate::elbv2::settings::Setting::write(&self.$field),
                }),+]
            }

            fn read_settings(&mut self, kind: &str, found: &$crate::elbv2::settings::Found) {
                $(if let Some(text) = found.get($key).filter(|_| $kinds.contains(&kind)) {
                    $crate::elbv2::settings::Setting::read(&mut self.$field, text);
                })+
            }
        }
    };
}
pub(super) use settings;

/// The pairs to send to an object of this kind. Those not given are left alone. A kind that nobody
/// knows may have all settings.
pub(super) fn changes(kind: &str, have: &[Row], want: Vec<Row>) -> Vec<(&'static str, String)> {
    let unknown = !have.iter().any(|it| it.kinds.contains(&kind));
    let differs = |it: &Row| {
        let before = have.iter().find(|old| old.key == it.key);
        let has = unknown || it.kinds.contains(&kind);
        before.is_none_or(|old| old.value != it.value) && has
    };
    let changed = want.into_iter().filter(differs);
    changed.filter_map(|it| Some((it.key, it.value?))).collect()
}
