"""The typed members of a classification's `metadata`."""

from crowdarrow.declare import bool_, float64, int32_text, int64, json_text, list_, string, struct, timestamp

SIZE = struct({"width": float64, "height": float64})
DIMENSIONS = struct(dict.fromkeys(("clientWidth", "clientHeight", "naturalWidth", "naturalHeight"), float64))
SELECTION_STATE = struct(
    {
        "retired": bool_,
        "selected_at": timestamp,
        "already_seen": bool_,
        "selection_state": string,
        **dict.fromkeys(("finished_workflow", "user_has_finished_workflow"), bool_),
    }
)
METADATA = struct(
    {
        **dict.fromkeys(("started_at", "finished_at"), timestamp),
        **dict.fromkeys(("session", "user_agent", "user_language"), string),
        "utc_offset": int32_text,
        "viewport": SIZE,
        "source": string,
        **dict.fromkeys(("live_project", "seen_before", "subject_flagged"), bool_),
        "user_group_ids": list_(int64),
        "subject_dimensions": list_(DIMENSIONS),
        "subject_selection_state": SELECTION_STATE,
        "interventions": struct({"opt_in": bool_, "messageShown": bool_, "uuid": string}),
        **dict.fromkeys(("classifier_version", "revision", "workflow_translation_id"), string),
        "feedback": json_text,
    },
    extra=True,
)
