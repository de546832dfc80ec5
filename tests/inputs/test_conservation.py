"""Each record is a row, a reject or filtered out, and a run that loses one fails (docs/contract.md, section 1.1)."""

import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.declare.table_plan import TablePlan
from crowdarrow.read.table_set import TableSet

DOWNLOADS = {
    "libcrowds.describing": b"describing_0,title_1,target\na,b,t1\nc,,t2\n,,t3\nx,y,t4\n",
    "pybossa.tasks": b"id,n_answers,state\n1,2,ongoing\n2,2,ongoing\n3,2,ongoing\n",
}


def test_rows_of_layout_a_are_its_values() -> None:
    with ca.open(DOWNLOADS["libcrowds.describing"]) as reader:
        values = reader.to_table()
        assert (reader.report.records, reader.report.rows) == (4, 5)
        assert values.num_rows == reader.report.rows
        assert reader.report.notes == {"record without values": 1}


@pytest.mark.parametrize("kind", DOWNLOADS)
def test_record_that_is_not_counted_is_an_error(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = vars(TableSet)["_count_kept"]
    monkeypatch.setattr(TableSet, "_count_kept", lambda self, records: counted(self, records - 1))
    with pytest.raises(ca.CrowdarrowError, match=r"internal error: \d records read, but \d kept"):
        ca.open(DOWNLOADS[kind], kind=kind).to_table()


def test_row_that_is_not_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    finish = TablePlan.finish

    def without_last(self: TablePlan, batches: list[pa.RecordBatch]) -> pa.RecordBatch:
        batch = finish(self, batches)
        return batch.slice(0, batch.num_rows - 1)

    monkeypatch.setattr(TablePlan, "finish", without_last)
    with pytest.raises(ca.CrowdarrowError, match=r"3 kept \(1 of them without their row\)"):
        ca.open(DOWNLOADS["pybossa.tasks"]).to_table()
