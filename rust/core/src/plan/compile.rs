//! A declaration into a program; refuses one that refers to what it does not have, so that running it needs no checks.

use crate::columns::Type;
use crate::error::{Error, Result};

use super::path::kind_bit;
use super::program::{
    Check, Hop, Loop, Member, Members, Near, OnceRows, Op, Piece, Program, Ref, Rest, Root, Row, Scope,
};
use super::recorded;
use super::spec::{
    BranchSpec, Expr, FilterSpec, Joint, LoopSpec, Nearest, Path, RowSpec, ScopeSpec, Spec, Step, Test, Tree,
};

/// Compiles a declaration.
pub fn compile(spec: &Spec) -> Result<Program> {
    let mut compiler = Compiler {
        spec,
        around: Vec::new(),
        loops: Vec::new(),
        shared: Vec::new(),
        values: Vec::new(),
        checks: Vec::new(),
        differing: vec![None; spec.tables.len()],
        parsed: vec![false; spec.fields.len()],
    };
    for filter in &spec.filters {
        let (FilterSpec::OneOf { field, .. } | FilterSpec::Versions { field, .. } | FilterSpec::Times { field, .. }) =
            filter;
        compiler.field(*field)?;
    }
    for table in &spec.tables {
        table.once_per.map_or(Ok(0), |field| compiler.field(field))?;
    }
    let mut derived = vec![None; spec.fields.len()];
    for (field, how) in &spec.derived {
        compiler.field(*field)?;
        compiler.tree(how)?;
        derived[*field] = Some(how.clone());
    }
    let mut record = compiler.scope(&spec.record)?;
    let own = compiler.own(&mut record);
    let recorded = recorded::take(&mut record, spec);
    let Compiler { loops, values, checks, differing, parsed, .. } = compiler;
    Ok(Program { record, loops, values, own, checks, differing, recorded, parsed, derived })
}

struct Compiler<'a> {
    spec: &'a Spec,
    /// The numbers of the loops around, outermost first.
    around: Vec<usize>,
    loops: Vec<Members>,
    /// What `values` were compiled from.
    shared: Vec<(Expr, Type)>,
    values: Vec<(Op, Type)>,
    checks: Vec<Check>,
    differing: Vec<Option<usize>>,
    parsed: Vec<bool>,
}

fn bad<T>(message: String) -> Result<T> {
    Err(Error::Plan(message))
}

/// The bits of the types with these names.
fn kind_bits(names: &[String]) -> Result<u8> {
    let bits = names.iter().map(|name| match kind_bit(name) {
        Some(bit) => Ok(bit),
        None => bad(format!("no type {name} of JSON values")),
    });
    bits.sum()
}

impl<'a> Compiler<'a> {
    fn scope(&mut self, scope: &ScopeSpec) -> Result<Scope> {
        for &note in &scope.notes {
            self.note(note)?;
        }
        Ok(Scope {
            rows: scope.rows.iter().map(|row| self.row(row)).collect::<Result<_>>()?,
            each: scope.each.iter().map(|inner| self.each(inner)).collect::<Result<_>>()?,
            branches: scope.branches.iter().map(|branches| self.branches(branches)).collect::<Result<_>>()?,
            notes: scope.notes.clone(),
            shapes: scope
                .shapes
                .iter()
                .map(|(note, at)| Ok((self.note(*note)?, self.path(at)?)))
                .collect::<Result<_>>()?,
        })
    }

    fn branches(&mut self, branches: &[BranchSpec]) -> Result<Vec<(Option<Check>, Scope)>> {
        let one = |branch: &BranchSpec| {
            let when = branch.when.as_ref().map(|test| self.test(test)).transpose()?;
            Ok((when, self.scope(&branch.scope)?))
        };
        branches.iter().map(one).collect()
    }

    fn each(&mut self, inner: &LoopSpec) -> Result<Loop> {
        let parsed = self.parsed.clone();
        let over = self.path(&inner.over)?;
        if inner.once.is_some() {
            // It is not parsed where its cell was gone over before.
            self.parsed = parsed;
        }
        let once = match &inner.once {
            None => None,
            Some(once) => {
                self.table(once.table)?;
                self.differing[once.table] = Some(self.note(once.note)?);
                Some(OnceRows { table: once.table, with: self.value(&once.with, &Type::Int64)? })
            }
        };
        inner.others.map_or(Ok(0), |note| self.note(note))?;
        let id = self.loops.len();
        self.loops.push(Members::default());
        self.around.push(id);
        let scope = self.scope(&inner.scope)?;
        self.around.pop();
        Ok(Loop { id, over, parts: inner.parts, once, others: inner.others, scope })
    }

    fn row(&mut self, row: &RowSpec) -> Result<Row> {
        let columns = &self.table(row.table)?.columns;
        if columns.len() != row.columns.len() {
            let name = &self.spec.tables[row.table].name;
            return bad(format!("a row of {name} has {} columns", row.columns.len()));
        }
        let mut ops = Vec::with_capacity(columns.len());
        for (expr, (_, kind)) in row.columns.iter().zip(columns) {
            // What hangs on the record alone is computed once, however many rows it gives.
            let once = !self.around.is_empty() && is_of_record(expr);
            ops.push(if once { Op::Record(self.value(expr, kind)?) } else { self.expr(expr, kind)? });
        }
        let rest_of = ops.iter().find_map(rest_of);
        if let Some(id) = rest_of {
            let mut bound = Vec::new();
            for op in &ops {
                bound_slots(op, id, &mut bound);
            }
            for op in &mut ops {
                bind(op, &bound);
            }
        }
        let typed = ops.into_iter().zip(columns).enumerate().map(|(place, (op, (_, kind)))| (place, op, kind.clone()));
        Ok(Row { table: row.table, columns: typed.collect(), rest_of })
    }

    /// The number of a value of the record.
    fn value(&mut self, expr: &Expr, kind: &Type) -> Result<usize> {
        let found = self.shared.iter().position(|(known, of)| known == expr && of == kind);
        if let Some(number) = found {
            return Ok(number);
        }
        let op = self.expr(expr, kind)?;
        self.shared.push((expr.clone(), kind.clone()));
        self.values.push((op, kind.clone()));
        Ok(self.values.len() - 1)
    }

    /// Lets the record's own rows take the values of the record that are computed anyway; gives which.
    fn own(&self, record: &mut Scope) -> Vec<bool> {
        let mut own = vec![false; self.values.len()];
        for (row, spec) in record.rows.iter_mut().zip(&self.spec.record.rows) {
            for ((_, op, kind), expr) in row.columns.iter_mut().zip(&spec.columns) {
                let shared = self.shared.iter().position(|(known, of)| known == expr && of == kind);
                // Each column counts what it lets pass: a second one of the same reads it for itself.
                if let Some(number) = shared
                    && expr.field().is_some()
                    && !std::mem::replace(&mut own[number], true)
                {
                    *op = Op::Record(number);
                }
            }
        }
        own
    }

    fn expr(&mut self, expr: &Expr, kind: &Type) -> Result<Op> {
        Ok(match expr {
            Expr::Null => Op::Null,
            Expr::Text(text) => Op::Text(text.as_bytes().to_vec()),
            Expr::Integer(number) => Op::Integer(*number),
            Expr::Cell { field, nulls, hex } => {
                Op::Cell { field: self.field(*field)?, nulls: nulls.clone(), hex: *hex }
            }
            Expr::Place => Op::Place,
            Expr::Version { field, part } => Op::Version { field: self.field(*field)?, part: *part },
            Expr::Split { field } => Op::Split { field: self.field(*field)? },
            Expr::Verbatim { field, outer } => Op::Verbatim { field: self.field(*field)?, outer: *outer },
            Expr::Strict { field, outer } => Op::Strict { field: self.into(*field)?, outer: *outer },
            Expr::Object { field } => Op::Object { field: self.into(*field)? },
            Expr::IntegerKeys { field } => Op::IntegerKeys { field: self.into(*field)? },
            Expr::NumberedValues { field } => Op::NumberedValues { field: self.into(*field)? },
            Expr::Number { level } => Op::Number(self.level(*level)?),
            Expr::Key { level } => Op::Key(self.level(*level)?),
            Expr::Either(options) => {
                // Which one it is hangs on the source, so that none of them says that its field is parsed anyway.
                let parsed = self.parsed.clone();
                let option = |option: &Expr| match option.field() {
                    None => bad("each option of an either needs a field".to_owned()),
                    Some(field) => Ok((field, self.expr(option, kind)?)),
                };
                let options = options.iter().map(option).collect::<Result<_>>()?;
                self.parsed = parsed;
                Op::Either(options)
            }
            Expr::First(list) => {
                let lists = Type::List(Box::new(kind.clone()));
                Op::First(Box::new(self.expr(list, &lists)?), lists)
            }
            Expr::FirstOf(options) => {
                Op::FirstOf(options.iter().map(|option| self.expr(option, kind)).collect::<Result<_>>()?)
            }
            Expr::When { test, then, otherwise } => {
                let then = self.expr(then, kind)?;
                let otherwise = otherwise.as_ref().map_or(Ok(Op::Null), |otherwise| self.expr(otherwise, kind))?;
                Op::When(self.test(test)?, Box::new(then), Box::new(otherwise))
            }
            Expr::Value { at, mode } => match self.path(at)? {
                Ref { root: Root::Slot(id, slot), steps } if steps.is_empty() => {
                    Op::Member(Member { id, slot, mode: *mode })
                }
                at => Op::Value(at, *mode),
            },
            Expr::Kind { at } => Op::Kind(self.path(at)?),
            Expr::Json { at } => Op::Json(self.path(at)?),
            Expr::Atom { at } => Op::Atom(self.path(at)?),
            Expr::Shape { at } => Op::Shape(self.path(at)?),
            Expr::Rest { level, drop, always, nulls, constant } => {
                let id = self.level(*level)?;
                let drop = drop.iter().map(|key| self.slot(id, key)).collect();
                let constant = constant.iter().map(|(key, text)| (self.slot(id, key), text.as_bytes().to_vec()));
                let constant = constant.collect();
                Op::Rest(Rest { id, drop, bound: Vec::new(), always: *always, nulls: *nulls, constant })
            }
            Expr::Head { at, suffixes } => Op::Head(self.path(at)?, suffixes.clone()),
            Expr::Tail { at, suffixes, part } => Op::Tail(self.path(at)?, suffixes.clone(), *part),
            Expr::KeyHead { level, suffixes } => Op::KeyHead(self.level(*level)?, suffixes.clone()),
            Expr::KeyTail { level, suffixes } => Op::KeyTail(self.level(*level)?, suffixes.clone()),
            Expr::Join(joints) => Op::Join(joints.iter().map(|joint| self.joint(joint)).collect::<Result<_>>()?),
            Expr::Nearest(nearest) => Op::Nearest(self.nearest(nearest)?),
            Expr::Zip { level, members } => {
                let id = self.level(*level)?;
                Op::Zip { id, slots: members.iter().map(|key| self.slot(id, key)).collect() }
            }
            Expr::Lookup { at, field, endings } => {
                Op::Lookup { at: self.path(at)?, field: self.into(*field)?, endings: endings.clone() }
            }
        })
    }

    fn joint(&mut self, joint: &Joint) -> Result<Piece> {
        Ok(match joint {
            Joint::Text(text) => Piece::Text(text.as_bytes().to_vec()),
            Joint::At(at) => Piece::At(self.path(at)?),
            Joint::Integer(options) => Piece::Integer(options.iter().map(|at| self.path(at)).collect::<Result<_>>()?),
            Joint::Number { level } => Piece::Number(self.level(*level)?),
            Joint::Key { level } => Piece::Key(self.level(*level)?),
        })
    }

    fn test(&mut self, test: &Test) -> Result<Check> {
        Ok(match test {
            Test::Kind { at, is } => {
                let bits = kind_bits(is)?;
                match self.path(at)? {
                    Ref { root: Root::Part(id), steps } if steps.is_empty() => Check::PartKind(id, bits),
                    Ref { root: Root::Slot(id, slot), steps } if steps.is_empty() => Check::MemberKind(id, slot, bits),
                    at => Check::Kind(at, bits),
                }
            }
            Test::AnyKind { at, is } => Check::AnyKind(self.path(at)?, kind_bits(is)?),
            Test::Has { level, any } => {
                let id = self.level(*level)?;
                Check::Has(id, any.iter().map(|key| self.slot(id, key)).collect())
            }
            Test::AnyItem { at, has } => {
                Check::AnyItem(self.path(at)?, has.iter().map(|key| key.as_bytes().to_vec()).collect())
            }
            Test::Starts { at, with } => {
                let check = Check::Starts(self.path(at)?, with.as_bytes().to_vec());
                self.once(check, at)
            }
            Test::Is { at, text } => {
                let check = Check::Is(self.path(at)?, text.as_bytes().to_vec());
                self.once(check, at)
            }
            Test::Key { level, text } => Check::Key(self.level(*level)?, text.as_bytes().to_vec()),
            Test::Ends { at, suffixes } => Check::Ends(self.path(at)?, suffixes.clone()),
            Test::Integer { at } => Check::Integer(self.path(at)?),
            Test::True { at } => Check::True(self.path(at)?),
            Test::Not(inner) => Check::Not(Box::new(self.test(inner)?)),
            Test::All(all) => Check::All(all.iter().map(|test| self.test(test)).collect::<Result<_>>()?),
            Test::Any(any) => Check::Any(any.iter().map(|test| self.test(test)).collect::<Result<_>>()?),
        })
    }

    /// A test as it is, or, within loops, where it hangs on the record alone, one that is made once for the record.
    fn once(&mut self, check: Check, at: &Path) -> Check {
        let is_of_record = at.field.is_some() && !at.keys.iter().any(|step| matches!(step, Step::Item { .. }));
        if self.around.is_empty() || !is_of_record {
            return check;
        }
        let number = self.checks.iter().position(|known| *known == check).unwrap_or_else(|| {
            self.checks.push(check);
            self.checks.len() - 1
        });
        Check::Record(number)
    }

    fn path(&mut self, path: &Path) -> Result<Ref> {
        let mut steps = path.keys.as_slice();
        let root = match (path.field, path.level, &path.nearest) {
            (Some(field), None, None) => Root::Field(self.into(field)?),
            (None, Some(level), None) => {
                let id = self.level(level)?;
                match steps.split_first() {
                    Some((Step::Key(key), rest)) => {
                        steps = rest;
                        Root::Slot(id, self.slot(id, key))
                    }
                    _ => Root::Part(id),
                }
            }
            (None, None, Some(nearest)) => Root::Nearest(Box::new(self.nearest(nearest)?)),
            _ => return bad("a path starts either in a field or at a loop, or at a part before".to_owned()),
        };
        let hop = |step: &Step| {
            Ok(match step {
                Step::Key(key) => Hop::Key(key.as_bytes().to_vec()),
                Step::Item { at } => Hop::Item(self.path(at)?),
                Step::Find(find) => Hop::Find(find.clone()),
            })
        };
        Ok(Ref { root, steps: steps.iter().map(hop).collect::<Result<_>>()? })
    }

    fn nearest(&mut self, nearest: &Nearest) -> Result<Near> {
        let id = self.level(nearest.level)?;
        let slot = self.slot(id, &nearest.key);
        if !self.loops[id].tracked.contains(&slot) {
            self.loops[id].tracked.push(slot);
        }
        Ok(Near { id, slot, of: self.path(&nearest.of)?, suffixes: nearest.suffixes.clone() })
    }

    fn slot(&mut self, id: usize, key: &str) -> usize {
        let keys = &mut self.loops[id].keys;
        keys.iter().position(|known| known == key).unwrap_or_else(|| {
            keys.push(key.to_owned());
            keys.len() - 1
        })
    }

    fn level(&self, level: usize) -> Result<usize> {
        match self.around.get(level) {
            Some(&id) => Ok(id),
            None => bad(format!("no loop {level} around this")),
        }
    }

    fn field(&self, field: usize) -> Result<usize> {
        if field < self.spec.fields.len() { Ok(field) } else { bad(format!("no field {field}")) }
    }

    /// A field whose JSON is parsed.
    fn into(&mut self, field: usize) -> Result<usize> {
        let field = self.field(field)?;
        self.parsed[field] = true;
        Ok(field)
    }

    /// Checks what a derived field is made of.
    fn tree(&self, tree: &Tree) -> Result<()> {
        match tree {
            Tree::Literal(field) | Tree::Text(field) | Tree::Token(field) => self.field(*field).map(drop),
            Tree::Levels(items, members) => items.iter().chain(members).try_for_each(|(_, inner)| self.tree(inner)),
            Tree::Below(above, field) => above.iter().chain([field]).try_for_each(|&field| self.field(field).map(drop)),
            Tree::Whole(field, parts) => self.field(*field).and_then(|_| self.tree(parts)),
            Tree::Object(members) => members.iter().try_for_each(|(_, inner)| self.tree(inner)),
            Tree::List(items) | Tree::First(items) => items.iter().try_for_each(|inner| self.tree(inner)),
        }
    }

    fn table(&self, table: usize) -> Result<&'a super::TableSpec> {
        self.spec.tables.get(table).map_or_else(|| bad(format!("no table {table}")), Ok)
    }

    fn note(&self, note: usize) -> Result<usize> {
        if note < self.spec.notes.len() { Ok(note) } else { bad(format!("no note {note}")) }
    }
}

/// The loop whose rest an op gives.
fn rest_of(op: &Op) -> Option<usize> {
    match op {
        Op::Rest(rest) => Some(rest.id),
        Op::When(_, then, otherwise) => rest_of(then).or_else(|| rest_of(otherwise)),
        Op::FirstOf(options) => options.iter().find_map(rest_of),
        _ => None,
    }
}

/// The slots of loop `id` that an op makes a column of.
fn bound_slots(op: &Op, id: usize, bound: &mut Vec<usize>) {
    match op {
        Op::Member(Member { id: of, slot, .. }) if *of == id => bound.push(*slot),
        Op::Json(at) => {
            if let Ref { root: Root::Slot(of, slot), steps } = at
                && *of == id
                && steps.is_empty()
            {
                bound.push(*slot);
            }
        }
        Op::Zip { id: of, slots } if *of == id => bound.extend(slots),
        Op::FirstOf(options) => options.iter().for_each(|option| bound_slots(option, id, bound)),
        Op::When(_, then, otherwise) => {
            bound_slots(then, id, bound);
            bound_slots(otherwise, id, bound);
        }
        _ => {}
    }
}

/// Tells the rest which slots have a column.
fn bind(op: &mut Op, bound: &[usize]) {
    match op {
        Op::Rest(rest) => bound.clone_into(&mut rest.bound),
        Op::When(_, then, otherwise) => {
            bind(then, bound);
            bind(otherwise, bound);
        }
        Op::FirstOf(options) => options.iter_mut().for_each(|option| bind(option, bound)),
        _ => {}
    }
}

/// Whether an expression hangs on the record's fields alone.
fn is_of_record(expr: &Expr) -> bool {
    match expr {
        Expr::Either(options) | Expr::FirstOf(options) => options.iter().all(is_of_record),
        Expr::First(list) => is_of_record(list),
        Expr::Value { at, .. } | Expr::Kind { at } | Expr::Json { at } | Expr::Atom { at } => at.field.is_some(),
        Expr::Place => true,
        other => other.field().is_some(),
    }
}

impl Expr {
    /// The field it reads as a whole, where it reads one.
    pub fn field(&self) -> Option<usize> {
        match self {
            Self::Cell { field, .. }
            | Self::Version { field, .. }
            | Self::Split { field }
            | Self::Verbatim { field, .. }
            | Self::Strict { field, .. }
            | Self::Object { field }
            | Self::IntegerKeys { field }
            | Self::NumberedValues { field } => Some(*field),
            _ => None,
        }
    }
}
