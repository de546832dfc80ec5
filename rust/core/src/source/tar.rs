//! Tar archives, of which one member is read. Members are visited in order; the format has no directory.

use super::layer::{ByteSource, narrow, unsupported};
use super::selection::{Others, Selection, names, shown};
use crate::error::{Result, UnsupportedKind};

/// Size of a header; the data of a member are padded to a multiple of it.
const BLOCK: usize = 512;

/// Maximum length of a long name or of extended attributes.
const ATTRIBUTES_MAX: u64 = 1 << 16;

enum State {
    /// Within the data of the selected member.
    Reading {
        left: u64,
        padding: u64,
    },
    /// Before a header.
    Scanning,
    Ended,
}

/// A tar of which one member is read.
pub(super) struct Tar {
    selection: Selection,
    selected: Option<String>,
    state: State,
    /// Names skipped so far, for a message.
    skipped: Others,
    truncated: Option<String>,
}

/// Name and size that precede a header: GNU's long name, or POSIX's extended attributes.
#[derive(Default)]
struct Attributes {
    name: Option<String>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Tar {
    /// Whether the first bytes of an input are those of a tar; `None` if more bytes are needed to decide.
    ///
    /// Text is recognised by its first line end, so that a slow stream is not awaited beyond its first line.
    pub(super) fn detect(head: &[u8]) -> Option<bool> {
        let name = &head[..head.len().min(100)];
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        let starts_text = matches!(head.first(), Some(0 | b'[' | b'{' | b'"' | b'<'));
        if starts_text || name.iter().any(|byte| *byte < b' ') {
            return Some(false);
        }
        head.first_chunk().map(has_checksum)
    }

    /// Finds the member to read: the one called `wanted`, or else the only eligible file.
    ///
    /// A tar that ends before a member is found is an empty input that ended early.
    pub(super) fn open(source: &mut impl ByteSource, selection: Selection) -> Result<Self> {
        let mut tar =
            Self { selection, selected: None, state: State::Scanning, skipped: Others::default(), truncated: None };
        tar.scan(source)?;
        Ok(tar)
    }

    /// Name of the member that is read.
    pub(super) fn member(&self) -> Option<&str> {
        self.selected.as_deref()
    }

    /// Why the tar ended early, if it did.
    pub(super) fn truncated(&self) -> Option<&str> {
        self.truncated.as_deref()
    }

    /// Reads bytes of the member; 0 at its end, after the rest of the tar was scanned.
    pub(super) fn read(&mut self, source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Ended => return Ok(0),
                State::Scanning => self.scan(source)?,
                State::Reading { left: 0, padding } => {
                    let padding = *padding;
                    self.state = State::Scanning;
                    self.skip(source, padding)?;
                }
                State::Reading { left, .. } => {
                    let block = source.block()?;
                    let count = block.len().min(out.len()).min(narrow(*left));
                    if count == 0 {
                        self.truncate(source);
                        continue;
                    }
                    out[..count].copy_from_slice(&block[..count]);
                    source.consume(count);
                    *left -= count as u64;
                    return Ok(count);
                }
            }
        }
    }

    /// Scans to the selected member or to the end of the tar.
    fn scan(&mut self, source: &mut impl ByteSource) -> Result<()> {
        let mut attributes = Attributes::default();
        while matches!(self.state, State::Scanning) {
            let mut header = [0; BLOCK];
            if fill(source, &mut header)? < BLOCK {
                // Even an archive that ends after a member lacks the two empty blocks of its end.
                self.truncate(source);
            } else if header == [0; BLOCK] {
                self.end(source)?;
            } else {
                self.visit(source, &header, &mut attributes)?;
            }
        }
        Ok(())
    }

    fn visit(&mut self, source: &mut impl ByteSource, header: &[u8; BLOCK], attributes: &mut Attributes) -> Result<()> {
        if !has_checksum(header) {
            return Err(source.corrupt("a header of the tar is not valid"));
        }
        let invalid_size = |source: &dyn ByteSource| source.corrupt("the size of a tar member is not valid");
        let written = number(&header[124..136]).ok_or_else(|| invalid_size(source))?;
        match header[156] {
            kind @ (b'L' | b'x') => {
                if written > ATTRIBUTES_MAX {
                    return Err(source.corrupt("the attributes of a tar member are too long"));
                }
                let mut text = vec![0; narrow(written)];
                if fill(source, &mut text)? < text.len() {
                    self.truncate(source);
                    return Ok(());
                }
                if kind == b'L' {
                    attributes.name = Some(until_nul(&text));
                } else {
                    attributes.read(&text);
                }
                self.skip(source, padding(written))
            }
            b'0' | 0 | b'7' => {
                let found = std::mem::take(attributes);
                let size = found.size.unwrap_or(written);
                let name = found.name.unwrap_or_else(|| header_name(header));
                if found.is_sparse {
                    self.refuse_sparse(source, &name)?;
                }
                self.visit_file(source, name, size)
            }
            b'S' => {
                let found = std::mem::take(attributes);
                self.refuse_sparse(source, &found.name.unwrap_or_else(|| header_name(header)))?;
                let mut is_extended = header[482] != 0;
                while is_extended {
                    let mut more = [0; BLOCK];
                    if fill(source, &mut more)? < BLOCK {
                        self.truncate(source);
                        return Ok(());
                    }
                    is_extended = more[504] != 0;
                }
                self.skip(source, written.saturating_add(padding(written)))
            }
            // Links and devices have no data, whatever their size says.
            b'1'..=b'6' => {
                *attributes = Attributes::default();
                Ok(())
            }
            _ => self.skip(source, written.saturating_add(padding(written))),
        }
    }

    /// Fails if a sparse file, whose data leave out its holes, would be read.
    fn refuse_sparse(&self, source: &impl ByteSource, name: &str) -> Result<()> {
        if !self.selection.matches(name) {
            return Ok(());
        }
        Err(unsupported(source.name(), UnsupportedKind::SparseMember { member: shown(name) }))
    }

    fn visit_file(&mut self, source: &mut impl ByteSource, name: String, size: u64) -> Result<()> {
        if !self.selection.matches(&name) {
            if self.selected.is_none() {
                self.skipped.add(&name);
            }
            return self.skip(source, size.saturating_add(padding(size)));
        }
        match &self.selected {
            None => {
                self.selected = Some(name);
                self.state = State::Reading { left: size, padding: padding(size) };
                Ok(())
            }
            Some(_) if self.selection.wanted.is_some() => self.skip(source, size.saturating_add(padding(size))),
            Some(selected) => {
                let members = names([selected.as_str(), name.as_str()].into_iter());
                Err(unsupported(source.name(), UnsupportedKind::SeveralMembers { members }))
            }
        }
    }

    /// Reads to the end of the source, which checks a compression around the tar to its end.
    fn end(&mut self, source: &mut impl ByteSource) -> Result<()> {
        loop {
            let rest = source.block()?.len();
            if rest == 0 {
                break;
            }
            source.consume(rest);
        }
        self.state = State::Ended;
        if self.selected.is_some() {
            return Ok(());
        }
        Err(unsupported(source.name(), self.selection.none(std::mem::take(&mut self.skipped))))
    }

    fn skip(&mut self, source: &mut impl ByteSource, mut left: u64) -> Result<()> {
        while left > 0 {
            let ready = source.block()?.len().min(narrow(left));
            if ready == 0 {
                self.truncate(source);
                return Ok(());
            }
            source.consume(ready);
            left -= ready as u64;
        }
        Ok(())
    }

    fn truncate(&mut self, source: &impl ByteSource) {
        let place = match (&self.state, &self.selected) {
            (State::Reading { left: 1.., .. }, Some(selected)) => format!("within its member {}", shown(selected)),
            (_, Some(selected)) => format!("after its member {}", shown(selected)),
            (_, None) => "before its first export".to_owned(),
        };
        self.truncated = Some(format!("the tar ends early, {place}, after {} stored bytes", source.position()));
        self.state = State::Ended;
    }
}

impl Attributes {
    /// Reads records `<length> <key>=<value>\n`. Records that are not valid end the list.
    fn read(&mut self, mut text: &[u8]) {
        while let Some(space) = text.iter().position(|&byte| byte == b' ') {
            let length = str::from_utf8(&text[..space]).ok().and_then(|digits| digits.parse::<usize>().ok());
            let Some(record) = length.and_then(|length| text.get(space + 1..length)) else { return };
            text = &text[space + 1 + record.len()..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(path) = record.strip_prefix(b"path=") {
                self.name = Some(until_nul(path));
            } else if record.starts_with(b"GNU.sparse.") {
                self.is_sparse = true;
                if let Some(path) = record.strip_prefix(b"GNU.sparse.name=") {
                    self.name = Some(until_nul(path));
                }
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = str::from_utf8(size).ok().and_then(|digits| digits.parse().ok());
            }
        }
    }
}

/// Reads until `out` is full or the source ends; returns the number of bytes read.
fn fill(source: &mut impl ByteSource, out: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < out.len() {
        let block = source.block()?;
        let count = block.len().min(out.len() - filled);
        if count == 0 {
            break;
        }
        out[filled..filled + count].copy_from_slice(&block[..count]);
        source.consume(count);
        filled += count;
    }
    Ok(filled)
}

/// Whether the checksum of a header is the sum of its bytes, with blanks in place of the checksum.
fn has_checksum(header: &[u8; BLOCK]) -> bool {
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    let own: u64 = header[148..156].iter().map(|&byte| u64::from(byte)).sum();
    number(&header[148..156]) == Some(sum - own + 8 * u64::from(b' '))
}

/// An octal number between blanks and NULs, or a binary one that begins with 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, bytes @ ..] = field {
        let (high, low) = bytes.split_at(bytes.len().saturating_sub(8));
        let value = low.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        return high.iter().all(|&byte| byte == 0).then_some(value);
    }
    let digits = field.trim_ascii_start();
    let digits = digits.split(|&byte| matches!(byte, 0 | b' ')).next().unwrap_or_default();
    digits.iter().try_fold(0u64, |value, &byte| match byte {
        b'0'..=b'7' => Some(value.checked_mul(8)? + u64::from(byte - b'0')),
        _ => None,
    })
}

/// Number of bytes from the end of a member's data to the next header.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

/// The name in a header; POSIX may store its beginning in another field.
fn header_name(header: &[u8; BLOCK]) -> String {
    let name = until_nul(&header[..100]);
    let prefix = until_nul(&header[345..500]);
    if header[257..263] == *b"ustar\0" && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

fn until_nul(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
