//! Reads blocks in order, decodes them in parallel and returns the results in input order.
//!
//! Memory is bounded by the blocks in flight. A read takes an empty block from a fixed [`BlockPool`], and a block returns to
//! the pool when the consumer has taken its result, so a slow consumer delays reading. With `n` workers the pool has
//! `n + 3` blocks. A block longer than [`PERMIT_BYTES`], because a record is, takes several permits: one per started
//! `PERMIT_BYTES`. So the blocks in flight have at most `n + 3` times [`PERMIT_BYTES`], or are a single block of the record
//! limit plus `block_bytes`. The rejects of a block are no longer than the block, since a record beyond the limit is emitted
//! in parts. Output that is many times its block comes in parts too, each decoded once the consumer has taken the one
//! before. Bytes read ahead add at most the record limit plus `block_bytes`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::vec;

use arrow_array::{BooleanArray, RecordBatch};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::error::{Error, Result};
use crate::leniency::Leniency;
use crate::plan::{Decoded, Decoder, Key, Limits, Once, Plan, RecordIds, RecordLayout, TableBatch};
use crate::records::{Block, Position, RecordReader};
use crate::source::Finish;
use crate::workers::{Stage, Workers};

mod decoder_pool;
mod table_keys;

use decoder_pool::DecoderPool;
pub use table_keys::TableKeys;

/// One source of a run.
pub struct RunSource {
    /// Its reader, after the header if the format has one.
    pub reader: SourceReader,
    /// Index of the column of each field of the plan.
    pub columns: Vec<Option<usize>>,
    /// See [`RecordLayout::least`].
    pub least: Option<usize>,
}

/// The reader of a source, which is opened when all sources before it have ended: thousands cannot be open at once.
pub struct SourceReader {
    /// Number of fields of a record; `None` for JSON.
    pub width: Option<usize>,
    /// Whether all names of a CSV header are quoted.
    pub is_header_quoted: bool,
    /// Opens it.
    pub open: Box<dyn FnOnce() -> Result<RecordReader> + Send>,
}

impl<R: Into<RecordReader>> From<R> for SourceReader {
    /// A reader that is open already.
    fn from(reader: R) -> Self {
        let reader = reader.into();
        Self {
            width: matches!(reader, RecordReader::Csv(_)).then(|| reader.width()),
            is_header_quoted: reader.is_header_quoted(),
            open: Box::new(|| Ok(reader)),
        }
    }
}

/// Options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The threads that read and decode.
    pub workers: Workers,
    /// Limits of a record.
    pub limits: Limits,
    /// Counts or drops records whose id an earlier source has.
    pub ids: Option<Arc<RecordIds>>,
}

/// A result of a run, in input order.
#[derive(Debug)]
pub enum Event {
    /// A block was decoded.
    Decoded {
        /// Index of the source.
        source: usize,
        /// Its rows and rejects.
        decoded: Box<Decoded>,
    },
    /// A source has ended.
    Finished {
        /// Index of the source.
        source: usize,
        /// Its size and digest.
        finish: Finish,
        /// The position after its last record.
        end: Position,
        /// Whether the source was read to its end, and not only to where its reader stops.
        is_at_end: bool,
    },
}

/// An event with its block, or the error that ended the run.
type Output = Result<(Event, Option<DecodedBlock>)>;

/// A block of which some output was taken. It returns to the pool or, if there is more output, is decoded on.
struct DecodedBlock {
    block: Block,
    /// Where more output goes.
    results: Sender<(u64, Output)>,
}

/// A running pipeline.
pub struct Pipeline {
    run: Arc<SharedRun>,
    results: Option<Receiver<(u64, Output)>>,
    /// Outputs that arrived before their turn.
    waiting: BTreeMap<u64, Output>,
    next: u64,
    /// For each table, the deduplication keys with a hash of the first content.
    seen: Vec<HashMap<Key, u64>>,
    /// For each table, the note that counts contents that differ from the first one of their key.
    differ: Vec<Option<usize>>,
    /// For each table, all of its deduplication keys, if they are tracked.
    keys: Option<Vec<TableKeys>>,
    /// The source of the last block whose record ids were counted.
    counted: Option<usize>,
}

/// Number of bytes per pool permit; several times the size of an ordinary block.
const PERMIT_BYTES: usize = 1 << 24;

/// State shared by the tasks of a run.
struct SharedRun {
    workers: Workers,
    plan: Arc<Plan>,
    limits: Limits,
    ids: Option<Arc<RecordIds>>,
    layouts: Vec<RecordLayout>,
    in_flight: usize,
    pool: Mutex<BlockPool>,
    decoders: DecoderPool<Decoder>,
    cancelled: AtomicBool,
}

/// Empty blocks, and the read task if it waits for one.
#[derive(Default)]
struct BlockPool {
    empty: Vec<Block>,
    waiting: Option<Box<ReadTask>>,
}

impl Pipeline {
    /// Starts a run.
    pub fn start(plan: &Arc<Plan>, sources: Vec<RunSource>, options: Options) -> Self {
        let in_flight = options.workers.count() + 3;
        // Bounded by the number of blocks, so a worker never waits to send.
        let (results, outcomes) = unbounded();
        let layout = |source: &RunSource| RecordLayout {
            json: source.reader.width.is_none(),
            absent_na: source.reader.is_header_quoted,
            absent_na_everywhere: plan.spec().absent_na && source.reader.is_header_quoted,
            least: source.least,
            ..RecordLayout::new(source.columns.clone(), source.reader.width.unwrap_or(1))
        };
        let run = Arc::new(SharedRun {
            workers: options.workers,
            plan: Arc::clone(plan),
            limits: options.limits,
            ids: options.ids,
            layouts: sources.iter().map(layout).collect(),
            in_flight,
            pool: Mutex::new(BlockPool { empty: (0..in_flight).map(|_| Block::default()).collect(), waiting: None }),
            decoders: DecoderPool::default(),
            cancelled: AtomicBool::new(false),
        });
        let read = ReadTask {
            run: Arc::clone(&run),
            results,
            sources: sources.into_iter(),
            source: 0,
            reader: None,
            preceding: 0,
            records: 0,
            number: 0,
            empty: None,
            oversized: None,
        };
        Box::new(read).schedule_next();
        Self {
            run,
            results: Some(outcomes),
            waiting: BTreeMap::new(),
            next: 0,
            seen: vec![HashMap::new(); plan.schemas().len()],
            differ: plan.differing().to_vec(),
            keys: None,
            counted: None,
        }
    }

    /// Keeps the deduplication keys of all tables from now on, for [`Self::take_keys`].
    pub fn track_keys(&mut self) {
        self.keys = Some(vec![TableKeys::default(); self.seen.len()]);
    }

    /// The deduplication keys of a table so far, which are forgotten; none if they are not tracked.
    pub fn take_keys(&mut self, table: usize) -> TableKeys {
        self.keys.as_mut().and_then(|keys| keys.get_mut(table)).map(std::mem::take).unwrap_or_default()
    }

    /// Waits at most `timeout` for the next event; `None` if there was none, `Some(None)` at the end of the run.
    ///
    /// # Errors
    /// The error that ended the run.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<Option<Event>>> {
        loop {
            if let Some(output) = self.waiting.remove(&self.next) {
                self.next += 1;
                return self.accept(output).map(|event| Some(Some(event)));
            }
            let Some(results) = &self.results else { return Ok(Some(None)) };
            match results.recv_timeout(timeout) {
                Ok((number, output)) => {
                    self.waiting.insert(number, output);
                }
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    self.stop();
                    if self.run.is_cancelled() {
                        return Err(Error::Cancelled);
                    }
                    return Ok(Some(None));
                }
            }
        }
    }

    /// Ends the run. Running tasks are not waited for: one may block in a read.
    pub fn cancel(&mut self) {
        self.run.cancelled.store(true, Ordering::Relaxed);
        self.stop();
    }

    fn stop(&mut self) {
        self.results = None;
        self.waiting.clear();
        // The read task and the shared state refer to each other.
        let pool = std::mem::take(&mut *locked(&self.run.pool));
        drop(pool);
        self.run.decoders.clear();
    }

    /// Returns the block to the pool and drops rows whose key was seen in an earlier block.
    fn accept(&mut self, output: Output) -> Result<Event> {
        match output {
            Ok((mut event, decoded)) => {
                if let Event::Decoded { source, decoded } = &mut event
                    && let Some(ids) = &self.run.ids
                {
                    // Before the block is recycled, which may start the next source.
                    let is_next = self.counted.replace(*source) != Some(*source);
                    count_duplicates(ids, decoded, is_next);
                }
                if let Some(DecodedBlock { block, results }) = decoded {
                    if block.is_decoded() {
                        self.run.recycle(block);
                    } else {
                        self.next -= 1;
                        self.run.submit(self.next, block, results);
                    }
                }
                if let Event::Decoded { decoded, .. } = &mut event {
                    let decoded = &mut **decoded;
                    for batch in &mut decoded.batches {
                        let keys = self.keys.as_mut().map(|keys| &mut keys[batch.table]);
                        let differ = keep_first(batch, &mut self.seen[batch.table], keys)?;
                        if let Some(note) = self.differ[batch.table] {
                            decoded.counts[note] += differ;
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

/// Adds a block's record ids, and counts those that an earlier source has; `is_next` for the first block of a source.
#[cold]
fn count_duplicates(ids: &RecordIds, decoded: &mut Decoded, is_next: bool) {
    // If duplicates are dropped, the decoders have counted them, and the read task starts the next source.
    if is_next && !ids.drops() {
        ids.next_source();
    }
    let duplicates = ids.add(&std::mem::take(&mut decoded.ids));
    if !ids.drops() {
        decoded.leniencies[Leniency::Duplicates] += duplicates;
    }
}

/// Drops the rows whose key was seen before; returns how many contents differ from the first one of their key.
fn keep_first(batch: &mut TableBatch, seen: &mut HashMap<Key, u64>, mut keys: Option<&mut TableKeys>) -> Result<u64> {
    let mut differ = 0;
    let mut keep = Vec::with_capacity(batch.batch.num_rows());
    for once in &batch.once {
        let &Once { key, content, rows } = once;
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
        if let Some(keys) = &mut keys {
            keys.add(once, first);
        }
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

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code that can panic runs with the lock held.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedRun {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn drops_duplicates(&self) -> bool {
        self.ids.as_ref().is_some_and(|ids| ids.drops())
    }

    /// Returns a block to the pool, and schedules the read task if it waits for a block.
    fn recycle(&self, block: Block) {
        let waiting = {
            let mut pool = locked(&self.pool);
            pool.empty.extend((1..block.weight).map(|_| Block::default()));
            pool.empty.push(block.recycled());
            pool.waiting.take()
        };
        if let Some(read) = waiting {
            read.schedule_next();
        }
    }

    /// Queues the decoding of a block with this number, or of its rest.
    fn submit(self: &Arc<Self>, number: u64, mut block: Block, results: Sender<(u64, Output)>) {
        let run = Arc::clone(self);
        self.workers.submit(Stage::Decode, move || {
            if !run.is_cancelled() {
                let source = block.source;
                let output = run.decode(number, &mut block).map(|decoded| {
                    let event = Event::Decoded { source, decoded: Box::new(decoded) };
                    (event, Some(DecodedBlock { block, results: results.clone() }))
                });
                // Sending fails only after the run has ended.
                let _ = results.send((number, output));
            }
        });
    }

    /// Decodes the block with this number, or its rest.
    fn decode(&self, number: u64, block: &mut Block) -> Result<Decoded> {
        let mut decoder = self.decoders.take(number, || Decoder::new(Arc::clone(&self.plan), self.limits));
        let output = catch_panic(|| decoder.decode(block, &self.layouts[block.source], self.ids.as_deref()));
        if output.is_ok() {
            self.decoders.put_back(number, decoder);
        }
        output
    }
}

/// Reads the blocks of all sources in order, one per task.
struct ReadTask {
    run: Arc<SharedRun>,
    results: Sender<(u64, Output)>,
    sources: vec::IntoIter<RunSource>,
    /// Index and reader of the current source.
    source: usize,
    reader: Option<RecordReader>,
    /// Number of records in the sources before it.
    preceding: u64,
    /// Number of its records so far.
    records: u64,
    /// Number of the next output, in input order.
    number: u64,
    /// The block to read into. At the end of a source it is kept for the next one.
    empty: Option<Block>,
    /// An oversized block and the number of pool permits it still needs.
    oversized: Option<(Block, usize)>,
}

impl ReadTask {
    /// Queues the next read as soon as the pool has a block for it.
    fn schedule_next(mut self: Box<Self>) {
        let run = Arc::clone(&self.run);
        {
            let mut pool = locked(&run.pool);
            if run.is_cancelled() {
                return;
            }
            if let Some((_, needed)) = &mut self.oversized {
                while *needed > 0 && pool.empty.pop().is_some() {
                    *needed -= 1;
                }
            } else if self.empty.is_none() {
                self.empty = pool.empty.pop();
            }
            let mut ready = self.oversized.as_ref().map_or(self.empty.is_some(), |&(_, needed)| needed == 0);
            if self.reader.is_none() && self.oversized.is_none() && run.drops_duplicates() {
                // Whether a record is dropped depends on all records of the sources before its own.
                ready = pool.empty.len() + usize::from(self.empty.is_some()) == run.in_flight;
            }
            if !ready {
                pool.waiting = Some(self);
                return;
            }
        }
        run.workers.submit(Stage::Read, move || self.read());
    }

    /// Reads one block or finishes a source.
    fn read(mut self: Box<Self>) {
        if self.run.is_cancelled() {
            return;
        }
        if let Some((block, _)) = self.oversized.take() {
            self.submit(block);
            return self.schedule_next();
        }
        let opened = match self.reader.take() {
            Some(reader) => Ok(Some(reader)),
            None => catch_panic(|| self.next_source()),
        };
        let mut reader = match opened {
            Ok(Some(reader)) => reader,
            Ok(None) => return,
            Err(error) => return self.send(Err(error)),
        };
        let mut block = self.empty.take().unwrap_or_default();
        match catch_panic(|| reader.next_block(&mut block)) {
            Ok(true) => {
                self.reader = Some(reader);
                block.source = self.source;
                block.preceding = self.preceding;
                self.records = block.last_number().unwrap_or(self.records);
                block.weight = block.bytes.len().div_ceil(PERMIT_BYTES).clamp(1, self.run.in_flight);
                if block.weight > 1 {
                    let needed = block.weight - 1;
                    self.oversized = Some((block, needed));
                } else {
                    self.submit(block);
                }
            }
            Ok(false) => {
                self.empty = Some(block);
                let finish = catch_panic(|| reader.finish());
                let failed = finish.is_err();
                let (source, end, is_at_end) = (self.source, reader.position(), reader.is_at_end());
                self.send(finish.map(|finish| (Event::Finished { source, finish, end, is_at_end }, None)));
                if failed {
                    return;
                }
                self.source += 1;
                self.preceding += std::mem::take(&mut self.records);
            }
            Err(error) => return self.send(Err(error)),
        }
        self.schedule_next();
    }

    fn next_source(&mut self) -> Result<Option<RecordReader>> {
        if let Some(ids) = self.run.ids.as_ref().filter(|ids| ids.drops()) {
            ids.next_source();
        }
        self.sources.next().map(|source| (source.reader.open)()).transpose()
    }

    /// Queues the decoding of a block.
    fn submit(&mut self, block: Block) {
        self.run.submit(self.number, block, self.results.clone());
        self.number += 1;
    }

    fn send(&mut self, output: Output) {
        let _ = self.results.send((self.number, output));
        self.number += 1;
    }
}

/// Runs `body` and converts a panic, which is a bug, to an error for the caller.
fn catch_panic<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::Internal(message.unwrap_or_else(|| "a thread panicked".to_owned())))
    })
}
