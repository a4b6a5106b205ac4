//! Objects whose arguments AWS takes and gives as texts by name: SNS topics, SQS queues.

use model::{Auto, Json, Out};

use crate::policy::Policy;

/// A field that AWS knows as a text.
pub(crate) trait Text {
    /// Where nothing is given, the text that takes away what there is.
    fn text(&self) -> String;

    /// The field that AWS shows as this text, an empty one if it shows none.
    fn of(text: &str) -> Self;

    /// Whether a new object has to be told.
    fn given(&self) -> bool {
        !self.text().is_empty()
    }
}

impl Text for bool {
    fn text(&self) -> String {
        self.to_string()
    }
    fn of(text: &str) -> Self {
        text == "true"
    }
    /// Switches are refused where they mean nothing, even if they are off.
    fn given(&self) -> bool {
        *self
    }
}

impl Text for i32 {
    fn text(&self) -> String {
        self.to_string()
    }
    fn of(text: &str) -> Self {
        text.parse().unwrap_or_default()
    }
}

impl Text for String {
    fn text(&self) -> String {
        self.clone()
    }
    fn of(text: &str) -> Self {
        text.to_owned()
    }
}

/// For field types that hold a text and only compare differently.
macro_rules! held {
    ($($ty:ident),+) => { $(
        impl $crate::texts::Text for $ty {
            fn text(&self) -> String {
                self.0.clone()
            }
            fn of(text: &str) -> Self {
                $ty(text.to_owned())
            }
        }
    )+ };
}
pub(crate) use held;
held!(Json, Policy);

impl<T: Text> Text for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| T::of("").text(), T::text)
    }
    fn of(text: &str) -> Self {
        (!text.is_empty()).then(|| T::of(text))
    }
    fn given(&self) -> bool {
        self.as_ref().is_some_and(|it| !it.text().is_empty())
    }
}

macro_rules! wrapper {
    ($($ty:ident),+) => { $(
        impl<T: Text> Text for $ty<T> {
            fn text(&self) -> String {
                self.0.text()
            }
            fn of(text: &str) -> Self {
                $ty(Option::of(text))
            }
            fn given(&self) -> bool {
                self.0.given()
            }
        }
    )+ };
}
wrapper!(Auto, Out);

/// Says which fields of a struct are texts to AWS, and by which names: first those that the user
/// may give, then those that only AWS does. What else it has is left to its default.
macro_rules! texts {
    (
        $ty:ident { $($field:ident: $name:literal),+ $(,)? }
        shown { $($shown:ident: $shown_name:literal),* $(,)? }
    ) => {
        impl $ty {
            /// What to tell when one is created.
            fn texts(&self) -> std::collections::BTreeMap<&'static str, String> {
                use $crate::texts::Text;
                let all = [$(($name, self.$field.given(), self.$field.text())),+];
                all.into_iter().filter(|it| it.1).map(|(name, _, text)| (name, text)).collect()
            }

            /// What to tell to turn `have` into `self`, in the order of the fields.
            fn changes_from(&self, have: &Self) -> Vec<(&'static str, String)> {
                use $crate::texts::Text;
                let all = [$(($name, self.$field != have.$field, self.$field.text())),+];
                all.into_iter().filter(|it| it.1).map(|(name, _, text)| (name, text)).collect()
            }

            fn from_texts<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Self {
                use $crate::texts::Text;
                $ty {
                    $($field: Text::of(text($name).unwrap_or_default()),)+
                    $($shown: Text::of(text($shown_name).unwrap_or_default()),)*
                    ..Default::default()
                }
            }
        }
    };
}
pub(crate) use texts;
