"""Small exports for the tests of labels: classifications of workflow 10, and the versions of workflows."""

import json
from pathlib import Path
from typing import Any

from conftest import collect
from oracle.tidy import read_tidy
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, csv_of, differences, workflow_export

Row = dict[str, Any]
Json = dict[str, Any]


def version(number: str, tasks: Json, strings: Json | None = None, workflow_id: int = 10) -> Row:
    """A row of a workflow export; `number` is `major.minor`, or `major` if the minor is missing."""
    major, _, minor = number.partition(".")
    return {
        "workflow_id": workflow_id,
        "version": major,
        "minor_version": minor,
        "tasks": tasks,
        "strings": strings or {},
    }


def question(text: str, kind: str = "single", *answers: str) -> Json:
    """A question task."""
    return {"type": kind, "question": text, "answers": [{"label": answer} for answer in answers]}


def drawing(*tools: Json) -> Json:
    """A drawing task."""
    return {"type": "drawing", "instruction": "Mark them.", "tools": list(tools)}


def tool(label: str | None, kind: str = "point", *details: Json) -> Json:
    """A tool of a drawing task."""
    return {"type": kind, "details": list(details)} | ({} if label is None else {"label": label})


def dropdown(*selects: Json) -> Json:
    """A dropdown task in the form of the old front end."""
    return {"type": "dropdown", "instruction": "Pick.", "selects": list(selects)}


def select(title: str | None, *lists: dict[str | int, str]) -> Json:
    """A select with options (value and label); several lists are by the answer to the previous select."""
    keys = ["*"] if len(lists) == 1 else [f"before{number}" for number in range(len(lists))]
    options = {
        key: [{"value": value, "label": label} for value, label in one.items()]
        for key, one in zip(keys, lists, strict=True)
    }
    return {"options": options} | ({} if title is None else {"title": title})


class Labelled:
    """Exports in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def workflows(self, *versions: Row) -> Path:
        """A workflow export of these rows."""
        path = self.folder / "workflows.csv"
        path.write_bytes(workflow_export(list(versions)))
        return path

    def rows(
        self,
        table: str,
        annotations: Any,
        versions: list[Row],
        *,
        at: str = "3.4",
        workflow_id: int | str = 10,
        fem: bool = False,
        oracle: bool = True,
    ) -> list[Row]:
        """The rows of a table for one classification of workflow version `at`, compared with the oracle if `oracle`."""
        record = IDENTITY | {
            "created_at": "2026-05-04 10:00:00 UTC",
            "metadata": FEM if fem else PFE,
            "workflow_version": at,
            "workflow_id": workflow_id,
            "annotations": annotations if isinstance(annotations, str) else json.dumps(annotations),
        }
        export, workflows = csv_of(HEADER, [record]), self.workflows(*versions)
        found = collect(export, tables=[table], workflows=workflows)
        assert not found.rejects
        assert not oracle or not differences(found.rows, read_tidy(export, workflows).table_of(table))
        return found.rows

    def columns(self, names: str, table: str, annotations: Any, versions: list[Row], **options: Any) -> list[Any]:
        """Some columns of these rows: tuples, or the values of a single column."""
        wanted = names.split()
        rows = self.rows(table, annotations, versions, **options)
        return [row[names] if len(wanted) == 1 else tuple(row[name] for name in wanted) for row in rows]
