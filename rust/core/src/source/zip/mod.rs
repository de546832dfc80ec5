//! Zip archives, of which one member is read.
//!
//! The central directory at the end of a zip gives the position of each member, but only a complete file has one. In a
//! stream, or a truncated file, members are visited in order by their local headers.

mod member;
mod record;
mod selection;

use super::layer::{ByteSource, unsupported};
use super::selection::{Others, Selection, names, office_document, shown};
use super::stored::Stored;
use crate::error::{Result, UnsupportedKind};
use member::{Member, MemberRead};
use record::{DirectoryRead, Header, Record};
use selection::{DirectoryEntry, list};

/// Bytes inflated at a time to skip a member.
const SCRATCH: usize = 1 << 16;

enum State {
    Reading(Box<Member>),
    /// Between members, before or after the selected one.
    Scanning,
    Ended,
}

/// A zip of which one member is read.
pub(super) struct Zip {
    selection: Selection,
    selected: Option<String>,
    state: State,
    /// The member was found in the central directory, so the rest of the zip is not scanned.
    listed: bool,
    /// Names skipped while scanning, for a message.
    skipped: Others,
    truncated: Option<String>,
}

impl Zip {
    /// Finds the member to read: the one called `wanted`, or else the only eligible file.
    ///
    /// A zip that ends before a member is found is an empty input that ended early.
    pub(super) fn open(stored: &mut Stored, selection: Selection) -> Result<Self> {
        let mut zip = Self {
            selection,
            selected: None,
            state: State::Scanning,
            listed: false,
            skipped: Others::default(),
            truncated: None,
        };
        match list(stored)? {
            Some(entries) => zip.open_listed(stored, entries)?,
            None => zip.scan(stored)?,
        }
        Ok(zip)
    }

    fn open_listed(&mut self, stored: &mut Stored, entries: Vec<DirectoryEntry>) -> Result<()> {
        let refuse = |stored: &Stored, kind| Err(unsupported(stored.name(), kind));
        let entry = match self.selection.choose(entries) {
            Ok(entry) => entry,
            Err(kind) => return refuse(stored, kind),
        };
        stored.skip(entry.header_start)?;
        let Record::Member(header) = record::next(stored)? else {
            let fault = format!("the zip member {} is not where the directory says", shown(&entry.name));
            return Err(stored.corrupt(&fault));
        };
        match Member::new(header, Some(entry.claim)) {
            Ok(member) => self.state = State::Reading(Box::new(member)),
            Err(kind) => return refuse(stored, kind),
        }
        self.listed = true;
        self.selected = Some(entry.name);
        Ok(())
    }

    /// Name of the member that is read.
    pub(super) fn member(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// Why the zip ended early, if it did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Reads bytes of the member; 0 at its end, after the rest of the zip was scanned.
    pub(super) fn read(&mut self, stored: &mut Stored, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Ended => return Ok(0),
                State::Scanning => self.scan(stored)?,
                State::Reading(member) => match member.read(stored, out)? {
                    MemberRead::Bytes(count) => return Ok(count),
                    MemberRead::Complete if self.listed => self.state = State::Ended,
                    MemberRead::Complete => self.state = State::Scanning,
                    MemberRead::Truncated => self.truncate(stored)?,
                },
            }
        }
    }

    /// Scans to the selected member or to the end of the zip.
    fn scan(&mut self, stored: &mut Stored) -> Result<()> {
        while matches!(self.state, State::Scanning) {
            match record::next(stored)? {
                Record::Member(header) => self.visit(stored, header)?,
                Record::Truncated => self.truncate(stored)?,
                Record::Directory => self.end(stored)?,
                Record::Unknown => return Err(stored.corrupt("the bytes between the zip members are not a zip record")),
            }
        }
        Ok(())
    }

    fn visit(&mut self, stored: &mut Stored, header: Header) -> Result<()> {
        if let (None, Some(what)) = (&self.selection.wanted, office_document([header.name.as_str()].into_iter())) {
            return Err(unsupported(stored.name(), UnsupportedKind::Document { what }));
        }
        let matches = self.selection.matches(&header.name);
        match &self.selected {
            None if matches => {
                let member = Member::new(header, None).map_err(|kind| unsupported(stored.name(), kind))?;
                self.selected = Some(member.name().to_owned());
                self.state = State::Reading(Box::new(member));
                Ok(())
            }
            Some(selected) if matches && self.selection.wanted.is_none() => {
                let members = names([selected.as_str(), header.name.as_str()].into_iter());
                Err(unsupported(stored.name(), UnsupportedKind::SeveralMembers { members }))
            }
            _ => self.skip(stored, header),
        }
    }

    fn skip(&mut self, stored: &mut Stored, header: Header) -> Result<()> {
        if self.selected.is_none() {
            self.skipped.add(&header.name);
        }
        if let (false, Some(size)) = (header.streamed(), header.known_stored_size()) {
            if stored.skip(size)? < size {
                self.truncate(stored)?;
            }
            return Ok(());
        }
        let mut member = match Member::new(header, None) {
            Ok(member) => member,
            // The requested member is complete, so the rest of the zip need not be readable.
            Err(_) if self.selected.is_some() && self.selection.wanted.is_some() => {
                self.state = State::Ended;
                return Ok(());
            }
            Err(kind) => return Err(unsupported(stored.name(), kind)),
        };
        let mut scratch = vec![0; SCRATCH];
        loop {
            match member.read(stored, &mut scratch)? {
                MemberRead::Bytes(_) => {}
                MemberRead::Complete => return Ok(()),
                MemberRead::Truncated => return self.truncate(stored),
            }
        }
    }

    /// Reads the central directory after the last member.
    fn end(&mut self, stored: &mut Stored) -> Result<()> {
        match record::directory(stored)? {
            DirectoryRead::Truncated => return self.truncate(stored),
            DirectoryRead::Unknown => return Err(stored.corrupt("the zip directory is not valid")),
            DirectoryRead::Complete => self.state = State::Ended,
        }
        if self.selected.is_some() {
            return Ok(());
        }
        Err(unsupported(stored.name(), self.selection.none(std::mem::take(&mut self.skipped))))
    }

    fn truncate(&mut self, stored: &mut Stored) -> Result<()> {
        // Consumes the incomplete record, so that the position in the message is the end of the input.
        let rest = stored.block()?.len();
        stored.consume(rest);
        let place = match (&self.state, &self.selected, &self.selection.wanted) {
            (State::Reading(member), ..) => format!("within its member {}", shown(member.name())),
            (_, Some(selected), _) => format!("after its member {}", shown(selected)),
            (_, None, Some(wanted)) => format!("before a member {}", shown(wanted)),
            (_, None, None) => "before its first export".to_owned(),
        };
        self.truncated = Some(format!("the zip ends early, {place}, after {} stored bytes", stored.position()));
        self.state = State::Ended;
        Ok(())
    }
}
