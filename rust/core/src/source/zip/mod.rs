//! zip: the one member that is meant.
//!
//! The directory at a zip's end says where each member stands, but only a whole file has one. A stream, and a file
//! that was cut short, are walked from member to member by the headers before them.

mod choice;
mod member;
mod record;

use super::layer::{Source, unsupported};
use super::stored::Stored;
use crate::error::{Error, Result};
use choice::{choose, eligible, is_meant, list};
use member::{Member, Part};
use record::{Ending, Header, Record};

/// Bytes inflated at a time to get past a member that is not wanted.
const SCRATCH: usize = 1 << 16;

/// Characters of a member's name that a message shows.
const SHOWN_MAX: usize = 120;

/// Names kept of members passed over.
const PASSED_MAX: usize = 100;

enum State {
    Reading(Box<Member>),
    /// The chosen member is done; what follows it is looked at.
    Walking,
    Ended,
}

/// A zip of which one member is read.
pub(super) struct Zip {
    wanted: Option<String>,
    chosen: Option<String>,
    state: State,
    /// The member was found in the directory, so what else there is doesn't matter.
    listed: bool,
    /// Names passed over while walking, for a message.
    passed: Vec<String>,
    truncated: Option<String>,
}

impl Zip {
    /// Finds the member. A zip that ends before one is found is an empty input that ended early.
    pub(super) fn open(stored: &mut Stored, wanted: Option<&str>) -> Result<Self> {
        let mut zip = Self {
            wanted: wanted.map(str::to_owned),
            chosen: None,
            state: State::Walking,
            listed: false,
            passed: Vec::new(),
            truncated: None,
        };
        match list(stored)? {
            Some(entries) => zip.open_listed(stored, entries)?,
            None => zip.walk(stored)?,
        }
        Ok(zip)
    }

    fn open_listed(&mut self, stored: &mut Stored, entries: Vec<choice::Entry>) -> Result<()> {
        let refuse = |stored: &Stored, why| Err(unsupported(stored.name(), why));
        let entry = match choose(entries, self.wanted.as_deref()) {
            Ok(entry) => entry,
            Err(why) => return refuse(stored, why),
        };
        stored.skip(entry.header_start)?;
        let Record::Member(header) = record::next(stored)? else {
            let fault = format!("its member {} is not where its directory says", shown(&entry.name));
            return Err(stored.damaged(&fault));
        };
        match Member::new(header, Some(entry.claim)) {
            Ok(member) => self.state = State::Reading(Box::new(member)),
            Err(why) => return refuse(stored, why),
        }
        self.listed = true;
        self.chosen = Some(entry.name);
        Ok(())
    }

    /// The member that is read.
    pub(super) fn member(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    /// Why the zip ended early, if it did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Reads bytes of the member; 0 at its end, which is reached when the rest of the zip was looked at.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Ended => return Ok(0),
                State::Walking => self.walk(stored)?,
                State::Reading(member) => match member.read(stored, out)? {
                    Part::Bytes(count) => return Ok(count),
                    Part::Whole if self.listed => self.state = State::Ended,
                    Part::Whole => self.state = State::Walking,
                    Part::Cut => self.cut(stored)?,
                },
            }
        }
    }

    /// Goes on to the member that is meant, or to the end.
    fn walk(&mut self, stored: &mut Stored) -> Result<()> {
        while matches!(self.state, State::Walking) {
            match record::next(stored)? {
                Record::Member(header) => self.meet(stored, header)?,
                Record::Cut => self.cut(stored)?,
                Record::Directory => self.end(stored)?,
                Record::Foreign => return Err(stored.damaged("what stands between its members is no zip")),
            }
        }
        Ok(())
    }

    fn meet(&mut self, stored: &mut Stored, header: Header) -> Result<()> {
        let meant = match &self.wanted {
            Some(wanted) => header.name == *wanted || (is_meant(&header.name, wanted) && !is_shadow(&header.name)),
            None => eligible(&header.name),
        };
        match &self.chosen {
            None if meant => {
                let member = Member::new(header, None).map_err(|why| unsupported(stored.name(), why))?;
                self.chosen = Some(member.name().to_owned());
                self.state = State::Reading(Box::new(member));
                Ok(())
            }
            Some(chosen) if meant && self.wanted.is_none() => {
                let names = choice::names([chosen.as_str(), header.name.as_str()].into_iter());
                Err(unsupported(stored.name(), choice::several(&names)))
            }
            _ => self.pass(stored, header),
        }
    }

    /// Gets past a member that is not wanted.
    fn pass(&mut self, stored: &mut Stored, header: Header) -> Result<()> {
        // A message lists a few, and a hostile zip could hold millions.
        if self.chosen.is_none() && self.passed.len() < PASSED_MAX {
            self.passed.push(header.name.clone());
        }
        if let (false, Some(size)) = (header.streamed(), header.known_stored_size()) {
            if stored.skip(size)? < size {
                self.cut(stored)?;
            }
            return Ok(());
        }
        let mut member = match Member::new(header, None) {
            Ok(member) => member,
            // The member that was asked for is whole; what can't be passed behind it can't matter.
            Err(_) if self.chosen.is_some() && self.wanted.is_some() => {
                self.state = State::Ended;
                return Ok(());
            }
            Err(why) => return Err(unsupported(stored.name(), why)),
        };
        let mut scratch = vec![0; SCRATCH];
        loop {
            match member.read(stored, &mut scratch)? {
                Part::Bytes(_) => {}
                Part::Whole => return Ok(()),
                Part::Cut => return self.cut(stored),
            }
        }
    }

    /// The members are over.
    fn end(&mut self, stored: &mut Stored) -> Result<()> {
        match record::directory(stored)? {
            Ending::Cut => return self.cut(stored),
            Ending::Foreign => return Err(stored.damaged("its directory is no zip directory")),
            Ending::Whole => self.state = State::Ended,
        }
        match &self.chosen {
            Some(_) => Ok(()),
            None => Err(self.none(stored)),
        }
    }

    fn none(&self, stored: &Stored) -> Error {
        let names = choice::names(self.passed.iter().map(String::as_str));
        let why = match &self.wanted {
            Some(wanted) => choice::missing(wanted, &names),
            None => choice::nothing(&names),
        };
        unsupported(stored.name(), why)
    }

    fn cut(&mut self, stored: &mut Stored) -> Result<()> {
        // What is left of the record that is cut, so that the place told is the end of the input.
        let rest = stored.block()?.len();
        stored.consume(rest);
        let place = match (&self.state, &self.chosen, &self.wanted) {
            (State::Reading(member), ..) => format!("within its member {}", shown(member.name())),
            (_, Some(chosen), _) => format!("behind its member {}", shown(chosen)),
            (_, None, Some(wanted)) => format!("before a member {}", shown(wanted)),
            (_, None, None) => "before its first export".to_owned(),
        };
        self.truncated =
            Some(format!("the zip ends early, {place}, after {} stored bytes; download it again", stored.position()));
        self.state = State::Ended;
        Ok(())
    }
}

/// A member's name for a message: short, on one line, without bytes that a terminal would act on.
fn shown(name: &str) -> String {
    let plain = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut shown: String = name.chars().take(SHOWN_MAX).map(plain).collect();
    if name.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// What a Mac keeps beside each file in a zip.
fn is_shadow(name: &str) -> bool {
    name.starts_with("__MACOSX/")
}
