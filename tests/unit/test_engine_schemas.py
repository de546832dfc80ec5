"""The engine's batches have the schema that Python derives from the declarations: they are imported with that one."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow import synthetic
from crowdarrow._core import Batch
from crowdarrow.read.table_set import _Collected

EXPORTS: dict[str, Callable[..., Any]] = {
    "classifications.csv": synthetic.generate_classifications,
    "subjects.csv": synthetic.generate_subjects,
    "workflows.csv": synthetic.generate_workflows,
    **{
        f"{kind.__name__}.{form}": partial(kind, format=form)
        for kind in (synthetic.generate_task_runs, synthetic.generate_tasks, synthetic.generate_results)
        for form in ("csv", "json")
    },
    **{
        f"{motivation}-{layout}.csv": partial(
            synthetic.generate_collection, motivation=motivation, format="csv", layout=layout
        )
        for motivation in ("describing", "tagging", "commenting")
        for layout in ("A", "B")
    },
}


@pytest.mark.parametrize("name", EXPORTS)
def test_batches_have_the_schema_of_the_declarations(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = []
    add_batch = _Collected.add

    def add(collected: _Collected, batch: Batch) -> None:
        schemas.append((pa.record_batch(batch).schema, collected._schema))  # noqa: SLF001 - what is imported with
        add_batch(collected, batch)

    monkeypatch.setattr(_Collected, "add", add)
    EXPORTS[name](tmp_path / name, records=30, seed=1)
    with ca.open_tables(tmp_path / name, tables="all") as tables:
        for _ in tables:
            pass
    assert len(schemas) == len(tables.tables)
    for engine, declared in schemas:
        assert engine.equals(declared)
