//! Reading a part of a file in two steps, so that what is wrong with it is told with the line on which the part ends.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

/// Reads the raw shape, then what it means; both while the reader stands at this very part.
pub fn read<'de, D, R, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    R: Deserialize<'de>,
    T: TryFrom<R, Error = String>,
{
    struct Part<R, T>(PhantomData<(R, T)>);

    impl<'de, R: Deserialize<'de>, T: TryFrom<R, Error = String>> Visitor<'de> for Part<R, T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::try_from(R::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
        }
    }

    deserializer.deserialize_map(Part(PhantomData))
}

/// Lets a type be read through its raw shape.
macro_rules! read_in_place {
    ($($type:ty = $raw:ty),+ $(,)?) => { $(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::rights::rules::in_place::read::<D, $raw, Self>(deserializer)
            }
        }
    )+ };
}
pub(super) use read_in_place;
