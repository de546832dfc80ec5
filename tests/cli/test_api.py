"""The Python API of docs/contract.md, section 4, and its error messages."""

import gc
import io
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from conftest import Collect

HEADER = "classification_id,user_name,metadata,annotations\n"
METADATA = '"{""session"":""s"",""other"":1,""seen_before"":true,""viewport"":{""width"":5,""height"":6}}"'


def export(records: int) -> io.BytesIO:
    """An export with this number of records."""
    lines = (f"{number},user {number},{METADATA},[]\n" for number in range(records))
    return io.BytesIO((HEADER + "".join(lines)).encode())


def test_reader_streams_one_table() -> None:
    with ca.open(export(1000), block_bytes=4096) as reader:
        assert (reader.kind, reader.table) == ("zooniverse.classifications", "classifications")
        assert reader.schema == ca.schema("zooniverse.classifications")
        assert reader.report.rows == 0
        first = next(reader)
        assert isinstance(first, pa.RecordBatch)
        assert first.schema == reader.schema
        assert 0 < reader.report.rows < 1000
        ids = first["classification_id"].to_pylist() + [i for batch in reader for i in batch[0].to_pylist()]
        assert ids == list(range(1000))
        report = reader.report
        assert (report.records, report.rows, report.rejected, report.filtered) == (1000, 1000, 0, 0)
        assert (report.kind, report.table, report.tables) == (
            reader.kind,
            "classifications",
            {"classifications": 1000},
        )
        assert report.bytes == len(export(1000).getvalue())
        assert report.seconds > 0
        assert next(reader, None) is None


def test_reader_of_a_named_table() -> None:
    data = b'subject_id,subject_set_id,metadata,locations\n7,1,{},"{""1"":""b"",""0"":""a""}"\n'
    with ca.open(io.BytesIO(data), table="media") as reader:
        assert reader.table == "media"
        assert reader.to_table().to_pylist() == [
            {"subject_id": 7, "frame": 0, "url": "a"},
            {"subject_id": 7, "frame": 1, "url": "b"},
        ]


def test_reader_can_be_closed_before_its_end() -> None:
    threads = threading.active_count()
    reader = ca.open(export(5000), block_bytes=1024, threads=3)
    next(reader)
    reader.close()
    reader.close()
    assert reader.report.records < 5000
    with ca.open(export(5000), block_bytes=1024) as other:
        next(other)
    assert other.report.records < 5000
    ca.open(export(5000), block_bytes=1024)
    gc.collect()
    assert threading.active_count() == threads


def test_rejects_of_a_reader_have_no_raw_bytes() -> None:
    data = HEADER.encode() + b"1,a,,[]\nx,b,,[]\n3,c,,{}\n4,d\n"
    with ca.open(io.BytesIO(data)) as reader:
        assert reader.to_table()["user_name"].to_pylist() == ["a"]
        assert [(r.record, r.column, r.kind) for r in reader.rejects] == [
            (2, "classification_id", "type"),
            (3, "annotations", "json_type"),
            (4, None, "fields"),
        ]
        assert reader.report.rejects == {"fields": 1, "json_type": 1, "type": 1}
        assert "x" in reader.rejects[0].message


@pytest.mark.parametrize("options", [{"strict": True}, {"max_rejects": 0}, {"max_rejects": 1}])
def test_strict_and_max_rejects_raise(options: dict[str, Any]) -> None:
    data = HEADER.encode() + b"1,a,,[]\nx,b,,[]\n3,c,,{}\n"
    number = 2 if options.get("max_rejects") != 1 else 3
    with pytest.raises(ca.RejectedError, match=rf"record {number} \(line {number + 1}, byte "):
        ca.open(io.BytesIO(data), **options).to_table()
    assert ca.open(io.BytesIO(data), max_rejects=2).to_table().num_rows == 1


def test_columns_are_in_the_requested_order(run_collect: "Collect") -> None:
    table = run_collect(export(2), columns=["annotations", "metadata", "classification_id"]).table
    assert table.schema.names == ["annotations", "metadata", "classification_id"]
    assert table.to_pylist()[1]["classification_id"] == 1


def test_children_of_a_struct_can_be_requested(run_collect: "Collect") -> None:
    asked = ["metadata.viewport", "classification_id", "metadata.session", "metadata.session"]
    table = run_collect(export(1), columns=asked).table
    assert table.to_pylist() == [
        {"metadata": {"viewport": {"width": 5.0, "height": 6.0}, "session": "s"}, "classification_id": 0}
    ]
    extra = run_collect(export(1), columns=["metadata.extra"]).rows[0]["metadata"]
    assert extra["extra"] == '{"other":1}'
    schema = run_collect(export(1), columns=["metadata.session", "metadata"]).table.schema
    assert schema.field("metadata").type.num_fields == 20


def test_unknown_columns_can_be_requested(run_collect: "Collect") -> None:
    data = b"classification_id,annotations,,mine\n1,[],a,b\n"
    assert run_collect(data, columns=["mine", "column_3"]).rows == [{"mine": "b", "column_3": "a"}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["nope"]}, "no column 'nope'; its columns are classification_id"),
        ({"columns": ["metadata.nope"]}, "no child 'nope'; it has started_at"),
        ({"columns": ["user_name.first"]}, "no column 'user_name.first'"),
        ({"columns": []}, "no column"),
        ({"table": "marks_"}, "no table 'marks_' .*; its tables are classifications"),
        ({"threads": 0}, "`threads` must be at least 1"),
        ({"max_record_bytes": 0}, "max_record_bytes"),
        ({"max_record_bytes": 1 << 40}, "max_record_bytes"),
        ({"workflow_version": "1.2.3"}, "`workflow_version` is not a range of versions: '1.2.3'"),
        ({"workflow_version": ".."}, "not a range"),
        ({"workflow_id": "ten"}, "`workflow_id` must be 64-bit integers, not 'ten'"),
        ({"since": "yesterday"}, "`since` is not a date or time: 'yesterday'"),
        ({"encoding": "klingon"}, "`encoding` is not a text encoding: 'klingon'"),
        ({"encoding": "cp1253x"}, r"not a text encoding: 'cp1253x' \(did you mean 'cp1253'\?\)$"),
        ({"encoding": "klingon"}, "Python's names are utf-16, cp1252, latin-1, mac-roman"),
        ({"encoding": "zlib"}, "not a text encoding: 'zlib'"),
    ],
)
def test_invalid_options_are_usage_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ca.UsageError, match=message) as caught:
        ca.open(export(1), **options)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ca.CrowdarrowError)
    assert "\n" not in str(caught.value)


def test_columns_need_one_table() -> None:
    data = b"subject_id,subject_set_id,metadata\n"
    with pytest.raises(ca.UsageError, match="`columns` applies to one table"):
        ca.open_tables(io.BytesIO(data), tables="all", columns=["subject_id"])


def test_unknown_kind_lists_columns_and_known_kinds() -> None:
    header = "id,shop,price,opened_at,data,more"
    with pytest.raises(ca.UnknownKindError) as caught:
        ca.open(io.BytesIO(header.encode()))
    text = str(caught.value)
    for part in ("'id'", "'shop'", *ca.kinds(), "annotations"):
        assert part in text
    assert "`kind`" not in text, "no kind reads these columns"
    assert "\n" not in text
    with pytest.raises(ca.UnknownKindError, match=r"known kinds are zooniverse\.classifications"):
        ca.open(export(1), kind="zooniverse.nothing")
    with pytest.raises(ca.UsageError):
        ca.schema("zooniverse.nothing")


def test_kind_can_be_given(run_collect: "Collect") -> None:
    """These are the columns of two kinds; without `kind` the input is one of classifications."""
    data = b"workflow_id,version,tasks,annotations,subject_ids\n5,2,{},[],7\n"
    assert run_collect(data).kind == "zooniverse.classifications"
    result = run_collect(data, kind="zooniverse.workflows")
    assert result.kind == "zooniverse.workflows"
    assert result.rows[0] | {"workflow_id": 5, "version": 2, "tasks": "{}", "annotations": "[]"} == result.rows[0]


@pytest.mark.parametrize(
    ("data", "kind", "lacks"),
    [
        (b"workflow_id,mine\n5,a\n", "zooniverse.workflows", "lacks 'tasks' and one of 'first_task', 'version'; its"),
        (b"classification_id,annotations\n", "zooniverse.subjects", "it looks like zooniverse.classifications"),
        (b"task_id,info\n1,{}\n", "pybossa.task_runs", "lacks 'id'"),
        (b"id,quorum\n1,2\n", "pybossa.results", "lacks 'task_id'"),
        (b"task__id,task__quorum\n1,2\n", "pybossa.task_runs", "lacks 'id' and 'task_id'"),
        (b"target,other\na,b\n", "libcrowds.tagging", "lacks '<tag>_<n>'"),
        (b'[{"task_id": 1}]', "pybossa.task_runs", "lacks 'id'"),
        (b'[{"target": "a"}]', "libcrowds.describing", "lacks 'body' or 'motivation'"),
    ],
)
def test_kind_needs_its_columns(data: bytes, kind: str, lacks: str) -> None:
    with pytest.raises(ca.UnknownKindError, match=f"is not {re.escape(kind)}: .*{re.escape(lacks)}"):
        ca.open(io.BytesIO(data), kind=kind)


def test_kinds_and_schemas() -> None:
    kinds = ca.kinds()
    assert kinds["zooniverse.classifications"][0] == "classifications"
    assert kinds["zooniverse.subjects"] == ["subjects", "media"]
    assert kinds["zooniverse.workflows"][0] == "workflows"
    for kind, tables in kinds.items():
        assert ca.schema(kind) == ca.schema(kind, tables[0])
        assert all(isinstance(ca.schema(kind, table), pa.Schema) for table in tables)
    with pytest.raises(ca.UsageError, match="no table 'x'; its tables are subjects, media"):
        ca.schema("zooniverse.subjects", "x")
    with pytest.raises(ca.UnknownKindError, match=r"zooniverse\.subjects"):
        ca.schema("zooniverse.subject")


def test_text_file_object_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(export(1).getvalue())
    refused = pytest.raises(ca.UsageError, match="binary")
    with path.open(encoding="utf-8") as file, refused:
        ca.open(file)  # type: ignore[arg-type]


def test_exception_of_a_file_object_is_raised_unchanged() -> None:
    class Failing(io.RawIOBase):
        def readinto(self, _buffer: Any, /) -> int:
            msg = "gone\0away"
            raise ConnectionResetError(msg)

    with pytest.raises(ConnectionResetError, match="gone"):
        ca.open(Failing())


def in_threads(count: int, work: Callable[[], None]) -> None:
    """Run `work` in several threads at once and raise the error of any of them."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed on below
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_readers_in_several_threads() -> None:
    expected = ca.open(export(3000)).to_table()
    tables: list[pa.Table] = []
    in_threads(4, lambda: tables.append(ca.open(export(3000), block_bytes=4096, threads=2).to_table()))
    assert tables == [expected] * 4


def test_one_reader_shared_by_several_threads() -> None:
    reader = ca.open(export(20_000), block_bytes=4096, threads=2)
    ids: list[int] = []
    barrier = threading.Barrier(4)  # a thread that began after the end would read a second time

    def read() -> None:
        batches = iter(reader)
        barrier.wait()
        while (batch := next(batches, None)) is not None:
            ids.extend(batch["classification_id"].to_pylist())

    in_threads(4, read)
    assert sorted(ids) == list(range(20_000))
    assert reader.report.rows == 20_000


def test_progress_from_another_thread() -> None:
    data = export(20_000)
    with ca.open_tables(data, block_bytes=4096) as run:
        seen: list[int] = []
        watch = threading.Thread(target=lambda: seen.extend(run.progress().rows for _ in range(1000)))
        watch.start()
        for _ in run:
            assert run.progress().rows == run.report.rows
        watch.join()
    assert seen == sorted(seen)
    progress = run.progress()
    assert (progress.records, progress.rows, progress.rejected) == (20_000, 20_000, 0)
    assert (progress.bytes_read, progress.bytes_total) == (len(data.getvalue()), None)


def test_import_loads_neither_pyarrow_nor_pandas() -> None:
    code = "import crowdarrow, sys; crowdarrow.__version__; crowdarrow.kinds(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"pyarrow", "pandas", "rich", "click", "numpy", "polars"} & loaded
    assert "crowdarrow._core" in loaded


SLOW = """
    import crowdarrow, time
    class Slow:
        reads = 0
        def read(self, size):
            self.reads += 1
            if self.reads > 200:
                print("waiting", flush=True)
                time.sleep(60)
            return b"classification_id,annotations\\n" if self.reads == 1 else b"1,[]\\n" * (size // 5)
    for batch in crowdarrow.open(Slow(), block_bytes=1000):
        pass
"""


@pytest.mark.serial
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupt_is_handled_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SLOW)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert time.monotonic() - started < 1
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
