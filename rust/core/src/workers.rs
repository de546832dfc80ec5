//! A pool of worker threads that read, decode and write for one run.
//!
//! Reading, decoding and writing are split into tasks of a few milliseconds, and every worker runs tasks of any stage. No
//! core idles while work is queued, and at most `count` cores are busy. One thread per stage was slower: with more threads
//! than cores, the scheduler takes milliseconds to move a ready thread to an idle core, an eighth of the time on two cores.
//!
//! A task that blocks on input lends its core to another task: see [`wait`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::{Error, Result};

/// Below this number of bytes, passing work to another thread takes longer than the work.
pub const MIN_PARALLEL_BYTES: usize = 1 << 20;

thread_local! {
    /// The pool whose task this thread runs, unless the task has lent its core.
    static CURRENT_POOL: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// The stage of a task, which decides its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Runs first: writing frees memory.
    Write,
    /// Runs next if at least as many decode tasks are queued as there are workers.
    Decode,
    /// Runs next otherwise, so that no worker waits for a block.
    Read,
}

type Task = Box<dyn FnOnce() + Send>;

/// A pool of worker threads. Clones share the threads; dropping the last clone stops them and drops queued tasks.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Handle>);

#[derive(Debug)]
struct Handle(Arc<Shared>);

struct Shared {
    count: usize,
    state: Mutex<State>,
    /// Signals that a task may be runnable.
    runnable: Condvar,
    /// Signals that a core is free and a task is waiting to take its core back.
    returned: Condvar,
}

#[derive(Default)]
struct State {
    write: VecDeque<Task>,
    decode: VecDeque<Task>,
    read: VecDeque<Task>,
    /// Number of cores that run no task.
    free: usize,
    /// Number of tasks that have lent their core, and of those that are taking it back.
    lent: usize,
    reclaiming: usize,
    /// Number of threads, and of those that wait for a task.
    threads: usize,
    idle: usize,
    ended: bool,
}

impl Workers {
    /// Starts a pool of `count` workers, at least one.
    ///
    /// # Errors
    /// If the operating system cannot start a thread.
    pub fn new(count: usize) -> Result<Self> {
        let count = count.max(1);
        let state = Mutex::new(State { free: count, ..State::default() });
        let workers = Self(Arc::new(Handle(Arc::new(Shared {
            count,
            state,
            runnable: Condvar::new(),
            returned: Condvar::new(),
        }))));
        for _ in 0..count {
            let shared = &workers.0.0;
            shared.start_thread(&mut shared.state()).map_err(|source| Error::Threads { count, source })?;
        }
        Ok(workers)
    }

    /// Number of tasks that run concurrently.
    pub fn count(&self) -> usize {
        self.0.0.count
    }

    /// Queues a task after those of its stage.
    pub fn submit(&self, stage: Stage, task: impl FnOnce() + Send + 'static) {
        let shared = &self.0.0;
        let mut queues = shared.state();
        let tasks = match stage {
            Stage::Write => &mut queues.write,
            Stage::Decode => &mut queues.decode,
            Stage::Read => &mut queues.read,
        };
        tasks.push_back(Box::new(task));
        shared.wake(&mut queues);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.runnable.notify_all();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("count", &self.count).finish_non_exhaustive()
    }
}

impl State {
    /// Whether a task is queued and a core is free for it.
    fn has_runnable(&self) -> bool {
        self.free > self.reclaiming && !(self.write.is_empty() && self.decode.is_empty() && self.read.is_empty())
    }

    fn pop_task(&mut self, count: usize) -> Option<Task> {
        self.write.pop_front().or_else(|| {
            if self.decode.len() < count {
                self.read.pop_front().or_else(|| self.decode.pop_front())
            } else {
                self.decode.pop_front()
            }
        })
    }
}

impl Shared {
    /// Tasks run without the lock, so the state is valid even if one panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new().name("crowd-work".to_owned()).spawn(move || shared.run())?;
        state.threads += 1;
        Ok(())
    }

    /// Wakes or starts a worker if a task is runnable.
    fn wake(self: &Arc<Self>, state: &mut State) {
        if !state.has_runnable() {
            return;
        }
        if state.idle > 0 {
            self.runnable.notify_one();
        } else if state.threads < self.count + state.lent {
            // All other workers have lent their cores. If no thread can be started, the task waits for one of them.
            let _ = self.start_thread(state);
        }
    }

    /// The main loop of a worker.
    fn run(self: Arc<Self>) {
        CURRENT_POOL.set(Some(Arc::clone(&self)));
        let mut state = self.state();
        while !state.ended {
            if state.has_runnable()
                && let Some(task) = state.pop_task(self.count)
            {
                state.free -= 1;
                self.wake(&mut state);
                drop(state);
                // The submitter notices a panic because the task sends no result.
                let _ = catch_unwind(AssertUnwindSafe(task));
                state = self.state();
                state.free += 1;
                if state.reclaiming > 0 {
                    self.returned.notify_one();
                }
            } else {
                state.idle += 1;
                state = self.runnable.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    fn lend_core(self: &Arc<Self>) {
        let mut state = self.state();
        state.free += 1;
        state.lent += 1;
        if state.reclaiming > 0 {
            self.returned.notify_one();
        }
        self.wake(&mut state);
    }

    fn reclaim_core(&self) {
        let mut state = self.state();
        state.reclaiming += 1;
        while state.free == 0 {
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.reclaiming -= 1;
        state.lent -= 1;
        state.free -= 1;
    }
}

/// Takes a core back on drop, also after a panic.
struct CoreLoan(Arc<Shared>);

impl Drop for CoreLoan {
    fn drop(&mut self) {
        self.0.reclaim_core();
        CURRENT_POOL.set(Some(Arc::clone(&self.0)));
    }
}

/// Runs a blocking operation. Inside a task, the task lends its core to others while it blocks.
pub fn wait<T>(body: impl FnOnce() -> T) -> T {
    let _core = CURRENT_POOL.take().map(|shared| {
        shared.lend_core();
        CoreLoan(shared)
    });
    body()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::sync::{Arc, Barrier};
    use std::thread;
    use std::time::Duration;

    use super::{Stage, Workers, wait};

    const LONG: Duration = Duration::from_secs(20);
    const STAGES: [Stage; 3] = [Stage::Write, Stage::Decode, Stage::Read];

    /// Blocks one worker until the returned sender is dropped.
    fn block_worker(workers: &Workers) -> Sender<()> {
        let (release, released) = channel::<()>();
        let (started, starts) = channel();
        workers.submit(Stage::Write, move || {
            let _ = started.send(());
            let _ = released.recv();
        });
        starts.recv_timeout(LONG).unwrap();
        release
    }

    #[test]
    fn runs_all_tasks_and_at_most_count_at_once() {
        for count in 1..=3 {
            let workers = Workers::new(count).unwrap();
            let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (done, results) = channel();
            for number in 0..200 {
                let (running, most, done) = (Arc::clone(&running), Arc::clone(&most), done.clone());
                workers.submit(STAGES[number % 3], move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    if number % 7 == 0 {
                        running.fetch_sub(1, Ordering::SeqCst);
                        wait(|| thread::sleep(Duration::from_micros(200)));
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                    done.send(number).unwrap();
                });
            }
            drop(done);
            let mut numbers = Vec::new();
            loop {
                match results.recv_timeout(LONG) {
                    Ok(number) => numbers.push(number),
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => panic!("{} of 200 tasks done by {count} workers", numbers.len()),
                }
            }
            numbers.sort_unstable();
            assert_eq!(numbers, (0..200).collect::<Vec<_>>());
            assert!(most.load(Ordering::SeqCst) <= count);
        }
    }

    #[test]
    fn write_tasks_run_first_and_read_tasks_until_enough_blocks_are_queued() {
        let workers = Workers::new(1).unwrap();
        let release = block_worker(&workers);
        let (done, results) = channel();
        for (number, stage) in
            [Stage::Decode, Stage::Read, Stage::Read, Stage::Write, Stage::Decode].into_iter().enumerate()
        {
            let done = done.clone();
            workers.submit(stage, move || done.send(number).unwrap());
        }
        drop((release, done));
        assert_eq!(results.iter().collect::<Vec<_>>(), [3, 0, 4, 1, 2]);

        let workers = Workers::new(2).unwrap();
        let release = [block_worker(&workers), block_worker(&workers)];
        let (done, results) = channel();
        for (number, stage) in [Stage::Decode, Stage::Read, Stage::Read].into_iter().enumerate() {
            let done = done.clone();
            workers.submit(stage, move || done.send(number).unwrap());
        }
        let [first, second] = release;
        drop((first, done));
        assert_eq!(results.iter().collect::<Vec<_>>(), [1, 2, 0]);
        drop(second);
    }

    #[test]
    fn a_waiting_task_lends_its_core() {
        let workers = Workers::new(1).unwrap();
        let (lent, used) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (done, results) = channel();
        workers.submit(Stage::Read, {
            let (lent, used, done) = (Arc::clone(&lent), Arc::clone(&used), done.clone());
            move || {
                // Returns only if the other task, submitted after the wait started, runs meanwhile.
                wait(|| {
                    lent.wait();
                    used.wait();
                });
                done.send("read").unwrap();
            }
        });
        lent.wait();
        workers.submit(Stage::Decode, move || {
            done.send("decoded").unwrap();
            used.wait();
        });
        assert_eq!(results.recv_timeout(LONG), Ok("decoded"));
        assert_eq!(results.recv_timeout(LONG), Ok("read"));
        assert_eq!(results.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn a_panic_ends_only_its_task() {
        let workers = Workers::new(1).unwrap();
        workers.submit(Stage::Read, || wait(|| panic!("at work")));
        workers.submit(Stage::Read, || panic!("at work"));
        let (done, results) = channel();
        workers.submit(Stage::Read, move || done.send(7).unwrap());
        assert_eq!(results.recv_timeout(LONG), Ok(7));
    }

    #[test]
    fn queued_tasks_are_dropped_with_the_pool() {
        let workers = Workers::new(1).unwrap();
        let release = block_worker(&workers);
        let (done, results) = channel::<()>();
        workers.clone().submit(Stage::Write, move || done.send(()).unwrap());
        drop(workers);
        drop(release);
        assert_eq!(results.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn wait_outside_a_task_runs_the_closure() {
        assert_eq!(wait(|| 7), 7);
    }
}
