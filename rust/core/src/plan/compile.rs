//! Compiles a declaration to a program. A declaration that refers to something it does not have is an error, so that
//! running the program needs no checks.

use std::mem::replace;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::columns::{Keys, Type};
use crate::error::{Error, Result};

use super::constant;
use super::members;
use super::meter::texts_of_rows;
use super::ops::{Expr, Predicate, Visitor};
use super::program::{Loop, Members, OnceRows, Program, Row, Scope};
use super::refs::{JsonFieldRef, JsonPath, NearestRef, PathStep, Root};
use super::repeats;
use super::spec::{BranchSpec, FilterSpec, JsonTemplate, LoopSpec, RowSpec, ScopeSpec, Spec, TableSpec};
use super::template::Template;
use super::wide::WideCells;

/// Compiles a declaration.
pub fn compile(spec: &Spec) -> Result<Program> {
    let mut compiler = Compiler {
        spec,
        uses: spec.exprs.iter().map(Uses::of_expr).collect::<Result<_>>()?,
        around: Vec::new(),
        loops: Vec::new(),
        shared: Vec::new(),
        values: Vec::new(),
        predicates: Vec::new(),
        differing: vec![None; spec.tables.len()],
        parsed: vec![false; spec.fields.len()],
        walked: vec![false; spec.fields.len()],
        parses: vec![0; spec.fields.len()],
        column_type: Type::Json,
        known_exprs: HashMap::new(),
        known_predicates: HashMap::new(),
    };
    for filter in &spec.filters {
        if let FilterSpec::OneOf { field, .. } | FilterSpec::Versions { field, .. } | FilterSpec::Times { field, .. } =
            filter
        {
            compiler.check_field(*field)?;
        }
        if let FilterSpec::Versions { minor: Some(minor), .. } = filter {
            compiler.check_field(*minor)?;
        }
    }
    for table in &spec.tables {
        check_fragments(table)?;
    }
    for field in spec.tables.iter().filter_map(|table| table.once_per) {
        compiler.check_field(field)?;
    }
    let mut derived = vec![None; spec.fields.len()];
    let mut is_derived = vec![false; spec.fields.len()];
    for (field, _) in &spec.derived {
        compiler.check_field(*field)?;
        is_derived[*field] = true;
    }
    for (field, template) in &spec.derived {
        compiler.check_template(template)?;
        derived[*field] = Some(Arc::new(Template::new(template, &is_derived)));
    }
    let mut record = compiler.scope(&spec.record)?;
    let own = compiler.own(&mut record);
    let record_id = spec.record_id.map(|number| compiler.resolved(number, &Type::Int64)).transpose()?;
    let expr_of = |filter: &FilterSpec| match filter {
        FilterSpec::TimesOf { expr, .. } => compiler.resolved(*expr, &Type::Time).map(Some),
        _ => Ok(None),
    };
    let filters = spec.filters.iter().map(expr_of).collect::<Result<_>>()?;
    let constant = constant::extract(&mut record, spec);
    let repeated = constant::find_repeated(&mut record, spec, &compiler.differing);
    let mut sparse = vec![Vec::new(); spec.tables.len()];
    let rows_of = numbers_of_rows(spec);
    for row in &mut record.rows {
        row.wide = WideCells::of(row, &derived, rows_of[row.table] == 1);
        if row.wide.as_ref().is_some_and(|wide| wide.is_sparse) {
            sparse[row.table] = WideCells::sparse(row, spec.tables[row.table].columns.len());
        }
    }
    let Compiler { loops, values, predicates, differing, parsed, walked, parses, .. } = compiler;
    // A field without a name is the whole record, which does not repeat.
    let may_repeat = |field: usize| parses[field] == 1 && derived[field].is_none() && !spec.fields[field].is_empty();
    let repeats = repeats::find_loops(&mut record, may_repeat)?;
    members::find(&mut record);
    Ok(Program {
        record,
        keys: loops.iter().map(|members| Keys::new(members.keys.iter().map(String::as_str))).collect(),
        texts: texts_of_rows(spec),
        loops,
        values,
        own,
        filters,
        record_id,
        predicates,
        differing,
        constant,
        repeated,
        sparse,
        parsed,
        walked,
        repeats,
        derived,
    })
}

/// For each table, the number of rows that scopes give it.
fn numbers_of_rows(spec: &Spec) -> Vec<usize> {
    let mut numbers = vec![0; spec.tables.len()];
    let mut count = |row: &RowSpec| numbers[row.table] += 1;
    spec.record.each_row(&mut count);
    numbers
}

struct Compiler<'a> {
    spec: &'a Spec,
    /// What each of the declared expressions reads.
    uses: Vec<Uses>,
    /// The numbers of the enclosing loops, outermost first.
    around: Vec<usize>,
    loops: Vec<Members>,
    /// The declared expression and type of each of `values`.
    shared: Vec<(usize, Type)>,
    values: Vec<(Expr, Type)>,
    predicates: Vec<Predicate>,
    differing: Vec<Option<usize>>,
    parsed: Vec<bool>,
    walked: Vec<bool>,
    /// For each field, the number of references to its JSON.
    parses: Vec<usize>,
    /// The type of the column whose expression is being resolved.
    column_type: Type,
    /// Resolved expressions by number and innermost loop, with the column's type: many rows share them.
    known_exprs: HashMap<(usize, usize), (Type, Expr)>,
    /// The same of predicates.
    known_predicates: HashMap<(usize, usize), Predicate>,
}

/// Checks the columns that hold numbers of media fragments.
fn check_fragments(table: &TableSpec) -> Result<()> {
    let Some(fragments) = &table.fragments else { return Ok(()) };
    let has_type = |column: usize, kind: &Type| table.columns.get(column).is_some_and(|(_, known)| known == kind);
    let mut numbers = fragments.into.iter().flatten();
    if has_type(fragments.of, &Type::String) && numbers.all(|&column| has_type(column, &Type::Float64)) {
        return Ok(());
    }
    invalid(format!("fragments of table {} are not numbers of a text", table.name))
}

fn invalid<T>(message: String) -> Result<T> {
    Err(Error::Plan(message))
}

impl<'a> Compiler<'a> {
    fn scope(&mut self, scope: &ScopeSpec) -> Result<Scope> {
        for &counter in &scope.counters {
            self.check_counter(counter)?;
        }
        Ok(Scope {
            rows: scope.rows.iter().map(|row| self.row(row)).collect::<Result<_>>()?,
            loops: scope.loops.iter().map(|inner| self.each(inner)).collect::<Result<_>>()?,
            branches: scope.branches.iter().map(|branches| self.branches(branches)).collect::<Result<_>>()?,
            counters: scope.counters.clone(),
            sketches: scope
                .sketches
                .iter()
                .map(|(counter, at)| Ok((self.check_counter(*counter)?, self.resolved_path(at)?)))
                .collect::<Result<_>>()?,
        })
    }

    fn branches(&mut self, branches: &[BranchSpec]) -> Result<Vec<(Option<Predicate>, Scope)>> {
        let one = |branch: &BranchSpec| {
            let when = branch.when.map(|number| self.resolved_predicate(number)).transpose()?;
            Ok((when, self.scope(&branch.scope)?))
        };
        branches.iter().map(one).collect()
    }

    fn each(&mut self, inner: &LoopSpec) -> Result<Loop> {
        let parsed = self.parsed.clone();
        let over = self.resolved_path(&inner.over)?;
        if inner.once.is_some() || inner.distinct.is_some() {
            // A cell that is known is not parsed.
            self.parsed = parsed;
        }
        let once = match &inner.once {
            None => None,
            Some(once) => {
                self.table(once.table)?;
                self.differing[once.table] = Some(self.check_counter(once.counter)?);
                Some(OnceRows { table: once.table, record_key: self.record_value(once.record_key, &Type::Int64)? })
            }
        };
        let distinct = inner.distinct.map(|number| self.record_value(number, &Type::Int64)).transpose()?;
        inner.others.map_or(Ok(0), |counter| self.check_counter(counter))?;
        let id = self.loops.len();
        self.loops.push(Members::default());
        self.around.push(id);
        let scope = self.scope(&inner.scope)?;
        self.around.pop();
        Ok(Loop {
            id,
            over,
            elements: inner.elements,
            once,
            distinct,
            others: inner.others,
            repeats: None,
            parts: None,
            scope,
        })
    }

    fn row(&mut self, row: &RowSpec) -> Result<Row> {
        let columns = &self.table(row.table)?.columns;
        if columns.len() != row.columns.len() {
            let name = &self.spec.tables[row.table].name;
            return invalid(format!("a row of {name} has {} columns", row.columns.len()));
        }
        let mut resolved = Vec::with_capacity(columns.len());
        for (index, (&number, (_, kind))) in row.columns.iter().zip(columns).enumerate() {
            // What depends on the record alone is computed once, however many rows the record gives.
            let of_record = !self.around.is_empty() && self.uses.get(number).is_some_and(Uses::is_of_record);
            let expr = if of_record {
                Expr::Shared { value: self.record_value(number, kind)? }
            } else {
                self.resolved(number, kind)?
            };
            resolved.push((index, expr, kind.clone()));
        }
        let residual_of = resolved.iter().find_map(|(_, expr, _)| expr.residual_of());
        if let Some(id) = residual_of {
            let mut bound = Vec::new();
            for (_, expr, _) in &resolved {
                expr.held_members(&mut |(of, slot)| {
                    if of == id {
                        bound.push(slot);
                    }
                });
            }
            for (_, expr, _) in &mut resolved {
                expr.bind_residual(&bound);
            }
        }
        Ok(Row { table: row.table, columns: resolved, repeated: 0, residual_of, wide: None, reads_record: false })
    }

    /// The number of a value of the record.
    fn record_value(&mut self, number: usize, kind: &Type) -> Result<usize> {
        let found = self.shared.iter().position(|(known, of)| *known == number && of == kind);
        if let Some(value) = found {
            return Ok(value);
        }
        let expr = self.resolved(number, kind)?;
        self.shared.push((number, kind.clone()));
        self.values.push((expr, kind.clone()));
        Ok(self.values.len() - 1)
    }

    /// Lets the record's own rows use the values that are computed once per record; gives which.
    fn own(&self, record: &mut Scope) -> Vec<bool> {
        let mut own = vec![false; self.values.len()];
        for (row, spec) in record.rows.iter_mut().zip(&self.spec.record.rows) {
            for ((_, expr, kind), number) in row.columns.iter_mut().zip(&spec.columns) {
                let shared = self.shared.iter().position(|(known, of)| known == number && of == kind);
                // Each column counts its leniencies, so a second column of the same value reads it again.
                if let Some(value) = shared
                    && self.uses[*number].whole_field().is_some()
                    && !replace(&mut own[value], true)
                {
                    *expr = Expr::Shared { value };
                }
            }
        }
        own
    }

    /// A declared expression for a column of this type, with its references resolved.
    fn resolved(&mut self, number: usize, kind: &Type) -> Result<Expr> {
        let Some(expr) = self.spec.exprs.get(number) else { return invalid(format!("no expression {number}")) };
        let place = self.around.last().map(|&id| (number, id));
        if let Some((_, known)) = place.and_then(|place| self.known_exprs.get(&place)).filter(|(of, _)| of == kind) {
            return Ok(known.clone());
        }
        let mut expr = expr.clone();
        self.column_type = kind.clone();
        self.expr(&mut expr)?;
        if let Some(place) = place {
            self.known_exprs.insert(place, (kind.clone(), expr.clone()));
        }
        Ok(expr)
    }

    fn resolved_predicate(&mut self, number: usize) -> Result<Predicate> {
        let Some(predicate) = self.spec.predicates.get(number) else {
            return invalid(format!("no predicate {number}"));
        };
        let place = self.around.last().map(|&id| (number, id));
        if let Some(known) = place.and_then(|place| self.known_predicates.get(&place)) {
            return Ok(known.clone());
        }
        let mut predicate = predicate.clone();
        self.predicate(&mut predicate)?;
        if let Some(place) = place {
            self.known_predicates.insert(place, predicate.clone());
        }
        Ok(predicate)
    }

    fn resolved_path(&mut self, path: &JsonPath) -> Result<JsonPath> {
        let mut path = path.clone();
        self.path(&mut path)?;
        Ok(path)
    }

    fn slot(&mut self, id: usize, key: &str) -> usize {
        let keys = &mut self.loops[id].keys;
        keys.iter().position(|known| known == key).unwrap_or_else(|| {
            keys.push(key.to_owned());
            keys.len() - 1
        })
    }

    fn loop_at(&self, level: usize) -> Result<usize> {
        match self.around.get(level) {
            Some(&id) => Ok(id),
            None => invalid(format!("no loop {level} around this")),
        }
    }

    fn check_field(&self, field: usize) -> Result<()> {
        if field < self.spec.fields.len() { Ok(()) } else { invalid(format!("no field {field}")) }
    }

    fn check_template(&self, template: &JsonTemplate) -> Result<()> {
        match template {
            JsonTemplate::Literal(field)
            | JsonTemplate::Container(field)
            | JsonTemplate::List(field)
            | JsonTemplate::LiteralList(field)
            | JsonTemplate::Text(field)
            | JsonTemplate::Token(field)
            | JsonTemplate::Held(field, _) => self.check_field(*field),
            JsonTemplate::Levels(items, members) => {
                items.iter().chain(members).try_for_each(|(_, inner)| self.check_template(inner))
            }
            JsonTemplate::Below(above, field) => {
                above.iter().chain([field]).try_for_each(|&field| self.check_field(field))
            }
            JsonTemplate::Whole(field, parts) => self.check_field(*field).and_then(|()| self.check_template(parts)),
            JsonTemplate::Object(members) => members.iter().try_for_each(|(_, inner)| self.check_template(inner)),
            JsonTemplate::Array(items) | JsonTemplate::First(items) => {
                items.iter().try_for_each(|inner| self.check_template(inner))
            }
        }
    }

    fn table(&self, table: usize) -> Result<&'a TableSpec> {
        self.spec.tables.get(table).map_or_else(|| invalid(format!("no table {table}")), Ok)
    }

    fn check_counter(&self, counter: usize) -> Result<usize> {
        if counter < self.spec.counters.len() { Ok(counter) } else { invalid(format!("no counter {counter}")) }
    }
}

/// Resolves references in place.
impl Visitor for Compiler<'_> {
    fn field(&mut self, field: usize, parsed: bool) -> Result<()> {
        self.check_field(field)?;
        self.parsed[field] |= parsed;
        self.walked[field] |= parsed;
        self.parses[field] += usize::from(parsed);
        Ok(())
    }

    fn element(&mut self, level: &mut usize) -> Result<()> {
        *level = self.loop_at(*level)?;
        Ok(())
    }

    fn path(&mut self, path: &mut JsonPath) -> Result<()> {
        let JsonPath::Long(long) = path else { return Ok(()) };
        match &mut long.root {
            Root::Field(field) => self.field(*field, true)?,
            Root::Key(level) => self.element(level)?,
            Root::Nearest(nearest) => self.nearest(nearest)?,
            Root::Member(..) => {}
            Root::Element(level) => {
                let id = self.loop_at(*level)?;
                long.root = Root::Element(id);
                if let Some(PathStep::Key(key)) = long.steps.first() {
                    long.root = Root::Member(id, self.slot(id, key));
                    long.steps.remove(0);
                }
            }
        }
        for step in &mut long.steps {
            if let PathStep::Item { at } | PathStep::Leading { of: at } = step {
                self.path(at)?;
            }
        }
        match long.root {
            Root::Element(id) if long.steps.is_empty() => *path = JsonPath::Element(id),
            Root::Member(id, slot) if long.steps.is_empty() => *path = JsonPath::Member(id, slot),
            _ => {}
        }
        Ok(())
    }

    fn nearest(&mut self, nearest: &mut NearestRef) -> Result<()> {
        let id = self.loop_at(nearest.level)?;
        nearest.level = id;
        nearest.slot = self.slot(id, &nearest.key);
        if !self.loops[id].tracked.contains(&nearest.slot) {
            self.loops[id].tracked.push(nearest.slot);
        }
        self.path(&mut nearest.of)
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<()> {
        match expr {
            Expr::FirstPresent { options, fields } => {
                // The source decides on the option, so none of them guarantees that its field is parsed.
                let parsed = self.parsed.clone();
                for option in options {
                    let Some(field) = Uses::of_expr(option)?.whole_field() else {
                        return invalid("each option of first_present needs a field".to_owned());
                    };
                    fields.push(field);
                    self.expr(option)?;
                }
                self.parsed = parsed;
                Ok(())
            }
            Expr::TypedJson { field: JsonFieldRef(field), .. } => {
                let field = *field;
                let walked = self.walked.get(field).copied().unwrap_or_default();
                expr.visit_operands(self)?;
                self.walked[field] = walked;
                Ok(())
            }
            Expr::FirstItem { list, list_type } => {
                let column_type = self.column_type.clone();
                self.column_type = Type::List(Box::new(column_type.clone()));
                *list_type = Some(self.column_type.clone());
                self.expr(list)?;
                self.column_type = column_type;
                Ok(())
            }
            other => other.visit_operands(self),
        }
    }

    /// Within loops, a predicate that depends on the record alone is replaced by one that is evaluated once per record.
    fn predicate(&mut self, predicate: &mut Predicate) -> Result<()> {
        let shared = !self.around.is_empty() && Uses::of_predicate(predicate)?.is_of_record();
        predicate.visit_operands(self)?;
        if shared {
            let known = self.predicates.iter().position(|known| known == predicate);
            let number = known.unwrap_or(self.predicates.len());
            let predicate = replace(predicate, Predicate::Shared { predicate: number });
            if known.is_none() {
                self.predicates.push(predicate);
            }
        }
        Ok(())
    }
}

/// What an expression or predicate reads.
#[derive(Debug, Default)]
struct Uses {
    fields: Vec<usize>,
    /// Number of paths that start in a field.
    field_paths: usize,
    /// Number of references to elements.
    elements: usize,
    /// Number of operands that are expressions.
    exprs: usize,
    /// Number of operands that are predicates.
    predicates: usize,
    is_constant: bool,
}

impl Uses {
    fn of_expr(expr: &Expr) -> Result<Self> {
        let mut uses = Self { is_constant: matches!(expr, Expr::Null | Expr::Literal { .. }), ..Self::default() };
        expr.clone().visit_operands(&mut uses)?;
        Ok(uses)
    }

    /// The predicate is not changed: only its visit needs it mutable.
    fn of_predicate(predicate: &mut Predicate) -> Result<Self> {
        let mut uses = Self::default();
        predicate.visit_operands(&mut uses)?;
        Ok(uses)
    }

    /// Whether it depends on the record alone, and not on an element. Predicates and what they choose are evaluated in
    /// place: a value that no row needs must not reject a record.
    const fn is_of_record(&self) -> bool {
        self.elements == 0 && self.predicates == 0 && !self.is_constant
    }

    /// The field, if one is read as a whole and nothing else.
    fn whole_field(&self) -> Option<usize> {
        match self.fields.as_slice() {
            [field] if self.field_paths + self.elements + self.exprs == 0 => Some(*field),
            _ => None,
        }
    }
}

impl Visitor for Uses {
    fn field(&mut self, field: usize, _parsed: bool) -> Result<()> {
        self.fields.push(field);
        Ok(())
    }

    fn element(&mut self, _level: &mut usize) -> Result<()> {
        self.elements += 1;
        Ok(())
    }

    fn path(&mut self, path: &mut JsonPath) -> Result<()> {
        let JsonPath::Long(long) = path else {
            self.elements += 1;
            return Ok(());
        };
        match &long.root {
            Root::Field(_) => self.field_paths += 1,
            _ => self.elements += 1,
        }
        for step in &mut long.steps {
            if let PathStep::Item { at } | PathStep::Leading { of: at } = step {
                self.path(at)?;
            }
        }
        Ok(())
    }

    fn nearest(&mut self, _nearest: &mut NearestRef) -> Result<()> {
        self.elements += 1;
        Ok(())
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<()> {
        self.exprs += 1;
        expr.visit_operands(self)
    }

    fn predicate(&mut self, predicate: &mut Predicate) -> Result<()> {
        self.predicates += 1;
        predicate.visit_operands(self)
    }
}
