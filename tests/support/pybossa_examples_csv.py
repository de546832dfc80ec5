"""Examples of project downloads in CSV: layouts P1, P2 and P3."""

from support.pybossa_example import Example, at, csv_text

_P1 = (
    "task_run__calibration,task_run__created,task_run__finish_time,task_run__id,task_run__info,task_run__project_id,"
    "task_run__task_id,task_run__timeout,task_run__user_id,task_run__user_ip"
)


def _p1(number: int, cell: str) -> str:
    quoted = '"' + cell.replace('"', '""') + '"'
    return f"None,2016-07-04T16:14:26.236857,None,{number},{quoted},45,6805,None,10,None"


def _p1_row(number: int, info: str | None, kind: str) -> dict[str, object]:
    row: dict[str, object] = {"id": number, "project_id": 45, "task_id": 6805, "user_id": 10}
    row |= {"created": at("2016-07-04T16:14:26.236857"), "info_kind": kind}
    return row if info is None else row | {"info": info}


_INFOS = [
    # JSON
    ('{"category": "2", "ids": [1, 2]}', '{"category":"2","ids":[1,2]}', "object"),
    ("65", "65", "number"),
    ('"a"', '"a"', "string"),
    ("null", None, "null"),
    # A null of the server's.
    ("None", None, "null"),
    # Python 2
    (
        "[{u'a': u'caf\\xe9', u'b': None, u'c': True, u'd': (1, 2L), u'e': \"it's\", u'f': 0.5, u'g': -3, u'h': []}]",
        '[{"a":"café","b":null,"c":true,"d":[1,2],"e":"it\'s","f":0.5,"g":-3,"h":[]}]',
        "array",
    ),
    (
        "{u'tab': u'a\\tb\\\\c\\n', u'q': u'say \"x\"', u'\\u20ac': u'\\U0001f600'}",
        '{"tab":"a\\tb\\\\c\\n","q":"say \\"x\\"","€":"😀"}',
        "object",
    ),
    ("[u'\\ud83d\\ude00']", '["😀"]', "array"),
    ("10L", "10", "number"),
    ("True", "true", "boolean"),
    # Python 3
    ("['a', \"b'c\", (1,), (), {'k': False}]", '["a","b\'c",[1],[],{"k":false}]', "array"),
    ("[1.5e-07, 1e+16]", "[1.5e-07,1e+16]", "array"),
    # Neither
    ("SKIPPED,term", '"SKIPPED,term"', "string"),
    ("1,2,6", '"1,2,6"', "string"),
    ("{'a': 1", "\"{'a': 1\"", "string"),
    ("{1, 2}", '"{1, 2}"', "string"),
    ("NA", '"NA"', "string"),
    ("it's", '"it\'s"', "string"),
    ("__import__('os')", "\"__import__('os')\"", "string"),
]

P1 = [
    Example(
        "P1: the whole-info cell",
        csv_text(_P1, *(_p1(number, cell) for number, (cell, _, _) in enumerate(_INFOS)), end="\r\n"),
        "pybossa.task_runs",
        {"task_runs": [_p1_row(number, info, kind) for number, (_, info, kind) in enumerate(_INFOS)]},
        leniencies={"crlf": len(_INFOS) + 1, "time_form": len(_INFOS)},
        made=True,
    ),
    Example(
        "P1: JSON keeps its tokens",
        csv_text(_P1, _p1(1, '{"a": 1.50, "b": "\\u00e9"}')),
        "pybossa.task_runs",
        {
            "task_runs": [_p1_row(1, '{"a":1.50,"b":"\\u00e9"}', "object")],
            "answers": [
                {
                    "id": 1,
                    "task_id": 6805,
                    "project_id": 45,
                    "user_id": 10,
                    "key": "a",
                    "answer_index": 0,
                    "kind": "number",
                    "answer": "1.50",
                    "number": 1.5,
                },
                {
                    "id": 1,
                    "task_id": 6805,
                    "project_id": 45,
                    "user_id": 10,
                    "key": "b",
                    "answer_index": 1,
                    "kind": "string",
                    "answer": "é",
                },
            ],
        },
    ),
    Example(
        "P1: exploded columns are not written, unknown ones are; app_id",
        csv_text(
            "task__app_id,task__created,task__fav_user_ids,task__flag,task__id,task__info,task__priority_0,task__state,"
            "taskinfo__target,taskinfo__title",
            'None,None,"[1, 2L]",x,1,"{""target"": ""https://t.example"", ""title"": ""T""}",0.0,None,'
            "https://t.example,T",
            "12,None,None,None,2,None,0.5,ongoing,,",
            "12,None,[],None,3,None,None,ongoing,,",
            "12,None,None,None,three,None,None,ongoing,,",
            "12,None,None,None,4,None,None,ongoing,",
        ),
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 1,
                    "fav_user_ids": [1, 2],
                    "priority_0": 0.0,
                    "target": "https://t.example",
                    "title": "T",
                    "info": '{"target":"https://t.example","title":"T"}',
                    "info_kind": "object",
                    "task__flag": "x",
                },
                {"id": 2, "project_id": 12, "priority_0": 0.5, "state": "ongoing", "info_kind": "null"},
                {"id": 3, "project_id": 12, "fav_user_ids": [], "state": "ongoing", "info_kind": "null"},
            ]
        },
        [
            (4, "type", "12,None,None,None,three,None,None,ongoing,,"),
            (5, "fields", "12,None,None,None,4,None,None,ongoing,"),
        ],
    ),
    Example(
        "P1: annotations in a Python list",
        csv_text(
            "task_run__id,task_run__info,task_run__task_id,task_run__user_id",
            "1,\"[{u'motivation': u'tagging', u'type': u'Annotation', u'target': {u'source': u's', u'selector': "
            "{u'value': u'?xywh=1,2,3,4'}}, u'body': {u'purpose': u'tagging', u'value': u'title'}}]\",5,None",
        ),
        "pybossa.task_runs",
        {
            "answers": [],
            "annotations": [
                {
                    "task_run_id": 1,
                    "task_id": 5,
                    "annotation_index": 0,
                    "motivation": "tagging",
                    "target": "s",
                    "selector": "?xywh=1,2,3,4",
                    "x": 1.0,
                    "y": 2.0,
                    "width": 3.0,
                    "height": 4.0,
                    "tag": "title",
                    "raw_body": '{"purpose":"tagging","value":"title"}',
                    "raw_target": '{"source":"s","selector":{"value":"?xywh=1,2,3,4"}}',
                }
            ],
        },
        made=True,
    ),
]

TASKS = [
    Example(
        "P3: a child task, its ids made floats",
        csv_text(
            "calibration,created,fav_user_ids,id,info_link,info_manifest,info_parent_annotation_id,info_parent_task_id,"
            "info_target_selector_value,info_target_source,n_answers,priority_0,project_id,quorum,state",
            '0,2018-01-04T12:43:30.234351,"[7, 8]",78354,l,m,p,69898.0,"?xywh=297,2408,1881,223",s,3,0.0,97,0,'
            "completed",
            ",,,2,,,,,,,,,,,",
        ),
        "pybossa.tasks",
        {
            "tasks": [
                {
                    "id": 78354,
                    "project_id": 97,
                    "created": at("2018-01-04T12:43:30.234351"),
                    "state": "completed",
                    "quorum": 0,
                    "calibration": 0,
                    "priority_0": 0.0,
                    "n_answers": 3,
                    "fav_user_ids": [7, 8],
                    "target": "s",
                    "selector": "?xywh=297,2408,1881,223",
                    "x": 297.0,
                    "y": 2408.0,
                    "width": 1881.0,
                    "height": 223.0,
                    "parent_task_id": 69898,
                    "parent_annotation_id": "p",
                    "manifest": "m",
                    "link": "l",
                    "info": '{"link":"l","manifest":"m","parent_annotation_id":"p","parent_task_id":"69898.0",'
                    '"target_selector_value":"?xywh=297,2408,1881,223","target_source":"s"}',
                    "info_kind": "flattened",
                },
                {"id": 2},
            ]
        },
        leniencies={"time_form": 1},
        made=True,
    ),
    Example(
        "P2: lists in columns of their own, in whatever order they stand",
        csv_text(
            "fav_user_ids,fav_user_ids_0,fav_user_ids_1,fav_user_ids_10,fav_user_ids_2,id,link,state,x",
            ",1,2.0,4,3,1,L,ongoing,X",
            ",5,,,,2,,,",
            ",,,,,3,,,",
            '"[9]",,,,,4,,"",""',
            ",a,,,,5,,,",
        ),
        "pybossa.tasks",
        {
            "tasks": [
                {"id": 1, "fav_user_ids": [1, 2, 3, 4], "state": "ongoing", "link_7": "L", "x_9": "X"},
                {"id": 2, "fav_user_ids": [5]},
                {"id": 3},
                {"id": 4, "fav_user_ids": [9], "state": "", "x_9": ""},
            ]
        },
        [(5, "type", ",a,,,,5,,,")],
        leniencies={"float_as_integer": 1},
    ),
]

_RUN = {"task_id": 5, "project_id": 66, "user_id": 580}

TASK_RUNS = [
    Example(
        "P3: info flat, whole, both or neither",
        csv_text(
            "created,finish_time,id,info,info_a,info_a_b,project_id,task_id,user_id",
            r"\x323032302d30312d30315430303a30303a30302e313233343536,,1,,x,None,66,5,580.0",
            ',,2,"SKIPPED,term",,,66,5,580',
            ",,3,65,,,66,5,580",
            ',,4,"{""oclc"": ""1""}",1,,66,5,580',
            ",,5,[u'a'],1,,66,5,580",
            ",,6,text,1,,66,5,580",
            ',,7,,"","",66,5,580',
        ),
        "pybossa.task_runs",
        {
            "task_runs": [
                {
                    "id": 1,
                    **_RUN,
                    "created": at("2020-01-01T00:00:00.123456"),
                    "info": '{"a":"x","a_b":"None"}',
                    "info_kind": "flattened",
                },
                {"id": 2, **_RUN, "info": '"SKIPPED,term"', "info_kind": "string"},
                {"id": 3, **_RUN, "info": '"65"', "info_kind": "string"},
                {"id": 4, **_RUN, "info": '{"oclc":"1"}', "info_kind": "object"},
                {"id": 5, **_RUN, "info": '["a"]', "info_kind": "array"},
                {"id": 6, **_RUN, "info": '"text"', "info_kind": "string"},
                {"id": 7, **_RUN},
            ],
            "answers": [
                {"id": 1, **_RUN, "key": "a", "answer_index": 0, "kind": "string", "answer": "x"},
                {"id": 1, **_RUN, "key": "a_b", "answer_index": 1, "kind": "string", "answer": "None"},
                {"id": 2, **_RUN, "answer_index": 0, "kind": "string", "answer": "SKIPPED,term"},
                {"id": 3, **_RUN, "answer_index": 0, "kind": "string", "answer": "65"},
                {"id": 4, **_RUN, "key": "oclc", "answer_index": 0, "kind": "string", "answer": "1"},
                {"id": 6, **_RUN, "answer_index": 0, "kind": "string", "answer": "text"},
            ],
        },
        leniencies={"hex_time": 1, "float_as_integer": 1},
    ),
    Example(
        "P3: flattened annotations",
        csv_text(
            "id,info_0_body_0_purpose,info_0_body_0_value,info_0_target,info_0_type,info_10_body,info_10_target,"
            "info_2_note,info_x,task_id,user_id",
            "1,describing,V,t,Annotation,B,T,n,y,5,7",
            "2,,,,,,,,y,5,7",
        ),
        "pybossa.task_runs",
        {
            "annotations": [
                {
                    "task_run_id": 1,
                    "task_id": 5,
                    "user_id": 7,
                    "annotation_index": 0,
                    "target": "t",
                    "value": "V",
                    "raw_body": '[{"purpose":"describing","value":"V"}]',
                },
                {"task_run_id": 1, "task_id": 5, "user_id": 7, "annotation_index": 10, "target": "T", "value": "B"},
            ]
        },
        made=True,
    ),
]

RESULTS = [
    Example(
        "P3: results",
        csv_text(
            "created,id,info_annotations,info_annotations_0_body_purpose,info_annotations_0_body_value,"
            "info_annotations_0_target,info_annotations_0_type,info_has_children,last_version,project_id,task_id,"
            "task_run_ids",
            '2018-02-08T22:15:07,1,,describing,V,t,Annotation,,True,66,101,"[1001, 1002]"',
            "2018-02-08T22:15:07,2,https://c.example/,,,,,True,False,66,102,[1]",
        ),
        "pybossa.results",
        {
            "results": [
                {
                    "id": 1,
                    "project_id": 66,
                    "task_id": 101,
                    "task_run_ids": [1001, 1002],
                    "last_version": True,
                    "created": at("2018-02-08T22:15:07"),
                    "info": '{"annotations_0_body_purpose":"describing","annotations_0_body_value":"V",'
                    '"annotations_0_target":"t","annotations_0_type":"Annotation"}',
                    "info_kind": "flattened",
                },
                {
                    "id": 2,
                    "project_id": 66,
                    "task_id": 102,
                    "task_run_ids": [1],
                    "last_version": False,
                    "created": at("2018-02-08T22:15:07"),
                    "info": '{"annotations":"https://c.example/","has_children":"True"}',
                    "info_kind": "flattened",
                },
            ],
            "annotations": [
                {
                    "result_id": 1,
                    "task_id": 101,
                    "project_id": 66,
                    "annotation_index": 0,
                    "target": "t",
                    "value": "V",
                    "raw_body": '{"purpose":"describing","value":"V"}',
                }
            ],
        },
        leniencies={"bool_form": 2, "time_form": 2},
        made=True,
    ),
    Example(
        "P2: task_run_ids in columns of their own tell results",
        csv_text("id,info,task_id,task_run_ids_0,task_run_ids_1", "1,,101,5,6", "2,,102,7,"),
        "pybossa.results",
        {
            "results": [
                {"id": 1, "task_id": 101, "task_run_ids": [5, 6]},
                {"id": 2, "task_id": 102, "task_run_ids": [7]},
            ]
        },
    ),
]

SURROGATES = [
    Example(
        "P1: a lone surrogate rejects the record where it would become text",
        csv_text(
            "task_run__id,task_run__info,task_run__task_id",
            "1,[u'\\ud83d'],5",
            "2,{u'a': u'\\ud83d'},5",
            "x,{u'a': u'\\ud83d'},5",
        ),
        "pybossa.task_runs",
        {"task_runs": [{"id": 1, "task_id": 5, "info": '["\\ud83d"]', "info_kind": "array"}]},
        [(2, "json", "2,{u'a': u'\\ud83d'},5"), (3, "type", "x,{u'a': u'\\ud83d'},5")],
    ),
]

EXAMPLES = [*SURROGATES, *P1, *TASKS, *TASK_RUNS, *RESULTS]
