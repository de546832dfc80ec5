//! The operations of a plan: expressions that give columns, and predicates.
//!
//! Each operation is declared here and evaluated in [`super::eval`] or [`super::path`]. Everything between (parsing the
//! declaration, resolving its references, sharing what depends on the record alone) is generic over the operands.

use serde::Deserialize;

use crate::columns::{Decode, Mode, Type};
use crate::error::Result;
use crate::json::TypeSet;

use super::refs::{ElementRef, FieldRef, JsonFieldRef, JsonPath, NearestRef};

/// Visits the references of an expression.
pub trait Visitor {
    /// A field; `parsed` if its JSON is read and not only its text.
    fn field(&mut self, field: usize, parsed: bool) -> Result<()>;
    /// A loop, of which the current element is meant.
    fn element(&mut self, level: &mut usize) -> Result<()>;
    /// A JSON value.
    fn path(&mut self, path: &mut JsonPath) -> Result<()>;
    /// A preceding element.
    fn nearest(&mut self, nearest: &mut NearestRef) -> Result<()>;
    /// An operand that is an expression.
    fn expr(&mut self, expr: &mut Expr) -> Result<()>;
    /// An operand that is a predicate.
    fn predicate(&mut self, predicate: &mut Predicate) -> Result<()>;
}

/// An operand: passes its references to a visitor.
pub trait Operand {
    /// Visits the references, in order.
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()>;
}

/// An enum of operations, each with named operands, and the visit of all operands.
macro_rules! operations {
    ($(#[$meta:meta])* pub enum $name:ident visited by $visit:ident {
        $($(#[$note:meta])* $op:ident $({ $($(#[$about:meta])* $operand:ident: $type:ty,)* })?,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Deserialize, PartialEq)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub enum $name {
            $($(#[$note])* $op $({ $($(#[$about])* $operand: $type,)* })?,)*
        }

        impl $name {
            /// Visits the references of the operands.
            pub fn visit_operands(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
                match self {
                    $(Self::$op $({ $($operand,)* })? => { $($($operand.visit(visitor)?;)*)? })*
                }
                Ok(())
            }
        }

        impl Operand for $name {
            fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
                visitor.$visit(self)
            }
        }
    };
}

operations! {
    /// The source of a column.
    #[derive(Default)]
    pub enum Expr visited by expr {
        /// Null.
        #[default]
        Null,
        /// A constant.
        Literal {
            /// The text or integer.
            value: Literal,
        },
        /// A scalar field.
        Cell {
            /// The field.
            field: FieldRef,
            /// Texts that mean null, besides the general ones.
            #[serde(default)]
            nulls: Vec<String>,
            /// A text transform that is tried first.
            #[serde(default)]
            decode: Option<Decode>,
        },
        /// Index of the record in its source, from 0; rejected records count.
        RecordIndex,
        /// Number of the record over all sources, from 1; rejected records count.
        RecordNumber,
        /// One part of a field of the form `major.minor` or `major`; null for any other form.
        VersionPart {
            /// The field.
            field: FieldRef,
            /// 0 or 1.
            part: usize,
        },
        /// The integers of a field, separated by `;` or `,`.
        SplitIntegers {
            /// The field.
            field: FieldRef,
        },
        /// The JSON of a field, byte for byte.
        RawJson {
            /// The field.
            field: FieldRef,
            /// Its outer type.
            outer: Outer,
        },
        /// Null, of a field whose JSON is checked.
        CheckedJson {
            /// The field.
            field: FieldRef,
            /// Its outer type.
            outer: Outer,
        },
        /// The JSON of a field as the column's type.
        TypedJson {
            /// The field.
            field: JsonFieldRef,
            /// Its outer type.
            outer: Outer,
            /// How a value of another type is handled.
            mode: Mode,
        },
        /// The integer keys of a field's JSON object, in source order.
        IntegerKeys {
            /// The field.
            field: JsonFieldRef,
        },
        /// The values of a field's JSON object ordered by their integer keys, as the items of the column's list. Used
        /// by one column only: a list of a record's values has no other source.
        NumberedValues {
            /// The field.
            field: JsonFieldRef,
        },
        /// A member of the object that a field's JSON object has under an integer key: the text of a string, or the JSON
        /// text of another value; null if it is missing or null.
        TextUnder {
            /// The field.
            field: JsonFieldRef,
            /// The integer.
            key: Box<Expr>,
            /// The member.
            member: String,
        },
        /// Index of the current element of a loop: its integer key, or its position.
        Index {
            /// The loop.
            level: ElementRef,
        },
        /// The first option whose field the source has; null if it has none of them.
        FirstPresent {
            /// Expressions that each read one field as a whole.
            options: Vec<Expr>,
            /// The field of each option, once resolved.
            #[serde(skip)]
            fields: Vec<usize>,
        },
        /// The first item of a list. Used by one column only: no other operation reads a list that is not JSON.
        FirstItem {
            /// The list.
            list: Box<Expr>,
            /// The type of the list, once resolved.
            #[serde(skip)]
            list_type: Option<Type>,
        },
        /// The first option that is not null.
        Coalesce {
            /// The options.
            options: Vec<Expr>,
        },
        /// One of two expressions.
        When {
            /// Chooses.
            test: Box<Predicate>,
            /// If the predicate matches.
            then: Box<Expr>,
            /// If not.
            #[serde(default)]
            otherwise: Box<Expr>,
        },
        /// A JSON value as the column's type.
        Value {
            /// The value.
            at: JsonPath,
            /// How a value of another type is handled.
            mode: Mode,
            /// A text transform that is tried first.
            #[serde(default)]
            decode: Option<Decode>,
        },
        /// The name of a JSON value's type: `missing, null, boolean, number, string, array, object`.
        JsonType {
            /// The value.
            at: JsonPath,
        },
        /// A JSON value as compact JSON text, a JSON null included.
        ToJson {
            /// The value.
            at: JsonPath,
        },
        /// The text of a string, or the token of a number or boolean.
        ScalarText {
            /// The value.
            at: JsonPath,
        },
        /// A sketch of a value's type; see [`crate::json::sketch`].
        TypeSketch {
            /// The value.
            at: JsonPath,
        },
        /// The members of an element that no column of the row holds exactly, as a JSON object.
        Residual {
            /// The loop.
            level: ElementRef,
            /// Members that are left out.
            drop: Vec<JsonPath>,
            /// An empty object instead of null if no member is left.
            always: bool,
            /// Nulls are kept even if a column reads them.
            nulls: bool,
            /// Members whose nulls are kept, whatever `nulls` says.
            #[serde(default)]
            keep: Vec<JsonPath>,
            /// Members that are left out if they have this text.
            constant: Vec<(JsonPath, String)>,
            /// Slots that a column of the row reads, once resolved.
            #[serde(skip)]
            bound: Vec<usize>,
        },
        /// A text without the first of these suffixes that it ends with; `#` matches an integer.
        StripSuffix {
            /// The text.
            at: JsonPath,
            /// The suffixes.
            suffixes: Vec<String>,
        },
        /// An integer that `#` matches in the suffix of a text.
        SuffixInt {
            /// The text.
            at: JsonPath,
            /// The suffixes.
            suffixes: Vec<String>,
            /// Which of the integers, from 0.
            part: usize,
        },
        /// Texts and integers concatenated; null if one is missing.
        Concat {
            /// The parts.
            parts: Vec<ConcatPart>,
        },
        /// Index of a preceding element, or of the current element if there is none.
        NearestIndex {
            /// The element.
            of: NearestRef,
        },
        /// The items of array members side by side, as a list of structs. Used by one column only: an older tool wrote
        /// the coordinates of its points so.
        ZipLists {
            /// The loop whose element has the arrays.
            level: ElementRef,
            /// For each child of the struct, its array.
            lists: Vec<JsonPath>,
        },
        /// An array of positions, each an array of numbers, as a list of structs; other positions are null. Used by one
        /// column only: the coordinates of a line.
        Positions {
            /// The array.
            at: JsonPath,
        },
        /// Longitude or latitude in degrees (WGS 84) of a position in metres of Web Mercator; null unless both are numbers
        /// or strings of numbers. Used by two columns only: a transform would compute it for all marks.
        WebMercator {
            /// Metres to the east.
            x: JsonPath,
            /// Metres to the north.
            y: JsonPath,
            /// 0 for the longitude, 1 for the latitude.
            part: usize,
        },
        /// A text, or, if it ends like a key, the text that a JSON object has under that key.
        Lookup {
            /// The text.
            at: JsonPath,
            /// The field with the JSON object.
            field: JsonFieldRef,
            /// The endings of keys.
            endings: Vec<String>,
        },
        /// A value that is computed once per record: its number among [`super::program::Program::values`].
        #[serde(skip)]
        Shared {
            /// The number.
            value: usize,
        },
    }
}

operations! {
    /// A condition on a value.
    pub enum Predicate visited by predicate {
        /// The value has one of these types.
        IsType {
            /// The value.
            at: JsonPath,
            /// The types, `missing` included.
            types: TypeSet,
        },
        /// At least one of these values is present.
        Exists {
            /// The values.
            any: Vec<JsonPath>,
        },
        /// An item of the array has one of these types, and all of these members.
        AnyItem {
            /// The array.
            at: JsonPath,
            /// The types.
            types: TypeSet,
            /// The keys of the members.
            has: Vec<String>,
        },
        /// The value is a string with this prefix.
        StartsWith {
            /// The value.
            at: JsonPath,
            /// The prefix.
            prefix: String,
        },
        /// The value is this string.
        EqualsText {
            /// The value.
            at: JsonPath,
            /// The string.
            text: String,
        },
        /// The value is a string that ends with one of these suffixes; `#` matches an integer.
        EndsWith {
            /// The value.
            at: JsonPath,
            /// The suffixes.
            suffixes: Vec<String>,
        },
        /// The value is an integer.
        IsInteger {
            /// The value.
            at: JsonPath,
        },
        /// The value is `true`.
        IsTrue {
            /// The value.
            at: JsonPath,
        },
        /// The predicate does not match.
        Not {
            /// The predicate.
            test: Box<Predicate>,
        },
        /// All of these match.
        All {
            /// The predicates.
            tests: Vec<Predicate>,
        },
        /// At least one of these matches.
        Any {
            /// The predicates.
            tests: Vec<Predicate>,
        },
        /// A predicate on the record alone: its number among [`super::program::Program::predicates`].
        #[serde(skip)]
        Shared {
            /// The number.
            predicate: usize,
        },
    }
}

/// A constant.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Literal {
    /// An integer.
    Integer(i64),
    /// A text.
    Text(String),
}

/// A part of a concatenated text.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ConcatPart {
    /// A constant.
    Literal {
        /// The text.
        value: String,
    },
    /// The text of a string.
    Text {
        /// The string.
        at: JsonPath,
    },
    /// The first of these that is a 32-bit integer.
    FirstInteger {
        /// The values.
        options: Vec<JsonPath>,
    },
    /// Index of the current element of a loop.
    Index {
        /// The loop.
        level: ElementRef,
    },
    /// Index of a preceding element, or of the current element if there is none.
    NearestIndex {
        /// The element.
        of: NearestRef,
    },
    /// The keys and indices that lead to the current element of a loop over leaves, each after `_`.
    Path {
        /// The loop.
        level: ElementRef,
    },
}

impl Operand for ConcatPart {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        match self {
            Self::Literal { .. } => Ok(()),
            Self::Text { at } => at.visit(visitor),
            Self::FirstInteger { options } => options.visit(visitor),
            Self::Index { level } | Self::Path { level } => level.visit(visitor),
            Self::NearestIndex { of } => of.visit(visitor),
        }
    }
}

/// The outer type that a field's JSON must have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Outer {
    /// An object.
    Object,
    /// An array.
    Array,
    /// Any type.
    Any,
}

impl Operand for FieldRef {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        visitor.field(self.0, false)
    }
}

impl Operand for JsonFieldRef {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        visitor.field(self.0, true)
    }
}

impl Operand for ElementRef {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        visitor.element(&mut self.0)
    }
}

impl Operand for JsonPath {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        visitor.path(self)
    }
}

impl Operand for NearestRef {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        visitor.nearest(self)
    }
}

impl<T: Operand> Operand for Vec<T> {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        self.iter_mut().try_for_each(|item| item.visit(visitor))
    }
}

impl<T: Operand> Operand for Box<T> {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        (**self).visit(visitor)
    }
}

impl<A: Operand, B: Operand> Operand for (A, B) {
    fn visit(&mut self, visitor: &mut dyn Visitor) -> Result<()> {
        self.0.visit(visitor)?;
        self.1.visit(visitor)
    }
}

/// Operands without references.
macro_rules! constants {
    ($($type:ty),* $(,)?) => {
        $(impl Operand for $type {
            fn visit(&mut self, _: &mut dyn Visitor) -> Result<()> {
                Ok(())
            }
        })*
    };
}

constants!(bool, usize, String, Option<Type>, Option<Decode>, Mode, TypeSet, Literal, Outer,);
