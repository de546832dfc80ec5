"""Examples of results in JSON."""

from support.pybossa_example import Example, at

EXAMPLES = [
    Example(
        "results of every period",
        """[{"info": {"oclc": "1", "analysis_complete": true}, "task_id": 105, "created": "2016-06-20T10:00:00.000002",
          "last_version": true, "task_run_ids": [1008, 1009], "project_id": 66, "id": 5},
          {"info": {"annotations": "https://annotations.example/c/", "rejected": "invalid-task", "has_children": true},
          "task_id": 106, "created": null, "last_version": true, "task_run_ids": [], "project_id": 66, "id": 6},
          {"info": null, "task_id": 107, "last_version": false, "task_run_ids": null, "id": 7},
          {"info": {"annotations": []}, "task_id": 108, "last_version": true, "task_run_ids": [1, null], "id": 8}]""",
        "pybossa.results",
        {
            "results": [
                {
                    "id": 5,
                    "project_id": 66,
                    "task_id": 105,
                    "task_run_ids": [1008, 1009],
                    "last_version": True,
                    "created": at("2016-06-20T10:00:00.000002"),
                    "info": '{"oclc":"1","analysis_complete":true}',
                    "info_kind": "object",
                },
                {
                    "id": 6,
                    "project_id": 66,
                    "task_id": 106,
                    "task_run_ids": [],
                    "last_version": True,
                    "info": '{"annotations":"https://annotations.example/c/","rejected":"invalid-task",'
                    '"has_children":true}',
                    "info_kind": "object",
                },
                {"id": 7, "task_id": 107, "last_version": False, "info_kind": "null"},
                {
                    "id": 8,
                    "task_id": 108,
                    "task_run_ids": [1, None],
                    "last_version": True,
                    "info": '{"annotations":[]}',
                    "info_kind": "object",
                },
            ],
            "answers": [
                {
                    "id": 5,
                    "task_id": 105,
                    "project_id": 66,
                    "key": "oclc",
                    "answer_index": 0,
                    "kind": "string",
                    "answer": "1",
                },
                {
                    "id": 5,
                    "task_id": 105,
                    "project_id": 66,
                    "key": "analysis_complete",
                    "answer_index": 1,
                    "kind": "boolean",
                    "answer": "true",
                },
                {
                    "id": 6,
                    "task_id": 106,
                    "project_id": 66,
                    "key": "rejected",
                    "answer_index": 1,
                    "kind": "string",
                    "answer": "invalid-task",
                },
                {
                    "id": 6,
                    "task_id": 106,
                    "project_id": 66,
                    "key": "has_children",
                    "answer_index": 2,
                    "kind": "boolean",
                    "answer": "true",
                },
            ],
            "annotations": [],
        },
    ),
    Example(
        "a list of ids that holds something else rejects the record",
        '[{"id":1,"task_id":5,"task_run_ids":["1"]},{"id":2,"task_id":5,"task_run_ids":5},'
        '{"id":3,"task_id":5,"last_version":"true"},{"id":4,"task_id":5,"last_version":true,"task_run_ids":[2.0]}]',
        "pybossa.results",
        {"results": [{"id": 4, "task_id": 5, "last_version": True, "task_run_ids": [2]}]},
        rejects=[
            (1, "type", '{"id":1,"task_id":5,"task_run_ids":["1"]}'),
            (2, "json_type", '{"id":2,"task_id":5,"task_run_ids":5}'),
            (3, "type", '{"id":3,"task_id":5,"last_version":"true"}'),
        ],
        leniencies={"float_as_integer": 1},
    ),
]
