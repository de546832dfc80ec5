//! A reader thread, workers, and their results in the order of the input.
//!
//! Memory is bounded by the blocks in flight, whatever the timing: the reader takes an empty block from a fixed stock
//! before it reads, and a block goes back to the stock only when its result has been taken, so a slow consumer holds
//! the reader back. With `t` workers there are `t + 3` blocks. One that is longer than [`SHARE`], since a record is,
//! counts for as many blocks as it has shares: those in flight hold `(t + 3)` shares, or are a single one of the
//! record limit and `block_bytes`. The rejects of a block are no longer than it is: a record beyond the limit is handed on
//! in parts. To this comes what was read ahead: the record limit and `block_bytes`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arrow_array::{BooleanArray, RecordBatch};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::cores::Cores;
use crate::error::{Error, Result};
use crate::plan::{Decoded, Decoder, Form, Key, Once, Plan, TableBatch};
use crate::records::{Block, RecordReader};
use crate::source::Finish;

/// One source of a run.
pub struct RunSource {
    /// Its reader, just past the header where there is one.
    pub reader: RecordReader,
    /// For each field of the plan, its column in this source.
    pub columns: Vec<Option<usize>>,
}

/// How a run is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Workers that decode; at least one.
    pub threads: usize,
    /// What the reader and the workers share with whoever takes the results.
    pub cores: Cores,
    /// How deep JSON may be nested.
    pub max_depth: usize,
}

/// What a run gives, in the order of the input.
#[derive(Debug)]
pub enum Event {
    /// The next block's rows and rejects.
    Decoded {
        /// The source's place among the run's sources.
        source: usize,
        /// What it gave.
        decoded: Decoded,
    },
    /// A source has ended.
    Finished {
        /// The source's place among the run's sources.
        source: usize,
        /// What its end tells.
        finish: Finish,
    },
}

/// What is waited for: a block's result, a source's end, or why there is none.
type Outcome = Result<(Event, Option<Block>)>;

/// A run.
pub struct Pipeline {
    results: Option<Receiver<(u64, Outcome)>>,
    stock: Option<Sender<Block>>,
    waiting: BTreeMap<u64, Outcome>,
    next: u64,
    /// For each table, the keys of which only the first part stands, with a hash of what that was made of.
    seen: Vec<HashMap<Key, u64>>,
    /// For each table, the note that counts parts which differ from the first of their key.
    differ: Vec<Option<usize>>,
    cancelled: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Bytes of a block that counts as one; a multiple of what a block has where no record is long.
const SHARE: usize = 1 << 24;

/// A block on its way to a worker.
struct Job {
    number: u64,
    block: Block,
}

impl Pipeline {
    /// Starts a run.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn start(plan: &Arc<Plan>, sources: Vec<RunSource>, options: Options) -> Result<Self> {
        let threads = options.threads.max(1);
        let in_flight = threads + 3;
        let (stock, empty) = bounded(in_flight);
        for _ in 0..in_flight {
            let _ = stock.send(Block::default());
        }
        let (jobs, queue) = bounded::<Job>(threads);
        // As many results as blocks exist, so that a worker never waits here.
        let (results, outcomes) = unbounded();
        let cancelled = Arc::new(AtomicBool::new(false));
        let form = |source: &RunSource| Form {
            columns: source.columns.clone(),
            width: source.reader.width(),
            json: matches!(source.reader, RecordReader::Json(_)),
        };
        let forms: Arc<Vec<Form>> = Arc::new(sources.iter().map(form).collect());
        // What was started before an error ends as its channels do, with the pipeline.
        let mut pipeline = Self {
            results: Some(outcomes),
            stock: Some(stock),
            waiting: BTreeMap::new(),
            next: 0,
            seen: vec![HashMap::new(); plan.schemas().len()],
            differ: plan.differing().to_vec(),
            cancelled: Arc::clone(&cancelled),
            threads: Vec::with_capacity(threads.saturating_add(1).min(1 << 10)),
        };
        let refused = |source| Error::Threads { wanted: threads, source };
        for _ in 0..threads {
            let (queue, results, forms) = (queue.clone(), results.clone(), Arc::clone(&forms));
            let decoder = Decoder::new(Arc::clone(plan), options.max_depth);
            let (cores, cancelled) = (options.cores.clone(), Arc::clone(&cancelled));
            let worker = move || work(decoder, &queue, &results, &forms, &cores, &cancelled);
            pipeline.threads.push(named("decode").spawn(worker).map_err(refused)?);
        }
        let reader = move || read(sources, &empty, in_flight, &jobs, &results, &options.cores, &cancelled);
        pipeline.threads.push(named("read").spawn(reader).map_err(refused)?);
        Ok(pipeline)
    }

    /// Waits at most `patience` for the next event; none where nothing came in that time.
    ///
    /// # Errors
    /// What ended the run. After an error, or after the end (`Some(None)`), the run is over.
    pub fn next_within(&mut self, patience: Duration) -> Result<Option<Option<Event>>> {
        loop {
            if let Some(outcome) = self.waiting.remove(&self.next) {
                self.next += 1;
                return self.hand_over(outcome).map(|event| Some(Some(event)));
            }
            let Some(results) = &self.results else { return Ok(Some(None)) };
            match results.recv_timeout(patience) {
                Ok((number, outcome)) => {
                    self.waiting.insert(number, outcome);
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    self.stop();
                    if self.cancelled.load(Ordering::Relaxed) {
                        return Err(Error::Cancelled);
                    }
                    return Ok(Some(None));
                }
            }
        }
    }

    /// Ends the run. Its threads end at their next step and are not waited for: one may be inside a source's read.
    pub fn cancel(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.stop();
    }

    fn stop(&mut self) {
        self.results = None;
        self.stock = None;
        self.waiting.clear();
        for handle in self.threads.drain(..) {
            if handle.is_finished() {
                // A panic inside a thread was caught and sent as an error.
                let _ = handle.join();
            }
        }
    }

    fn hand_over(&mut self, outcome: Outcome) -> Result<Event> {
        match outcome {
            Ok((mut event, block)) => {
                if let (Some(block), Some(stock)) = (block, &self.stock) {
                    for _ in 1..block.shares {
                        let _ = stock.send(Block::default());
                    }
                    let _ = stock.send(block.recycled());
                }
                if let Event::Decoded { decoded, .. } = &mut event {
                    for batch in &mut decoded.batches {
                        let differ = keep_first(batch, &mut self.seen[batch.table])?;
                        if let Some(note) = self.differ[batch.table] {
                            decoded.notes[note] += differ;
                        }
                    }
                    decoded.batches.retain(|batch| batch.batch.num_rows() > 0);
                }
                Ok(event)
            }
            Err(error) => {
                self.cancel();
                Err(error)
            }
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// A thread that profilers and debuggers show by its work.
fn named(work: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(format!("crowd-{work}"))
}

/// Drops the rows whose key an earlier part had; gives how many parts differ from the first of their key.
fn keep_first(batch: &mut TableBatch, seen: &mut HashMap<Key, u64>) -> Result<u64> {
    let mut differ = 0;
    let mut keep = Vec::with_capacity(batch.batch.num_rows());
    for &Once { key, content, rows } in &batch.once {
        let first = match key {
            None => true,
            Some(key) => match seen.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(content);
                    true
                }
                Entry::Occupied(entry) => {
                    differ += u64::from(*entry.get() != content);
                    false
                }
            },
        };
        keep.resize(keep.len() + rows, first);
    }
    if !keep.iter().all(|&keep| keep) {
        batch.batch = filter(&batch.batch, &BooleanArray::from(keep))?;
    }
    Ok(differ)
}

fn filter(batch: &RecordBatch, keep: &BooleanArray) -> Result<RecordBatch> {
    arrow_select::filter::filter_record_batch(batch, keep).map_err(|error| Error::Internal(error.to_string()))
}

/// The reader thread: blocks out of each source in turn.
#[allow(clippy::explicit_counter_loop, reason = "it counts the blocks within each source too")]
fn read(
    sources: Vec<RunSource>,
    empty: &Receiver<Block>,
    in_flight: usize,
    jobs: &Sender<Job>,
    results: &Sender<(u64, Outcome)>,
    cores: &Cores,
    cancelled: &AtomicBool,
) {
    // Blocks and sources' ends are numbered alike, in the order of the input.
    let mut number: u64 = 0;
    // The block that the end of one source left unused is the first of the next.
    let mut unused: Option<Block> = None;
    for (source, RunSource { mut reader, .. }) in sources.into_iter().enumerate() {
        let outcome = guarded(|| {
            loop {
                let Some(mut block) = unused.take().or_else(|| empty.recv().ok()) else { return Err(Error::Cancelled) };
                if cancelled.load(Ordering::Relaxed) {
                    return Err(Error::Cancelled);
                }
                if !cores.work(|| reader.next_block(&mut block))? {
                    unused = Some(block);
                    break;
                }
                block.source = source;
                block.shares = block.bytes.len().div_ceil(SHARE).clamp(1, in_flight);
                for _ in 1..block.shares {
                    drop(empty.recv().map_err(|_| Error::Cancelled)?);
                }
                if jobs.send(Job { number, block }).is_err() {
                    return Err(Error::Cancelled);
                }
                number += 1;
            }
            cores.work(|| reader.finish())
        });
        let failed = outcome.is_err();
        let outcome = outcome.map(|finish| (Event::Finished { source, finish }, None));
        if results.send((number, outcome)).is_err() || failed {
            return;
        }
        number += 1;
    }
}

/// A worker thread.
fn work(
    mut decoder: Decoder,
    queue: &Receiver<Job>,
    results: &Sender<(u64, Outcome)>,
    forms: &[Form],
    cores: &Cores,
    cancelled: &AtomicBool,
) {
    while let Ok(Job { number, mut block }) = queue.recv() {
        if cancelled.load(Ordering::Relaxed) {
            return;
        }
        let source = block.source;
        let outcome = guarded(|| cores.work(|| decoder.decode(&mut block, &forms[source])));
        let outcome = outcome.map(|decoded| (Event::Decoded { source, decoded }, Some(block)));
        if results.send((number, outcome)).is_err() {
            return;
        }
    }
}

/// Runs `body`, making a panic (a bug) an error, so that it is told to the caller and not lost with its thread.
fn guarded<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::Internal(message.unwrap_or_else(|| "a thread panicked".to_owned())))
    })
}
