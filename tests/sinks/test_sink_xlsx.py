"""The Excel sink: what readers read back, equal bytes for equal rows, and Excel's limits."""

import datetime as dt
import errno
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow._core import WorkerPool
from crowdarrow.cli import run
from crowdarrow.errors import OutputError, UsageError
from crowdarrow.sinks import xlsx
from crowdarrow.sinks.options import SinkOptions
from support.fake_tables import TIME, batches
from support.sink_files import SCHEMA, write

HEADER = "classification_id,user_name,created_at,metadata,annotations,subject_data,subject_ids,workflow_id"


def cells(path: Path) -> list[tuple[Any, ...]]:
    """The rows below the header."""
    book = openpyxl.load_workbook(path)
    (sheet,) = book.worksheets
    return list(sheet.iter_rows(min_row=2, values_only=True))


def read_back(folder: Path, values: pa.Array) -> list[Any]:
    """A column after a workbook. The column beside it keeps rows that are null."""
    batch = pa.record_batch({"x": values, "n": list(range(len(values)))})
    return [
        row[0] for row in cells(write(folder / f"a{len(list(folder.iterdir())) or ''}.xlsx", [batch], batch.schema))
    ]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_text(
        f'{HEADER}\n1,=1+1,2024-05-01 12:00:00 UTC,{{}},"[{{""task"":""T0"",""value"":[""é""]}}]",{{}},7,9\n'
    )
    return path


class TestValues:
    @pytest.mark.parametrize(
        "text",
        [
            "=1+1", "+1", "@x", "https://example.org", "mailto:a@example.org", "007", "1.10", "TRUE", " both ",
            "é\U0001f98b", "a\nb", "a\rb", "\x01\x1f", "_x0041_", "<r>", "<r><t>bold</t></r>", "<b>&amp;</b>", '"',
            "#N/A", "x" * 32_767,
        ],
    )  # fmt: skip
    def test_text_is_read_back_as_text(self, tmp_path: Path, text: str) -> None:
        found = read_back(tmp_path, pa.array([text]))
        # openpyxl does not decode all escapes of control characters.
        from openpyxl.utils.escape import unescape

        assert [unescape(one) for one in found] == [text]
        with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
            assert not [name for name in book.namelist() if "rels" in name and "sheet" in name], "links"

    def test_numbers_are_exact(self, tmp_path: Path) -> None:
        numbers = [0.1, 1e300, 5e-324, 123456789012345.67, 1 / 3, None]
        assert read_back(tmp_path, pa.array(numbers)) == numbers
        integers = [0, -5, 10**15 - 1, 10**15, -(2**63), 2**63 - 1, None]
        assert read_back(tmp_path, pa.array(integers, pa.int64())) == [
            0, -5, 10**15 - 1, str(10**15), str(-(2**63)), str(2**63 - 1), None,
        ]  # fmt: skip

    def test_numbers_that_excel_has_not_are_text(self, tmp_path: Path) -> None:
        assert read_back(tmp_path, pa.array([float("nan"), float("inf"), 1.5])) == ["nan", "inf", 1.5]

    def test_booleans_and_nulls(self, tmp_path: Path) -> None:
        assert read_back(tmp_path, pa.array([True, False, None])) == [True, False, None]

    def test_times_are_excels_in_utc(self, tmp_path: Path) -> None:
        ticks = [1_714_564_800_000_000, 1_714_564_800_123_000, None, -2_203_891_200_000_000]
        assert read_back(tmp_path, pa.array(ticks, TIME)) == [
            dt.datetime(2024, 5, 1, 12),  # noqa: DTZ001 - Excel has no time zones
            dt.datetime(2024, 5, 1, 12, 0, 0, 123_000),  # noqa: DTZ001 - the same
            None,
            dt.datetime(1900, 3, 1),  # noqa: DTZ001 - the same
        ]

    def test_times_that_excel_has_not_are_text(self, tmp_path: Path) -> None:
        ticks = [-2_203_891_200_000_001, -62_135_596_800_000_000]
        assert read_back(tmp_path, pa.array(ticks, TIME)) == ["1900-02-28T23:59:59.999999Z", "0001-01-01T00:00:00Z"]

    def test_polars_reads_types(self, tmp_path: Path) -> None:
        frame = pl.read_excel(write(tmp_path / "a.xlsx", batches("classifications", 40)), engine="openpyxl")
        types = [frame.schema[name] for name in ("classification_id", "user_name", "created_at", "gold_standard")]
        assert types == [pl.Int64, pl.String, pl.Datetime("us"), pl.Boolean]

    def test_structs_are_columns_and_lists_are_json(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", batches("classifications", 4))
        frame = pd.read_excel(path)
        csv = pd.read_csv(write(tmp_path / "a.csv", batches("classifications", 4)))
        assert list(frame.columns) == list(csv.columns)
        assert list(frame["subject_ids"]) == list(csv["subject_ids"]) == ["[0,0]", "[1,1]", "[2,2]", "[3,3]"]
        assert list(frame["metadata.session"]) == list(csv["metadata.session"])


class TestLimits:
    def test_long_cell_is_an_error_of_one_line(
        self, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        long = tmp_path / "long.csv"
        long.write_text(export.read_text().replace("é", "é" * 40_000))
        assert run(["convert", str(long), str(tmp_path / "out.xlsx")]) == 1
        assert capsys.readouterr().err == (
            f"crowdarrow: cannot write {tmp_path}/out.xlsx: annotations: 40,028 characters in row 1, and a cell of "
            "Excel holds 32,767; leave the column out (--columns), or write .csv or .parquet; nothing was changed\n"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["classifications.csv", "long.csv"]

    def test_characters_are_counted_as_excel_counts_them(self, tmp_path: Path) -> None:
        assert read_back(tmp_path, pa.array(["\U0001f98b" * 16_383])) == ["\U0001f98b" * 16_383]
        with pytest.raises(OutputError, match="32,768 characters in row 1"):
            write(tmp_path / "b.xlsx", [pa.record_batch({"x": ["\U0001f98b" * 16_384]})], pa.schema({"x": pa.string()}))

    def test_too_many_rows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx, "MAX_ROWS", 100)
        write(tmp_path / "a.xlsx", batches("classifications", 100))
        with pytest.raises(OutputError, match="the table has more than 100 rows, which is all that a sheet of Excel"):
            write(tmp_path / "b.xlsx", batches("classifications", 101))
        assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []

    def test_too_many_columns(self, tmp_path: Path) -> None:
        schema = pa.schema({f"c{index}": pa.int64() for index in range(16_385)})
        with pytest.raises(OSError, match="16,385 columns, and a sheet of Excel 16,384"):
            write(tmp_path / "a.xlsx", [], schema)
        assert list(tmp_path.iterdir()) == []

    def test_limits_are_excels(self) -> None:
        assert (xlsx.MAX_ROWS, xlsx.MAX_COLUMNS, xlsx.MAX_CHARACTERS) == (1_048_575, 16_384, 32_767)


class TestConvert:
    def test_formula_of_a_volunteer_is_text(self, export: Path, tmp_path: Path) -> None:
        report = ca.convert(export, tmp_path / "out.xlsx", columns=["classification_id", "user_name", "created_at"])
        assert report.rows == 1
        assert cells(tmp_path / "out.xlsx") == [(1, "=1+1", dt.datetime(2024, 5, 1, 12))]  # noqa: DTZ001
        assert sorted(path.name for path in tmp_path.iterdir()) == ["classifications.csv", "out.xlsx"]

    def test_folder_of_workbooks(self, export: Path, tmp_path: Path) -> None:
        ca.convert(export, f"{tmp_path}/out/", format="xlsx", tables=["classifications", "answers"])
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
            "answers.xlsx", "classifications.xlsx", "crowdarrow.json",
        ]  # fmt: skip

    def test_killed_runs_rows_are_removed_by_the_next_run(self, export: Path, tmp_path: Path) -> None:
        left = tmp_path / ".out.xlsx.999999999-0123456789abcdef.tmp"
        left.mkdir()
        (left / "rows").write_text("<row>")
        assert ca.convert(export, tmp_path / "out.xlsx").leftovers == [f"removed {left}"]

    def test_without_xlsxwriter_the_extra_is_named(
        self, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "xlsxwriter", None)
        with pytest.raises(UsageError, match=r"\.xlsx files need XlsxWriter: pip install 'crowdarrow\[excel\]'"):
            ca.convert(export, tmp_path / "out.xlsx")

    def test_file_that_cannot_be_begun_leaves_nothing(
        self, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("xlsxwriter.worksheet.Worksheet.freeze_panes", fail)
        with pytest.raises(OutputError, match="no space left on device; free some space"):
            ca.convert(export, tmp_path / "out.xlsx")
        assert [path.name for path in tmp_path.iterdir()] == ["classifications.csv"]

    def test_old_xlsxwriter_is_an_error(self, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("xlsxwriter.__version__", "3.2.0")
        with pytest.raises(
            UsageError, match=r"need a newer XlsxWriter than 3\.2\.0: pip install 'crowdarrow\[excel\]'"
        ):
            ca.convert(export, tmp_path / "out.xlsx")

    def test_temporary_folder_has_a_name_that_the_next_run_removes(self, tmp_path: Path) -> None:
        sink = xlsx.XlsxSink(tmp_path / ".out.xlsx.12-0123456789abcdef.tmp", SCHEMA, SinkOptions(), WorkerPool(1))
        (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
        assert folder.name.startswith(".out.xlsx.")
        sink.abort()
        assert not folder.exists()
