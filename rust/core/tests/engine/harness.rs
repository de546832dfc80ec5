//! Runs over bytes in memory, and their collected results.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use crowdarrow_core::error::{Error, Result};
use crowdarrow_core::json_text::to_json_text;
use crowdarrow_core::leniency::Leniencies;
use crowdarrow_core::pipeline::{Event, Options, Pipeline, RunSource};
use crowdarrow_core::plan::{Limits, Plan};
use crowdarrow_core::records::{CsvReader, JsonReader, ReaderOptions};
use crowdarrow_core::reject::{Reject, RejectKind, RejectRef};
use crowdarrow_core::scan::Kernel;
use crowdarrow_core::source::{Finish, Input, Options as SourceOptions};
use crowdarrow_core::workers::Workers;

/// Options of a run.
#[derive(Clone, Copy, Debug)]
pub struct How {
    pub threads: usize,
    pub block: usize,
    pub limit: usize,
}

impl Default for How {
    fn default() -> Self {
        Self { threads: 2, block: 1 << 16, limit: 1 << 20 }
    }
}

/// The results of a run.
#[derive(Debug, Default, PartialEq)]
pub struct Ran {
    /// The rows of each table, as JSON objects without their nulls.
    pub tables: Vec<Vec<String>>,
    pub rejects: Vec<Reject>,
    pub records: u64,
    pub rows: u64,
    pub filtered: u64,
    pub bytes: u64,
    pub leniencies: Leniencies,
    /// What was counted, by counter.
    pub counts: Vec<u64>,
    /// Indices of the sources that have ended, in order.
    pub finished: Vec<usize>,
}

impl Ran {
    /// Number and kind of each reject.
    pub fn rejected(&self) -> Vec<(u64, RejectKind)> {
        self.rejects.iter().map(|reject| (reject.record, reject.kind)).collect()
    }

    pub fn used(&self) -> Vec<(&'static str, u64)> {
        self.leniencies.used().collect()
    }
}

pub fn plan(spec: &serde_json::Value) -> Arc<Plan> {
    Arc::new(Plan::from_json(&numbered(spec).to_string()).unwrap())
}

/// A declaration with its expressions numbered: tests write the expressions of a row in its columns.
pub fn numbered(spec: &serde_json::Value) -> serde_json::Value {
    let mut spec = spec.clone();
    let mut exprs = Vec::new();
    if let Some(record) = spec.get_mut("record") {
        number(record, &mut exprs);
        spec["exprs"] = exprs.into();
    }
    spec
}

fn number(scope: &mut serde_json::Value, exprs: &mut Vec<serde_json::Value>) {
    for row in scope.get_mut("rows").and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
        for column in row["columns"].as_array_mut().into_iter().flatten() {
            let known = exprs.iter().position(|expr| expr == column);
            let number = known.unwrap_or_else(|| {
                exprs.push(column.clone());
                exprs.len() - 1
            });
            *column = number.into();
        }
    }
    for inner in scope.get_mut("loops").and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
        number(&mut inner["scope"], exprs);
    }
    let groups = scope.get_mut("branches").and_then(serde_json::Value::as_array_mut).into_iter().flatten();
    for branch in groups.filter_map(serde_json::Value::as_array_mut).flatten() {
        number(&mut branch["scope"], exprs);
    }
}

/// A table with one scalar column per CSV column.
pub fn cells(columns: &[(&str, &str)]) -> serde_json::Value {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let exprs: Vec<_> = (0..columns.len()).map(|field| serde_json::json!({"cell": {"field": field}})).collect();
    serde_json::json!({
        "fields": names,
        "tables": [{"name": "records", "columns": columns}],
        "record": {"rows": [{"table": 0, "columns": exprs}]},
    })
}

/// A source whose columns are the plan's fields of the same name.
pub fn source(plan: &Plan, reader: Box<dyn Read + Send>, how: How) -> Result<RunSource> {
    let input = Input::from_reader(reader, "input", SourceOptions::default())?;
    let options = ReaderOptions { block_bytes: how.block, max_record_bytes: how.limit, kernel: Kernel::best() };
    let reader = CsvReader::open(input, options)?;
    let place = |field: &String| reader.header().iter().position(|name| name == field);
    let columns = plan.spec().fields.iter().map(place).collect();
    Ok(RunSource { reader: reader.into(), columns, least: None })
}

pub fn start(plan: &Arc<Plan>, sources: Vec<RunSource>, how: How) -> Pipeline {
    Pipeline::start(
        plan,
        sources,
        Options { workers: Workers::new(how.threads).unwrap(), limits: Limits::default(), ids: None },
    )
}

/// Runs to the end or to an error; returns the results up to there.
pub fn run_on(plan: &Arc<Plan>, sources: Vec<RunSource>, how: How) -> (Ran, Option<Error>) {
    let mut pipeline = start(plan, sources, how);
    let mut ran = Ran { tables: vec![Vec::new(); plan.schemas().len()], ..Ran::default() };
    loop {
        match pipeline.next_within(Duration::from_secs(20)) {
            Ok(Some(Some(event))) => take(&mut ran, plan, event),
            Ok(Some(None)) => return (ran, None),
            Ok(None) => panic!("nothing came for 20 seconds"),
            Err(error) => {
                assert!(matches!(pipeline.next_within(Duration::ZERO), Ok(Some(None))), "after an error nothing comes");
                return (ran, Some(error));
            }
        }
    }
}

pub fn take(ran: &mut Ran, plan: &Plan, event: Event) {
    match event {
        Event::Finished { source, finish: Finish { .. }, .. } => ran.finished.push(source),
        Event::Decoded { source, decoded } => {
            assert_eq!(source, ran.finished.len(), "one source after the other");
            for batch in decoded.batches {
                assert_eq!(batch.batch.schema(), plan.schemas()[batch.table]);
                assert!(batch.batch.num_rows() > 0);
                ran.tables[batch.table].extend(texts(&batch.batch));
            }
            assert!(decoded.rejects.iter().is_sorted_by_key(|reject| reject.record));
            ran.rejects.extend(decoded.rejects.iter().map(RejectRef::to_reject));
            ran.records += decoded.records;
            ran.rows += decoded.rows;
            ran.filtered += decoded.filtered;
            ran.bytes += decoded.bytes;
            ran.leniencies += decoded.leniencies;
            ran.counts.resize(decoded.counts.len(), 0);
            ran.counts.iter_mut().zip(&decoded.counts).for_each(|(all, one)| *all += one);
        }
    }
}

/// Each row as a JSON object of its members that are not null.
fn texts(batch: &RecordBatch) -> Vec<String> {
    let rows: ArrayRef = Arc::new(StructArray::from(batch.clone()));
    to_json_text(&rows).unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

/// Runs one source to its end; every record must have exactly one outcome.
pub fn run(plan: &Arc<Plan>, bytes: &[u8], how: How) -> Ran {
    let source = source(plan, Box::new(Cursor::new(bytes.to_vec())), how).unwrap();
    let (ran, error) = run_on(plan, vec![source], how);
    assert!(error.is_none(), "{error:?}");
    assert_accounts(&ran);
    ran
}

/// Runs one JSON source to its end: an element is the plan's only field.
pub fn run_json(plan: &Arc<Plan>, bytes: &[u8], how: How) -> Ran {
    let input = Input::from_reader(Box::new(Cursor::new(bytes.to_vec())), "input", SourceOptions::default()).unwrap();
    let options = ReaderOptions { block_bytes: how.block, max_record_bytes: how.limit, kernel: Kernel::best() };
    let reader = JsonReader::new(input, options);
    let (ran, error) =
        run_on(plan, vec![RunSource { reader: reader.into(), columns: vec![Some(0)], least: None }], how);
    assert!(error.is_none(), "{error:?}");
    assert_accounts(&ran);
    ran
}

pub fn assert_accounts(ran: &Ran) {
    let rejected = ran.rejects.iter().filter(|reject| !reject.more).count() as u64;
    assert_eq!(ran.records, ran.rows + rejected + ran.filtered, "records = rows + rejected + filtered");
}

/// Fails if `body` takes longer than a few seconds: a run that hangs must not hang its test.
pub fn promptly<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    let thread = std::thread::spawn(move || sender.send(body()));
    if let Ok(result) = receiver.recv_timeout(Duration::from_secs(10)) {
        return result;
    }
    assert!(thread.is_finished(), "it hangs");
    panic!("it panicked: {:?}", thread.join().err());
}
