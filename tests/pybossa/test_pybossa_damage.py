"""Damaged PYBOSSA and LibCrowds downloads: the engine and the oracle read the same rows and rejects."""

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdarrow.errors import CrowdarrowError, UnknownKindError
from crowdarrow.synthetic import Summary, generate_collection, generate_results, generate_task_runs, generate_tasks
from support.hostile import examples
from support.pybossa_compare import Named, assert_alike, compare, of_one_value

if TYPE_CHECKING:
    from conftest import Collect

SIZES = st.tuples(st.sampled_from([1, 7, 64, 4096]), st.integers(1, 4))

GENERATE: dict[str, tuple[Callable[..., Summary], dict[str, Any]]] = {
    "pybossa.task_runs": (generate_task_runs, {}),
    "pybossa.tasks": (generate_tasks, {}),
    "pybossa.results": (generate_results, {}),
    "libcrowds.describing": (generate_collection, {"motivation": "describing"}),
    "libcrowds.annotations": (generate_collection, {"motivation": "mixed"}),
}
FORMS = [
    ("pybossa.task_runs", "csv", "P1"),
    ("pybossa.task_runs", "csv", "P3"),
    ("pybossa.tasks", "csv", "P2"),
    ("pybossa.results", "csv", "P3"),
    ("libcrowds.describing", "csv", "A"),
    ("libcrowds.annotations", "csv", "B"),
]


@cache
def undamaged(kind: str, form: str = "json", layout: str | None = None, records: int = 5) -> bytes:
    """A small synthetic download without damage."""
    generate, options = GENERATE[kind]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "download"
        generate(path, format=form, layout=layout, records=records, seed=records, **options)
        return path.read_bytes()


def agree(collect: "Collect", data: bytes, kind: str, size: tuple[int, int], *, alike: bool = True) -> None:
    """Both readers agree for any blocks, or both fail. If not `alike`, only results of the engine are compared."""
    block_bytes, threads = size
    named = Named(data, "download")
    if not alike:
        result = collect(named, kind=kind, block_bytes=block_bytes, threads=threads)
        assert result.report.records == result.table.num_rows + len(result.rejects)
        assert len(result.rejects) > 0
        assert_alike(result, collect(Named(data, "download"), kind=kind))
        return
    try:
        result = compare(collect, data, kind=kind, block_bytes=block_bytes, threads=threads)
    except ValueError:
        with pytest.raises(CrowdarrowError):
            collect(Named(data, "download"), kind=kind)
        return
    assert_alike(result, collect(Named(data, "download"), kind=kind))


@st.composite
def broken(draw: st.DrawFn, data: bytes, pieces: tuple[bytes, ...], *, spared: bytes = b"", start: int = 0) -> bytes:
    """`data` from `start` on with up to three changes: pieces replaced, inserted or deleted, but no `spared` bytes."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(start, len(damaged) - 1))
        piece = draw(st.sampled_from(pieces))
        length = draw(st.sampled_from([0, 1, 1, 1, 30])) if not spared else 1
        if any(byte in spared for byte in damaged[at : at + length]):
            continue
        damaged[at : at + length] = piece
    return bytes(damaged)


JSON_PIECES = (b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"x", b"1", b"\xff", b"\n", b" ", b"null", b"\\u")


@pytest.mark.parametrize("kind", GENERATE)
def test_arrays_with_random_damage(kind: str, run_collect: "Collect") -> None:
    # The first bracket identifies an array.
    @examples(0.5)
    @given(data=broken(undamaged(kind), JSON_PIECES, start=1), size=SIZES)
    def check(data: bytes, size: tuple[int, int]) -> None:
        agree(run_collect, data, kind, size)

    check()


@pytest.mark.parametrize("kind", GENERATE)
def test_truncated_arrays(kind: str, run_collect: "Collect") -> None:
    whole = undamaged(kind)

    @examples(0.5)
    @given(at=st.integers(1, len(whole)), size=SIZES, stored=st.booleans())
    def check(at: int, size: tuple[int, int], stored: bool) -> None:
        # A gzip without its last eight bytes has all its data, but is truncated.
        agree(run_collect, gzip.compress(whole[:at], 1, mtime=0)[:-8] if stored else whole[:at], kind, size)

    check()


@examples(0.5)
@given(
    kind=st.sampled_from(list(GENERATE)),
    missing=st.sets(st.integers(0, 3)),
    end=st.sampled_from([b"]", b", ]", b",]", b" , \n]\n", b",", b"", b"]]", b"] x", b",,]"]),
    size=SIZES,
)
def test_missing_and_trailing_commas(
    run_collect: "Collect", kind: str, missing: set[int], end: bytes, size: tuple[int, int]
) -> None:
    elements = undamaged(kind, "jsonl").splitlines()
    text = elements[0]
    for index, element in enumerate(elements[1:]):
        text += (b"" if index in missing else b", ") + element
    data = b"[" + text + end
    agree(run_collect, data, kind, size)
    if end in {b"]", b", ]"}:
        report = run_collect(data, kind=kind).report
        assert (report.rejected, report.rows) == (0, len(elements))
        forgiven = {"missing_comma": len(missing), "trailing_comma": int(end == b", ]")}
        found = {name: count for name, count in report.leniencies.items() if name in forgiven}
        assert found == {name: count for name, count in forgiven.items() if count}


# Brackets and line ends are kept: the oracle reads one value a line, the engine also values over several lines.
LINE_PIECES = (b'"', b"\\", b",", b":", b"x", b"1", b" ", b"null")


@pytest.mark.parametrize("kind", GENERATE)
def test_json_lines_with_random_damage(kind: str, run_collect: "Collect") -> None:
    whole = undamaged(kind, "jsonl")

    @examples(0.5)
    @given(data=broken(whole, LINE_PIECES, spared=b"{}[]\n"), size=SIZES, crlf=st.booleans())
    def check(data: bytes, size: tuple[int, int], crlf: bool) -> None:
        alike = all(map(of_one_value, data.splitlines()))
        agree(run_collect, data.replace(b"\n", b"\r\n") if crlf else data, kind, size, alike=alike)

    check()


CSV_PIECES = (b"", b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"x", b"\xff", b"1", b"None", b"NA", b"{", b"\\")


@pytest.mark.parametrize(("kind", "form", "layout"), FORMS)
def test_csv_with_random_damage(kind: str, form: str, layout: str, run_collect: "Collect") -> None:
    whole = undamaged(kind, form, layout)

    @examples(0.5)
    @given(data=broken(whole, CSV_PIECES, start=whole.index(b"\n") + 1), size=SIZES)
    def check(data: bytes, size: tuple[int, int]) -> None:
        agree(run_collect, data, kind, size)

    check()


@pytest.mark.parametrize(("kind", "form", "layout"), FORMS)
def test_truncated_csv(kind: str, form: str, layout: str, run_collect: "Collect") -> None:
    whole = undamaged(kind, form, layout)

    @examples(0.5)
    @given(at=st.integers(whole.index(b"\n") + 1, len(whole)), size=SIZES, stored=st.booleans())
    def check(at: int, size: tuple[int, int], stored: bool) -> None:
        agree(run_collect, gzip.compress(whole[:at], 1, mtime=0)[:-8] if stored else whole[:at], kind, size)

    check()


P1_HEADER = undamaged("pybossa.task_runs", "csv", "P1").splitlines()[0]


def with_bad_byte(column: bytes) -> bytes:
    """A P1 download of one record, whose cell of this column is a byte that is not UTF-8."""
    names = P1_HEADER.split(b",")
    cells = [b"1" if name == b"task_run__id" else b"\xff" if name == column else b"" for name in names]
    return b"\n".join([P1_HEADER, b",".join(cells), b""])


RUN = b'{"id":1,"task_id":2,"finish_time":null}'
NOTE = b'{"id":"a","type":"Annotation"}'


# Inputs on which the engine and the oracle once differed.
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("pybossa.task_runs", b"[" + RUN + b',"a\n'),
        ("pybossa.task_runs", b"[" + RUN + b',{"a":1\r\n'),
        ("pybossa.task_runs", b"[" + RUN + b"] x\n\n"),
        ("pybossa.tasks", b'[{"id":1,"n_answers":1}{"id":2}, \n'),
        ("pybossa.tasks", b'[{"id":1,"n_answers":1},,'),
        ("libcrowds.annotations", b"[" + NOTE + b' "b", ' + NOTE + b"]"),
        ("pybossa.results", undamaged("pybossa.results", "csv", "P3").replace(b'1027]"', b'1027"', 1)),
        ("pybossa.task_runs", with_bad_byte(b"task_run__info")),
        ("pybossa.task_runs", with_bad_byte(b"task_runinfo__site")),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 4096])
def test_inputs_found_by_random_seeds(run_collect: "Collect", kind: str, data: bytes, block_bytes: int) -> None:
    agree(run_collect, data, kind, (block_bytes, 2))


@pytest.mark.parametrize("kind", GENERATE)
def test_objects_without_the_members_of_the_kind_are_refused(run_collect: "Collect", kind: str) -> None:
    for data in (b"[{}]", b'[{}info": {"a": 1}}]'):
        with pytest.raises(UnknownKindError, match=f"is not {kind}: it lacks "):
            run_collect(Named(data, "download"), kind=kind)
