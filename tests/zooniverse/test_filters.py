"""Filters: the records they keep, their counts, and that skipped records are not decoded."""

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca
from crowdarrow.cli import run as run_command

if TYPE_CHECKING:
    from conftest import Collect
    from crowdarrow.read.options import ReadKeywords

HEADER = "classification_id,workflow_id,workflow_version,created_at,metadata,annotations\n"
VERSIONS = [
    "12",
    "12.0",
    "12.1",
    "12.9",
    "12.10",
    "12.99",
    "12.100",
    "13",
    "13.5",
    "2.50",
    "120.1",
    "",
    "v12",
    "12.1.1",
]
TIMES = [
    "2024-04-30 23:59:59 UTC",
    "2024-05-01 00:00:00 UTC",
    "2024-05-01 12:00:00 UTC",
    "2024-05-01 23:59:59 UTC",
    "2024-05-02 00:00:00 UTC",
    "2024-05-01T23:30:00-02:00",
    "",
]


def export(column: str, values: list[str]) -> bytes:
    """One record for each value of a column; the ids are 0, 1, 2, …"""
    names = HEADER.strip().split(",")
    records = []
    for number, value in enumerate(values):
        cells = {"classification_id": str(number), "annotations": "[]", column: value}
        records.append(",".join(cells.get(name, "") for name in names))
    return (HEADER + "".join(f"{record}\n" for record in records)).encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("12.1", ["12.1"]),
        ("12.10", ["12.10"]),
        ("12.100", ["12.100"]),
        ("12", ["12", "12.0", "12.1", "12.9", "12.10", "12.99", "12.100"]),
        ("12.0", ["12", "12.0"]),
        ("12.9..12.99", ["12.9", "12.10", "12.99"]),
        ("12.10..", ["12.10", "12.99", "12.100", "13", "13.5", "120.1"]),
        ("..12.1", ["12", "12.0", "12.1", "2.50"]),
        ("12.100..13", ["12.100", "13", "13.5"]),
        ("2..13.4", ["12", "12.0", "12.1", "12.9", "12.10", "12.99", "12.100", "13", "2.50"]),
        ("12.101..12.200", []),
        ("13..12", []),
        (" 12.99 .. 12.100 ", ["12.99", "12.100"]),
    ],
)
def test_version_ranges(text: str, kept: list[str], run_collect: "Collect") -> None:
    result = run_collect(export("workflow_version", VERSIONS), workflow_version=text)
    assert result.table["workflow_version"].to_pylist() == kept
    report = result.report
    assert (report.records, report.rows, report.rejected) == (len(VERSIONS), len(kept), 0)
    assert report.filtered == len(VERSIONS) - len(kept)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [(10, [10, 10]), ([10, 1000], [10, 10, 1000]), ((100,), [100]), ("10, 100", [10, 100, 10]), ("7", [])],
)
def test_workflow_ids(asked: Any, kept: list[int], run_collect: "Collect") -> None:
    data = export("workflow_id", ["10", "100", "10.0", "1000", "", "NA"])
    result = run_collect(data, workflow_id=asked)
    assert result.table["workflow_id"].to_pylist() == kept
    assert result.report.filtered == 6 - len(kept)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"since": "2024-05-01"}, [1, 2, 3, 4, 5]),
        ({"until": "2024-05-01"}, [0, 1, 2, 3]),
        ({"since": "2024-05-01", "until": "2024-05-01"}, [1, 2, 3]),
        ({"since": date(2024, 5, 1), "until": date(2024, 5, 1)}, [1, 2, 3]),
        ({"until": "2024-05-02"}, [0, 1, 2, 3, 4, 5]),
        ({"since": "2024-05-01T12:00:00Z"}, [2, 3, 4, 5]),
        ({"since": "2024-05-01 12:00:00 UTC"}, [2, 3, 4, 5]),
        ({"since": "2024-05-01 12:00:01"}, [3, 4, 5]),
        ({"until": "2024-05-01T12:00:01Z"}, [0, 1, 2]),
        ({"since": "2024-05-01T14:00:00+02:00"}, [2, 3, 4, 5]),
        ({"since": datetime(2024, 5, 1, 12, tzinfo=UTC)}, [2, 3, 4, 5]),
        ({"since": datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))}, [2, 3, 4, 5]),
        ({"since": datetime(2024, 5, 1, 12)}, [2, 3, 4, 5]),  # noqa: DTZ001 - taken as UTC
        ({"since": "2025-01-01"}, []),
    ],
)
def test_times(options: dict[str, Any], kept: list[int], run_collect: "Collect") -> None:
    result = run_collect(export("created_at", TIMES), **options)
    assert result.table["classification_id"].to_pylist() == kept
    assert (result.report.filtered, result.report.rejected) == (len(TIMES) - len(kept), 0)


def test_filters_together(run_collect: "Collect") -> None:
    lines = [
        "1,10,1.5,2024-05-01 00:00:00 UTC,,[]",
        "2,10,1.5,2024-05-03 00:00:00 UTC,,[]",
        "3,10,2.5,2024-05-01 00:00:00 UTC,,[]",
        "4,11,1.5,2024-05-01 00:00:00 UTC,,[]",
    ]
    data = (HEADER + "\n".join(lines)).encode()
    result = run_collect(data, workflow_id=10, workflow_version="1", until="2024-05-02")
    assert result.table["classification_id"].to_pylist() == [1]
    assert result.report.filtered == 3


def test_filtered_records_are_not_decoded(run_collect: "Collect") -> None:
    data = (HEADER + '1,10,1.5,,"{bad",[]\nx,11,1.5,,,[]\n3,11,1.5,yesterday,,{}\n4,10,1.5,,,[]\n').encode()
    result = run_collect(data, workflow_id=[10])
    assert [(r.record, r.column) for r in result.rejects] == [(1, "metadata")]
    assert result.table["classification_id"].to_pylist() == [4]
    assert (result.report.filtered, result.report.leniencies) == (2, {})


def test_record_with_an_invalid_filter_column_is_left_out(run_collect: "Collect") -> None:
    data = (HEADER + "1,ten,1.5,,,[]\n2,10,1.5,soon,,[]\n3,10,1.5,2024-05-01 00:00:00,,[]\n4\n").encode()
    result = run_collect(data, workflow_id=10, since="2024-01-01")
    assert [(r.record, r.column, r.kind) for r in result.rejects] == [(4, None, "fields")]
    assert result.report.filtered == 2
    assert result.table["classification_id"].to_pylist() == [3]


def test_columns_that_are_not_selected_are_not_decoded(run_collect: "Collect") -> None:
    data = (HEADER + '1,ten,1.5,soon,"{bad",{}\n2,,,,,\n').encode()
    result = run_collect(data, columns=["classification_id"])
    assert result.rows == [{"classification_id": 1}, {"classification_id": 2}]
    result = run_collect(data, columns=["workflow_version", "classification_id"], workflow_version="1")
    assert result.rows == [{"workflow_version": "1.5", "classification_id": 1}]


def test_struct_children_that_are_not_selected_count_nothing(run_collect: "Collect") -> None:
    data = (HEADER + '1,,,,"{""session"":""\\ud800"",""source"":""api""}",[]\n').encode()
    assert run_collect(data).report.leniencies == {"lone_surrogate": 1}
    result = run_collect(data, columns=["metadata.source"])
    assert result.rows == [{"metadata": {"source": "api"}}]
    assert result.report.leniencies == {}
    spoilt = (HEADER + '1,,,,"{""source"":""api"",}",[]\n').encode()
    assert run_collect(spoilt, columns=["metadata.source"]).kinds == ["json"]


def test_extra_of_an_object_is_the_same_alone(run_collect: "Collect") -> None:
    """It holds the members without a child, so the whole object is decoded for it."""
    data = (HEADER + '1,,,,"{""session"":""s"",""mine"":1}",[]\n').encode()
    (whole,) = run_collect(data).rows
    for columns in (["metadata.extra"], ["metadata.session", "metadata.extra"]):
        assert run_collect(data, columns=columns).rows == [{"metadata": whole["metadata"]}]
    assert whole["metadata"]["extra"] == '{"mine":1}'


def test_filters_of_a_subject_export(run_collect: "Collect") -> None:
    header = b"subject_id,workflow_id,subject_set_id,metadata,locations,created_at\n"
    record = b'%d,%d,1,{},"{""0"":""u%d""}",2024-05-0%d 00:00:00 UTC\n'
    data = header + b"".join(record % (number % 2, number, number, number + 1) for number in range(4))
    result = run_collect(data, workflow_id=[1, 2, 3], since="2024-05-02")
    assert result.table["workflow_id"].to_pylist() == [1, 2, 3]
    # The media of a subject are those of its first row that is kept.
    assert result.tables["media"]["url"].to_pylist() == ["u1", "u2"]


def test_filter_on_a_column_that_the_kind_lacks_is_an_error(run_collect: "Collect") -> None:
    workflows = b"workflow_id,version,tasks\n1,2,{}\n"
    subjects = b"subject_id,workflow_id,subject_set_id,metadata\n1,2,3,{}\n"
    cases: list[tuple[bytes, ReadKeywords]] = [
        (workflows, {"since": "2024-01-01"}),
        (workflows, {"until": "2024-01-01"}),
        (subjects, {"workflow_version": "2"}),
    ]
    for data, option in cases:
        with pytest.raises(ca.UsageError, match=r"does not apply: .* has no column for it"):
            ca.open(io.BytesIO(data), **option)
    assert run_collect(workflows, workflow_id=1).table.num_rows == 1


LACKING = {
    "workflow_id": b"user_name,annotations,subject_data\na,[],{}\n",
    "workflow_version": b"workflow_id,annotations,subject_data\n1,[],{}\n",
    "since": b"subject_id,metadata,subject_set_id\n1,{},2\n",
    "until": b"target,title_1\na,b\n",
}


@pytest.mark.parametrize("argument", LACKING)
def test_filter_on_a_column_that_the_file_lacks_is_an_error(argument: str) -> None:
    options: ReadKeywords = {argument: "2024-01-01" if argument in ("since", "until") else "1"}  # type: ignore[misc]
    whole = f"{HEADER}1,1,1.1,2024-05-01 00:00:00 UTC,,[]\n".encode()
    inputs: list[list[bytes]] = [[LACKING[argument]]]
    if argument.startswith("workflow"):
        inputs.append([whole, LACKING[argument]])
    for given in inputs:
        with pytest.raises(ca.UsageError, match=rf"`{argument}` does not apply: <file object> has no column"):
            ca.open([io.BytesIO(data) for data in given], **options)


def test_command_line_says_which_column_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "subjects.csv"
    path.write_bytes(LACKING["since"])
    assert run_command(["convert", str(path), str(tmp_path / "out.csv"), "--since", "2024-01-01"]) == 2
    assert "--since does not apply" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"workflow_id": 3}, "the filters left out all records; the values for `workflow_id` are 1, 2, 11"),
        ({"workflow_version": "9"}, "the values for `workflow_version` are 4, 4.1, 4.10"),
        ({"since": "2090-01-01"}, "the values for `since` are 2024-05-01T00:00:00Z, 2024-05-01T00:00:01.500000Z"),
        ({"workflow_id": 2, "since": "2090-01-01"}, "the values for `since` are 2024-05-01T00:00:01.500000Z"),
    ],
)
def test_filter_that_keeps_nothing_says_what_there_is(
    options: dict[str, Any], text: str, run_collect: "Collect"
) -> None:
    lines = ["1,4.10,2024-05-01 00:00:00", "2,4.1,2024-05-01 00:00:01.5", "11,4,2024-05-01 00:00:00", "1,4.1,", ",x,y"]
    data = (HEADER + "".join(f"{number},{line},,[]\n" for number, line in enumerate(lines))).encode()
    report = run_collect(data, **options).report
    assert report.rows == 0
    assert report.suggestion is not None
    assert text in report.suggestion
    assert f"  {report.suggestion}" in str(report)


def test_of_many_values_the_first_and_the_last_are_named(run_collect: "Collect") -> None:
    for count in (20, 21, 500):
        lines = [f"{number},{number * 7919 % 100_003},,,,[]\n" for number in range(count)]
        values = sorted(number * 7919 % 100_003 for number in range(count))
        report = run_collect((HEADER + "".join(lines)).encode(), workflow_id=5).report
        assert report.suggestion is not None
        if count > 20:
            assert report.suggestion.endswith(f"are {values[0]} to {values[-1]}")
        else:
            assert report.suggestion.endswith(f"are {', '.join(map(str, values))}")
    kept = run_collect((HEADER + "1,5,,,,[]\n2,6,,,,[]\n").encode(), workflow_id=5).report
    assert kept.suggestion is None


def test_workflows_are_filtered_by_the_two_numbers_of_their_version(run_collect: "Collect") -> None:
    versions = ("1,12,9", "2,12,100", "3,13,", "4,,1", "5,12,x")
    data = ("workflow_id,version,minor_version,tasks\n" + "".join(f"{one},{{}}\n" for one in versions)).encode()
    for text, kept in (("12", [1, 2]), ("12.10..13.0", [2, 3]), ("13", [3]), ("12.9", [1])):
        found = run_collect(data, workflow_version=text)
        assert found.table["workflow_id"].to_pylist() == kept, text
        assert (found.report.rejected, found.report.filtered) == (0, 5 - len(kept))
    old = b"workflow_id,version,tasks\n1,12,{}\n2,13,{}\n"
    assert run_collect(old, workflow_version="13..").table["workflow_id"].to_pylist() == [2]
    with pytest.raises(ca.UsageError, match="has no column 'version'"):
        ca.open(io.BytesIO(b"workflow_id,first_task,tasks\n1,T0,{}\n"), workflow_version="1")


PYBOSSA: dict[str, tuple[str, dict[str, Any]]] = {
    "tasks": ("created", {"id": 1, "n_answers": 2}),
    "results": ("created", {"id": 1, "task_id": 2, "last_version": True}),
    "task_runs": ("finish_time", {"id": 1, "task_id": 2, "timeout": 3}),
}


@pytest.mark.parametrize("kind", PYBOSSA)
@pytest.mark.parametrize("layout", ["json", "P1", "P2"])
def test_pybossa_filters_go_by_their_own_time(layout: str, kind: str, run_collect: "Collect") -> None:
    column, record = PYBOSSA[kind]
    times = ["2018-02-08T22:15:07.152", "2018-02-09T00:00:00", None, "soon", "2018-02-07T10:00:00"]
    records = [record | {"id": number, column: time} for number, time in enumerate(times)]
    if layout == "json":
        data = json.dumps(records)
    else:
        prefix = f"{kind.removesuffix('s')}__" if layout == "P1" else ""
        empty = "None" if layout == "P1" else ""
        rows = [[empty if cell is None else str(cell) for cell in row.values()] for row in records]
        data = "\n".join(",".join(row) for row in [[prefix + name for name in records[0]], *rows]) + "\n"
    found = run_collect(data.encode(), since="2018-02-08", until="2018-02-08")
    assert found.kind == f"pybossa.{kind}"
    assert found.table["id"].to_pylist() == [0]
    assert (found.report.filtered, found.report.rejected) == (4, 0)


def test_collections_are_filtered_by_the_time_of_their_annotations(run_collect: "Collect") -> None:
    annotations: list[dict[str, Any]] = [
        {
            "id": str(number),
            "type": "Annotation",
            "motivation": "describing",
            "target": "t",
            "created": time,
            "body": [],
        }
        for number, time in enumerate(["2018-02-08T22:15:07.152Z", "2018-02-09T00:00:00Z", None, 5])
    ]
    assert run_collect(json.dumps(annotations).encode(), until="2018-02-08").table["id"].to_pylist() == ["0"]
    rows = "".join(f"{one['id']},t,x,describing,{one['created'] or ''}\n" for one in annotations)
    flat = f"id,target,body_value,motivation,created\n{rows}"
    assert run_collect(flat.encode(), since="2018-02-09").table["id"].to_pylist() == ["1"]
