"""The kind of every header that the exporters have written since 2015 is inferred, and the tables have today's columns.

See the appendix of header signatures in docs/formats/zooniverse.md.
"""

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from conftest import Collect

NOON = datetime(2016, 1, 2, 12, 0, 0, tzinfo=UTC)
# A cell for each CSV column of any header, and its value.
CELLS: dict[str, tuple[str, Any]] = {
    "classification_id": ("11", 11),
    "user_name": ("a user", "a user"),
    "user_id": ("5", 5),
    "user_ip": ("0af3", "0af3"),
    "workflow_name": ("Birds, and more", "Birds, and more"),
    "workflow_version": ("12.100", "12.100"),
    "created_at": ("2016-01-02 12:00:00 UTC", NOON),
    "gold_standard": ("true", True),
    "expert": ("owner", "owner"),
    "annotations": ('[{"task":"T0"}]', '[{"task":"T0"}]'),
    "subject_data": ('{"71":{"retired":null},"72":{}}', '{"71":{"retired":null},"72":{}}'),
    "subject_ids": ("71;72", [71, 72]),
    "subject_id": ("71", 71),
    "project_id": ("3", 3),
    "workflow_id": ("10", 10),
    "workflow_ids": ("[10,20]", [10, 20]),
    "subject_set_id": ("4", 4),
    "subject_set_ids": ("[4,5]", [4, 5]),
    "locations": ('{"0":"https://a.jpeg","1":"https://b.jpeg"}', ["https://a.jpeg", "https://b.jpeg"]),
    "classifications_by_workflow": ('{"10":7}', '{"10":7}'),
    "retired_in_workflow": ("[10]", [10]),
    "classifications_count": ("7", 7),
    "retired_at": ("2016-01-02 12:00:00 UTC", NOON),
    "retirement_reason": ("consensus", "consensus"),
    "updated_at": ("2016-01-02 12:00:00 UTC", NOON),
    "display_name": ("Birds", "Birds"),
    "version": ("12", 12),
    "active": ("true", True),
    "pairwise": ("false", False),
    "grouped": ("false", False),
    "prioritized": ("true", True),
    "primary_language": ("en", "en"),
    "first_task": ("T0", "T0"),
    "tutorial_subject_id": ("99", 99),
    "retired_set_member_subjects_count": ("8", 8),
    "tasks": ('{"T0":{}}', '{"T0":{}}'),
    "retirement": ('{"criteria":"x"}', '{"criteria":"x"}'),
    "aggregation": ("{}", "{}"),
    "strings": ('{"T0.help":""}', '{"T0.help":""}'),
    "minor_version": ("100", 100),
}
METADATA = '{"session":"s"}'

BLOBS = "metadata annotations subject_data"
CORE = f"workflow_id workflow_name workflow_version created_at gold_standard expert {BLOBS}"
WORKFLOW = (
    "workflow_id display_name version active classifications_count pairwise grouped prioritized "
    "primary_language first_task tutorial_subject_id retired_set_member_subjects_count tasks retirement"
)
SUBJECT = (
    "subject_id project_id workflow_id subject_set_id metadata locations "
    "classifications_count retired_at retirement_reason"
)
OLD = "classifications_by_workflow retired_in_workflow"
AGES: dict[str, tuple[str, int]] = {
    "classifications 2016-05-12": (f"classification_id user_name user_id user_ip {CORE} subject_ids", 14),
    "classifications 2016-03-24": (f"classification_id user_name user_id user_ip {CORE}", 13),
    "classifications 2015-09-23": (f"user_name user_id user_ip {CORE}", 12),
    "classifications 2015-06-10": (f"user_name user_ip {CORE}", 11),
    "classifications 2015-05-27": (
        f"user_name user_ip workflow_id created_at gold_standard expert {BLOBS} workflow_version",
        10,
    ),
    "subjects 2018-10-29": (f"{SUBJECT} created_at updated_at", 11),
    "subjects 2017-02-03": (SUBJECT, 9),
    "subjects 2016-11-23": (f"subject_id project_id workflow_ids subject_set_ids metadata locations {OLD}", 8),
    "subjects 2015-08-19": (f"subject_id project_id workflow_ids subject_set_id metadata locations {OLD}", 8),
    "subjects 2015-06-18": (f"subject_id project_id workflow_ids subject_set_id metadata {OLD}", 7),
    "workflows 2024-06-05": (f"{WORKFLOW} strings minor_version", 16),
    "workflows 2019-02-18": (f"{WORKFLOW} aggregation strings minor_version", 17),
    "workflows 2015-08-24": (f"{WORKFLOW} aggregation", 15),
}
OPTIONAL = ["workflow_ids", "subject_set_ids", "retired_in_workflow", "classifications_by_workflow"]


def as_csv(header: list[str], *records: dict[str, str]) -> bytes:
    """An export, written by Python's `csv`."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(
        [header, *([record[name] for name in header] for record in records)]
    )
    return file.getvalue().encode()


RECORD = {name: text for name, (text, _) in CELLS.items()} | {"metadata": METADATA}


@pytest.mark.parametrize("age", AGES)
def test_columns_of_a_header(age: str, run_collect: "Collect") -> None:
    text, width = AGES[age]
    header = text.split()
    assert len(header) == width
    kind = f"zooniverse.{age.split(maxsplit=1)[0]}"
    result = run_collect(as_csv(header, RECORD))
    assert (result.kind, result.rejects, result.report.leniencies) == (kind, [], {})
    numbered = ["record"] if "annotations" in header and "classification_id" not in header else []
    declared = numbered + ca.schema(kind).names
    optional = [name for name in OPTIONAL if name in header]
    assert result.table.schema.names == declared + optional
    row = result.rows[0]
    expected = dict.fromkeys(declared) | {name: CELLS[name][1] for name in header if name != "metadata"}
    if numbered:
        expected["record"] = 1
    if kind == "zooniverse.classifications":
        expected |= {"workflow_major": 12, "workflow_minor": 100, "subject_ids": [71, 72]}
        assert row.pop("metadata")["session"] == "s"
        expected.pop("metadata")
    elif "metadata" in header:
        expected["metadata"] = METADATA
    assert row == expected


def test_columns_in_any_order(run_collect: "Collect") -> None:
    header = AGES["classifications 2016-05-12"][0].split()
    expected = run_collect(as_csv(header, RECORD)).table
    assert run_collect(as_csv(header[::-1], RECORD)).table == expected
    assert run_collect(as_csv(sorted(header), RECORD)).table == expected


def test_headers_of_several_years_in_one_run(run_collect: "Collect") -> None:
    headers = [text.split() for age, (text, _) in AGES.items() if age.startswith("subjects")]
    result = run_collect([io.BytesIO(as_csv(header, RECORD)) for header in headers])
    assert result.table.schema.names == ca.schema("zooniverse.subjects").names + OPTIONAL
    assert result.table["workflow_id"].to_pylist() == [10, 10, None, None, None]
    assert result.table["subject_set_ids"].to_pylist() == [None, None, [4, 5], None, None]
    assert result.table["workflow_ids"].to_pylist() == [None, None, [10, 20], [10, 20], [10, 20]]
    assert result.tables["media"].num_rows == 2
