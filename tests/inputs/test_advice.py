"""The advice of the summary if most records are rejected for one reason (docs/contract.md, section 1.5)."""

import gzip
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Collect

HEADER = "classification_id,created_at,user_name,annotations\n"
GOOD = '{},2022-03-04 10:00:31 UTC,a,"[{{""task"":""T0"",""value"":""it\'s [\'x\']""}}]"\n'
LITERAL = "{},2022-03-04 10:00:31 UTC,a,\"[{{'task': 'T0', 'value': None}}]\"\n"
OTHER_TIME = "{},19/06/2015 18:00,a,[]\n"
NOT_UTF8 = "{},2022-03-04 10:00:31 UTC,\udcff,[]\n"
NOT_JSON = '{},2022-03-04 10:00:31 UTC,a,"[{{""task"":"\n'


def export(*records: str) -> bytes:
    text = HEADER + "".join(record.format(number) for number, record in enumerate(records))
    return text.encode("utf-8", errors="surrogateescape")


@pytest.mark.parametrize(
    ("record", "advice"),
    [
        (NOT_UTF8, "most records are not valid UTF-8; specify `encoding`, for example cp1252 or mac-roman"),
        (LITERAL, "most records have Python literals instead of JSON, as pandas writes them; export the data again"),
        (OTHER_TIME, "most records have times in another form, as spreadsheets write them; export the data again"),
        (NOT_JSON, None),
    ],
)
def test_advice_if_most_records_are_rejected_for_one_reason(
    record: str, advice: str | None, run_collect: "Collect"
) -> None:
    report = run_collect(export(GOOD, record, record)).report
    assert report.suggestion == advice
    assert advice is None or f"\n  {advice}" in str(report)
    assert run_collect(export(GOOD, GOOD, record, record)).report.suggestion is None


def test_advice_for_another_encoding_than_the_named_one(run_collect: "Collect") -> None:
    report = run_collect(export(*[NOT_UTF8] * 3).replace(b"\xff", b"\x81"), encoding="cp1252").report
    assert report.suggestion == "most records have bytes that are not cp1252; specify another `encoding`"


def test_truncated_input_is_to_be_downloaded_again(run_collect: "Collect") -> None:
    whole = gzip.compress(export(*[GOOD] * 50))
    report = run_collect(whole[:-9]).report
    assert report.rejects == {"truncated": 1}
    assert report.suggestion == "the input ends early; download it again"
