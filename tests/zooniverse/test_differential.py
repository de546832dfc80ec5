"""The engine and the oracle read the same rows, rejects, leniencies and counts from the same bytes.

The oracle (`tests/oracle/pure_python.py`) was written from the contract, in plain Python.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdarrow import synthetic
from crowdarrow.synthetic import PROFILES, ages
from oracle import json_text, pure_python
from support import hostile

if TYPE_CHECKING:
    from conftest import Collect, Collected

RECORDS = 120
FAULTS = 0.2


def with_extra_read(value: Any) -> Any:
    """A struct whose `extra` is parsed into members with their source tokens, since their order is not defined.

    See docs/contract.md, section 1.10.
    """
    if not isinstance(value, dict) or value.get("extra") is None:
        return value
    found = json_text.members(value["extra"])
    assert json_text.compact(value["extra"]) == value["extra"]
    return value | {"extra": {key: text for key, (_, text) in found.items()}}


def assert_same_table(ours: pa.Table, theirs: pa.Table, row_records: list[int] | None) -> None:
    """The schemas are equal, and the values in order."""
    assert ours.schema == theirs.schema
    assert ours.num_rows == theirs.num_rows
    for name in ours.schema.names:
        # Times before the year 1, which zones can make, have no Python value.
        if ours[name].equals(theirs[name]):
            continue
        pairs = list(zip(ours[name].to_pylist(), theirs[name].to_pylist(), strict=True))
        if pa.types.is_struct(ours.schema.field(name).type):
            pairs = [(with_extra_read(one), with_extra_read(other)) for one, other in pairs]
        differ = [row for row, (one, other) in enumerate(pairs) if one != other]
        assert not differ, f"{name}, record {row_records[differ[0]] if row_records else differ[0]}"


def assert_same(ours: "Collected", theirs: pure_python.Result) -> None:
    """The results are equal; a record with several faults may be rejected for any of them."""
    assert ours.kind == theirs.kind
    assert list(ours.tables) == list(theirs.tables)
    for number, (name, table) in enumerate(ours.tables.items()):
        assert_same_table(table, theirs.tables[name], None if number else theirs.row_records)
    assert [(r.record, r.line, r.byte_offset, r.raw) for r in ours.rejects] == [
        (r.record, r.line, r.byte_offset, r.raw) for r in theirs.rejects
    ]
    for reject, expected in zip(ours.rejects, theirs.rejects, strict=True):
        assert (reject.column, reject.kind) in expected.faults, f"record {reject.record}: {reject.message}"
    assert ours.report.leniencies == theirs.leniencies
    assert ours.report.records == theirs.records


def test_real_exports(zooniverse_file: Path, run_collect: "Collect") -> None:
    expected = pure_python.read(zooniverse_file)
    assert_same(run_collect(zooniverse_file, tables=list(expected.tables)), expected)


GENERATE: dict[str, tuple[Callable[..., synthetic.Summary], Any]] = {
    "classifications": (synthetic.generate_classifications, ages.CLASSIFICATIONS),
    "subjects": (synthetic.generate_subjects, ages.SUBJECTS),
    "workflows": (synthetic.generate_workflows, ages.WORKFLOWS),
}
# Each version of the header, and each profile with the newest header.
VARIANTS = [
    (name, age, profile)
    for name, (_, known) in GENERATE.items()
    for number, age in enumerate(known)
    for profile in (PROFILES if number == 0 else ("mixed",))
]


@pytest.mark.parametrize(("name", "age", "profile"), VARIANTS)
def test_synthetic_exports(name: str, age: str, profile: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / f"{name}.csv"
    crlf = len(profile) % 2 == 1
    summary = GENERATE[name][0](
        path, records=RECORDS, header=age, profile=profile, faults=FAULTS, bom=crlf, newline="\r\n" if crlf else "\n"
    )
    expected = pure_python.read(path)
    result = run_collect(path, tables=list(expected.tables))
    assert summary.rejected > 0
    assert (result.report.records, result.report.rejected) == (RECORDS, summary.rejected)
    assert_same(result, expected)


# The columns of each kind that hostile records fill, and strategies for their cells.
CELLS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "classifications": {
        "classification_id": st.sampled_from(hostile.INTEGERS),
        "user_name": hostile.texts,
        "user_id": st.sampled_from(hostile.INTEGERS),
        "workflow_version": st.sampled_from(hostile.VERSIONS),
        "created_at": st.one_of(st.sampled_from(hostile.TIMES), hostile.times),
        "gold_standard": st.sampled_from(hostile.BOOLS),
        "expert": hostile.texts,
        "metadata": hostile.metadata,
        "annotations": st.one_of(hostile.arrays(hostile.values), hostile.values, hostile.invalid, hostile.deep),
        "subject_data": st.one_of(hostile.objects(hostile.id_keys, hostile.values), hostile.invalid, hostile.deep),
        "subject_ids": st.builds(
            ";".join, st.lists(st.sampled_from(["1", " 2", "3.0", "x", "", "NA", "4, 5", "4,5", "+6", "7, "]))
        ),
        "": hostile.texts,
    },
    "subjects": {
        "subject_id": st.sampled_from([*hostile.INTEGERS, "1", "1", "2", "1.0"]),
        "subject_set_id": st.sampled_from(hostile.INTEGERS),
        "metadata": st.one_of(hostile.objects(hostile.keys, hostile.values), hostile.values, hostile.invalid),
        "locations": hostile.objects(hostile.id_keys, st.one_of(hostile.strings, hostile.scalars)),
        "retirement_reason": hostile.texts,
        "retired_in_workflow": st.one_of(hostile.arrays(hostile.numbers), hostile.arrays(hostile.scalars)),
        "workflow_ids": st.one_of(hostile.arrays(st.sampled_from(["1", "2"])), hostile.invalid),
        "classifications_by_workflow": hostile.values,
    },
    "workflows": {
        "workflow_id": st.sampled_from(hostile.INTEGERS),
        "version": st.sampled_from(hostile.INTEGERS),
        "active": st.sampled_from(hostile.BOOLS),
        "first_task": hostile.texts,
        "tasks": st.one_of(hostile.objects(hostile.keys, hostile.values), hostile.invalid),
        "minor_version": st.sampled_from(hostile.INTEGERS),
        "display_name": hostile.texts,
    },
}


def field(text: str, form: str) -> bytes:
    """A CSV field, quoted if necessary or in the given `form`."""
    must = any(char in text for char in ',"\r\n')
    quoted = f'"{text.replace(chr(34), chr(34) * 2)}"'
    forms = {"quoted": quoted, "after": f"{quoted}x", "inside": f'b{text[:3]}"', "bare": text}
    return forms.get(form, quoted if must else text).encode("utf-8", "surrogatepass")


@st.composite
def exports(draw: st.DrawFn, kind: str) -> bytes:
    """An export with one or two hostile cells in each record, and sometimes with hostile CSV."""
    names = draw(st.permutations(list(CELLS[kind])))
    if kind == "classifications" and draw(st.booleans()):
        names.remove("subject_ids")
    lines = [",".join(names).encode()]
    for _ in range(draw(st.integers(1, 5))):
        hostile_cells = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
        fields = []
        for name in names:
            text = draw(st.one_of(CELLS[kind][name], st.sampled_from(hostile.NULLS))) if name in hostile_cells else ""
            form = (
                draw(st.sampled_from(["plain"] * 8 + ["quoted"] * 4 + ["after", "inside", "bare"])) if text else "plain"
            )
            fields.append(field(text, form))
        more = draw(st.sampled_from([[]] * 12 + [[b""], [b"", b'""'], [b"x"], None]))
        lines.append(b",".join(fields[:-1] if more is None else fields + more))
    head = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\n\r\n"]))
    ends = draw(st.lists(st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n"]), min_size=len(lines), max_size=len(lines)))
    data = head + b"".join(line + end for line, end in zip(lines, ends, strict=True))
    return data if draw(st.booleans()) else data.rstrip(b"\r\n")


@pytest.mark.parametrize("kind", CELLS)
def test_hostile_cells(kind: str, run_collect: "Collect") -> None:
    @given(data=exports(kind), block_bytes=st.sampled_from([7, 64, 1 << 14]))
    def agree(data: bytes, block_bytes: int) -> None:
        expected = pure_python.read(data)
        assert_same(run_collect(data, tables=list(expected.tables), block_bytes=block_bytes), expected)

    agree()


CACHED = ("annotations", "subject_data", "metadata")


@given(
    pool=st.lists(st.one_of(hostile.metadata, hostile.arrays(hostile.values), hostile.deep), min_size=1, max_size=5),
    picks=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(CACHED), st.booleans()), min_size=5, max_size=40),
    block_bytes=st.sampled_from([64, 1 << 14]),
)
def test_repeated_cells(
    run_collect: "Collect", pool: list[str], picks: list[tuple[int, str, bool]], block_bytes: int
) -> None:
    lines = [",".join(("classification_id", *CACHED)).encode()]
    for number, (pick, column, quoted) in enumerate(picks):
        cell = field(pool[pick % len(pool)], "quoted" if quoted else "plain")
        lines.append(b",".join([b"%d" % number, *(cell if name == column else b"" for name in CACHED)]))
    data = b"\n".join([*lines, b""])
    expected = pure_python.read(data)
    assert_same(run_collect(data, tables=list(expected.tables), block_bytes=block_bytes), expected)


PIECES = st.sampled_from(
    [
        *(
            b'"',
            b'"',
            b",",
            b",",
            b"\n",
            b"\r",
            b"\r\n",
            b"a",
            b'""',
            b'",',
            b',"',
            b",,a,b\n",
            b',,"a","b"\n',
            b"\n,,",
        ),
        b"\xff",
        b"\xc3\xa4",
    ]
)


# The columns that the kind needs, and two of text.
HEAD = b"annotations,subject_ids,a,b"


@given(
    pieces=st.lists(PIECES, max_size=60),
    head=st.sampled_from([HEAD + b"\n", b"\xef\xbb\xbf" + HEAD + b"\r\n", b"\n\r" + HEAD + b"\r"]),
    block_bytes=st.sampled_from([1, 2, 3, 7, 64, 1 << 14]),
    cut=st.booleans(),
)
def test_hostile_csv(run_collect: "Collect", pieces: list[bytes], head: bytes, block_bytes: int, cut: bool) -> None:
    data = head + b"".join(pieces)
    kind = "zooniverse.classifications"
    expected = pure_python.read(data, kind=kind, truncated=cut)
    # A gzip without its last eight bytes has all its data, but is truncated.
    source = gzip.compress(data, 1, mtime=0)[:-8] if cut else data
    assert_same(run_collect(source, tables=list(expected.tables), kind=kind, block_bytes=block_bytes), expected)
