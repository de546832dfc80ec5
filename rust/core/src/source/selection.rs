//! Selects the member of an archive to read, and names members in messages.

use crate::error::UnsupportedKind;

/// Maximum number of names listed in a message.
const NAMES_MAX: usize = 8;

/// Maximum number of characters of a member's name in a message.
const SHOWN_MAX: usize = 120;

/// Maximum number of member names that are kept for a message.
const KEPT_MAX: usize = 5_000;

/// Maximum size of these names, in bytes.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Names of the members that do not match, for a message. A malicious archive may have millions.
#[derive(Debug, Default)]
pub(super) struct Others {
    kept: Vec<String>,
    bytes: usize,
    /// Number of names that are not kept.
    dropped: usize,
}

impl Others {
    pub(super) fn add(&mut self, name: &str) {
        self.bytes = self.bytes.saturating_add(name.len());
        if self.kept.len() < KEPT_MAX && self.bytes <= KEPT_BYTES_MAX {
            self.kept.push(name.to_owned());
        } else {
            self.dropped += 1;
        }
    }
}

/// The rule that selects one member.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    /// Full name of the member, or its last path component; `None` selects the only eligible member.
    pub(super) wanted: Option<String>,
    /// Suffixes of names that are not eligible.
    pub(super) skip_suffixes: Vec<String>,
}

impl Selection {
    /// Whether a stream reads the member with this name if it is the first to match.
    pub(super) fn matches(&self, name: &str) -> bool {
        match &self.wanted {
            Some(wanted) => name == wanted || (is_named(name, wanted) && !is_resource_fork(name)),
            None => self.is_eligible(name),
        }
    }

    /// The error if no member matches.
    pub(super) fn none(&self, all: Others) -> UnsupportedKind {
        let members = listed(all.kept.iter().map(String::as_str), all.dropped);
        match &self.wanted {
            _ if members.is_empty() => UnsupportedKind::EmptyArchive,
            Some(wanted) => UnsupportedKind::NoSuchMember { member: shown(wanted), members, names: all.kept },
            None => UnsupportedKind::NoExport { members },
        }
    }

    /// Whether a member without a requested name may be read.
    pub(super) fn is_eligible(&self, name: &str) -> bool {
        is_file(name) && !is_resource_fork(name) && !self.skip_suffixes.iter().any(|suffix| name.ends_with(suffix))
    }
}

/// Whether a name is that of a file.
pub(super) fn is_file(name: &str) -> bool {
    !name.is_empty() && !name.ends_with(['/', '\\'])
}

/// Whether `wanted` is the full name or its last path component.
pub(super) fn is_named(name: &str, wanted: &str) -> bool {
    name == wanted || (is_file(name) && name.rsplit(['/', '\\']).next() == Some(wanted))
}

/// Whether macOS stored the member beside the file it describes.
fn is_resource_fork(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|last| last.starts_with("._"))
}

/// At most [`NAMES_MAX`] names on one line, for a message.
pub(super) fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    listed(all, 0)
}

/// The same, of a list without its last `more` names.
fn listed<'a>(mut all: impl Iterator<Item = &'a str>, more: usize) -> String {
    let mut listed: Vec<String> = all.by_ref().take(NAMES_MAX).map(shown).collect();
    let more = more + all.count();
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join(", ")
}

/// A member's name for a message: short, on one line, without control characters.
pub(super) fn shown(name: &str) -> String {
    let plain = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut shown: String = name.chars().take(SHOWN_MAX).map(plain).collect();
    if name.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// What an archive is whose members have these names, if it is a document of an office program.
pub(super) fn office_document<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let mut is_office = false;
    for name in names {
        if name.starts_with("xl/") {
            return Some("an Excel workbook");
        }
        is_office |= matches!(name, "[Content_Types].xml" | "_rels/.rels" | "mimetype");
    }
    is_office.then_some("a document of an office program, such as an Excel workbook")
}
