"""The table `subjects`: cells of `subject_data`, record by record, and the rows they give."""

from dataclasses import dataclass
from datetime import UTC, datetime

from .example import HEADER, IDENTITY, Row, csv_of

RETIRED = (
    '{"id":125510348,"workflow_id":10,"classifications_count":10,"created_at":"2024-02-21T09:44:28.745Z",'
    '"updated_at":"2024-02-23T16:17:42.488Z","retired_at":"2024-02-23T16:17:42.479Z","subject_id":96588114,'
    '"retirement_reason":"classification_count"}'
)
RETIRED_ROW: Row = {
    "id": 125510348,
    "workflow_id": 10,
    "classifications_count": 10,
    "created_at": datetime(2024, 2, 21, 9, 44, 28, 745000, tzinfo=UTC),
    "updated_at": datetime(2024, 2, 23, 16, 17, 42, 488000, tzinfo=UTC),
    "retired_at": datetime(2024, 2, 23, 16, 17, 42, 479000, tzinfo=UTC),
    "subject_id": 96588114,
    "retirement_reason": "classification_count",
    "extra": None,
}
# As in 2015 and 2016, with a reason that isn't known.
EARLY = RETIRED[:-1].replace('"classification_count"', "null") + ',"set_member_subject_id":3}'


@dataclass(frozen=True)
class SubjectExample:
    """An export of one record per cell, all of the workflow 10 unless `workflow_ids` says otherwise."""

    name: str
    cells: list[str]
    rows: list[Row]
    workflow_ids: tuple[int | str, ...] = ()
    no_subject_ids: int = 0
    changed_subjects: int = 0

    def export(self) -> bytes:
        """The classification export."""
        workflow_ids = self.workflow_ids or (10,) * len(self.cells)
        fixed = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "metadata": "{}", "annotations": "[]"}
        return csv_of(
            HEADER,
            [
                fixed | {"subject_ids": "7", "subject_data": cell, "workflow_id": workflow_id}
                for cell, workflow_id in zip(self.cells, workflow_ids, strict=True)
            ],
        )


SUBJECTS = [
    SubjectExample(
        "retired, metadata in the source's order and tokens",
        [f'{{"96588114":{{"retired":{RETIRED},"ramean":123.7681641625,"!ZTF":"a\\u0026b", "n":189862.0,"":null}}}}'],
        [
            {
                "subject_id": 96588114,
                "workflow_id": 10,
                "retired": RETIRED_ROW,
                "metadata": r'{"ramean":123.7681641625,"!ZTF":"a\u0026b","n":189862.0,"":null}',
            }
        ],
    ),
    SubjectExample(
        "not retired, without metadata, without the member, and a boolean as in 2015",
        ['{"1":{"retired":null},"2":{},"3":{"retired":false,"a":1},"4":{"a":1,"retired":"mine"}}'],
        [
            {"subject_id": 1, "workflow_id": 10, "metadata": "{}"},
            {"subject_id": 2, "workflow_id": 10, "metadata": "{}"},
            {"subject_id": 3, "workflow_id": 10, "metadata": '{"retired":false,"a":1}'},
            {"subject_id": 4, "workflow_id": 10, "metadata": '{"a":1,"retired":"mine"}'},
        ],
    ),
    SubjectExample(
        "the record of 2016, with a member more and a null that is not repeated",
        [f'{{"5":{{"retired":{EARLY}}}}}'],
        [
            {
                "subject_id": 5,
                "workflow_id": 10,
                "retired": RETIRED_ROW | {"retirement_reason": None, "extra": '{"set_member_subject_id":3}'},
                "metadata": "{}",
            }
        ],
    ),
    SubjectExample(
        "members of other types: read by rule 8, and kept",
        ['{"5":{"retired":{"id":"12","created_at":"2024-02-21 09:44:28 UTC","retirement_reason":4,"retired_at":7}}}'],
        [
            {
                "subject_id": 5,
                "workflow_id": 10,
                "retired": dict.fromkeys(RETIRED_ROW)
                | {
                    "id": 12,
                    "created_at": datetime(2024, 2, 21, 9, 44, 28, tzinfo=UTC),
                    "extra": (
                        '{"id":"12","created_at":"2024-02-21 09:44:28 UTC","retirement_reason":4,"retired_at":7}'
                    ),
                },
                "metadata": "{}",
            }
        ],
    ),
    SubjectExample(
        "the first seen of each workflow; the same again is no change; other keys are no subjects",
        [
            '{"2":{"retired":null,"a":1},"x":{"a":1},"1":{"retired":null}}',
            '{"2":{"retired":null, "a":1}}',
            '{"2":{"retired":null,"a":2},"1.0":{}}',
            '{"2":{"retired":null,"a":2}}',
            '{"02":{"retired":null,"a":1}}',
        ],
        [
            {"subject_id": 2, "workflow_id": 10, "metadata": '{"a":1}'},
            {"subject_id": 1, "workflow_id": 10, "metadata": "{}"},
            {"subject_id": 2, "workflow_id": 11, "metadata": '{"a":2}'},
            {"subject_id": 2, "metadata": '{"a":1}'},
        ],
        workflow_ids=(10, 10, 10, 11, ""),
        no_subject_ids=2,
        changed_subjects=1,
    ),
    SubjectExample(
        "a subject that is no object, no subjects, no cell",
        ['{"1":[1, 2],"2":null,"3":"s"}', "{}", ""],
        [
            {"subject_id": 1, "workflow_id": 10, "metadata": "[1,2]"},
            {"subject_id": 2, "workflow_id": 10},
            {"subject_id": 3, "workflow_id": 10, "metadata": '"s"'},
        ],
    ),
]
