"""Damages records of an export and counts the faults by kind, so that a reader's rejects can be checked."""

import re
from collections import Counter
from typing import TYPE_CHECKING

from .chance import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = re.compile(rb'("[^"]*(?:""[^"]*)*"|[^,"]*)(?:,|\Z)')
_DEPTH = 200  # beyond the 128 levels a reader allows by default
_JSON = ("annotations", "metadata", "subject_data", "locations", "tasks", "strings", "retirement")
_NUMBERS = ("classification_id", "subject_id", "workflow_id")
_TIMES = ("created_at",)
_TEXTS = ("user_name", "retirement_reason", "primary_language")

# A lenient reader takes a quote inside an unquoted field as data, and keeps the record.
TOLERATED = frozenset({"bare_quote"})
KINDS = (
    "bad_json",
    "field_count",
    "invalid_utf8",
    "text_after_quote",
    "bare_quote",
    "too_deep",
    "bad_integer",
    "bad_time",
)


def split(record: bytes) -> list[bytes]:
    """The fields of a valid record, with their quotes."""
    fields = []
    at = 0
    while True:
        match = _FIELD.match(record, at)
        if match is None:
            msg = f"not a record: {record[at : at + 40]!r}"
            raise ValueError(msg)
        fields.append(match[1])
        at = match.end()
        if match.end(1) == match.end():
            return fields


class Damage:
    """Damages a share of the records. `counts` has the number of faults by kind."""

    def __init__(self, chance: Chance, rate: float, columns: tuple[str, ...]) -> None:
        """`columns` are those of the records; `rate` is the share of records to damage, from 0 to 1."""
        if not 0 <= rate <= 1:
            msg = f"faults must be between 0 and 1, not {rate}"
            raise ValueError(msg)
        self.counts: Counter[str] = Counter()
        self._chance, self._rate = chance, rate
        self._json, self._numbers, self._times, self._texts = (
            [columns.index(name) for name in names if name in columns] for names in (_JSON, _NUMBERS, _TIMES, _TEXTS)
        )
        possible = {"bad_time": self._times, "bare_quote": self._texts, "bad_integer": self._numbers}
        self._kinds = tuple(kind for kind in KINDS if possible.get(kind, [0]))
        self._turn = 0

    def apply(self, record: bytes) -> bytes:
        """The record, damaged or not."""
        if not self._chance.likely(self._rate):
            return record
        # The kinds take turns, so that even a few faults have many kinds.
        kind = self._kinds[self._turn % len(self._kinds)]
        self._turn += 1
        if kind == "text_after_quote" and b"\n" in record:
            kind = "bad_integer"  # readers differ on where such a record ends if it has several lines
        fields = split(record)
        make: Callable[[list[bytes]], None] = getattr(self, f"_{kind}")
        make(fields)
        self.counts[kind] += 1
        return b",".join(fields)

    def _cell(self, fields: list[bytes]) -> int:
        return self._chance.pick([index for index in self._json if fields[index]])

    def _bad_json(self, fields: list[bytes]) -> None:
        index = self._cell(fields)
        text = fields[index]
        whole = text[1:-1].replace(b'""', b'"') if text.startswith(b'"') else text
        form = self._chance.randint(0, 2)
        if form == 0:
            damaged = whole[: max(1, len(whole) // 2)].decode(errors="ignore").encode()
        elif form == 1:
            damaged = b"{'task': u'T0', 'value': None}"
        else:
            damaged = b"42"  # valid JSON, but neither an object nor an array
        fields[index] = b'"' + damaged.replace(b'"', b'""') + b'"'

    def _field_count(self, fields: list[bytes]) -> None:
        form = self._chance.randint(0, 2)
        if form == 0:
            fields.append(b"surplus")
        elif form == 1:
            fields.pop()
        else:
            del fields[6:]

    def _invalid_utf8(self, fields: list[bytes]) -> None:
        index = self._cell(fields)
        damaged = self._chance.pick((b"\xe9", b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"caf\x8e"))
        text = fields[index]
        # Within a JSON string if there is one.
        before, opening, _ = text.partition(b':""')
        at = len(before + opening) if opening else len(text) - text.endswith(b'"')
        fields[index] = text[:at] + damaged + text[at:]

    def _text_after_quote(self, fields: list[bytes]) -> None:
        quoted = [index for index, text in enumerate(fields) if text.startswith(b'"')]
        index = self._chance.pick(quoted)
        fields[index] += self._chance.pick((b"x", b" ", b" (sic)", b"1"))

    def _bare_quote(self, fields: list[bytes]) -> None:
        index = self._chance.pick(self._texts)
        plain = fields[index].strip(b'"') or b"ab"
        fields[index] = plain[:1] + b'"' + plain[1:]

    def _too_deep(self, fields: list[bytes]) -> None:
        index = self._cell(fields)
        if fields[index].lstrip(b'"').startswith(b"["):
            fields[index] = b'"' + b"[" * _DEPTH + b'""x""' + b"]" * _DEPTH + b'"'
        else:
            fields[index] = b'"' + b'{""a"":' * _DEPTH + b"1" + b"}" * _DEPTH + b'"'

    def _bad_integer(self, fields: list[bytes]) -> None:
        index = self._numbers[0]
        fields[index] += self._chance.pick((b"x", b"?", b" 7", b"..1", b"abc"))

    def _bad_time(self, fields: list[bytes]) -> None:
        fields[self._times[0]] = self._chance.pick(
            (b"2016-13-45 25:61:00 UTC", b"yesterday", b"2021-02-30 10:00:00 UTC", b"30/02/2021 10:00")
        )
