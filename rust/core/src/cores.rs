//! How many cores a run keeps busy, however many threads it has.
//!
//! A run reads, decodes and writes on threads of their own, so that no stage waits for another without need. Each piece of
//! work takes a core first and gives it back at its end; a thread that waits, for input or for another thread, holds
//! none. So `n` cores asked for are `n` used, on a machine that is shared with others too.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

thread_local! {
    /// The cores of which this thread has one.
    static AT_WORK: RefCell<Option<Cores>> = const { RefCell::new(None) };
}

/// Cores that the threads of a run share. A clone is the same cores.
#[derive(Clone, Debug)]
pub struct Cores(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    free: Mutex<usize>,
    given_back: Condvar,
}

impl Cores {
    /// `count` cores; at least one.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Shared { free: Mutex::new(count.max(1)), given_back: Condvar::new() }))
    }

    /// Waits for a core, which this thread has until it gives it back. One that has a core already must not ask for
    /// another: it would wait for itself.
    pub fn take(&self) {
        let mut free = self.free();
        while *free == 0 {
            free = self.0.given_back.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
    }

    /// Gives a core back.
    pub fn give_back(&self) {
        *self.free() += 1;
        self.0.given_back.notify_one();
    }

    /// Does a piece of work on a core.
    pub fn work<T>(&self, body: impl FnOnce() -> T) -> T {
        self.take();
        AT_WORK.set(Some(self.clone()));
        let _core = GiveBack(self);
        body()
    }

    /// A count is sound whatever a thread that panicked was about to do.
    fn free(&self) -> MutexGuard<'_, usize> {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a core back when the work ends, by a panic too.
struct GiveBack<'a>(&'a Cores);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        AT_WORK.set(None);
        self.0.give_back();
    }
}

/// Takes a core again when the waiting ends.
struct TakeAgain(Cores);

impl Drop for TakeAgain {
    fn drop(&mut self) {
        self.0.take();
        AT_WORK.set(Some(self.0.clone()));
    }
}

/// Does what may wait long; others have the core of this thread meanwhile, if it has one.
pub fn wait<T>(body: impl FnOnce() -> T) -> T {
    let _core = AT_WORK.take().map(|cores| {
        cores.give_back();
        TakeAgain(cores)
    });
    body()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::{Cores, wait};

    /// How many threads were at work at once, of eight that each work forty times.
    fn most_at_once(cores: &Cores) -> usize {
        let (busy, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..40 {
                        cores.work(|| {
                            most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                            thread::yield_now();
                            busy.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                });
            }
        });
        most.into_inner()
    }

    #[test]
    fn no_more_work_at_once_than_there_are_cores() {
        for count in 1..=3 {
            assert!(most_at_once(&Cores::new(count)) <= count);
        }
        assert_eq!(most_at_once(&Cores::new(0)), 1, "no core at all would never end");
    }

    #[test]
    fn who_waits_lends_its_core() {
        let cores = Cores::new(1);
        let (lent, used) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let other = thread::spawn({
            let (cores, lent, used) = (cores.clone(), Arc::clone(&lent), Arc::clone(&used));
            move || {
                lent.wait();
                cores.work(|| 0);
                used.wait();
            }
        });
        cores.work(|| {
            // Ends only if the other thread gets to work.
            wait(|| {
                lent.wait();
                used.wait();
            });
            assert_eq!(*cores.free(), 0, "it has its core again");
        });
        assert!(other.join().is_ok());
        assert_eq!(*cores.free(), 1);
    }

    #[test]
    fn a_panic_gives_its_core_back() {
        let cores = Cores::new(1);
        assert!(catch_unwind(AssertUnwindSafe(|| cores.work(|| wait(|| panic!("at work"))))).is_err());
        assert_eq!(*cores.free(), 1);
        assert_eq!(cores.work(|| 7), 7);
    }

    #[test]
    fn waiting_without_a_core_takes_none() {
        let cores = Cores::new(1);
        wait(|| assert_eq!(*cores.free(), 1));
        assert_eq!(*cores.free(), 1);
    }
}
