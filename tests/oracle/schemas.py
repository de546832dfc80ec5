"""The schemas of the record tables (docs/contract.md, sections 1.2, 2 and 2.1 to 2.3)."""

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
INTS = pa.list_(pa.int64())


def _same(names: str, type_: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, type_) for name in names.split()]


VIEWPORT = pa.struct(_same("width height", pa.float64()))
DIMENSIONS = pa.struct(_same("clientWidth clientHeight naturalWidth naturalHeight", pa.float64()))
SELECTION = pa.struct(
    [
        pa.field("retired", pa.bool_()),
        pa.field("selected_at", TIME),
        pa.field("already_seen", pa.bool_()),
        pa.field("selection_state", pa.string()),
        *_same("finished_workflow user_has_finished_workflow", pa.bool_()),
    ]
)
INTERVENTIONS = pa.struct([*_same("opt_in messageShown", pa.bool_()), pa.field("uuid", pa.string())])
METADATA = pa.struct(
    [
        *_same("started_at finished_at", TIME),
        *_same("session user_agent user_language", pa.string()),
        pa.field("utc_offset", pa.int32()),
        pa.field("viewport", VIEWPORT),
        pa.field("source", pa.string()),
        *_same("live_project seen_before subject_flagged", pa.bool_()),
        pa.field("user_group_ids", INTS),
        pa.field("subject_dimensions", pa.list_(DIMENSIONS)),
        pa.field("subject_selection_state", SELECTION),
        pa.field("interventions", INTERVENTIONS),
        *_same("classifier_version revision workflow_translation_id", pa.string()),
        *_same("feedback extra", pa.string()),
    ]
)

# The first column of all tables if a header lacks `classification_id` (docs/contract.md, section 2.1).
RECORD = pa.field("record", pa.int64())
CLASSIFICATIONS = pa.schema(
    [
        pa.field("classification_id", pa.int64()),
        pa.field("user_name", pa.string()),
        pa.field("user_id", pa.int64()),
        pa.field("user_ip", pa.string()),
        pa.field("workflow_id", pa.int64()),
        *_same("workflow_name workflow_version", pa.string()),
        *_same("workflow_major workflow_minor", pa.int32()),
        pa.field("created_at", TIME),
        pa.field("gold_standard", pa.bool_()),
        pa.field("expert", pa.string()),
        pa.field("metadata", METADATA),
        *_same("annotations subject_data", pa.string()),
        pa.field("subject_ids", INTS),
    ]
)
SUBJECTS = pa.schema(
    [
        *_same("subject_id project_id workflow_id subject_set_id", pa.int64()),
        pa.field("metadata", pa.string()),
        pa.field("locations", pa.list_(pa.string())),
        pa.field("classifications_count", pa.int64()),
        pa.field("retired_at", TIME),
        pa.field("retirement_reason", pa.string()),
        *_same("created_at updated_at", TIME),
    ]
)
# Columns that the table has only if the header has them.
SUBJECTS_OLD = pa.schema(
    [
        *_same("workflow_ids subject_set_ids retired_in_workflow", INTS),
        pa.field("classifications_by_workflow", pa.string()),
    ]
)
MEDIA = pa.schema([pa.field("subject_id", pa.int64()), pa.field("frame", pa.int32()), pa.field("url", pa.string())])
WORKFLOWS = pa.schema(
    [
        pa.field("workflow_id", pa.int64()),
        pa.field("display_name", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("active", pa.bool_()),
        pa.field("classifications_count", pa.int64()),
        *_same("pairwise grouped prioritized", pa.bool_()),
        *_same("primary_language first_task", pa.string()),
        *_same("tutorial_subject_id retired_set_member_subjects_count", pa.int64()),
        *_same("tasks retirement aggregation strings", pa.string()),
        pa.field("minor_version", pa.int64()),
    ]
)


# The columns that a kind needs: all of the first, and one of the second (docs/contract.md, section 2).
NEEDED = {
    "zooniverse.classifications": ({"annotations"}, {"classification_id", "subject_data", "subject_ids"}),
    "zooniverse.subjects": ({"subject_id", "metadata"}, {"subject_set_id", "subject_set_ids"}),
    "zooniverse.workflows": ({"workflow_id", "tasks"}, {"version", "first_task"}),
}


def find_kind(header: list[str], kind: str | None = None) -> str:
    """The kind of an export by its header, or `kind` if the header has its columns (docs/contract.md, section 2).

    Raises:
        ValueError: no known kind, or not this kind, has this header.
    """
    names = set(header)
    for found, (needed, one_of) in NEEDED.items():
        if kind in {None, found} and needed <= names and names & one_of:
            return found
    msg = f"no known export has this header: {', '.join(header[:20])}"
    raise ValueError(msg)
