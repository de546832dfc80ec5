//! A declaration, compiled: every path knows its loop, every member its slot, so that running it looks up no name.

use crate::columns::Type;

use super::spec::{Find, Mode, Outer, Parts, Tree};

/// What one value gives.
#[derive(Debug, Default)]
pub struct Scope {
    /// Rows.
    pub rows: Vec<Row>,
    /// Loops over what is inside.
    pub each: Vec<Loop>,
    /// Of each, the first whose test holds.
    pub branches: Vec<Vec<(Option<Check>, Self)>>,
    /// Notes that count one more.
    pub notes: Vec<usize>,
    /// Notes that count one more by the shape of a value.
    pub shapes: Vec<(usize, Ref)>,
}

/// One row of a table.
#[derive(Debug)]
pub struct Row {
    /// The table.
    pub table: usize,
    /// Its columns by their places, with their types, but for those that [`Program::recorded`] has.
    pub columns: Vec<(usize, Op, Type)>,
    /// The loop whose fits the row's columns note, where one of them gives the rest.
    pub rest_of: Option<usize>,
}

/// A loop.
#[derive(Debug)]
pub struct Loop {
    /// Its number among all loops of the plan.
    pub id: usize,
    /// What it goes over.
    pub over: Ref,
    /// The parts of that.
    pub parts: Parts,
    /// Parts that are rows once only.
    pub once: Option<OnceRows>,
    /// The note for members that are passed over.
    pub others: Option<usize>,
    /// What each part gives.
    pub scope: Scope,
}

/// See [`super::spec::OnceSpec`].
#[derive(Debug)]
pub struct OnceRows {
    /// The table.
    pub table: usize,
    /// The record value that is half of the key.
    pub with: usize,
}

/// What a loop needs to know of its parts.
#[derive(Debug, Default)]
pub struct Members {
    /// The keys that are asked for; their places here are the slots.
    pub keys: Vec<String>,
    /// Slots whose text is looked for from parts further on.
    pub tracked: Vec<usize>,
}

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Ref {
    /// Where it starts.
    pub root: Root,
    /// Steps from there.
    pub steps: Vec<Hop>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Root {
    /// The JSON of a field.
    Field(usize),
    /// The part of a loop.
    Part(usize),
    /// A member of the part of a loop, by loop and slot.
    Slot(usize, usize),
    /// The part before that a text names.
    Nearest(Box<Near>),
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub enum Hop {
    /// To a member.
    Key(Vec<u8>),
    /// To the item whose number stands there.
    Item(Ref),
    /// To the first object that has it.
    Find(Find),
}

/// See [`super::spec::Nearest`].
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The loop.
    pub id: usize,
    /// The tracked member.
    pub slot: usize,
    /// Where the text stands.
    pub of: Ref,
    /// What is taken off its end.
    pub suffixes: Vec<String>,
}

/// Where a column comes from: [`super::spec::Expr`], compiled.
#[derive(Debug)]
#[allow(missing_docs, reason = "as in Expr")]
pub enum Op {
    Null,
    Text(Vec<u8>),
    Integer(i64),
    Cell {
        field: usize,
        nulls: Vec<String>,
        hex: bool,
    },
    Place,
    Version {
        field: usize,
        part: usize,
    },
    Split {
        field: usize,
    },
    Verbatim {
        field: usize,
        outer: Outer,
    },
    Strict {
        field: usize,
        outer: Outer,
    },
    Object {
        field: usize,
    },
    IntegerKeys {
        field: usize,
    },
    NumberedValues {
        field: usize,
    },
    /// A value computed once for the record.
    Record(usize),
    Number(usize),
    Key(usize),
    /// Options, each with the field it needs.
    Either(Vec<(usize, Self)>),
    /// The list, and its type.
    First(Box<Self>, Type),
    FirstOf(Vec<Self>),
    When(Check, Box<Self>, Box<Self>),
    Value(Ref, Mode),
    /// A value that is a member of the part of a loop.
    Member(Member),
    Kind(Ref),
    Json(Ref),
    Atom(Ref),
    Shape(Ref),
    Rest(Rest),
    Head(Ref, Vec<String>),
    Tail(Ref, Vec<String>, usize),
    KeyHead(usize, Vec<String>),
    KeyTail(usize, Vec<String>),
    Join(Vec<Piece>),
    Nearest(Near),
    Zip {
        id: usize,
        slots: Vec<usize>,
    },
    Lookup {
        at: Ref,
        field: usize,
        endings: Vec<String>,
    },
}

/// A member of the part of a loop as a column: what most columns are.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The loop.
    pub id: usize,
    /// The slot.
    pub slot: usize,
    /// How it is read.
    pub mode: Mode,
}

/// See [`super::spec::Expr::Rest`].
#[derive(Debug)]
pub struct Rest {
    /// The loop.
    pub id: usize,
    /// Slots that stand elsewhere.
    pub drop: Vec<usize>,
    /// Slots that have a column in the row: a null needs no place besides.
    pub bound: Vec<usize>,
    /// An empty object instead of null.
    pub always: bool,
    /// Nulls are kept all the same.
    pub nulls: bool,
    /// Slots that are left out where they are this text.
    pub constant: Vec<(usize, Vec<u8>)>,
}

/// See [`super::spec::Joint`].
#[derive(Debug)]
#[allow(missing_docs, reason = "as in Joint")]
pub enum Piece {
    Text(Vec<u8>),
    At(Ref),
    Integer(Vec<Ref>),
    Number(usize),
    Key(usize),
}

/// See [`super::spec::Test`].
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "as in Test")]
pub enum Check {
    /// A bit for each type; see [`super::path::kind_bit`].
    Kind(Ref, u8),
    /// The same of the part of a loop.
    PartKind(usize, u8),
    /// And of its member, by loop and slot.
    MemberKind(usize, usize, u8),
    Has(usize, Vec<usize>),
    AnyItem(Ref, Vec<Vec<u8>>),
    AnyKind(Ref, u8),
    Starts(Ref, Vec<u8>),
    Is(Ref, Vec<u8>),
    Key(usize, Vec<u8>),
    Ends(Ref, Vec<String>),
    Integer(Ref),
    True(Ref),
    /// A test that hangs on the record alone: one of [`Program::checks`].
    Record(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// All of it.
#[derive(Debug)]
pub struct Program {
    /// What the record gives.
    pub record: Scope,
    /// What its loops need to know, by number.
    pub loops: Vec<Members>,
    /// Values computed once for each record.
    pub values: Vec<(Op, Type)>,
    /// Which of these the record's own row takes, so that what they let pass counts.
    pub own: Vec<bool>,
    /// Tests that hang on the record alone, made once for it where they are asked for.
    pub checks: Vec<Check>,
    /// For each table, the note of [`super::spec::OnceSpec`].
    pub differing: Vec<Option<usize>>,
    /// For each table, columns that are values of the record in every row: place and value.
    pub recorded: Vec<Vec<(usize, usize)>>,
    /// Fields whose JSON some loop or path goes into.
    pub parsed: Vec<bool>,
    /// Fields made of others.
    pub derived: Vec<Option<Tree>>,
}
