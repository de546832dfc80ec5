"""The schemas of PYBOSSA and LibCrowds tables (docs/contract.md, sections 2 and 2.5)."""

import pyarrow as pa

from oracle.schemas import INTS, TIME

from . import names

_TYPES = {
    "int": pa.int64(),
    "index": pa.int32(),
    "text": pa.string(),
    "real": pa.float64(),
    "time": TIME,
    "bool": pa.bool_(),
    "ints": INTS,
}


def _schema(*parts: str) -> pa.Schema:
    """A schema from parts like `int id project_id`: a type and the names of columns."""
    fields = []
    for part in parts:
        type_, *columns = part.split()
        fields += [pa.field(column, _TYPES[type_]) for column in columns]
    return pa.schema(fields)


TASKS = _schema(
    "int id project_id",
    "time created",
    "text state",
    "int quorum calibration",
    "real priority_0",
    "int n_answers",
    "ints fav_user_ids",
    "text target selector",
    "real x y width height",
    "int parent_task_id",
    "text parent_annotation_id manifest title tag link url info info_kind extra",
)
TASK_RUNS = _schema(
    "int id project_id task_id user_id",
    "text user_ip external_uid",
    "time created finish_time",
    "int timeout calibration",
    "text media_url info info_kind extra",
)
RESULTS = _schema(
    "int id project_id task_id", "ints task_run_ids", "time created", "bool last_version", "text info info_kind extra"
)
ANSWERS = _schema(
    "int id task_id project_id user_id",
    "text key",
    "index answer_index",
    "text kind answer",
    "real number",
    "text json",
)
TASK_INFO = _schema(
    "int task_id project_id", "text key", "index value_index", "text kind value", "real number", "text json"
)
ANNOTATIONS = _schema(
    "int task_run_id result_id task_id project_id user_id",
    "time finish_time",
    "index annotation_index",
    "text id motivation",
    "time created generated modified",
    "text creator generator part_of target selector",
    "real x y width height",
    "text tag value classification raw_body raw_target raw_generator raw_creator extra",
)
VALUES = _schema(
    "text target tag",
    "index value_index",
    "text value",
    "real x y width height",
    "int task_id result_id",
    "index annotation_index",
    "text id motivation",
)
_COLLECTION = {"annotations": ANNOTATIONS, "values": VALUES}
TABLES: dict[str, dict[str, pa.Schema]] = {
    names.TASKS: {"tasks": TASKS, "task_info": TASK_INFO},
    names.TASK_RUNS: {"task_runs": TASK_RUNS, "answers": ANSWERS, "annotations": ANNOTATIONS},
    names.RESULTS: {"results": RESULTS, "answers": ANSWERS, "annotations": ANNOTATIONS},
    **dict.fromkeys((*names.KIND_OF_MOTIVATION.values(), names.ANNOTATIONS), _COLLECTION),
}
"""The tables of each kind, the record table first."""
