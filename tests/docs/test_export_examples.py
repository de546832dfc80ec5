"""Two export types that the library doesn't have, declared as CONTRIBUTING describes, convert without other changes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow import exports
from support.export_examples import caesar_extracts, talk_comments

HEADER = (
    "id,classification_id,classification_at,extractor_key,workflow_id,user_id,subject_id,created_at,updated_at,"
    "project_id,workflow_version,machine_data,data.LION,data.choices,data.text"
)
TIMES = "2019-05-02 10:00:05 UTC,2019-05-02 10:00:06 UTC"
EXTRACTS = f"""{HEADER}
7,101,2019-05-01 10:00:00 UTC,survey,12,"",901,{TIMES},3,16.55,false,1,"","a, b"
8,102,2019-05-02 10:00:00 UTC,survey,13,55,902,{TIMES},3,16.56,true,"","[""x""]",""
9,103,2019-05-02 11:00:00 UTC,survey,13,55,902,{TIMES.replace(" 10", " 11")},3,16.56,true,"","",""
"""
COMMENTS = [
    {
        "board_id": 1, "board_title": "Chat", "board_description": "All", "discussion_id": 2, "discussion_title": "Hi",
        "comment_id": 3, "comment_body": "one\ntwo", "comment_focus_id": 901, "comment_focus_type": "Subject",
        "comment_user_id": 4, "comment_user_login": "ann", "comment_created_at": "2016-01-15T10:11:12.345Z",
    },
    dict.fromkeys(talk_comments.NAMES) | {"board_id": 5, "board_title": "Empty"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, caesar_extracts.EXPORT, talk_comments.EXPORT))


@pytest.mark.parametrize(("module", "limit"), [(caesar_extracts, 25), (talk_comments, 15)])
def test_declaration_is_short(module: object, limit: int) -> None:
    path = Path(str(getattr(module, "__file__", "")))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


def test_caesar_extracts(tmp_path: Path) -> None:
    path = tmp_path / "extracts.csv"
    path.write_text(EXTRACTS)
    report = ca.convert(path, f"{tmp_path}/out/", tables="all")
    assert (report.kind, report.records, report.rejected) == ("caesar.extracts", 3, 0)
    extracts = pq.read_table(tmp_path / "out" / "extracts.parquet")
    assert extracts.schema.equals(ca.schema("caesar.extracts"))
    assert extracts["user_id"].to_pylist() == [None, 55, 55]
    assert extracts["classification_at"][0].as_py() == datetime(2019, 5, 1, 10, tzinfo=UTC)
    assert extracts["machine_data"].to_pylist() == [False, True, True]
    values = pq.read_table(tmp_path / "out" / "values.parquet")
    assert values.select(["id", "key", "value"]).to_pylist() == [
        {"id": 7, "key": "LION", "value": "1"},
        {"id": 7, "key": "text", "value": "a, b"},
        {"id": 8, "key": "choices", "value": '["x"]'},
    ]


def test_filters_of_caesar_extracts(tmp_path: Path) -> None:
    path = tmp_path / "extracts.csv"
    path.write_text(EXTRACTS)
    assert ca.open(path, workflow_id=13, until="2019-05-02T10:30:00Z").to_table()["id"].to_pylist() == [8]
    with pytest.raises(ca.UsageError, match="workflow_version"):
        ca.open(path, workflow_version="16.55")


def test_talk_comments(tmp_path: Path) -> None:
    path = tmp_path / "project-1-comments_2016-01-16.json"
    path.write_text(json.dumps(COMMENTS))
    output = tmp_path / "comments.parquet"
    assert ca.convert(path, output).kind == "talk.comments"
    first, empty = pq.read_table(output).to_pylist()
    assert first == COMMENTS[0] | {"comment_created_at": datetime(2016, 1, 15, 10, 11, 12, 345_000, tzinfo=UTC)}
    assert empty == COMMENTS[1]
    assert ca.inspect(path).tables == ["comments"]
