"""The small exports that variants are made of, as tables of typed cells."""

import csv
import io
import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from support.zooniverse_examples import (
    EXAMPLES,
    FEM,
    HEADER,
    PFE,
    SUBJECTS,
    WORKFLOW_EXPORTS,
    WORKFLOW_HEADER,
    WORKFLOWS,
)

INTS = frozenset(
    {
        *("classification_id", "user_id", "workflow_id", "subject_id", "project_id", "subject_set_id", "version"),
        *("classifications_count", "minor_version", "tutorial_subject_id", "retired_set_member_subjects_count"),
    }
)
BOOLS = frozenset({"gold_standard", "active", "pairwise", "grouped", "prioritized"})
TIMES = frozenset({"created_at", "updated_at", "retired_at"})
JSON = frozenset(
    {
        *("metadata", "annotations", "subject_data", "locations", "tasks", "strings", "retirement", "aggregation"),
        *("workflow_ids", "subject_set_ids", "retired_in_workflow", "classifications_by_workflow"),
    }
)

METADATA = [
    PFE,
    FEM,
    '{"source":"api","session":"a1","viewport":{"width":1715,"height":1064.5},"started_at":"2025-01-21T16:06:58.517Z",'
    '"finished_at":"2025-01-21T16:08:41.259Z","utc_offset":"18000","live_project":true,"user_group_ids":[1,2],'
    '"classifier_version":"2.0","subject_dimensions":[{"clientWidth":1090.25,"naturalWidth":1024},null],'
    '"subject_selection_state":{"retired":false,"selected_at":"2025-01-21T16:06:58.517Z","selection_state":"normal"}}',
    '{"session":"b2","viewport":{"width":"800","height":"5."},"seen_before":"true","utc_offset":"+3600",'
    '"subject_dimensions":{"clientWidth":"+1.5","naturalHeight":".5"},"user_group_ids":["+3","4",5.0],'
    '"started_at":"2016-03-28T23:46:18-07:00","interventions":{"opt_in":true,"messages":1,"uuid":"u"},"revision":"\\ud83d"}',
    '{"feedback":{"T0":[{"id":"1"}]},"workflow_translation_id":null,"live_project":"f","other":[1, 2]}',
]
HEADERS_OF_CLASSIFICATIONS = [
    HEADER,
    HEADER,
    HEADER,
    HEADER.removesuffix(",subject_ids"),
    "user_id,user_ip,workflow_id,created_at,gold_standard,expert,metadata,annotations,subject_data,workflow_version",
    "user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,metadata,annotations,subject_data",
]
HEADERS_OF_SUBJECTS = [
    "subject_id,project_id,workflow_id,subject_set_id,metadata,locations,classifications_count,retired_at,"
    "retirement_reason,created_at,updated_at",
    "subject_id,project_id,workflow_id,subject_set_id,metadata,locations,classifications_count,retired_at,"
    "retirement_reason",
    "subject_id,project_id,workflow_ids,subject_set_id,metadata,locations,classifications_by_workflow,"
    "retired_in_workflow",
    "subject_id,project_id,workflow_ids,subject_set_ids,metadata,locations,classifications_by_workflow,"
    "retired_in_workflow",
]
HEADERS_OF_WORKFLOWS = [
    WORKFLOW_HEADER,
    WORKFLOW_HEADER,
    WORKFLOW_HEADER.removesuffix(",minor_version"),
    WORKFLOW_HEADER.replace(",strings,minor_version", ",aggregation"),
]


@dataclass
class Table:
    """An export as a header and records of typed cells: None, bool, int or text; JSON cells are their text."""

    kind: str
    header: list[str]
    records: list[list[Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def _time(random: Random) -> str:
    parts = (random.randint(2015, 2026), *(random.randint(1, 12) for _ in range(2)))
    return "{}-{:02d}-{:02d} {:02d}:{:02d}:{:02d} UTC".format(*parts, *(random.randint(0, 23) for _ in range(3)))


def _subject_cells() -> list[str]:
    return [cell for example in SUBJECTS for cell in example.cells]


def _classification(random: Random, number: int) -> dict[str, Any]:
    example = random.choice(EXAMPLES)
    subject = random.randint(1, 9)
    own = f'{{"{subject}":{{"retired":null,"name":"n{subject}","!id":{number},"tags":["a"]}}}}'
    anonymous = random.random() < 0.3
    return {
        "classification_id": 1000 + number,
        "user_name": f"not-logged-in-{number}" if anonymous else random.choice(["vera", "Zoë", "a,b", 'q"q']),
        "user_id": None if anonymous else random.randint(1, 99),
        "user_ip": "f" * 20,
        "workflow_id": random.choice([10, 10, 10, 11, 12, None]),
        "workflow_name": random.choice(["A workflow", "A, B\nC", "Name; other"]),
        "workflow_version": random.choice([example.version, "3.4", "3.40", "4.1", "4.10", "16", "2.100", ""]),
        "created_at": _time(random),
        "gold_standard": random.choice([None, None, None, True, False]),
        "expert": random.choice([None, None, "expert", "owner"]),
        "metadata": random.choice([example.metadata, *METADATA]),
        "annotations": example.annotations,
        "subject_data": random.choice([own, own, own, *_subject_cells()]),
        "subject_ids": random.choice([str(subject), str(subject), f"{subject};8", f"{subject}, 8", ""]),
    }


def _subject(random: Random, number: int) -> dict[str, Any]:
    subject = random.randint(1, 9)
    locations = random.choice(
        [
            f'{{"0":"https://e.example/{subject}.jpg"}}',
            '{"1":"https://e.example/b","0":"https://e.example/a"}',
            '{"0":null,"2":"https://e.example/c"}',
            '{"0":7}',
            "{}",
            None,
        ]
    )
    retired = random.random() < 0.5
    return {
        "subject_id": subject,
        "project_id": 5,
        "workflow_id": random.choice([10, 11, None]),
        "subject_set_id": 70 + number,
        "subject_set_ids": "[70,71]",
        "workflow_ids": random.choice(["[10,11]", "[]", "null"]),
        "retired_in_workflow": random.choice(["[10]", "[10,null]", "null"]),
        "classifications_by_workflow": random.choice(['{"10":3}', "null", "{}"]),
        "metadata": random.choice(
            [
                f'{{"name":"n{subject}","#hidden":1}}',
                '{"name":"\\ud83d x","tags":["a",1.50]}',
                "{}",
                "null",
                '{"a":null}',
            ]
        ),
        "locations": locations,
        "classifications_count": number,
        "retired_at": _time(random) if retired else None,
        "retirement_reason": random.choice(["classification_count", None, "NA"]) if retired else None,
        "created_at": _time(random),
        "updated_at": _time(random),
    }


def _workflow(random: Random, number: int) -> dict[str, Any]:
    exports = list(WORKFLOW_EXPORTS.values())
    row = random.choice(random.choice(exports))
    cells = {name: json.dumps(row.get(name, {})) for name in ("tasks", "strings")}
    example = random.choice(WORKFLOWS)
    if random.random() < 0.5:
        cells = {"tasks": example.tasks, "strings": example.strings}
    return {
        "workflow_id": row.get("workflow_id", 10),
        "display_name": "A workflow",
        "version": int(row["version"]) if str(row.get("version", "")).isdigit() else 3,
        "minor_version": int(row["minor_version"]) if str(row.get("minor_version", "")).isdigit() else number,
        "active": True,
        "classifications_count": 12,
        "pairwise": False,
        "grouped": False,
        "prioritized": True,
        "primary_language": "en",
        "first_task": random.choice(["T0", "", None]),
        "tutorial_subject_id": None,
        "retired_set_member_subjects_count": 4,
        "retirement": '{"options":{"count":10},"criteria":"classification_count"}',
        "aggregation": "{}",
        **cells,
    }


MAKERS = {
    "classifications": (_classification, HEADERS_OF_CLASSIFICATIONS),
    "subjects": (_subject, HEADERS_OF_SUBJECTS),
    "workflows": (_workflow, HEADERS_OF_WORKFLOWS),
}


def make(kind: str, random: Random, *, first: int = 0) -> Table:
    """An export of a few records; the numbers of the records begin at `first`."""
    maker, headers = MAKERS[kind]
    header = random.choice(headers).split(",")
    table = Table(kind, header)
    for number in range(first, first + random.randint(1, 6)):
        cells = maker(random, number)
        table.records.append([cells.get(name) for name in header])
    return table


def text_of(value: Any) -> str:
    """A cell as the exporter writes it."""
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def plain_csv(table: Table) -> bytes:
    """CSV as the exporter writes it: null is an empty field, the empty text is quoted."""
    out = io.StringIO()
    for record in [table.header, *table.records]:
        fields = []
        for value in record:
            line = io.StringIO()
            csv.writer(line, lineterminator="").writerow([text_of(value), ""])
            fields.append('""' if value == "" else line.getvalue().removesuffix(","))
        out.write(",".join(fields) + "\n")
    return out.getvalue().encode("utf-8", "surrogatepass")
