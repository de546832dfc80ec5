//! Blocks read one after the other, decoded by workers, and their results in the order of the input.
//!
//! Memory is bounded by the blocks in flight, whatever the timing: an empty block is taken from a fixed stock before anything
//! is read, and a block goes back to the stock only when its result has been taken, so a slow consumer holds
//! the reading back. With `n` workers there are `n + 3` blocks. One that is longer than [`SHARE`], since a record is,
//! counts for as many blocks as it has shares: those in flight hold `(n + 3)` shares, or are a single one of the
//! record limit and `block_bytes`. The rejects of a block are no longer than it is: a record beyond the limit is handed on
//! in parts. To this comes what was read ahead: the record limit and `block_bytes`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::vec;

use arrow_array::{BooleanArray, RecordBatch};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::error::{Error, Result};
use crate::plan::{Decoded, Decoder, Form, Key, Once, Plan, TableBatch};
use crate::records::{Block, RecordReader};
use crate::source::Finish;
use crate::workers::{Stage, Workers};

mod decoders;

use decoders::Decoders;

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
    /// Who reads and decodes, and does other work for whoever takes the results.
    pub workers: Workers,
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
    flow: Arc<Flow>,
    results: Option<Receiver<(u64, Outcome)>>,
    waiting: BTreeMap<u64, Outcome>,
    next: u64,
    /// For each table, the keys of which only the first part stands, with a hash of what that was made of.
    seen: Vec<HashMap<Key, u64>>,
    /// For each table, the note that counts parts which differ from the first of their key.
    differ: Vec<Option<usize>>,
}

/// Bytes of a block that counts as one; a multiple of what a block has where no record is long.
const SHARE: usize = 1 << 24;

/// What the pieces of a run's work share.
struct Flow {
    workers: Workers,
    plan: Arc<Plan>,
    max_depth: usize,
    forms: Vec<Form>,
    in_flight: usize,
    stock: Mutex<Stock>,
    /// Each with what it has seen of repeated cells.
    decoders: Decoders<Decoder>,
    cancelled: AtomicBool,
}

/// Blocks to read into, and the reading, where it waits for one.
#[derive(Default)]
struct Stock {
    empty: Vec<Block>,
    reading: Option<Box<Reading>>,
}

impl Pipeline {
    /// Starts a run.
    pub fn start(plan: &Arc<Plan>, sources: Vec<RunSource>, options: Options) -> Self {
        let in_flight = options.workers.count() + 3;
        // As many results as blocks exist, so that a worker never waits here.
        let (results, outcomes) = unbounded();
        let form = |source: &RunSource| Form {
            columns: source.columns.clone(),
            width: source.reader.width(),
            json: matches!(source.reader, RecordReader::Json(_)),
        };
        let flow = Arc::new(Flow {
            workers: options.workers,
            plan: Arc::clone(plan),
            max_depth: options.max_depth,
            forms: sources.iter().map(form).collect(),
            in_flight,
            stock: Mutex::new(Stock { empty: (0..in_flight).map(|_| Block::default()).collect(), reading: None }),
            decoders: Decoders::default(),
            cancelled: AtomicBool::new(false),
        });
        let reading = Reading {
            flow: Arc::clone(&flow),
            results,
            sources: sources.into_iter(),
            source: 0,
            reader: None,
            number: 0,
            empty: None,
            long: None,
        };
        Box::new(reading).go_on();
        Self {
            flow,
            results: Some(outcomes),
            waiting: BTreeMap::new(),
            next: 0,
            seen: vec![HashMap::new(); plan.schemas().len()],
            differ: plan.differing().to_vec(),
        }
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
                    if self.flow.is_cancelled() {
                        return Err(Error::Cancelled);
                    }
                    return Ok(Some(None));
                }
            }
        }
    }

    /// Ends the run. Pieces that are being worked on are not waited for: one may be inside a source's read.
    pub fn cancel(&mut self) {
        self.flow.cancelled.store(true, Ordering::Relaxed);
        self.stop();
    }

    fn stop(&mut self) {
        self.results = None;
        self.waiting.clear();
        // The reading holds what holds it.
        let held = std::mem::take(&mut *locked(&self.flow.stock));
        drop(held);
        self.flow.decoders.clear();
    }

    fn hand_over(&mut self, outcome: Outcome) -> Result<Event> {
        match outcome {
            Ok((mut event, block)) => {
                if let Some(block) = block {
                    self.flow.give_back(block);
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

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can panic is done with the lock held.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flow {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Puts a block whose result was taken back into the stock, and goes on with the reading if it waits for it.
    fn give_back(&self, block: Block) {
        let waiting = {
            let mut stock = locked(&self.stock);
            stock.empty.extend((1..block.shares).map(|_| Block::default()));
            stock.empty.push(block.recycled());
            stock.reading.take()
        };
        if let Some(reading) = waiting {
            reading.go_on();
        }
    }

    /// Decodes the block of this number; a piece of work.
    fn decode(&self, number: u64, block: &mut Block) -> Result<Decoded> {
        let mut decoder = self.decoders.take(number, || Decoder::new(Arc::clone(&self.plan), self.max_depth));
        let outcome = guarded(|| decoder.decode(block, &self.forms[block.source]));
        if outcome.is_ok() {
            self.decoders.put_back(number, decoder);
        }
        outcome
    }
}

/// The reading: blocks out of each source in turn, each of them a piece of work.
struct Reading {
    flow: Arc<Flow>,
    results: Sender<(u64, Outcome)>,
    sources: vec::IntoIter<RunSource>,
    /// The present source: its place, and its reader once there is one.
    source: usize,
    reader: Option<RecordReader>,
    /// Blocks and sources' ends are numbered alike, in the order of the input.
    number: u64,
    /// A block to read into: one that the end of a source left unused is the first of the next.
    empty: Option<Block>,
    /// A block that was read and counts for more than one, and how many the stock still has to give for it.
    long: Option<(Block, usize)>,
}

impl Reading {
    /// Has the next piece done as soon as the stock allows it.
    fn go_on(mut self: Box<Self>) {
        let flow = Arc::clone(&self.flow);
        {
            let mut stock = locked(&flow.stock);
            if flow.is_cancelled() {
                return;
            }
            if let Some((_, owed)) = &mut self.long {
                while *owed > 0 && stock.empty.pop().is_some() {
                    *owed -= 1;
                }
            } else if self.empty.is_none() {
                self.empty = stock.empty.pop();
            }
            let may = self.long.as_ref().map_or(self.empty.is_some(), |&(_, owed)| owed == 0);
            if !may {
                stock.reading = Some(self);
                return;
            }
        }
        flow.workers.submit(Stage::Read, move || self.step());
    }

    /// One block, or the end of a source.
    fn step(mut self: Box<Self>) {
        if self.flow.is_cancelled() {
            return;
        }
        if let Some((block, _)) = self.long.take() {
            self.hand_on(block);
            return self.go_on();
        }
        let Some(mut reader) = self.reader.take().or_else(|| self.sources.next().map(|source| source.reader)) else {
            return;
        };
        let mut block = self.empty.take().unwrap_or_default();
        match guarded(|| reader.next_block(&mut block)) {
            Ok(true) => {
                self.reader = Some(reader);
                block.source = self.source;
                block.shares = block.bytes.len().div_ceil(SHARE).clamp(1, self.flow.in_flight);
                if block.shares > 1 {
                    let owed = block.shares - 1;
                    self.long = Some((block, owed));
                } else {
                    self.hand_on(block);
                }
            }
            Ok(false) => {
                self.empty = Some(block);
                let outcome = guarded(|| reader.finish());
                let failed = outcome.is_err();
                let source = self.source;
                self.send(outcome.map(|finish| (Event::Finished { source, finish }, None)));
                if failed {
                    return;
                }
                self.source += 1;
            }
            Err(error) => return self.send(Err(error)),
        }
        self.go_on();
    }

    /// Has a block decoded.
    fn hand_on(&mut self, mut block: Block) {
        let (flow, results, number) = (Arc::clone(&self.flow), self.results.clone(), self.number);
        self.number += 1;
        self.flow.workers.submit(Stage::Decode, move || {
            if !flow.is_cancelled() {
                let source = block.source;
                let outcome = flow.decode(number, &mut block);
                // Whoever does not take it any more has ended the run.
                let _ =
                    results.send((number, outcome.map(|decoded| (Event::Decoded { source, decoded }, Some(block)))));
            }
        });
    }

    fn send(&mut self, outcome: Outcome) {
        let _ = self.results.send((self.number, outcome));
        self.number += 1;
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
