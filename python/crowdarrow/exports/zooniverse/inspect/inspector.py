"""The inspection of classifications: workflows with their versions, dialects, drift and volunteers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.inspect.drift import ANNOTATIONS, Drift
from crowdarrow.exports.zooniverse.inspect.drift_text import as_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORKFLOWS_SHOWN = 12
_VERSION = ["workflow_id", "workflow_version"]


class ClassificationInspector:
    """Counts over the batches of `classifications` and `annotations`.

    The results are:

    * `workflows`: the workflows, with the records of each version;
    * `dialects`: the records from each front end;
    * `tasks`, `volunteers`, `largest`, and the rest as `drift`: see `Drift.to_dict`.
    """

    columns: Mapping[str, Sequence[str]] = {"annotations": ANNOTATIONS}
    empty: Mapping[str, Any] = {"workflows": [], "dialects": {}, "tasks": [], "drift": {}, "volunteers": {}}

    def __init__(self) -> None:
        self._drift = Drift()
        self._versions: Counter[tuple[int | None, str | None]] = Counter()
        self._names: dict[int | None, str | None] = {}
        self._dialects: Counter[str] = Counter()

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block."""
        for table, batch in batches:
            if table == "classifications" and batch.num_rows:
                self._add_records(batch)
        self._drift.add(batches)

    def _add_records(self, batch: pa.RecordBatch) -> None:
        table = pa.Table.from_batches([batch.select([*_VERSION, "workflow_name"])])
        for row in table.group_by(_VERSION).aggregate([([], "count_all"), ("workflow_name", "max")]).to_pylist():
            self._versions[row["workflow_id"], row["workflow_version"]] += row["count_all"]
            self._names.setdefault(row["workflow_id"], row["workflow_name_max"])
        version = pc.struct_field(batch["metadata"], "classifier_version")
        fem = pc.sum(pc.starts_with(version, "2.")).as_py() or 0
        self._dialects += Counter(fem=fem, pfe=batch.num_rows - fem)

    def results(self) -> dict[str, Any]:
        """The results by name."""
        drift = self._drift.to_dict()
        named = {name: drift.pop(name) for name in ("tasks", "volunteers", "largest")}
        return {
            "workflows": self._workflows(),
            "dialects": dict(sorted(self._dialects.items())),
            "drift": drift,
            **named,
        }

    def lines(self, results: Mapping[str, Any]) -> list[str]:
        """The results as text; long lists are cut."""
        workflows = results["workflows"]
        lines = []
        if len(workflows) > _WORKFLOWS_SHOWN:
            lines.append(f"workflow   {len(workflows):,} in all; the first {_WORKFLOWS_SHOWN}:")
        for workflow in workflows[:_WORKFLOWS_SHOWN]:
            versions = _counts(workflow["versions"])
            name = "" if workflow["name"] is None else f" {workflow['name']}"
            lines.append(f"workflow   {workflow['workflow_id']}{name}: {workflow['records']:,}; versions {versions}")
        if results["dialects"]:
            lines.append("dialects   " + _counts(results["dialects"]))
        return [*lines, *as_lines({**results, **results["drift"]})]

    def _workflows(self) -> list[dict[str, Any]]:
        found: dict[int | None, dict[str, int]] = {}
        for (workflow, version), count in self._versions.items():
            found.setdefault(workflow, {})[str(version)] = count
        return [
            {
                "workflow_id": workflow,
                "name": self._names.get(workflow),
                "records": sum(found[workflow].values()),
                "versions": dict(sorted(found[workflow].items(), key=lambda item: _version_order(item[0]))),
            }
            for workflow in sorted(found, key=lambda workflow: (workflow is None, workflow or 0))
        ]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items())


def _version_order(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in version.split(".")]
