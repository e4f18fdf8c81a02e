//! The three ways in which an act can end other than well: refused, missing (a refusal too), or a fault.

use std::borrow::Cow;
use std::fmt;

use async_graphql::ErrorExtensions;

/// Anything that the person cannot mend. Carried by `?`, logged once in the front door, never shown: as a
/// GraphQL error it has no code of the closed list, so the front door logs the cause and answers INTERNAL.
#[derive(Debug)]
pub struct Fault(pub Box<dyn std::error::Error + Send + Sync>);

impl Fault {
    /// A fault told in words.
    pub fn new(cause: impl Into<String>) -> Self {
        Self(cause.into().into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! faults {
    ($($error:ty),+ $(,)?) => { $(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self { Self(Box::new(error)) }
        }
        impl<C> From<$error> for Stop<C> {
            fn from(error: $error) -> Self { Self::Fault(error.into()) }
        }
    )+ };
}
faults!(sea_orm::DbErr, serde_json::Error, std::io::Error);

/// A code enum of one mutation: every value one reason that a person can act on.
pub trait Code: Copy + fmt::Debug + Send + Sync + 'static {
    /// A finished Chinese sentence, ready to show.
    fn sentence(self) -> &'static str;
}

/// One refusal: code, sentence, and the input at fault.
#[derive(Clone, Debug)]
pub struct Refused<C> {
    /// For programs.
    pub code: C,
    /// For the person, in Chinese.
    pub message: Cow<'static, str>,
    /// Path of the input at fault; `None` when it is the whole request.
    pub field: Option<&'static str>,
}

impl<C: Code> From<C> for Refused<C> {
    fn from(code: C) -> Self {
        Self { code, message: Cow::Borrowed(code.sentence()), field: None }
    }
}

/// Why an act stopped. Any `Err` rolls its transaction back.
#[derive(Debug)]
pub enum Stop<C> {
    /// The person can do something about it.
    Refused(Refused<C>),
    /// The person cannot.
    Fault(Fault),
}

impl<C> From<Fault> for Stop<C> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<C> Stop<C> {
    /// The same stop in the words of another act.
    pub fn narrow<D>(self, code: impl Fn(C) -> D) -> Stop<D> {
        match self {
            Self::Fault(fault) => Stop::Fault(fault),
            Self::Refused(Refused { code: own, message, field }) => {
                Stop::Refused(Refused { code: code(own), message, field })
            }
        }
    }
}

/// Refuses with a code and its own sentence.
pub fn refuse<T, C: Code>(code: C) -> Result<T, Stop<C>> {
    Err(Stop::Refused(code.into()))
}

/// Refuses and names the input at fault.
pub fn refuse_field<T, C: Code>(code: C, field: &'static str) -> Result<T, Stop<C>> {
    Err(Stop::Refused(Refused { field: Some(field), ..code.into() }))
}

/// Refuses with a sentence of its own.
pub fn refuse_saying<T, C: Code>(code: C, message: String) -> Result<T, Stop<C>> {
    Err(Stop::Refused(Refused { message: Cow::Owned(message), ..code.into() }))
}

/// An id text of the wrong type or shape.
#[derive(Clone, Copy, Debug)]
pub struct WrongId(pub &'static str);

/// A top-level error with one of the closed list of codes.
pub fn top_level(code: &'static str, message: impl Into<String>) -> async_graphql::Error {
    async_graphql::Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

impl From<WrongId> for async_graphql::Error {
    fn from(wrong: WrongId) -> Self {
        top_level("BAD_REQUEST", format!("an id here looks like {}_ and 26 characters", wrong.0))
    }
}

/// Declares what a mutation answers: code enum, error type, payload.
///
/// `payload Name { field: Type }` makes `Name { field: Option<Type>, user_errors: Vec<..> }` with
/// `Name::from_result`, which turns a refusal into `userErrors` and passes a fault on.
macro_rules! answers {
    ($(#[$doc:meta])* $payload:ident { $(#[$field_doc:meta])* $field:ident : $type:ty }
     $error:ident $code:ident { $($(#[$value_doc:meta])* $variant:ident = $sentence:literal),+ $(,)? }) => {
        #[doc = concat!("Why `", stringify!($payload), "` holds no object. Treat an unknown value as \"see message\".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $code { $($(#[$value_doc])* $variant),+ }

        impl $crate::kit::refusal::Code for $code {
            fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),+ }
            }
        }

        #[doc = concat!("A refusal of `", stringify!($payload), "`.")]
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $error {
            /// For programs.
            pub code: $code,
            /// A sentence for the person, in Chinese, ready to show.
            pub message: String,
            /// Path of the input at fault; null when it is the whole request.
            pub field: Option<Vec<String>>,
        }

        impl From<$crate::kit::refusal::Refused<$code>> for $error {
            fn from(refused: $crate::kit::refusal::Refused<$code>) -> Self {
                Self {
                    code: refused.code,
                    message: refused.message.into_owned(),
                    field: refused.field.map(|path| path.split('.').map(str::to_owned).collect()),
                }
            }
        }

        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            $(#[$field_doc])*
            ///
            /// Null exactly when `userErrors` is not empty.
            pub $field: Option<$type>,
            /// Empty when the act was done.
            pub user_errors: Vec<$error>,
        }

        impl $payload {
            /// A refusal becomes `userErrors`; a fault stays an error.
            pub fn from_result(
                result: Result<$type, $crate::kit::refusal::Stop<$code>>,
            ) -> async_graphql::Result<Self> {
                match result {
                    Ok(object) => Ok(Self { $field: Some(object), user_errors: Vec::new() }),
                    Err($crate::kit::refusal::Stop::Refused(refused)) => {
                        Ok(Self { $field: None, user_errors: vec![refused.into()] })
                    }
                    Err($crate::kit::refusal::Stop::Fault(fault)) => Err(fault.into()),
                }
            }
        }
    };
}
