//! Where columns come from: paths into a record, expressions over them, and tests.

use serde::Deserialize;

/// A place in a record.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// The field whose JSON it starts in, or
    #[serde(default)]
    pub field: Option<usize>,
    /// the loop whose part it starts at, counted from the outermost, 0, or
    #[serde(default)]
    pub level: Option<usize>,
    /// the part before that a text names.
    #[serde(default)]
    pub nearest: Option<Box<Nearest>>,
    /// Step after step from there.
    #[serde(default)]
    pub keys: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Step {
    /// To the member of an object with this key.
    Key(String),
    /// To the item of an array whose number stands elsewhere.
    Item {
        /// Where its number stands.
        at: Box<Path>,
    },
    /// To the first object of an array that has a text in a member; an object stands for an array of it alone.
    Find(Find),
}

/// What the object that is looked for has.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The member.
    pub key: String,
    /// Its text; any, if neither this nor `ends` is there and `absent` is false.
    #[serde(default)]
    pub is: Option<String>,
    /// What its text ends with, in which `#` stands for an integer.
    #[serde(default)]
    pub ends: Vec<String>,
    /// The object has no such member.
    #[serde(default)]
    pub absent: bool,
    /// A bare text stands for an object that has it in the member.
    #[serde(default)]
    pub texts: bool,
}

/// The nearest part before the one at hand, in the same loop, whose member `key` is a given text.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Nearest {
    /// The loop.
    pub level: usize,
    /// The member.
    pub key: String,
    /// Where the text stands.
    pub of: Path,
    /// What is taken off its end first; see [`Expr::Head`].
    #[serde(default)]
    pub suffixes: Vec<String>,
}

/// Where a column comes from.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// Nowhere: null.
    Null,
    /// A text that is always the same.
    Text(String),
    /// An integer that is always the same.
    Integer(i64),
    /// A scalar field, and texts that mean null in it.
    Cell {
        /// The field.
        field: usize,
        /// Texts that mean null in it, besides the general ones.
        #[serde(default)]
        nulls: Vec<String>,
        /// A time may be the hex digits of its text.
        #[serde(default)]
        hex: bool,
    },
    /// The record's place in its source, from 0, rejected ones counted.
    Place,
    /// The n-th part of a field of the form `major.minor` or `major`; null in any other form.
    Version {
        /// The field.
        field: usize,
        /// 0 or 1.
        part: usize,
    },
    /// The integers of a field, which `;` or `,` separate.
    Split {
        /// The field.
        field: usize,
    },
    /// A field's JSON, byte for byte.
    Verbatim {
        /// The field.
        field: usize,
        /// Its outer type.
        outer: Outer,
    },
    /// A field's JSON, typed as the column, all of it: what does not fit rejects the record.
    Strict {
        /// The field.
        field: usize,
        /// Its outer type.
        outer: Outer,
    },
    /// A field's JSON object as a struct column.
    Object {
        /// The field.
        field: usize,
    },
    /// The keys of a field's JSON object that are integers, in order.
    IntegerKeys {
        /// The field.
        field: usize,
    },
    /// The values of a field's JSON object whose keys are integers, by number, typed as the items of the column; what
    /// does not fit rejects the record.
    NumberedValues {
        /// The field.
        field: usize,
    },
    /// The number that is the key of a loop's part, or its place.
    Number {
        /// The loop, from the outermost, 0.
        level: usize,
    },
    /// The text that is the key of a loop's part.
    Key {
        /// The loop.
        level: usize,
    },
    /// The first of these whose field the source has; null where it has none.
    Either(Vec<Self>),
    /// The first item of a list.
    First(Box<Self>),
    /// The first of these that is not null.
    FirstOf(Vec<Self>),
    /// One or the other, by a test.
    When {
        /// The test.
        test: Box<Test>,
        /// What it is if the test holds.
        then: Box<Self>,
        /// What it is if not.
        #[serde(default)]
        otherwise: Option<Box<Self>>,
    },
    /// A value, typed as the column.
    Value {
        /// The value.
        at: Path,
        /// What becomes of one of another type.
        #[serde(default)]
        mode: Mode,
    },
    /// The name of a value's type: `missing, null, boolean, number, string, array, object`.
    Kind {
        /// The value.
        at: Path,
    },
    /// A value as JSON text, `null` too.
    Json {
        /// The value.
        at: Path,
    },
    /// The text of a string, or the token of a number or boolean.
    Atom {
        /// The value.
        at: Path,
    },
    /// A sketch of a value's type: see [`super::shape`].
    Shape {
        /// The value.
        at: Path,
    },
    /// The members of a loop's part that no column of the row holds, or that did not fit theirs, as a JSON object.
    Rest {
        /// The loop.
        level: usize,
        /// Members that stand elsewhere.
        #[serde(default)]
        drop: Vec<String>,
        /// An object without a member where there is none, instead of null.
        #[serde(default)]
        always: bool,
        /// Nulls are kept though the row has a column for them.
        #[serde(default)]
        nulls: bool,
        /// Members that are left out where they are this text.
        #[serde(default)]
        constant: Vec<(String, String)>,
    },
    /// A text without the first of these suffixes that it ends with, in which `#` stands for an integer.
    Head {
        /// The text.
        at: Path,
        /// The suffixes.
        suffixes: Vec<String>,
    },
    /// One of the integers for which `#` stands in the suffix of a text.
    Tail {
        /// The text.
        at: Path,
        /// The suffixes.
        suffixes: Vec<String>,
        /// Which of the integers, from 0.
        part: usize,
    },
    /// As [`Self::Head`], of the key of a loop's part.
    KeyHead {
        /// The loop.
        level: usize,
        /// The suffixes.
        suffixes: Vec<String>,
    },
    /// The integer in the suffix of the key of a loop's part.
    KeyTail {
        /// The loop.
        level: usize,
        /// The suffixes.
        suffixes: Vec<String>,
    },
    /// Texts and integers one after the other; null if one is missing.
    Join(Vec<Joint>),
    /// The place of the nearest part before; of the part at hand if there is none.
    Nearest(Nearest),
    /// Items of lists that run side by side, as a list of structs.
    Zip {
        /// The loop whose part has the lists.
        level: usize,
        /// For each child of the struct, the member that is its list.
        members: Vec<String>,
    },
    /// A text that may be the key of another one: if it ends with one of these, what an object holds under it.
    Lookup {
        /// The text.
        at: Path,
        /// The field whose JSON object holds the others.
        field: usize,
        /// The ends of keys.
        endings: Vec<String>,
    },
}

/// What becomes of a value of another type than its column's.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Null, or what its text can be read as.
    #[default]
    Lenient,
    /// Null.
    Exact,
    /// It rejects the record.
    Strict,
    /// It rejects the record, but a time may be the hex digits of its text.
    Hex,
    /// It rejects the record, and so does a null.
    Required,
    /// Null, or what its text can be read as, which then stands for it.
    Readable,
}

/// A piece of a joined text.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Joint {
    /// This text.
    Text(String),
    /// The text at a path.
    At(Path),
    /// The first of these that is a 32-bit integer.
    Integer(Vec<Path>),
    /// The place of a loop's part.
    Number {
        /// The loop.
        level: usize,
    },
    /// The text that is the key of a loop's part.
    Key {
        /// The loop.
        level: usize,
    },
}

/// A condition on a value.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// It is of one of these types: the names of [`Expr::Kind`].
    Kind {
        /// The value.
        at: Path,
        /// The names.
        is: Vec<String>,
    },
    /// The part of a loop is an object with one of these members.
    Has {
        /// The loop.
        level: usize,
        /// The keys.
        any: Vec<String>,
    },
    /// An array has an object among its items with all of these members.
    AnyItem {
        /// The array.
        at: Path,
        /// The keys.
        has: Vec<String>,
    },
    /// An array has an item of one of these types.
    AnyKind {
        /// The array.
        at: Path,
        /// The names of the types.
        is: Vec<String>,
    },
    /// It is a text that begins with this one.
    Starts {
        /// The value.
        at: Path,
        /// The beginning.
        with: String,
    },
    /// It is this text.
    Is {
        /// The value.
        at: Path,
        /// The text.
        text: String,
    },
    /// The key of a loop's part is this text.
    Key {
        /// The loop.
        level: usize,
        /// The text.
        text: String,
    },
    /// It is a text that ends with one of these suffixes, in which `#` stands for an integer.
    Ends {
        /// The value.
        at: Path,
        /// The suffixes.
        suffixes: Vec<String>,
    },
    /// It is an integer.
    Integer {
        /// The value.
        at: Path,
    },
    /// It is `true`.
    True {
        /// The value.
        at: Path,
    },
    /// The test does not hold.
    Not(Box<Self>),
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
}

/// The outer type that a JSON field must have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Outer {
    /// An object.
    Object,
    /// An array.
    Array,
    /// Any.
    Any,
}
