//! What goes into a statement and what comes back, so that no other file sees a driver's types.

use jiff::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, types::Oid};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, Column, Encode, Postgres, Row as _, Type, TypeInfo, Value as _, ValueRef as _,
};
use uuid::Uuid;

use crate::StoreError;

/// One value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Value {
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    Bool(bool),
    Null,
}

/// One row of an answer, read from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    values: std::vec::IntoIter<Value>,
    table: &'static str,
}

impl Row {
    pub(crate) fn of(values: Vec<Value>) -> Self {
        Self { values: values.into_iter(), table: "row" }
    }

    /// For messages: where the row comes from.
    pub(crate) fn from(mut self, table: &'static str) -> Self {
        self.table = table;
        self
    }

    /// The next column.
    pub(crate) fn take<T: FromValue>(&mut self) -> Result<T, StoreError> {
        let value = self.values.next();
        let found = value.clone();
        value.and_then(T::from_value).ok_or_else(|| StoreError::Unreadable {
            what: self.table.into(),
            why: format!("expected {}, found {found:?}", std::any::type_name::<T>()),
        })
    }

    /// The next column, which holds JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text: String = self.take()?;
        serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
            what: self.table.into(),
            why: error.to_string(),
        })
    }
}

impl Row {
    /// The next column, which holds JSON or NULL.
    pub(crate) fn optional_json<T: serde::de::DeserializeOwned>(
        &mut self,
    ) -> Result<Option<T>, StoreError> {
        if let Some(Value::Null) = self.values.as_slice().first() {
            self.values.next();
            return Ok(None);
        }
        self.json().map(Some)
    }
}

/// What a column can be read as.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for Value {
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(int) => Some(int),
            _ => None,
        }
    }
}

impl FromValue for u64 {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for u32 {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bool(bool) => Some(bool),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl FromValue for [u8; 32] {
    fn from_value(value: Value) -> Option<Self> {
        Vec::from_value(value)?.try_into().ok()
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Option<Self> {
        Timestamp::from_microsecond(i64::from_value(value)?).ok()
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value) -> Option<Self> {
        Uuid::try_parse(&String::from_value(value)?).ok()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<u32> for Value {
    fn from(int: u32) -> Self {
        Self::Int(int.into())
    }
}

impl From<i16> for Value {
    fn from(int: i16) -> Self {
        Self::Int(int.into())
    }
}

impl From<u64> for Value {
    /// Nothing that we count comes near 2^63; what does is a defect that the database refuses.
    fn from(int: u64) -> Self {
        i64::try_from(int).map_or(Self::Null, Self::Int)
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<[u8; 32]> for Value {
    fn from(bytes: [u8; 32]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_microsecond())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl From<issuance::$id> for Value {
            fn from(id: issuance::$id) -> Self {
                Self::Text(id.to_string())
            }
        }

        impl FromValue for issuance::$id {
            fn from_value(value: Value) -> Option<Self> {
                String::from_value(value)?.parse().ok()
            }
        }
    )*};
}

ids! {
    AgencyId PersonId PositionId ProcedureId ResultId RegisterId KeyId ActivationId ClientId
    ProposalId
}

impl From<issuance::FileHash> for Value {
    fn from(hash: issuance::FileHash) -> Self {
        Self::Bytes(hash.0.to_vec())
    }
}

impl FromValue for issuance::FileHash {
    fn from_value(value: Value) -> Option<Self> {
        FromValue::from_value(value).map(issuance::FileHash)
    }
}

/// `values![a, b, c]`: the arguments of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;

/// JSON text of something that is ours.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Unreadable { what: "value".into(), why: error.to_string() })
}

// The drivers ---------------------------------------------------------------------------------

pub(crate) fn lite_arguments(values: &[Value]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text.clone()),
            Value::Int(int) => arguments.add(*int),
            Value::Bytes(bytes) => arguments.add(bytes.clone()),
            Value::Bool(bool) => arguments.add(*bool),
            Value::Null => arguments.add(None::<i64>),
        }
        .map_err(unsendable)?;
    }
    Ok(arguments)
}

pub(crate) fn pg_arguments(values: &[Value]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text.as_str()),
            Value::Int(int) => arguments.add(*int),
            Value::Bytes(bytes) => arguments.add(bytes.as_slice()),
            Value::Bool(bool) => arguments.add(*bool),
            Value::Null => arguments.add(Untyped),
        }
        .map_err(unsendable)?;
    }
    Ok(arguments)
}

fn unsendable(error: BoxDynError) -> StoreError {
    StoreError::Unreadable { what: "argument".into(), why: error.to_string() }
}

/// NULL of the type that the statement asks for: type 0 lets PostgreSQL infer it from the column.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

pub(crate) fn lite_row(row: &SqliteRow) -> Result<Row, StoreError> {
    let value = |index: usize| -> Result<Value, sqlx::Error> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let owned = raw.to_owned();
        Ok(match owned.type_info().name() {
            "TEXT" => Value::Text(row.try_get_unchecked(index)?),
            "BLOB" => Value::Bytes(row.try_get_unchecked(index)?),
            _ => Value::Int(row.try_get_unchecked(index)?),
        })
    };
    let values = (0..row.len()).map(value).collect::<Result<_, _>>()?;
    Ok(Row::of(values))
}

pub(crate) fn pg_row(row: &PgRow) -> Result<Row, StoreError> {
    let value = |index: usize| -> Result<Value, sqlx::Error> {
        if row.try_get_raw(index)?.is_null() {
            return Ok(Value::Null);
        }
        Ok(match row.column(index).type_info().name() {
            "INT8" => Value::Int(row.try_get(index)?),
            "INT4" => Value::Int(row.try_get::<i32, _>(index)?.into()),
            "BOOL" => Value::Bool(row.try_get(index)?),
            "BYTEA" => Value::Bytes(row.try_get(index)?),
            _ => Value::Text(row.try_get(index)?),
        })
    };
    let values = (0..row.len()).map(value).collect::<Result<_, _>>()?;
    Ok(Row::of(values))
}
