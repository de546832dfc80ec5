"""Operations on the cells and columns of an export: fields swapped, values retyped, JSON changed."""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from .tables import BOOLS, INTS, JSON, TIMES, Table

Operation = Callable[[Table, Random], None]


class Raw(str):
    """A cell whose text every writer keeps as it is."""

    __slots__ = ()


def _places(table: Table, names: frozenset[str]) -> list[tuple[int, int]]:
    """Row and column of the cells of these columns that are not null."""
    columns = [at for at, name in enumerate(table.header) if name in names]
    rows = range(len(table.records))
    return [(row, at) for row in rows for at in columns if at < len(table.records[row]) and table.records[row][at]]


def _change(table: Table, random: Random, names: frozenset[str], change: Callable[[str], str | None]) -> None:
    """Change the text of one cell of these columns."""
    places = _places(table, names)
    if places:
        row, at = random.choice(places)
        value = table.records[row][at]
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        changed = change(text)
        table.records[row][at] = None if changed is None else Raw(changed)


def retype_int(table: Table, random: Random) -> None:
    """An integer in another form."""
    forms = ["{}.0", "+{}", "+{}.00", " {}", "{}e0", "{}.5", '"{}"', "{}L", "{},000", "0{}", "NA", "nan", "-{}", "{}."]
    _change(table, random, INTS, lambda text: random.choice(forms).format(text))


def retype_bool(table: Table, random: Random) -> None:
    """A boolean in another form."""
    forms = ["TRUE", "FALSE", "True", "False", "T", "f", "1", "0", "yes", "WAHR", "NA", "", "true "]
    _change(table, random, BOOLS, lambda _text: random.choice(forms))


_TIME = re.compile(r"((\d+)-(\d+)-(\d+)) ((\d+):(\d+):\d+) UTC")
# The day is `{0}` (year `{1}`, month `{2}`, day `{3}`), the time of day `{4}` (hour `{5}`, minute `{6}`).
TIME_FORMS = [
    *("{0}T{4}Z", "{0} {4}", "{0} {4} utc", "{0} {4}Z", "{0}t{4}z", "{0} {4} GMT", "{0} {4}+00:00", "{0} 7:{6}:00 UTC"),
    *("{3}/{2}/{1} {5}:{6}", "{3}.{2}.{1} {4}", "{0} {5}:{6} UTC", "{0}", "{0}T24:00:00Z", "{0} {5}:{6}:60 UTC"),
    *("{0} {4}.", "{0} {4}.1234567 UTC", "{0} {4}.1234567890 UTC", "{0} {4} EST", "{1}-02-30 {4} UTC", "{1}-02-29 {4}"),
    *("10000-01-01 {4} UTC", "9999-12-31 23:{6}:00 -02", "0001-01-01 00:{6}:00+0200", "0000-12-31 23:{6}:00-0200"),
    *("{0} {4} +23:59", "{0} {4} +24:00", "1495487309000", "NaT", "NaN"),
]


def retype_time(table: Table, random: Random) -> None:
    """A time in another form."""

    def change(text: str) -> str:
        match = _TIME.fullmatch(text)
        return random.choice(TIME_FORMS).format(*match.groups()) if match else text

    _change(table, random, TIMES, change)


def retype_version(table: Table, random: Random) -> None:
    """A version as spreadsheets and data frames write it."""
    forms = ["{}0", "{}.0", "v{}", " {}", "{}e0", "NA", "4.1", "4.10", "16", "+3.4", "3,4", "2147483648.1"]
    _change(table, random, frozenset({"workflow_version"}), lambda text: random.choice(forms).format(text))


def retype_ids(table: Table, random: Random) -> None:
    """A list of ids in another form."""
    forms = ["{}, 5", "{},5", "{};", ";{}", "{}; 5", "{}.0", "+{}", "[{}]", "{};+5", "{} 5", "{}, ", "NA", "1,234"]
    _change(table, random, frozenset({"subject_ids"}), lambda text: random.choice(forms).format(text))


def _walk(value: Any, random: Random) -> tuple[Any, Any] | None:
    """A container and the key of one of its values, chosen at random; None if there is none."""
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        node = stack.pop()
        keys: Any = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        found += [(node, key) for key in keys]
        stack += [node[key] for key in keys]
    return random.choice(found) if found else None


SURROGATES = ["\ud83d", "a\udc00", "\ud83d\ud83d\ude00", "\udfff"]
NAMES = [
    *(
        "task",
        "value",
        "taskType",
        "task_type",
        "markIndex",
        "choice",
        "answers",
        "select_label",
        "option",
        "selection",
    ),
    *(
        "option_index",
        "features",
        "geometry",
        "x",
        "y",
        "tool",
        "toolIndex",
        "details",
        "points",
        "label",
        "task_label",
    ),
]


def retyped(value: Any, random: Random) -> Any:
    """A JSON value of another type."""
    choices: list[Any] = [None, [value], {"value": value}, {"0": value}, True, "NA", "", 0, random.choice(SURROGATES)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        choices += [str(value), f"+{value}", f" {value}", f"{value}.", float(value), -value, 10**19, f"{value}e2"] * 3
    elif isinstance(value, str):
        choices += [value + random.choice(SURROGATES), value.upper(), "dropdown-simple", list(value)] * 2
        choices += [int(value)] * 8 if value.isascii() and value.isdigit() and len(value) < 18 else []
    elif isinstance(value, bool):
        choices += [str(value), str(value).lower(), int(value), "T"] * 3
    elif isinstance(value, dict):
        choices += [list(value.values()), json.dumps(value), dict(reversed(value.items()))] * 2
        choices += [value | {random.choice(NAMES): random.choice([None, 1, "dropdown", [], {}, [{}]])}] * 6
    elif isinstance(value, list):
        choices += [value[:1], value + value, dict(zip(map(str, range(9)), value, strict=False)), [value, value]] * 2
    return random.choice(choices)


def _json_value(text: str, random: Random) -> str:
    """JSON with one to three values retyped or removed, or a key renamed."""
    value = json.loads(text)
    for _ in range(random.randint(1, 3)):
        place = _walk(value, random)
        if place is None:
            return json.dumps(retyped(value, random))
        node, key = place
        action = random.random()
        if action < 0.12:
            del node[key]
        elif action < 0.24 and isinstance(node, dict):
            node[random.choice([*NAMES, key.upper(), key + " ", key + random.choice(SURROGATES)])] = node.pop(key)
        else:
            node[key] = retyped(node[key], random)
    return json.dumps(value, ensure_ascii=random.random() < 0.5, separators=random.choice([(",", ":"), (", ", ": ")]))


def _or_none(change: Callable[[str], str]) -> Callable[[str], str]:
    """The change, or the text itself if it is not JSON."""

    def apply(text: str) -> str:
        try:
            changed = change(text)
        except ValueError:
            return text
        # A lone surrogate cannot be written as UTF-8.
        return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", changed)

    return apply


def change_json(table: Table, random: Random) -> None:
    """A value inside a JSON cell is changed."""
    _change(table, random, JSON, _or_none(lambda text: _json_value(text, random)))


def change_annotations(table: Table, random: Random) -> None:
    """A value inside the cell that gives the most rows is changed."""
    names = frozenset({"annotations", "tasks", "locations"})
    for _ in range(random.randint(1, 4)):
        _change(table, random, names, _or_none(lambda text: _json_value(text, random)))


def break_json(table: Table, random: Random) -> None:
    """The text of a JSON cell is damaged, or has other tokens."""

    def change(text: str) -> str:
        at = random.randint(0, len(text))
        return random.choice(
            [
                text[:at],
                text[at:],
                text[:at] + random.choice(['"', "}", "]", ",", "\\", " ", "1", "\\ud83d", "\n"]) + text[at:],
                text.replace('"', "'"),
                text.replace("true", "True").replace("null", "None"),
                text.replace(":", ": ").replace(",", " ,\t"),
                text.replace('{"', '{"task":"T5","', 1),
                text.replace('"', '\\"'),
                json.dumps(text),
                f"[{text}]",
                re.sub(r"(\d)([,}\]])", r"\1.0\2", text),
                re.sub(r"(\d+)([,}\]])", r'"\1"\2', text),
            ]
        )

    _change(table, random, JSON, change)


def literal(table: Table, random: Random) -> None:
    """A JSON cell as a Python literal, as data frames write it."""
    _change(table, random, JSON, _or_none(lambda text: repr(json.loads(text))))


def null_text(table: Table, random: Random) -> None:
    """A cell holds a text that means null."""
    if table.records:
        record = random.choice(table.records)
        texts = ["NA", "None", "null", "NaN", "", "NULL", "not logged in", "#N/A", " "]
        record[random.randrange(len(record))] = Raw(random.choice(texts))


def swap_cells(table: Table, random: Random) -> None:
    """Two cells of a record are swapped."""
    if table.records:
        record = random.choice(table.records)
        one, other = (random.randrange(len(record)) for _ in range(2))
        record[one], record[other] = record[other], record[one]


def swap_rows(table: Table, random: Random) -> None:
    """Two records are swapped, or one comes again."""
    if table.records:
        one, other = (random.randrange(len(table.records)) for _ in range(2))
        table.records[one], table.records[other] = table.records[other], table.records[one]
        if random.random() < 0.5:
            table.records.append(list(table.records[one]))


def change_width(table: Table, random: Random) -> None:
    """A record lacks its last fields, or has more."""
    if table.records:
        at = random.randrange(len(table.records))
        record = table.records[at]
        surplus: list[Any] = random.choice([[None], [None, Raw("")], [Raw("x")], [None, Raw("x")]])
        table.records[at] = record[: -random.randint(1, 3)] if random.random() < 0.5 else record + surplus


def drop_column(table: Table, random: Random) -> None:
    """A column is missing."""
    at = random.randrange(len(table.header))
    del table.header[at]
    table.records = [record[:at] + record[at + 1 :] for record in table.records]


def move_columns(table: Table, random: Random) -> None:
    """The columns have another order."""
    order = random.sample(range(len(table.header)), len(table.header))
    table.header = [table.header[at] for at in order]
    table.records = [[record[at] if at < len(record) else None for at in order] for record in table.records]


def rename_column(table: Table, random: Random) -> None:
    """A column has another name, or the name of another."""
    others = [
        "record",
        "workflow_major",
        "annotation_key",
        "",
        "Created_At",
        "created_at ",
        "é;x",
        "media",
        "X.1",
        '"q"',
    ]
    table.header[random.randrange(len(table.header))] = random.choice([*others, random.choice(table.header)])


def add_column(table: Table, random: Random) -> None:
    """There is one more column."""
    at = random.randint(0, len(table.header))
    table.header.insert(
        at, random.choice(["", "record", "notes", "workflow_minor", "annotations", "Unnamed: 0", "subject_id"])
    )
    for number, record in enumerate(table.records):
        record.insert(at, random.choice([None, number, "text", Raw("NA"), Raw("")]))


# Those of values are more frequent, since most rules are about values.
OPERATIONS: list[Operation] = [
    *(retype_int, retype_bool, retype_time, retype_version, retype_ids, change_json, break_json, null_text) * 2,
    *(change_annotations,) * 8,
    *(literal, swap_cells, swap_rows, change_width, drop_column, move_columns, rename_column, add_column),
]
