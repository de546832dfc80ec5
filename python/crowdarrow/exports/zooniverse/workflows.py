"""`zooniverse.workflows`: one record per stored version of a workflow (docs/contract.md, section 2.3)."""

from crowdarrow.declare import Column, Export, Table, bool_, int64, json_text, raw_json, string
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.people import PEOPLE
from crowdarrow.exports.zooniverse.tables.tasks import CHOICES, TASKS

WORKFLOWS = Table(
    "workflows",
    (
        Column("workflow_id", int64),
        Column("display_name", string),
        Column("version", int64),
        Column("active", bool_),
        Column("classifications_count", int64),
        Column("pairwise", bool_),
        Column("grouped", bool_),
        Column("prioritized", bool_),
        Column("primary_language", string),
        Column("first_task", string),
        Column("tutorial_subject_id", int64),
        Column("retired_set_member_subjects_count", int64),
        Column("tasks", json_text, raw_json("tasks", "object")),
        Column("retirement", json_text, raw_json("retirement", "object")),
        Column("aggregation", json_text, raw_json("aggregation", "object")),
        Column("strings", json_text, raw_json("strings", "object")),
        Column("minor_version", int64),
    ),
    about=about.WORKFLOWS,
)

EXPORT = Export(
    kind="zooniverse.workflows",
    people=PEOPLE,
    tables=(WORKFLOWS, TASKS, CHOICES),
    requires=frozenset({"workflow_id", "tasks"}),
    requires_any=frozenset({"version", "first_task"}),
    filters={"workflow_id": "workflow_id", "workflow_version": ("version", "minor_version")},
)
