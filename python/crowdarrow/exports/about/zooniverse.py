"""Descriptions of the columns of the Zooniverse kinds."""

_WORKFLOW_VERSION = {
    "workflow_id": "the workflow's id",
    "workflow_version": "the version of the workflow as text, `major.minor`; never a float: `12.100` is not `12.1`",
    "workflow_major": "the first integer of `workflow_version`; null if the text is of another form",
    "workflow_minor": "the second integer of `workflow_version`; null for a bare `16`",
}
_RECORD = "only if a file has no `classification_id` (2015 and early 2016): number of the record over all files, from 1"
_EXACT = "whether labels come from the row's own version; null without labels"
_EXTRA = "an object of the members that have no column; null if there are none"
_CHILDREN_EXTRA = "an object of the members that the other children cannot give back; null if there are none"
_LABEL = "the question or instruction, as the export has it, else from the workflow"

CLASSIFICATIONS = {
    "record": _RECORD,
    "classification_id": "the classification's id",
    "user_name": "the volunteer's name; `not-logged-in-…` names differ in every export and cannot be matched",
    "user_id": "the volunteer's id; null for visitors who were not logged in (also if the text is `not logged in`)",
    "user_ip": "a token that differs in every export, not an address",
    **_WORKFLOW_VERSION,
    "workflow_name": "the workflow's display name",
    "created_at": "when the server stored the classification",
    "gold_standard": "whether an expert made the classification in gold standard mode",
    "expert": 'the kind of expert; `NA` and `""` are null',
    "metadata": "what the classifier recorded, see its children",
    "metadata.started_at": "when the volunteer started, by the volunteer's clock",
    "metadata.finished_at": "when the volunteer finished, by the volunteer's clock",
    "metadata.session": "the only key that distinguishes visitors who were not logged in",
    "metadata.user_agent": "the browser, as it names itself",
    "metadata.user_language": "the language that the volunteer chose",
    "metadata.utc_offset": "the offset of the volunteer's clock from UTC, in seconds",
    "metadata.viewport": "the size of the browser's window, in CSS pixels",
    "metadata.source": "where the classification was made, such as `api`",
    "metadata.live_project": "whether the project was live; false while it was being developed",
    "metadata.seen_before": "whether the volunteer had classified the subject before",
    "metadata.subject_flagged": "whether the volunteer flagged the subject",
    "metadata.user_group_ids": "the groups that the volunteer was in",
    "metadata.subject_dimensions": "the size of the image as shown and as stored, by frame; null items stay null",
    "metadata.subject_selection_state": "the subject's state when the server chose it",
    "metadata.interventions": "the messages to the volunteer, in projects that sent them",
    "metadata.classifier_version": "begins with `2.` for the newer front end",
    "metadata.revision": "the revision of the newer front end",
    "metadata.workflow_translation_id": "the id of the translation that the volunteer saw",
    "metadata.feedback": "the feedback that the volunteer got, by task",
    "metadata.extra": _CHILDREN_EXTRA,
    "annotations": "an array with an item for each task; the cell's text byte for byte",
    "subject_data": "an object, subject id to the subject's metadata; byte for byte",
    "subject_ids": "a comparison has several; if the file lacks the column, the integer keys of `subject_data`",
}

_IDENTITY = {
    "record": _RECORD,
    "classification_id": "the classification's id",
    "subject_id": "the first of the classification's `subject_ids`",
    "user_id": "the volunteer's id; null for visitors who were not logged in",
    "user_name": "the volunteer's name",
    **_WORKFLOW_VERSION,
    "created_at": "when the server stored the classification",
    "annotation_key": (
        "the annotation that the row belongs to, for joins: its position, such as `3`, or `3.1` within a combo; "
        "never null"
    ),
    "annotation_index": "position of the annotation in the list, from 0",
    "combo_index": "position within the combo's list; null outside a combo",
    "task": "the task's key, such as `T0`",
    "task_label": _LABEL,
    "media": "the URLs of the row's subject, by frame, from the subject export",
    "label_exact": _EXACT,
}

ANNOTATIONS = _IDENTITY | {
    "task": "the task's key, such as `T0`; null for an item that is not an object",
    "task_type": "`taskType` or `task_type`, else from the workflow",
    "mark_index": "`markIndex` or `cellIndex`: the mark (or cell) that a sub-task is about",
    "value": "compact JSON; null if there is none, and for a combo",
    "value_kind": "`missing`, `null`, `boolean`, `number`, `string`, `array`, `object`, or `combo`",
    "extra": _EXTRA,
}

ANSWERS = _IDENTITY | {
    "mark_index": "of a sub-task: the mark it is about",
    "identification_index": "of a survey: the identification it is about",
    "task": "the task's key, such as `T0`; of a sub-task the key of the drawing task",
    "subtask": "of a sub-task: `<task>.<tool>.<detail>`",
    "question": "a survey's question, a dropdown's title (`select_label`)",
    "question_label": "the text of the question, from the workflow",
    "answer_index": "position among the answers, from 0",
    "kind": "`string`, `number` or `boolean`",
    "answer": "a string unchanged; a number or boolean as the source writes it",
    "number": "the number, if `kind` is `number`",
    "label": "a dropdown's label; of sub-tasks and surveys from the workflow",
    "is_option": "whether a dropdown's answer is one of its options (`option`)",
    "choice_index": "position among the workflow's choices",
}

_MEMBER = "the mark's member `{}` unchanged; null if it is neither a number nor a string that holds one"
_MEMBERS = "x y x1 y1 x2 y2 width height r rx ry x_center y_center radius spread rotation displayTime"

MARKS = (
    _IDENTITY
    | {name: _MEMBER.format(name) for name in _MEMBERS.split()}
    | {
        "mark_index": "position in the value's list, from 0",
        "frame": "the subject's frame on which the mark is, from 0",
        "tool_index": "position of the tool in the task: `tool`, `toolIndex` or `tool_index`",
        "tool_type": "`toolType`, else from the workflow",
        "tool_label": "the tool's label; also a highlighter's `labelInformation.label`",
        "dialect": "the front end: `fem` (present) or `pfe` (old)",
        "angle": "the mark's member `angle` unchanged, in degrees",
        "points": "from `points`, or `pathX` and `pathY`; of a feature: the coordinates of a LineString",
        "closed": "whether a polygon is closed",
        "text": "the text of a transcription or highlighter",
        "details": "the sub-tasks' answers (old front end); rows of `answers`",
        "start": "of a highlighter: where the marked text begins, in characters",
        "end": "of a highlighter: where the marked text ends, in characters",
        "geometry": "of a feature of geoDrawing: its GeoJSON geometry, in map units",
        "lon": "of a feature of type Point: the longitude in degrees, WGS 84",
        "lat": "of a feature of type Point: the latitude in degrees, WGS 84",
        "cx": "x of the shape's centre, the same for both front ends; image pixels",
        "cy": "y of the shape's centre, the same for both front ends; image pixels, downwards",
        "xmin": "left edge of the box around the shape, its rotation included; image pixels",
        "ymin": "top edge of that box",
        "xmax": "right edge of that box",
        "ymax": "bottom edge of that box",
        "extra": "an object of the members that have no column or did not fit their column; null if there are none",
    }
)

IDENTIFICATIONS = _IDENTITY | {
    "identification_index": "position in the value's list, from 0",
    "choice": "the survey's id of what was identified, such as `LN`",
    "choice_label": "the text of the choice, from the workflow",
    "answers": "an object, question to answer or answers; rows of `answers`",
    "filters": "the characteristics that the volunteer filtered the choices by",
    "extra": _EXTRA,
}

SUBJECTS_SEEN = {
    "record": "only if a file has no `classification_id`: number of the record that has the subject first",
    "subject_id": "the subject's id",
    "workflow_id": "the workflow of the classification that has the subject",
    "retired": "the subject's state in the workflow, see its children; null while it is not retired",
    "retired.id": "the id of this state",
    "retired.workflow_id": "the workflow of the state",
    "retired.classifications_count": "classifications of the subject in the workflow, at the time of the export",
    "retired.created_at": "when the state was created",
    "retired.updated_at": "when the state was last changed",
    "retired.retired_at": "when the subject was retired",
    "retired.subject_id": "the subject of the state",
    "retired.retirement_reason": "why the subject was retired, such as `classification_count`",
    "retired.extra": _CHILDREN_EXTRA,
    "metadata": "an object of all other members: what the project uploaded with it",
}

_KEY = {
    "workflow_id": "the workflow's id",
    "subject_id": "the first of `subject_ids`; null if a classification has none",
    "task": "the task's key, such as `T0`",
    "task_label": "the first label of the task in the input that is not null",
    "question": "the select of a dropdown, or the question about a survey's choice; else null",
    "question_label": "the first label of the question in the input that is not null",
    "choice": "the survey's choice that the question is about; else null",
    "asked": "classifications with an annotation of this task; with `choice`, those with the choice",
    "skipped": "those of them in which all values of the task are null or missing; null with `choice`",
    "media": "the URLs of the row's subject, by frame",
}

VOTES = _KEY | {
    "answer": "the answer, else the index of the option as text; a survey's choice",
    "label": "the first label of the answer in the input that is not null",
    "votes": "classifications with this answer; each counts once",
    "empty": "those in which no value is more than an empty list, and one is one; null with `choice`",
    "fraction": "`votes / asked`",
}

CONSENSUS = _KEY | {
    "most_likely": "the answer with the most votes; of equals the first by its bytes",
    "label": "the label of the answer with the most votes",
    "votes": "the votes for `most_likely`",
    "total_votes": "the votes for all answers",
    "agreement": "`votes / total_votes`",
    "entropy": "of the answers' shares of the votes, in nats: 0 if all agree",
    "tied": "whether another answer has as many votes",
    "runner_up": "the second answer; null if there is none",
    "retired_at": "when the subject was retired, as in `subjects`",
    "retirement_reason": "why the subject was retired, as in `subjects`",
}

VOLUNTEERS = {
    "user_id": "the volunteer's id; null for visitors who were not logged in",
    "user_name": "the name in the volunteer's first classification",
    "workflow_id": "the workflow's id",
    "classifications": "the volunteer's classifications in the workflow, before `--once` and `--first`",
    "subjects": "distinct subjects",
    "repeats": "classifications with a subject, less distinct subjects",
    "sessions": "distinct sessions",
    "first_at": "when the first of the classifications was made",
    "last_at": "when the last of the classifications was made",
    "seconds_median": "the median of `finished_at - started_at`, in seconds; it may be negative",
    "agreement": (
        "the share of the volunteer's votes that are `most_likely`, among keys without a choice and with more than "
        "one vote; null if there are none"
    ),
}

_ONLY = "only in files that have it"

SUBJECTS = {
    "subject_id": "the subject's id",
    "project_id": "the project's id",
    "workflow_id": "the workflow that the record is about",
    "subject_set_id": "the subject set that the record is about",
    "metadata": "an object: what the project uploaded with the subject; byte for byte",
    "locations": "the URLs, in the order of their frame numbers; one that is not text is null",
    "classifications_count": "classifications of the subject in the workflow",
    "retired_at": "when the subject was retired in the workflow",
    "retirement_reason": 'why the subject was retired; `NA` and `""` are null',
    "created_at": "when the subject was created",
    "updated_at": "when the subject was last changed",
    "workflow_ids": "the workflows of the subject; only in files that have it (2015 and 2016)",
    "subject_set_ids": f"the subject sets of the subject; {_ONLY}",
    "retired_in_workflow": f"the workflows in which the subject is retired; {_ONLY}",
    "classifications_by_workflow": f"an object, workflow id to number of classifications; {_ONLY}",
}

MEDIA = {
    "subject_id": "the subject's id",
    "frame": "the number of the frame in the export (`locations` closes gaps)",
    "url": "the URL of the file; null if the export has no text there",
}

_ROW_VERSION = {
    "workflow_id": "the workflow's id",
    "version": "the first integer of `workflow_version` in classifications",
    "minor_version": "the second integer of `workflow_version` in classifications",
}

WORKFLOWS = _ROW_VERSION | {
    "display_name": "the workflow's name",
    "active": "whether volunteers can classify in the workflow",
    "classifications_count": "classifications in the workflow",
    "pairwise": "whether subjects are compared in pairs",
    "grouped": "whether subjects are chosen by subject set",
    "prioritized": "whether subjects are chosen by their priority",
    "primary_language": "the language of the workflow's texts",
    "first_task": "the key of the first task",
    "tutorial_subject_id": "the subject of the tutorial",
    "retired_set_member_subjects_count": "the number of retired subjects",
    "tasks": "an object, task key to task; rows of `tasks` and `choices`",
    "retirement": "when a subject is retired",
    "aggregation": "the settings of the aggregation",
    "strings": "an object, name to text: the texts that `tasks` refers to",
}

TASKS = _ROW_VERSION | {
    "task": "the task's key, such as `T0`; of a drawing tool's sub-task `T0.1.0`",
    "task_type": "`single`, `drawing`, …",
    "label": "the question or instruction, resolved through `strings`",
    "help": "the help text, resolved through `strings`",
    "required": "whether the volunteer has to answer",
    "next": "the next task, if all answers lead to the same one",
    "definition": "the task unchanged",
}

CHOICES = _ROW_VERSION | {
    "task": "the task's key, as in `tasks`",
    "role": "`answer`, `tool`, `option`, `choice`, `question` or `question_answer`",
    "choice_index": "position in its own list, from 0",
    "choice_id": "of a survey's choice, question or answer its id; of a dropdown's option its value",
    "parent": "the dropdown's title, or the id of the survey's question",
    "tool_type": "the type of a drawing tool, such as `point`",
    "label": "the text of the choice, resolved through `strings`",
}
