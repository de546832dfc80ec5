"""Examples of tasks and task runs in JSON."""

from support.pybossa_example import Example, at

TASKS = [
    Example(
        "a task as the Flickr importer made it",
        """[{"info": {"url": "https://f.example/1.jpg", "link": "https://www.flickr.com/photos/o/1",
          "title": "000615", "url_m": "m", "url_b": "b"}, "n_answers": 3, "quorum": 0, "calibration": 0,
          "created": "2016-09-15T09:29:56.309291", "state": "completed", "project_id": 343, "id": 66416,
          "priority_0": 0.0, "fav_user_ids": null}]""",
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 66416,
                    "project_id": 343,
                    "created": at("2016-09-15T09:29:56.309291"),
                    "state": "completed",
                    "quorum": 0,
                    "calibration": 0,
                    "priority_0": 0.0,
                    "n_answers": 3,
                    "title": "000615",
                    "link": "https://www.flickr.com/photos/o/1",
                    "url": "https://f.example/1.jpg",
                    "info": '{"url":"https://f.example/1.jpg","link":"https://www.flickr.com/photos/o/1",'
                    '"title":"000615","url_m":"m","url_b":"b"}',
                    "info_kind": "object",
                }
            ]
        },
        leniencies={"time_form": 1},
    ),
    Example(
        "a child task: its target is an object",
        """[{"id":78354,"project_id":97,"state":"ongoing","fav_user_ids":[7,8],"info":{"target":{"source":
          "https://api.example/x","selector":{"type":"FragmentSelector","value":"?xywh=-18,2128,1436.5,183"}},
          "parent_task_id":69898,"parent_annotation_id":"https://e.example/wa/1","manifest":"https://m.example",
          "tag":"title","tileSource":"https://t.example/info.json"}}]""",
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 78354,
                    "project_id": 97,
                    "state": "ongoing",
                    "fav_user_ids": [7, 8],
                    "target": "https://api.example/x",
                    "selector": "?xywh=-18,2128,1436.5,183",
                    "x": -18.0,
                    "y": 2128.0,
                    "width": 1436.5,
                    "height": 183.0,
                    "parent_task_id": 69898,
                    "parent_annotation_id": "https://e.example/wa/1",
                    "manifest": "https://m.example",
                    "tag": "title",
                    "info": '{"target":{"source":"https://api.example/x","selector":{"type":"FragmentSelector",'
                    '"value":"?xywh=-18,2128,1436.5,183"}},"parent_task_id":69898,'
                    '"parent_annotation_id":"https://e.example/wa/1","manifest":"https://m.example","tag":"title",'
                    '"tileSource":"https://t.example/info.json"}',
                    "info_kind": "object",
                }
            ]
        },
    ),
    Example(
        "what does not fit a column taken from info stays in info alone",
        """[{"id":1,"state":"ongoing","info":{"target":5,"title":7,"manifest":{"id":"m"},"parent_task_id":1.5,
          "link":null}},
          {"id":2,"state":"ongoing","info":["target"]},
          {"id":3,"state":"ongoing","info":{"target":"https://t.example","parent_task_id":"12"}}]""",
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 1,
                    "state": "ongoing",
                    "info": '{"target":5,"title":7,"manifest":{"id":"m"},"parent_task_id":1.5,"link":null}',
                    "info_kind": "object",
                },
                {"id": 2, "state": "ongoing", "info": '["target"]', "info_kind": "array"},
                {
                    "id": 3,
                    "state": "ongoing",
                    "target": "https://t.example",
                    "parent_task_id": 12,
                    "info": '{"target":"https://t.example","parent_task_id":"12"}',
                    "info_kind": "object",
                },
            ]
        },
    ),
    Example(
        "an old file's app_id, and members of the API alone",
        """[{"info":null,"app_id":12,"id":1,"state":"ongoing","link":"<link rel='self'/>","links":["a", 1]},
          {"info":null,"app_id":12,"project_id":13,"id":2,"state":"ongoing"}]""",
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 1,
                    "project_id": 12,
                    "state": "ongoing",
                    "info_kind": "null",
                    "extra": """{"link":"<link rel='self'/>","links":["a",1]}""",
                },
                {"id": 2, "project_id": 13, "state": "ongoing", "info_kind": "null", "extra": '{"app_id":12}'},
            ]
        },
    ),
]

_RUN = '"id":%d,"task_id":5,"project_id":66,"user_id":7,"finish_time":"2018-06-20T10:01:00.654321"'
_OWN = {
    "task_id": 5,
    "project_id": 66,
    "user_id": 7,
    "finish_time": at("2018-06-20T10:01:00.654321"),
}
_ANSWER = {"task_id": 5, "project_id": 66, "user_id": 7}


def _runs(*infos: str) -> str:
    return "[" + ", ".join(f'{{"info": {info}, {_RUN % number}}}' for number, info in enumerate(infos, 1)) + "]"


def _row(number: int, **columns: object) -> dict[str, object]:
    return {"id": number, **_OWN, **columns}


TASK_RUNS = [
    Example(
        "info of every type",
        _runs(
            '"SKIPPED,term"',
            "65",
            "null",
            "true",
            "[]",
            "{}",
            '{"oclc": "000615", "n": 1.50, "none": null, "": "None", "deep": {"a": [1, "\\u00e9"]}, "b": false}',
            "[1, [2]]",
            '""',
        ),
        "pybossa.task_runs",
        {
            "task_runs": [
                _row(1, info='"SKIPPED,term"', info_kind="string"),
                _row(2, info="65", info_kind="number"),
                _row(3, info_kind="null"),
                _row(4, info="true", info_kind="boolean"),
                _row(5, info="[]", info_kind="array"),
                _row(6, info="{}", info_kind="object"),
                _row(
                    7,
                    info='{"oclc":"000615","n":1.50,"none":null,"":"None","deep":{"a":[1,"\\u00e9"]},"b":false}',
                    info_kind="object",
                ),
                _row(8, info="[1,[2]]", info_kind="array"),
                _row(9, info='""', info_kind="string"),
            ],
            "answers": [
                {"id": 1, **_ANSWER, "answer_index": 0, "kind": "string", "answer": "SKIPPED,term"},
                {"id": 2, **_ANSWER, "answer_index": 0, "kind": "number", "answer": "65", "number": 65.0},
                {"id": 4, **_ANSWER, "answer_index": 0, "kind": "boolean", "answer": "true"},
                {"id": 7, **_ANSWER, "key": "oclc", "answer_index": 0, "kind": "string", "answer": "000615"},
                {"id": 7, **_ANSWER, "key": "n", "answer_index": 1, "kind": "number", "answer": "1.50", "number": 1.5},
                {"id": 7, **_ANSWER, "key": "none", "answer_index": 2, "kind": "null"},
                {"id": 7, **_ANSWER, "key": "", "answer_index": 3, "kind": "string", "answer": "None"},
                {
                    "id": 7,
                    **_ANSWER,
                    "key": "deep",
                    "answer_index": 4,
                    "kind": "object",
                    "json": '{"a":[1,"\\u00e9"]}',
                },
                {"id": 7, **_ANSWER, "key": "b", "answer_index": 5, "kind": "boolean", "answer": "false"},
                {"id": 9, **_ANSWER, "answer_index": 0, "kind": "string", "answer": ""},
            ],
            "annotations": [],
        },
        leniencies={"time_form": 9},
    ),
    Example(
        "all scalars of a task run, and a record without info",
        """[{"id":1,"created":"2018-06-20T10:01:00","project_id":66,"task_id":5,"user_id":null,
          "user_ip":"192.0.2.10","finish_time":null,"timeout":4,"calibration":0,"external_uid":"ext-1",
          "media_url":"https://m.example","info":null},
          {"id":2.0,"task_id":6,"user_id":null}]""",
        "pybossa.task_runs",
        {
            "task_runs": [
                {
                    "id": 1,
                    "project_id": 66,
                    "task_id": 5,
                    "user_ip": "192.0.2.10",
                    "external_uid": "ext-1",
                    "created": at("2018-06-20T10:01:00"),
                    "timeout": 4,
                    "calibration": 0,
                    "media_url": "https://m.example",
                    "info_kind": "null",
                },
                {"id": 2, "task_id": 6},
            ],
            "answers": [],
        },
        leniencies={"time_form": 1, "float_as_integer": 1},
    ),
    Example(
        "created as hex text of a time",
        '[{"id":1,"task_id":5,"created":"\\\\x323032302d30312d30315430303a30303a30302e313233343536","info":1},'
        '{"id":2,"task_id":5,"created":"\\\\x3230","info":1},'
        '{"id":3,"task_id":5,"finish_time":"\\\\x323032302d30312d30315430303a30303a3030","info":1}]',
        "pybossa.task_runs",
        {
            "task_runs": [
                {
                    "id": 1,
                    "task_id": 5,
                    "created": at("2020-01-01T00:00:00.123456"),
                    "info": "1",
                    "info_kind": "number",
                }
            ]
        },
        rejects=[
            (2, "type", '{"id":2,"task_id":5,"created":"\\\\x3230","info":1}'),
            (
                3,
                "type",
                '{"id":3,"task_id":5,"finish_time":"\\\\x323032302d30312d30315430303a30303a3030","info":1}',
            ),
        ],
        leniencies={"hex_time": 1},
    ),
    Example(
        "a scalar of another type rejects the record",
        '[{"id":1,"task_id":5,"info":0},{"id":"2","task_id":5,"info":0},{"id":3,"task_id":5.5,"info":0},'
        '{"id":4,"task_id":5,"user_ip":6,"info":0},{"id":5,"task_id":5,"created":"Date(1400)","info":0},'
        '{"id":6,"task_id":[5],"info":0},{"id":7,"task_id":true,"info":0},{"id":8,"task_id":5,"created":1,"info":0},'
        '{"id":9223372036854775808,"task_id":5,"info":0},{"id":10,"task_id":5,"info":0}]',
        "pybossa.task_runs",
        {
            "task_runs": [
                {"id": 1, "task_id": 5, "info": "0", "info_kind": "number"},
                {"id": 10, "task_id": 5, "info": "0", "info_kind": "number"},
            ]
        },
        rejects=[
            (2, "type", '{"id":"2","task_id":5,"info":0}'),
            (3, "type", '{"id":3,"task_id":5.5,"info":0}'),
            (4, "type", '{"id":4,"task_id":5,"user_ip":6,"info":0}'),
            (5, "type", '{"id":5,"task_id":5,"created":"Date(1400)","info":0}'),
            (6, "type", '{"id":6,"task_id":[5],"info":0}'),
            (7, "type", '{"id":7,"task_id":true,"info":0}'),
            (8, "type", '{"id":8,"task_id":5,"created":1,"info":0}'),
            (9, "type", '{"id":9223372036854775808,"task_id":5,"info":0}'),
        ],
    ),
    Example(
        "duplicate keys and numbers that no float64 holds",
        '[{"id":1,"task_id":5,"info":{"a":1,"a":2},"id":2},'
        '{"id":3,"task_id":5,"info":{"big":123456789012345678901234567890,"huge":1e999,"f":0.10}}]',
        "pybossa.task_runs",
        {
            "task_runs": [
                {"id": 2, "task_id": 5, "info": '{"a":1,"a":2}', "info_kind": "object"},
                {
                    "id": 3,
                    "task_id": 5,
                    "info": '{"big":123456789012345678901234567890,"huge":1e999,"f":0.10}',
                    "info_kind": "object",
                },
            ],
            "answers": [
                {"id": 2, "task_id": 5, "key": "a", "answer_index": 0, "kind": "number", "answer": "2", "number": 2.0},
                {
                    "id": 3,
                    "task_id": 5,
                    "key": "big",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "123456789012345678901234567890",
                    "number": 123456789012345678901234567890.0,
                },
                {"id": 3, "task_id": 5, "key": "huge", "answer_index": 1, "kind": "number", "answer": "1e999"},
                {
                    "id": 3,
                    "task_id": 5,
                    "key": "f",
                    "answer_index": 2,
                    "kind": "number",
                    "answer": "0.10",
                    "number": 0.1,
                },
            ],
        },
        leniencies={"duplicate_keys": 2},
    ),
    Example(
        "a lone surrogate rejects the record where it would become text",
        '[{"id":1,"task_id":5,"info":{"a":["\\ud83d"]}},{"id":2,"task_id":5,"info":{"a":"\\ud83d"}},'
        '{"id":3,"task_id":5,"info":{"a":"\\ud83d\\ude00"}}]',
        "pybossa.task_runs",
        {
            "task_runs": [
                {"id": 1, "task_id": 5, "info": '{"a":["\\ud83d"]}', "info_kind": "object"},
                {"id": 3, "task_id": 5, "info": '{"a":"\\ud83d\\ude00"}', "info_kind": "object"},
            ],
            "answers": [
                {"id": 1, "task_id": 5, "key": "a", "answer_index": 0, "kind": "array", "json": '["\\ud83d"]'},
                {"id": 3, "task_id": 5, "key": "a", "answer_index": 0, "kind": "string", "answer": "\U0001f600"},
            ],
        },
        rejects=[(2, "json", '{"id":2,"task_id":5,"info":{"a":"\\ud83d"}}')],
    ),
]

EXAMPLES = [*TASKS, *TASK_RUNS]
