"""Filters: the records they keep, their counts, and that skipped records are not decoded."""

import io
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca

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
    [(10, [10, 10]), ([10, 1000], [10, 10, 1000]), ((100,), [100]), ("10, 100", [10, 100, 10]), ("7", []), ([], [])],
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


def test_record_with_an_invalid_filter_column_is_rejected(run_collect: "Collect") -> None:
    data = (HEADER + "1,ten,1.5,,,[]\n2,10,1.5,soon,,[]\n3,10,1.5,2024-05-01 00:00:00,,[]\n4\n").encode()
    result = run_collect(data, workflow_id=10, since="2024-01-01")
    assert [(r.record, r.column, r.kind) for r in result.rejects] == [
        (1, "workflow_id", "type"),
        (2, "created_at", "type"),
        (4, None, "fields"),
    ]
    assert result.table["classification_id"].to_pylist() == [3]


def test_columns_that_are_not_selected_are_not_decoded(run_collect: "Collect") -> None:
    data = (HEADER + '1,ten,1.5,soon,"{bad",{}\n2,,,,,\n').encode()
    result = run_collect(data, columns=["classification_id"])
    assert result.rows == [{"classification_id": 1}, {"classification_id": 2}]
    result = run_collect(data, columns=["workflow_version", "classification_id"], workflow_version="1")
    assert result.rows == [{"workflow_version": "1.5", "classification_id": 1}]


def test_struct_children_that_are_not_selected_reject_nothing(run_collect: "Collect") -> None:
    data = (HEADER + '1,,,,"{""session"":""\\ud800"",""source"":""api""}",[]\n').encode()
    assert run_collect(data).kinds == ["json"]
    assert run_collect(data, columns=["metadata.source"]).rows == [{"metadata": {"source": "api"}}]
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
    data = b"workflow_id,version,tasks\n1,2,{}\n"
    options: list[ReadKeywords] = [{"workflow_version": "2"}, {"since": "2024-01-01"}]
    for option in options:
        with pytest.raises(ca.UsageError, match=r"does not apply: .* has no column for it"):
            ca.open(io.BytesIO(data), **option)
    assert run_collect(data, workflow_id=1).table.num_rows == 1


def test_filter_on_a_column_that_the_file_lacks_keeps_no_row_until_0_2(run_collect: "Collect") -> None:
    # docs/contract.md, section 1.12, asks for an error for each such input from 0.2.
    old = b"user_name,annotations,subject_data\na,[],{}\n"
    report = run_collect(old, workflow_id=1).report
    assert (report.records, report.rows, report.filtered) == (1, 0, 1)
