"""The CSV sink: exact text, and what readers read back."""

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crowdarrow.errors import InternalError
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.registry import open_sink
from support.fake_tables import SCHEMAS, TIME, batches, classification
from support.sink_files import SCHEMA, write


def csv_text(path: Path, parts: list[pa.RecordBatch], schema: pa.Schema, **options: Any) -> str:
    """Text of the CSV file of the batches."""
    return write(path / "a.csv", parts, schema, **options).read_bytes().decode()


class TestCsv:
    def test_exact_text(self, tmp_path: Path) -> None:
        assert csv_text(tmp_path, [batches("classifications", 5)[0].slice(1)], SCHEMA).splitlines(keepends=False) == [
            "classification_id,user_name,user_id,workflow_id,workflow_name,workflow_version,created_at,gold_standard,"
            "metadata.session,metadata.viewport.width,metadata.viewport.height,metadata.user_group_ids,"
            "metadata.classifier_version,annotations,subject_data,subject_ids",
            f'1001,"",,8,Workflow 8,12.4,2017-07-14T02:40:07Z,true,{1:064x},,,[],2.1,'
            f'"[{{""task"":""T0"",""value"":""{"9e3779b1" * 9}""}}]",,"[1,1]"',
            f'1002,ann,,9,Workflow 9,9.1,2017-07-14T02:40:14.123Z,false,{2:064x},1282,719.5,"[1,2]",,'
            f'"[{{""task"":""T0"",""value"":""{"3c6ef362" * 9}""}}]",,"[2,2]"',
            '1003,"say ""hi"", you',
            f'",,7,Workflow 7,12.34,,,{3:064x},1280,719.5,,2.1,'
            f'"[{{""task"":""T0"",""value"":""{"daa66d13" * 9}""}}]",,"[3,3]"',
            f"1004,=1+1,,8,Workflow 8,12.4,2017-07-14T02:40:28Z,true,{4:064x},1281,719.5,[],,"
            f'"[{{""task"":""T0"",""value"":""{"78dde6c4" * 9}""}}]",,"[4,4]"',
        ]

    def test_csv_module_reads_every_cell_back(self, tmp_path: Path) -> None:
        parts = batches("classifications", 300)
        rows = list(csv.DictReader(io.StringIO(csv_text(tmp_path, parts, SCHEMA), newline="")))
        assert len(rows) == 300
        for number, row in enumerate(rows):
            source = classification(number)
            assert row["user_name"] == (source["user_name"] or "")
            assert row["annotations"] == source["annotations"]
            assert json.loads(row["subject_ids"]) == source["subject_ids"]
            assert row["gold_standard"] == {None: "", True: "true", False: "false"}[source["gold_standard"]]

    def test_times_have_as_few_fraction_digits_as_are_exact(self, tmp_path: Path) -> None:
        ticks = [0, 1_500_000, 1_500_001, -1, None, 253402300799000000, -62135596800000000, 1_000]
        batch = pa.record_batch({"t": pa.array(ticks, TIME), "n": [0] * 8})
        lines = csv_text(tmp_path, [batch], batch.schema).splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == [
            "1970-01-01T00:00:00Z", "1970-01-01T00:00:01.500Z", "1970-01-01T00:00:01.500001Z",
            "1969-12-31T23:59:59.999999Z", "", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00.001Z",
        ]  # fmt: skip

    def test_only_cells_and_names_that_need_quotes_are_quoted(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"a,b": ["x y", " x", "\r", "a\nb", 'q"', "é;\t", ""], 'c"': list(range(7))})
        assert csv_text(tmp_path, [batch], batch.schema) == (
            '"a,b","c"""\nx y,0\n x,1\n"\r",2\n"a\nb",3\n"q""",4\né;\t,5\n"",6\n'
        )

    def test_null_in_a_single_column_is_not_an_empty_line(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"a": ["x", None, ""]})
        assert csv_text(tmp_path, [batch], batch.schema) == 'a\nx\n""\n""\n'

    def test_numbers_round_trip(self, tmp_path: Path) -> None:
        numbers = [0.1, 1e300, 5e-324, -0.0, 123456789012345.67, 1 / 3, None]
        batch = pa.record_batch({"x": pa.array(numbers), "n": [2**63 - 1] * 7})
        lines = csv_text(tmp_path, [batch], batch.schema).splitlines()[1:]
        assert [float(x) if x else None for x, _ in (line.split(",") for line in lines)] == numbers
        assert lines[0].endswith(",9223372036854775807")

    def test_csv_safe_escapes_only_text_and_names(self, tmp_path: Path) -> None:
        texts = ["=1", "+1", "-1", "@a", "\tx", "\rx", "\n=1", "a=1", "", None]
        batch = pa.record_batch({"=name": texts, "n": [-1] * 10})
        assert csv_text(tmp_path, [batch], batch.schema, csv_safe=True) == (
            "'=name,n\n'=1,-1\n'+1,-1\n'-1,-1\n'@a,-1\n'\tx,-1\n\"'\rx\",-1\n\"'\n=1\",-1\na=1,-1\n\"\",-1\n,-1\n"
        )

    def test_name_in_use_by_a_struct_member_gets_a_suffix(self, tmp_path: Path) -> None:
        schema = pa.schema([("m", pa.struct([("a", pa.int64())])), ("m.a", pa.string())])
        assert csv_text(tmp_path, [], schema) == "m.a,m.a_2\n"

    def test_null_struct_is_empty_cells(self, tmp_path: Path) -> None:
        kind = pa.struct([("a", pa.string()), ("b", pa.struct([("c", pa.int64())]))])
        batch = pa.record_batch({"m": pa.array([None, {"a": "", "b": None}, {"a": None, "b": {"c": 1}}], kind)})
        assert csv_text(tmp_path, [batch], batch.schema) == 'm.a,m.b.c\n,\n"",\n,1\n'

    def test_sliced_batches_give_the_same_text(self, tmp_path: Path) -> None:
        whole = batches("classifications", 50)[0]
        parts = [whole.slice(n * 7, 7) for n in range(8)]
        (tmp_path / "b").mkdir()
        assert csv_text(tmp_path, parts, SCHEMA) == csv_text(tmp_path / "b", [whole], SCHEMA)

    @pytest.mark.parametrize("block", [10_000, 50_000])
    def test_gzip_has_one_member_with_the_same_text(
        self, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Blocks shorter and longer than the window, from which the next block is compressed."""
        monkeypatch.setattr("crowdarrow.sinks.csv._GZIP_BLOCK", block)
        parts = batches("classifications", 1000)
        plain = csv_text(tmp_path, parts, SCHEMA).encode()
        compressed = write(tmp_path / "a.csv.gz", parts).read_bytes()
        assert gzip.decompress(compressed) == plain
        assert compressed[4:8] == bytes(4)
        assert len(compressed) < len(gzip.compress(plain)) * 1.1

    def test_lost_bytes_of_a_gzip_are_an_internal_error(self, tmp_path: Path) -> None:
        """The trailer alone, which has the length and the checksum, does not show them."""
        path = tmp_path / "a.csv.gz"
        sink = open_sink(path, SCHEMAS["marks"], SinkOptions())
        sink.write(batches("marks", 2)[0])
        opened = sink._file  # type: ignore[attr-defined]  # noqa: SLF001 - a disk that loses bytes
        sink._gzip._deflate(40)  # type: ignore[attr-defined]  # noqa: SLF001 - so that some are written before
        opened.flush()
        opened.seek(-5, os.SEEK_CUR)
        opened.truncate()
        with pytest.raises(InternalError, match="does not read back as it was written"):
            sink.close({})

    def test_stdout(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        sink = open_sink("-", SCHEMAS["marks"], SinkOptions())
        sink.write(batches("marks", 2)[0])
        sink.close({})
        assert capfdbinary.readouterr().out == b"classification_id,workflow_id,x,text\n1000,7,0,t0\n1001,8,1.5,t1\n"
