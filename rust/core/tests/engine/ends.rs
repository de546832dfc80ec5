//! Runs that end before their sources do: errors, panics, a caller who has had enough.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crowdarrow_core::error::Error;
use crowdarrow_core::plan::Plan;

use crate::harness::{How, cells, plan, promptly, run_on, source, start};

fn numbers() -> Arc<Plan> {
    plan(&cells(&[("n", "int64")]))
}

/// Rows without end, or up to where `then` is done.
struct Rows {
    left: Option<usize>,
    then: fn() -> io::Result<usize>,
    pending: Vec<u8>,
    next: u64,
}

impl Rows {
    fn endless() -> Self {
        Self { left: None, then: || Ok(0), pending: b"n\n".to_vec(), next: 0 }
    }

    fn then(left: usize, then: fn() -> io::Result<usize>) -> Self {
        Self { left: Some(left), then, ..Self::endless() }
    }
}

impl Read for Rows {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.pending.len() < out.len() && self.left != Some(0) {
            writeln!(self.pending, "{}", self.next)?;
            self.next += 1;
            self.left = self.left.map(|left| left - 1);
        }
        let count = self.pending.len().min(out.len());
        if count == 0 {
            return (self.then)();
        }
        out[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        Ok(count)
    }
}

/// A run over these readers, one after the other.
fn run_readers(readers: Vec<Rows>, how: How) -> (Vec<String>, Vec<usize>, Option<Error>) {
    let plan = numbers();
    let sources = readers.into_iter().map(|reader| source(&plan, Box::new(reader), how).unwrap()).collect();
    let (mut ran, error) = run_on(&plan, sources, how);
    (ran.tables.remove(0), ran.finished, error)
}

fn rows(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{{\"n\":{n}}}")).collect()
}

#[test]
fn an_error_comes_after_what_was_read_before_it() {
    for threads in 1..=4 {
        let how = How { threads, block: 64, ..How::default() };
        let readers = vec![
            Rows::then(500, || Ok(0)),
            Rows::then(300, || Err(io::Error::other("the disk is gone"))),
            Rows::endless(),
        ];
        let (table, finished, error) = promptly(move || run_readers(readers, how));
        assert!(
            matches!(&error, Some(Error::Io { source, .. }) if source.to_string() == "the disk is gone"),
            "{error:?}"
        );
        assert_eq!(finished, [0]);
        assert_eq!(table[..500], rows(500));
        // Of the second source, every whole block before the error.
        let second = &table[500..];
        assert_eq!(second, rows(second.len()));
        assert!(second.len() > 200, "{}", second.len());
    }
}

#[test]
fn a_damaged_source_ends_the_run() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::copy(&mut Rows::then(20_000, || Ok(0)), &mut encoder).unwrap();
    let mut stored = encoder.finish().unwrap();
    let checksum = stored.len() - 8;
    stored[checksum] ^= 1;
    let plan = numbers();
    let how = How { block: 1000, ..How::default() };
    let reader = source(&plan, Box::new(io::Cursor::new(stored)), how).unwrap();
    let (ran, error) = run_on(&plan, vec![reader], how);
    assert!(matches!(error, Some(Error::Damaged { .. })), "{error:?}");
    assert_eq!(ran.finished, [0; 0]);
    assert_eq!(ran.tables[0], rows(ran.tables[0].len()));
}

#[test]
fn a_panic_in_a_reader_is_an_error() {
    for threads in [1, 3] {
        let how = How { threads, block: 64, ..How::default() };
        let readers = vec![Rows::then(100, || Ok(0)), Rows::then(100, || panic!("a bug in a reader")), Rows::endless()];
        let (table, finished, error) = promptly(move || run_readers(readers, how));
        assert!(matches!(&error, Some(Error::Internal(message)) if message == "a bug in a reader"), "{error:?}");
        assert_eq!(finished, [0]);
        assert_eq!(table[..100], rows(100));
    }
}

#[test]
fn cancel_ends_an_endless_run() {
    promptly(|| {
        let plan = numbers();
        let how = How { threads: 3, block: 100, ..How::default() };
        let endless = source(&plan, Box::new(Rows::endless()), how).unwrap();
        let mut pipeline = start(&plan, vec![endless], how);
        for _ in 0..20 {
            assert!(matches!(pipeline.next_within(Duration::from_secs(5)), Ok(Some(Some(_)))));
        }
        pipeline.cancel();
        assert!(matches!(pipeline.next_within(Duration::from_secs(5)), Ok(Some(None))));
        pipeline.cancel();
    });
}

/// As a caller does that waits in one thread and is stopped from another.
#[test]
fn cancel_from_another_thread() {
    let elapsed = promptly(|| {
        let plan = numbers();
        let how = How { threads: 2, block: 100, ..How::default() };
        let slow = Rows::then(1000, || {
            std::thread::sleep(Duration::from_millis(20));
            Err(io::ErrorKind::Interrupted.into())
        });
        let pipeline = Arc::new(Mutex::new(start(&plan, vec![source(&plan, Box::new(slow), how).unwrap()], how)));
        let canceller = Arc::clone(&pipeline);
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            canceller.lock().unwrap().cancel();
        });
        let started = Instant::now();
        loop {
            let event = pipeline.lock().unwrap().next_within(Duration::from_millis(5));
            match event {
                Ok(Some(None)) | Err(Error::Cancelled) => break,
                Ok(_) => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => panic!("{error}"),
            }
        }
        thread.join().unwrap();
        started.elapsed()
    });
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

#[test]
fn dropping_a_run_midway_does_not_hang() {
    for taken in [0, 1, 7] {
        promptly(move || {
            let plan = numbers();
            let how = How { threads: 2, block: 100, ..How::default() };
            let mut pipeline = start(&plan, vec![source(&plan, Box::new(Rows::endless()), how).unwrap()], how);
            for _ in 0..taken {
                pipeline.next_within(Duration::from_secs(5)).unwrap();
            }
        });
    }
}

/// A reader that waits for ever, as a pipe without a writer, keeps neither `cancel` nor `drop`.
#[test]
fn a_reader_that_waits_for_ever_does_not_hold_the_run() {
    promptly(|| {
        let plan = numbers();
        let how = How { threads: 2, block: 100, ..How::default() };
        let stuck = Rows::then(1000, || {
            loop {
                std::thread::park();
            }
        });
        let mut pipeline = start(&plan, vec![source(&plan, Box::new(stuck), how).unwrap()], how);
        while pipeline.next_within(Duration::from_millis(300)).unwrap().is_some() {}
        pipeline.cancel();
        assert!(matches!(pipeline.next_within(Duration::ZERO), Ok(Some(None))));
    });
}

/// A caller who does not take what is ready keeps the reader from reading ahead without bound.
#[test]
fn what_is_not_taken_is_not_read() {
    use std::sync::atomic::{AtomicU64, Ordering};
    struct Counted(Rows, Arc<AtomicU64>);
    impl Read for Counted {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.0.read(out)?;
            self.1.fetch_add(count as u64, Ordering::Relaxed);
            Ok(count)
        }
    }
    promptly(|| {
        let plan = numbers();
        let how = How { threads: 2, block: 1000, ..How::default() };
        let read = Arc::new(AtomicU64::new(0));
        let reader = Counted(Rows::endless(), Arc::clone(&read));
        let _pipeline = start(&plan, vec![source(&plan, Box::new(reader), how).unwrap()], how);
        std::thread::sleep(Duration::from_millis(300));
        let ahead = read.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(read.load(Ordering::Relaxed), ahead, "the reader waits");
        // A few blocks, and what the source reads at a time.
        assert!(ahead <= 2 << 20, "{ahead} bytes");
    });
}
