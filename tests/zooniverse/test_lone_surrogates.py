"""Lone surrogate escapes: U+FFFD in text columns, and a count of records (docs/contract.md, section 1.10)."""

import io

import pytest

import crowdarrow as ca

_ROW = r'{},1,3.4,"[]","{{""7"":{{""retired"":{{""retirement_reason"":""\ud800""}}}}}}"'


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("block_bytes", [200, 5000, 1 << 20])
def test_count_does_not_depend_on_what_deduplication_has_seen(threads: int, block_bytes: int) -> None:
    rows = [_ROW.format(number) for number in range(300)]
    header = "classification_id,workflow_id,workflow_version,annotations,subject_data"
    data = "\n".join([header, *rows, ""]).encode()
    with ca.open_tables(io.BytesIO(data), tables=["subjects"], threads=threads, block_bytes=block_bytes) as reader:
        found = [row for block in reader for _, batch in block.batches for row in batch.to_pylist()]
    assert [row["retired"]["retirement_reason"] for row in found] == ["\ufffd"]
    assert reader.report.leniencies == {"lone_surrogate": 300}


def test_members_of_json_records() -> None:
    record = rb'[{"id":1,"task_id":2,"finish_time":null,"external_uid":"x\ud800","info":{"a":"\udc00"}}]'
    with ca.open_tables(io.BytesIO(record), tables="all") as reader:
        rows = {table: batch.to_pylist() for block in reader for table, batch in block.batches}
    assert (rows["task_runs"][0]["external_uid"], rows["task_runs"][0]["info"]) == ("x\ufffd", r'{"a":"\udc00"}')
    assert rows["answers"][0]["answer"] == "\ufffd"
    assert (reader.report.rejected, reader.report.leniencies) == (0, {"lone_surrogate": 1})
