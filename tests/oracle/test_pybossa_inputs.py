"""What the oracle of the PYBOSSA kinds finds in files, zips and headers."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.pybossa import containers, flat, kinds, python_literal, read_pybossa
from oracle.pybossa.elements import Splitter
from oracle.scalars import UnreadableError
from support.hostile import examples

TASKS = b'[{"id":1,"state":"ongoing","info":null}]'
CSV = b"id,state,info_title\n1,ongoing,T\n"
INFO_ONLY = b"task_id,title\n1,T\n"


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_a_csv_zip_as_downloaded(tmp_path: Path) -> None:
    members = {"x_task.csv": CSV, "x_task_info_only.csv": INFO_ONLY, "__MACOSX/._x_task.csv": b"\0"}
    path = tmp_path / "x.zip"
    for order in (members, dict(reversed(members.items()))):
        path.write_bytes(zipped(**order))
        assert read_pybossa(path).table["title"].to_pylist() == ["T"]


def test_a_zip_of_other_members() -> None:
    for members in ({"a.json": TASKS, "b.json": TASKS}, {"x_task_info_only.csv": INFO_ONLY}, {"folder/": b""}):
        with pytest.raises(ValueError, match="members"):
            read_pybossa(zipped(**members))


def test_bytes_that_end_early() -> None:
    records = [b'{"id":%d,"state":"s%d"}' % (number, number * 7919 % 1009) for number in range(900)]
    whole = b"[" + b",".join(records) + b"]"
    for packed in (zipped(**{"x_task.json": whole})[:3000], gzip.compress(whole)[:3000]):
        content = containers.content_of(packed, None)
        assert content.truncated
        result = read_pybossa(packed)
        (reject,) = result.rejects
        assert (reject.record, reject.kind) == (result.records, "truncated")
        assert content.data == b"[" + b"".join(record + b"," for record in records[: result.records - 1]) + reject.raw
        assert 100 < result.table.num_rows == result.records - 1 < 900
    result = read_pybossa(gzip.compress(TASKS)[:-4])
    assert result.table.num_rows == 1
    assert [(reject.record, reject.kind, reject.raw) for reject in result.rejects] == [(2, "truncated", b"")]
    result = read_pybossa(gzip.compress(b"")[:-4], "x_task.json")
    assert [reject.kind for reject in result.rejects] == ["truncated"]


def test_the_member_tells_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x_task_run.zip"
    path.write_bytes(zipped(**{"x_result.json": b"[]"}))
    assert read_pybossa(path).kind == "pybossa.results"
    path.write_bytes(zipped(**{"x.json": b"[]"}))
    assert read_pybossa(path).kind == "pybossa.task_runs"
    assert read_pybossa(b"[]", kind="pybossa.tasks").kind == "pybossa.tasks"


@pytest.mark.parametrize(
    "data", [b"[]", b"", b"\n", b'[{"a":1}]', b"a,b\n1,2\n", INFO_ONLY, b'{"@context":"x","items":[]}']
)
def test_what_cannot_be_told_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"empty|no known"):
        read_pybossa(data, "download.json")


@pytest.mark.parametrize(
    ("header", "layout"),
    [
        ("task__id,task__info,taskinfo__a", "P1"),
        ("calibration,created,id,info_url,n_answers,state", "P2/P3"),
        ("created,finish_time,id,info_0_body_value,info_0_target,task_id,user_id", "P2/P3"),
        ("created,id,info_annotations_0_target,last_version,task_id,task_run_ids", "P2/P3"),
        ("genre_0,genre_10,target,title_0", "A"),
        ("body_0,target,type_0", "A"),
        ("target", "A"),
        ("share_url_0,target,task_state,title", "A"),
        ("body_0_value,created,id,motivation,target,target_source,type", "B"),
        ("body,id,motivation,target,type", "B"),
        ("id,motivation,target_source", "B"),
        ("annotations,classification_id,subject_data", None),
    ],
)
def test_layouts(header: str, layout: str | None) -> None:
    assert kinds.layout_of(header.split(",")) == layout


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DubiousBATasksRun.zip", "pybossa.task_runs"),
        ("0_libcrowds_all_task_json.zip", "pybossa.tasks"),
        ("task_results_project_3_result_csv.zip", "pybossa.results"),
        ("describing_describing.zip", "libcrowds.describing"),
        ("tagging_of_plays_commenting.csv", "libcrowds.commenting"),
        ("playbills.json", None),
    ],
)
def test_names_that_tell_a_kind(name: str, kind: str | None) -> None:
    assert kinds.kind_of_names([name]) == kind


def test_a_cell_below_another_is_kept() -> None:
    node = flat.annotation_of({"target": "t", "target_source": "s", "body_0_value": "a", "body_x": "b"})
    assert node.tokens == '{"target":"t","target_source":"s","body":{"0":{"value":"a"},"x":"b"}}'
    node = flat.annotation_of({"body_10": "k", "body_2": "b", "partOf_id": "p", "rights_holder": "r"})
    assert node.tokens == '{"body":["b","k"],"partOf":{"id":"p"},"rights_holder":"r"}'


@pytest.mark.parametrize(
    "text", ["", "[1", "[1,,2]", "[,]", "{1: 2}", "{'a'}", "1,2", "[1] 2", "007", "'a\n'", r"'\x4'", "nan", "1.5L"]
)
def test_no_literals(text: str) -> None:
    assert python_literal.read_literal(text, 128) is None


def test_literals_too_deep() -> None:
    assert python_literal.read_literal("(" * 5 + "1," + ")" * 5, 5) is not None
    with pytest.raises(UnreadableError):
        python_literal.read_literal("[" * 6 + "]" * 6, 5)


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_LIKE)
@examples(5)
def test_reads_what_python_prints(value: object) -> None:
    import json

    node = python_literal.read_literal(repr(value), 128)
    assert node is not None
    assert json.loads(node.tokens) == value
    assert json.dumps(json.loads(node.tokens)) == json.dumps(value)


PIECES = st.sampled_from([b"{", b"}", b"[", b"]", b",", b'"', b"\\", b'{"id":1}', b"1", b" ", b"\n", b", "])


@given(st.lists(PIECES, max_size=30))
@examples(5)
def test_every_byte_of_an_array_is_in_one_place(pieces: list[bytes]) -> None:
    data = b"[" + b"".join(pieces)
    at = 1
    for element in Splitter(data, 1 << 20, truncated=False).elements():
        assert element.start >= at
        assert data[at : element.start].strip(b" \t\r\n,]") == b""
        at = element.end
    assert data[at:].strip(b" \t\r\n,]") == b""
