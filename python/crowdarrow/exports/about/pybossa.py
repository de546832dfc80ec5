"""Descriptions of the columns of the PYBOSSA and LibCrowds kinds."""

_INFO_KIND = "the JSON type of `info` (`flattened` from CSV columns `info_…`, `null` for a JSON null)"
_EXTRA = (
    "an object of the record's members without a column; null if there are none, and from CSV, where they are columns"
)
_PROJECT = "the project's id; `app_id` in files before 2015"
_BOX = {
    "x": "left edge of the selector's box, pixels; may be negative; all four are null if it is not `xywh`",
    "y": "top edge of that box",
    "width": "width of that box",
    "height": "height of that box",
}

TASKS = _BOX | {
    "id": "the task's id",
    "project_id": _PROJECT,
    "created": "when the task was created",
    "state": "`ongoing`, `completed`",
    "quorum": "the quorum that the server keeps of the task",
    "calibration": "whether the task is for calibration, as a number",
    "priority_0": "the priority: tasks with a higher one are given out first",
    "n_answers": "the number of task runs after which the task is completed",
    "fav_user_ids": "the volunteers who marked the task as a favourite",
    "target": "the source's IRI: `info.target`, its `source`, or the `id` of that",
    "selector": "the value of the target's selector, e.g. `?xywh=297,2408,1881,223`",
    "parent_task_id": "the task from whose result this task was made",
    "parent_annotation_id": "the annotation from which the task was made; tasks about one rectangle share it",
    "manifest": "the IRI of the IIIF manifest",
    "title": "the title in the task's `info`",
    "tag": "the tag in the task's `info`: what the volunteer is asked for",
    "link": "a link to the page in the library's viewer",
    "url": "the URL of the image",
    "info": "whole: the columns from `target` to `url` are in it too",
    "info_kind": _INFO_KIND,
    "extra": _EXTRA,
}

TASK_INFO = {
    "task_id": "the task's id, `id` in `tasks`",
    "project_id": "the project's id",
    "key": "the member's name; of a list the path, such as `1_0`; null if `info` is the value itself",
    "value_index": "position of the member in the object, or of the row among those of the list, from 0",
    "kind": "the value's JSON type",
    "value": "a string unchanged, a number or boolean as its JSON text; else null",
    "number": 'of a JSON number; `"12"` is a string',
    "json": "an object or array whole; else null",
}

TASK_RUNS = {
    "id": "the task run's id",
    "project_id": _PROJECT,
    "task_id": "the task's id, `id` in `tasks`",
    "user_id": "the volunteer's id; null for visitors who were not logged in",
    "user_ip": "real addresses until mid-2018: personal data",
    "external_uid": "the volunteer's id in another system that uses the server",
    "created": "when the task was given to the volunteer",
    "finish_time": "when the server stored the answer",
    "timeout": "the time that the volunteer had",
    "calibration": "whether the task run is of a task for calibration, as a number",
    "media_url": "the URL of a file that the volunteer uploaded",
    "info": "what the volunteer submitted",
    "info_kind": _INFO_KIND,
    "extra": _EXTRA,
}

ANSWERS = {
    "id": "the id of the task run or result",
    "task_id": "the task's id, `id` in `tasks`",
    "project_id": "the project's id",
    "user_id": "the volunteer's id; null for visitors who were not logged in, and in results",
    "key": "the member's name; of a list the path, such as `1_0`; null if `info` is the answer itself",
    "answer_index": "position of the member in the object, or of the row among those of the list, from 0",
    "kind": "the answer's JSON type",
    "answer": 'a string unchanged (`""` and `None` too), a number or boolean as its JSON text; else null',
    "number": 'of a JSON number; `"12"` is a string',
    "json": "an object or array whole; else null",
}

RESULTS = {
    "id": "the result's id",
    "project_id": _PROJECT,
    "task_id": "the task's id, `id` in `tasks`",
    "task_run_ids": "the task runs of the result, in the order of the file, which has no meaning",
    "created": "when the result was created",
    "last_version": "whether this is the newest result of the task; the server exports only those",
    "info": "what the analysis found; null if the task is not analysed yet",
    "info_kind": _INFO_KIND,
    "extra": _EXTRA,
}

WEB_ANNOTATIONS = _BOX | {
    "task_run_id": "the task run that holds the annotation",
    "result_id": (
        "the result that holds the annotation; in a collection from a generator's id that ends `/api/result/<n>`"
    ),
    "task_id": "the task of that record; in a collection from a generator's id that ends `/api/task/<n>`",
    "project_id": "the project of that record",
    "user_id": "the volunteer of that record",
    "finish_time": "when the server stored that record",
    "annotation_index": "position in the list, from 0; in a collection the position of the record in the file",
    "id": "the annotation's own id",
    "motivation": "why the annotation was made: `describing`, `tagging`, `commenting`, …",
    "created": "when the annotation was created",
    "generated": "when the server wrote the annotation",
    "modified": "when the annotation was last changed",
    "creator": "who made the annotation: the creator's `id`",
    "generator": "what made the annotation: the first generator's `id`",
    "part_of": "the collection that the annotation is part of",
    "target": "the source's IRI, whether the target is a string or an object",
    "selector": "the value of the target's selector",
    "tag": "value of the first body with purpose `tagging`",
    "value": (
        "of the first body with purpose `describing`, else `commenting`, else of the first without a purpose; or a "
        "body that is a bare string"
    ),
    "classification": "`source`, else `value`, of the first body with purpose `classifying`",
    "raw_body": "the whole body; null if it is a bare string, which is in its column, or missing",
    "raw_target": "the whole target, likewise",
    "raw_generator": "the whole generator, likewise",
    "raw_creator": "the whole creator, likewise; may hold names of people",
    "extra": "an object of the members that no column holds, also of members of another type than their column",
}

VALUES = _BOX | {
    "target": "the page: the source's IRI",
    "tag": "what the value is of, such as `title`; `comment` for comments",
    "value_index": "counts within target and tag in the order of arrival, from 0; it does not pair tags",
    "value": "the answer; for tagging the selector",
    "task_id": (
        "`id` in a project's `tasks`, whose `parent_annotation_id` links a title with its genre; null from layout A, "
        "as are the next columns"
    ),
    "result_id": "the result that the annotation comes from",
    "annotation_index": "position of the annotation's record in the file, from 0",
    "id": "the annotation's own id",
    "motivation": "the motivation of the annotation",
}
