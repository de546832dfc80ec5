"""Separators of spreadsheets (docs/contract.md, section 1.11): found from the header, counted, or named."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca
from crowdarrow.errors import UnknownKindError, UsageError

if TYPE_CHECKING:
    from conftest import Collect

HEADER = ["classification_id", "user_name", "workflow_version", "created_at", "metadata", "annotations", "note;x"]
RECORDS = [
    ["1", "a;b\tc,d", "4.10", "2022-03-04 10:00:31 UTC", "{}", '[{"task":"T0","value":["a;b","c,d"]}]', ""],
    ["2", 'say "yes"', "4.1", "2022-03-04 10:00:32 UTC", '{"session":"s;t"}', "[]", "line\r\nline"],
    ["3", "", "", "", "", '[{"task":"T1","value":null}]', ";"],
]
COLLECTION = [["target", "title_1", "title_2"], ["https://example.org/a", "Hamlet; a play", "x,y"], ["b", "", "z"]]


def resaved(separator: str, records: Sequence[Sequence[str]] = (HEADER, *RECORDS)) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(records)
    return text.getvalue().encode()


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheet_separators_give_the_same_tables(separator: str, run_collect: "Collect") -> None:
    expected = run_collect(resaved(","))
    found = run_collect(resaved(separator))
    assert found.tables == expected.tables
    assert found.report.leniencies == expected.report.leniencies | {"separator": 1}
    assert "separator" not in expected.report.leniencies


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_named_separator_is_not_counted(separator: str, run_collect: "Collect") -> None:
    found = run_collect(resaved(separator), separator=separator)
    assert found.tables == run_collect(resaved(",")).tables
    assert "separator" not in found.report.leniencies


def test_separator_is_counted_once_an_input(run_collect: "Collect") -> None:
    report = run_collect([io.BytesIO(resaved(one)) for one in ",;\t;"]).report
    assert report.leniencies["separator"] == 3


def test_fully_quoted_header_with_semicolons(run_collect: "Collect") -> None:
    """R's `write.csv2` quotes all names, so that the first name is followed by text if the separator is a comma."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows([HEADER, *RECORDS[:1]])
    found = run_collect(text.getvalue().encode())
    assert found.table.column("classification_id").to_pylist() == [1]
    assert found.report.leniencies["separator"] == 1


def test_comma_goes_before_other_separators(run_collect: "Collect") -> None:
    data = b"subject_id,metadata,subject_set_id,a;subject_id;metadata;subject_set_id\n1,{},2,3;4\n"
    found = run_collect(data)
    assert found.table.column("subject_id").to_pylist() == [1]
    assert "separator" not in found.report.leniencies


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separator_of_a_collection_is_found_before_its_kind(separator: str, run_collect: "Collect") -> None:
    found = run_collect(resaved(separator, COLLECTION))
    expected = run_collect(resaved(",", COLLECTION))
    assert found.kind == expected.kind == "libcrowds.describing"
    assert found.tables == expected.tables


def test_kind_decides_which_header_fits(run_collect: "Collect") -> None:
    """Split by commas it is a collection; split by semicolons it has the columns of the named kind."""
    data = b"target,a;subject_id;metadata;subject_set_id;title_1\nx,y;1;{};2;z\n"
    assert run_collect(data).kind == "libcrowds.describing"
    found = run_collect(data, kind="zooniverse.subjects")
    assert found.table.column("subject_id").to_pylist() == [1]


def test_named_separator_with_another_one_in_the_file() -> None:
    with pytest.raises(UnknownKindError, match="unknown kind of export"):
        ca.open(io.BytesIO(resaved(";")), separator=",")


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "\r", "\0", "a", "é"])
def test_characters_that_cannot_separate_fields(separator: str) -> None:
    with pytest.raises(UsageError, match=r"`separator` (is not a character|must be one line)"):
        ca.open(io.BytesIO(resaved(";")), separator=separator)


@pytest.mark.parametrize("name", ["tab", "\\t"])
def test_a_tab_has_names_for_the_shell(name: str, run_collect: "Collect") -> None:
    assert run_collect(resaved("\t"), separator=name).tables == run_collect(resaved(",")).tables
