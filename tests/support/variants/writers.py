"""Tables saved again as CSV by the rules of other programs, and damage to the bytes."""

import gzip
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from .operations import Raw
from .tables import BOOLS, INTS, JSON, Table, plain_csv, text_of

Writer = Callable[[Table, Random], bytes]


def _field(text: str, separator: str, *, always: bool = False, escape: str = '""') -> str:
    must = always or any(char in text for char in f'"\r\n{separator}')
    return f'"{text.replace(chr(34), escape)}"' if must else text


def _lines(rows: list[list[str]], separator: str = ",", end: str = "\n") -> bytes:
    return "".join(separator.join(row) + end for row in rows).encode("utf-8", "surrogatepass")


def exporter(table: Table, _random: Random) -> bytes:
    """As the exporter writes it."""
    return plain_csv(table)


def _pandas_text(value: Any, *, has_null: bool) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        return str(value)
    # A column of integers with a missing value is one of floats.
    return f"{value}.0" if isinstance(value, int) and has_null else text_of(value)


def pandas(table: Table, random: Random) -> bytes:
    """`to_csv`: floats for integers with missing values, `True`, empty fields for null and for empty texts."""
    width = range(len(table.header))
    nulls = [any(at >= len(record) or record[at] in {None, ""} for record in table.records) for at in width]
    rows = [table.header, *table.records]
    index, null = random.random() < 0.5, random.choice(["", "", "NaN", "NA"])
    found = []
    for number, record in enumerate(rows):
        texts = [
            (null if value in {None, ""} else _pandas_text(value, has_null=at < len(nulls) and nulls[at]))
            for at, value in enumerate(record)
        ]
        own = [_field(text, ",") for text in texts] if number else [_field(name, ",") for name in table.header]
        found.append([str(number - 1) if number else "", *own] if index else own)
    return _lines(found, end=random.choice(["\n", "\n", "\r\n"]))


def _r_text(value: Any, *, quote_null: bool = False) -> str:
    if value is None:
        return '"NA"' if quote_null else "NA"
    if isinstance(value, Raw):
        return str(value) if re.fullmatch(r"[\w.+-]*", value) else _field(value, ",", always=True)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if value < 10**15 else f"{value:.14e}"
    return _field(value, ",", always=True)


def r_write_csv(table: Table, random: Random) -> bytes:
    """R's `write.csv`: quoted texts and header, unquoted `NA`, `TRUE`, and often the numbers of the rows."""
    numbers = random.random() < 0.5
    rows = [[_field(name, ",", always=True) for name in table.header]]
    rows += [[_r_text(value) for value in record] for record in table.records]
    if numbers:
        rows = [[_field(str(number) if number else "", ",", always=True), *row] for number, row in enumerate(rows)]
    return _lines(rows)


def readr(table: Table, _random: Random) -> bytes:
    """R's `readr`: quotes where they are needed, `NA`, `TRUE`, times with `T` and `Z`."""

    def text(value: Any) -> str:
        if value is None:
            return "NA"
        found = str(value).upper() if isinstance(value, bool) else text_of(value)
        return re.sub(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$", r"\1T\2Z", found)

    return _lines([[_field(text(value), ",") for value in record] for record in [table.header, *table.records]])


def _excel_text(value: Any, random: Random) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    text = text_of(value)
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC", text):
        # Excel keeps a text with a zone as it is; without one it would be a date.
        return random.choice([text, text, "{2}/{1}/{0} {3}:{4}".format(*match.groups())])
    return re.sub(r"^(\d+\.\d*?)0+$", r"\1", text) if re.fullmatch(r"\d+\.\d+", text) else text


def excel(table: Table, random: Random) -> bytes:
    """Excel: semicolons or commas, CRLF, `TRUE`, versions that lose their last zero, cut after 32,767 characters."""
    separator = random.choice([";", ";", ";", ",", "\t"])
    rows = [
        [_field(_excel_text(value, random)[:32767], separator) for value in record]
        for record in [table.header, *table.records]
    ]
    bom = b"\xef\xbb\xbf" if random.random() < 0.7 else b""
    return bom + _lines(rows, separator, "\r\n")


def quoted(table: Table, random: Random) -> bytes:
    """Everything in quotes, as LibreOffice and Python's `QUOTE_ALL` write it."""
    separator = random.choice([",", ",", ";", "\t"])
    rows = [[_field(text_of(value), separator, always=True) for value in row] for row in [table.header, *table.records]]
    return _lines(rows, separator, random.choice(["\n", "\r\n", "\r"]))


def separated(table: Table, random: Random) -> bytes:
    """Another separator, with as few quotes as it needs."""
    separator = random.choice([";", "\t", ";", "\t", "|"])
    rows = [[_field(text_of(value), separator) for value in record] for record in [table.header, *table.records]]
    return _lines(rows, separator, random.choice(["\n", "\r\n"]))


def backslashes(table: Table, _random: Random) -> bytes:
    """Quotes within fields escaped by a backslash, as MySQL and Spark write them."""
    rows = [
        [_field(text_of(value), ",", escape='\\"') for value in record] for record in [table.header, *table.records]
    ]
    return _lines(rows)


def pandas_literals(table: Table, random: Random) -> bytes:
    """pandas after the JSON cells were parsed: Python literals."""
    for record in table.records:
        for at, name in enumerate(table.header):
            if name in JSON and at < len(record) and isinstance(record[at], str) and random.random() < 0.9:
                try:
                    record[at] = repr(json.loads(record[at]))
                except ValueError:
                    continue
    return pandas(table, random)


def retyped_columns(table: Table, random: Random) -> bytes:
    """Every integer as a float, or every boolean as `1`."""
    names, form = random.choice([(INTS, "{}.0"), (INTS, "+{}"), (INTS, '"{}"'), (BOOLS, "T"), (BOOLS, "FALSE")])
    for record in table.records:
        for at, name in enumerate(table.header):
            if name in names and at < len(record) and record[at] is not None:
                record[at] = form.format(text_of(record[at]))
    return plain_csv(table)


WRITERS: list[Writer] = [
    *(exporter,) * 6,
    *(pandas, r_write_csv, readr, excel, quoted, separated) * 2,
    *(backslashes, pandas_literals, retyped_columns),
]

ENCODINGS = ["utf-16", "utf-16-le", "cp1252", "latin-1", "utf-8-sig", "cp437", "utf-32"]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _cut_start(data: bytes, random: Random) -> bytes:
    end = data.find(b"\n") + 1
    return data[:end] + data[random.randint(end, len(data)) :]


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    piece = random.choice([b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\xff", b'"x', b";", b"\xed\xa0\x80", b"\n\n"])
    return data[:at] + piece + data[at:]


def _delete(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + data[at + random.randint(1, 20) :]


def _without_quotes(data: bytes, random: Random) -> bytes:
    return data.replace(b'"', b"", random.randint(1, 3))


def _no_last_line_end(data: bytes, _random: Random) -> bytes:
    return data.rstrip(b"\r\n")


def _line_ends(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice([b"\r", b"\r\n", b"\n\n", b"\n\r"]))


def _bom(data: bytes, _random: Random) -> bytes:
    return b"\xef\xbb\xbf" + data


def _twice(data: bytes, _random: Random) -> bytes:
    """Two exports one after the other, the header of the second included."""
    return data + data


def _gzip(data: bytes, _random: Random) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _cut_gzip(data: bytes, random: Random) -> bytes:
    packed = gzip.compress(data, 1, mtime=0)
    return packed[: random.randint(len(packed) // 2, len(packed) - 1)]


DAMAGES = [
    *(_cut, _cut_start, _insert, _insert, _insert, _delete, _delete, _without_quotes),
    *(_no_last_line_end, _line_ends, _bom, _twice, _gzip, _cut_gzip),
]
