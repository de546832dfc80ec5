"""Files that people have, and what crowdarrow says about them."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

import crowdarrow as ca
from conftest import SHARED_DATA, collect
from crowdarrow.errors import UnknownKindError
from support.pybossa_compare import Named

FAULTS = SHARED_DATA / "faults" / "pybossa"


@pytest.mark.parametrize("kind", [None, "pybossa.tasks"])
def test_the_info_only_file_names_the_file_to_convert(tmp_path: Path, kind: str | None) -> None:
    path = tmp_path / "flickr_task_info_only.csv"
    path.write_bytes(b"task_id,url,title\n5,https://a.example/b.jpg,t1\n")
    with pytest.raises(UnknownKindError, match=r"convert that one, flickr_task\.csv"):
        ca.open(path, kind=kind)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,info_a,task_id,user_id", "1,x,5,3"),
        ("task_run__id,task_run__info,task_run__task_id,task_run__user_id", '1,"{""a"": ""x""}",5,3'),
    ],
)
def test_a_given_kind_keeps_the_layout_of_the_header(header: str, row: str) -> None:
    source = Named(f"{header}\n{row}\n".encode(), "download")
    found = collect(source, kind="pybossa.task_runs").tables["task_runs"].to_pylist()
    assert [(run["id"], run["task_id"], run["user_id"], run["info"]) for run in found] == [(1, 5, 3, '{"a":"x"}')]


def test_a_late_annotation_of_another_motivation_is_among_the_values() -> None:
    body = [{"purpose": "describing", "value": "v"}]
    first = {"type": "Annotation", "motivation": "describing", "body": body, "target": "https://t.example"}
    last = first | {"motivation": "tagging", "target": {"source": "s", "selector": {"value": "xywh=1,2,3,4"}}}
    lines = "\n".join(json.dumps(one) for one in [*[first] * 1353, last])
    found = collect(Named(lines.encode(), "download"))
    assert found.kind == "libcrowds.describing"
    assert found.tables["values"].num_rows == 1354
    assert found.tables["values"]["motivation"].to_pylist()[-1] == "tagging"


def test_a_collection_is_of_the_first_thousand_annotations() -> None:
    rows = ["describing"] * 999 + ["tagging"]
    text = "motivation,target,body\n" + "".join(f"{motivation},t,{'x' * 100}\n" for motivation in rows)
    assert collect(Named(text.encode(), "download")).kind == "libcrowds.annotations"


def test_the_summary_says_that_there_is_a_next_page() -> None:
    page = {"next": "https://x.example?page=1", "items": [{"body": "b", "target": "t"}]}
    report = collect(Named(json.dumps(page).encode(), "download")).report
    assert "next page" in str(report)
    assert "next_page" not in report.leniencies


def test_column_oriented_json_that_is_too_long_is_refused() -> None:
    cells = {str(row): "x" * 100 for row in range(200)}
    source = Named(json.dumps({"body": cells, "target": cells}).encode(), "download")
    with pytest.raises(ca.CrowdarrowError, match=r"column by column.*max_record_bytes"):
        ca.open(source, max_record_bytes=1024)


def test_a_time_of_the_year_10000_is_none() -> None:
    run = {"id": 1, "task_id": 5, "timeout": None, "created": "9999-12-31T23:30:00-01:00"}
    late = run | {"created": 253402300800000}
    last = run | {"created": "9999-12-31T23:59:59.999999"}
    found = collect(Named(json.dumps([run, late, last]).encode(), "download"))
    assert [reject.record for reject in found.rejects] == [1, 2]
    assert found.tables["task_runs"].to_pylist()[0]["created"].year == 9999


def test_deep_lists_give_paths_as_keys() -> None:
    info = [1, {"a": [None, {"b": []}], "c": "d"}, []]
    run = {"id": 1, "task_id": 5, "timeout": None, "info": info}
    rows = collect(Named(json.dumps([run, run]).encode(), "download")).tables["answers"].to_pylist()
    found = [(row["key"], row["answer_index"], row["kind"], row["answer"]) for row in rows]
    expected = [("0", 0, "number", "1"), ("1_a_0", 1, "null", None), ("1_c", 2, "string", "d")]
    assert found == expected * 2


@pytest.mark.parametrize(
    "data",
    [
        b'[{"id":"a","body":"b","target":"t","created":1589898646157},'
        b'{"body":"b","target":"t","created":"2019-01-01T00:00:00Z"}]',
        b"id,body,target,created\na,b,t,1589898646157\nb,b,t,2019-01-01T00:00:00Z\n",
    ],
)
def test_times_as_numbers_are_filtered_by(data: bytes) -> None:
    with ca.open(Named(data, "download"), table="annotations", since="2020-01-01") as reader:
        assert [row["id"] for batch in reader for row in batch.to_pylist()] == ["a"]
        assert reader.report.filtered == 1


@pytest.mark.skipif(not FAULTS.exists(), reason="the files are not there")
@pytest.mark.parametrize(
    ("name", "records", "answers"),
    [
        ("F1_columns.json", 2, None),
        ("F4_pages.json", 20, 20),
        ("F5_list_info.json", 2, 9),
        ("F6_epoch.json", 1, 1),
        ("F7_info_string.json", 1, 2),
        ("F8_annotation_page.json", 2, None),
    ],
)
def test_fault_files_are_read_whole(name: str, records: int, answers: int | None) -> None:
    found = collect(FAULTS / name)
    assert (found.report.records, found.report.rejected) == (records, 0)
    assert isinstance(next(iter(found.tables.values())), pa.Table)
    if answers is not None:
        assert found.tables["answers"].num_rows == answers


@pytest.mark.parametrize("table", ["task_runs", "answers", "annotations"])
def test_a_column_alone_is_the_same_as_among_others(table: str) -> None:
    item = {"type": "Annotation", "body": "b", "target": "t"}
    infos = [{"a": 1, "b": "x"}, [item, "c"], "text", None]
    runs = [
        {"id": number, "task_id": 5, "finish_time": None, "info": info, "more": 1} for number, info in enumerate(infos)
    ]
    export = ca.Export(json.dumps(runs).encode()).table(table).to_table()
    for name in export.column_names:
        alone = ca.open(json.dumps(runs).encode(), table, columns=[name]).to_table()
        assert alone.equals(export.select([name])), name
