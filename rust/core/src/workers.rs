//! The threads of a run: one for each core that it may keep busy.
//!
//! Reading, decoding and writing are cut into pieces of some milliseconds, and each worker does whichever piece is due. So a
//! core is never left to itself while there is work, and no more of them are busy than were asked for. With a
//! thread for each stage there are more threads than cores, and where one goes to sleep while another that is ready stands
//! behind a third on the other core, the system takes milliseconds to notice: on two cores an eighth of the time.
//!
//! A piece that has to wait, for input, lends its core meanwhile: see [`wait`].

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::{Error, Result};

thread_local! {
    /// Whose worker this thread is.
    static AT_WORK: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

/// What a piece of work belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Done first: what is written needs no memory any more.
    Write,
    /// Done next, once as many pieces wait as there are workers.
    Decode,
    /// Done next until then, so that no worker waits for another one that reads.
    Read,
}

type Task = Box<dyn FnOnce() + Send>;

/// Threads that do pieces of work. A clone is the same threads; they end with the last one, and what is still to be done
/// is dropped then.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Handle>);

#[derive(Debug)]
struct Handle(Arc<Shared>);

struct Shared {
    count: usize,
    state: Mutex<State>,
    /// Notified where a worker may find something to do.
    due: Condvar,
    /// Notified where a core is free that somebody wants back.
    returned: Condvar,
}

#[derive(Default)]
struct State {
    write: VecDeque<Task>,
    decode: VecDeque<Task>,
    read: VecDeque<Task>,
    /// Cores that no piece of work is done on.
    free: usize,
    /// Pieces that have lent their core, and those of them that want it back.
    lent: usize,
    wanted: usize,
    /// Workers there are, and those of them that wait for something to do.
    threads: usize,
    idle: usize,
    ended: bool,
}

impl Workers {
    /// `count` workers; at least one.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn new(count: usize) -> Result<Self> {
        let count = count.max(1);
        let state = Mutex::new(State { free: count, ..State::default() });
        let workers =
            Self(Arc::new(Handle(Arc::new(Shared { count, state, due: Condvar::new(), returned: Condvar::new() }))));
        for _ in 0..count {
            let shared = &workers.0.0;
            shared.start(&mut shared.state()).map_err(|source| Error::Threads { wanted: count, source })?;
        }
        Ok(workers)
    }

    /// How many pieces are done at once.
    pub fn count(&self) -> usize {
        self.0.0.count
    }

    /// Has a piece of work done, in turn with those of its stage.
    pub fn submit(&self, stage: Stage, task: impl FnOnce() + Send + 'static) {
        let shared = &self.0.0;
        let mut now = shared.state();
        let tasks = match stage {
            Stage::Write => &mut now.write,
            Stage::Decode => &mut now.decode,
            Stage::Read => &mut now.read,
        };
        tasks.push_back(Box::new(task));
        shared.wake(&mut now);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.due.notify_all();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("count", &self.count).finish_non_exhaustive()
    }
}

impl State {
    /// Whether a core may be taken for a new piece of work, and there is one.
    fn is_due(&self) -> bool {
        self.free > self.wanted && !(self.write.is_empty() && self.decode.is_empty() && self.read.is_empty())
    }

    fn next(&mut self, count: usize) -> Option<Task> {
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
    /// Tasks are not run with the lock held, so the state is sound whatever panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let shared = Arc::clone(self);
        // A name that profilers and debuggers show.
        thread::Builder::new().name("crowd-work".to_owned()).spawn(move || shared.work())?;
        state.threads += 1;
        Ok(())
    }

    /// Sees to it that a worker comes if something is due.
    fn wake(self: &Arc<Self>, state: &mut State) {
        if !state.is_due() {
            return;
        }
        if state.idle > 0 {
            self.due.notify_one();
        } else if state.threads < self.count + state.lent {
            // Others wait for input and lend their cores. Where there is no thread to be had, the work waits for one of them.
            let _ = self.start(state);
        }
    }

    /// A worker's life.
    fn work(self: Arc<Self>) {
        AT_WORK.set(Some(Arc::clone(&self)));
        let mut state = self.state();
        while !state.ended {
            if state.is_due()
                && let Some(task) = state.next(self.count)
            {
                state.free -= 1;
                self.wake(&mut state);
                drop(state);
                // Whoever submitted it learns of a panic by what it does not send.
                let _ = catch_unwind(AssertUnwindSafe(task));
                state = self.state();
                state.free += 1;
                if state.wanted > 0 {
                    self.returned.notify_one();
                }
            } else {
                state.idle += 1;
                state = self.due.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    fn lend(self: &Arc<Self>) {
        let mut state = self.state();
        state.free += 1;
        state.lent += 1;
        if state.wanted > 0 {
            self.returned.notify_one();
        }
        self.wake(&mut state);
    }

    fn take_back(&self) {
        let mut state = self.state();
        state.wanted += 1;
        while state.free == 0 {
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.wanted -= 1;
        state.lent -= 1;
        state.free -= 1;
    }
}

/// Takes a core back when the waiting ends, by a panic too.
struct TakeBack(Arc<Shared>);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.take_back();
        AT_WORK.set(Some(Arc::clone(&self.0)));
    }
}

/// Does what may wait long. Where that is part of a piece of work, its core does others meanwhile.
pub fn wait<T>(body: impl FnOnce() -> T) -> T {
    let _core = AT_WORK.take().map(|shared| {
        shared.lend();
        TakeBack(shared)
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

    /// A worker that is busy until what it gives is dropped.
    fn busy(workers: &Workers) -> Sender<()> {
        let (release, released) = channel::<()>();
        let (began, begins) = channel();
        workers.submit(Stage::Write, move || {
            let _ = began.send(());
            let _ = released.recv();
        });
        begins.recv_timeout(LONG).unwrap();
        release
    }

    #[test]
    fn no_more_at_once_than_there_are_workers_and_all_is_done() {
        for count in 1..=3 {
            let workers = Workers::new(count).unwrap();
            let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (done, results) = channel();
            for number in 0..200 {
                let (at_once, most, done) = (Arc::clone(&at_once), Arc::clone(&most), done.clone());
                workers.submit(STAGES[number % 3], move || {
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    if number % 7 == 0 {
                        at_once.fetch_sub(1, Ordering::SeqCst);
                        wait(|| thread::sleep(Duration::from_micros(200)));
                        most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    }
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    done.send(number).unwrap();
                });
            }
            drop(done);
            let mut numbers = Vec::new();
            loop {
                match results.recv_timeout(LONG) {
                    Ok(number) => numbers.push(number),
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => panic!("{} of 200 done with {count} workers", numbers.len()),
                }
            }
            numbers.sort_unstable();
            assert_eq!(numbers, (0..200).collect::<Vec<_>>());
            assert!(most.load(Ordering::SeqCst) <= count);
        }
    }

    #[test]
    fn writing_goes_first_and_reading_until_enough_wait_to_be_decoded() {
        let workers = Workers::new(1).unwrap();
        let release = busy(&workers);
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
        let release = [busy(&workers), busy(&workers)];
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
    fn who_waits_lends_its_core() {
        let workers = Workers::new(1).unwrap();
        let (lent, used) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (done, results) = channel();
        workers.submit(Stage::Read, {
            let (lent, used, done) = (Arc::clone(&lent), Arc::clone(&used), done.clone());
            move || {
                // Ends only if the other piece is done meanwhile, which was not submitted yet when the waiting began.
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
    fn a_panic_ends_its_piece_alone() {
        let workers = Workers::new(1).unwrap();
        workers.submit(Stage::Read, || wait(|| panic!("at work")));
        workers.submit(Stage::Read, || panic!("at work"));
        let (done, results) = channel();
        workers.submit(Stage::Read, move || done.send(7).unwrap());
        assert_eq!(results.recv_timeout(LONG), Ok(7));
    }

    #[test]
    fn what_is_not_begun_is_dropped_with_the_last_of_them() {
        let workers = Workers::new(1).unwrap();
        let release = busy(&workers);
        let (done, results) = channel::<()>();
        workers.clone().submit(Stage::Write, move || done.send(()).unwrap());
        drop(workers);
        drop(release);
        assert_eq!(results.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn waiting_without_a_core_is_just_that() {
        assert_eq!(wait(|| 7), 7);
    }
}
