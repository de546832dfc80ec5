"""Examples of annotations: in task runs, in results, as the records of a collection."""

from support.pybossa_example import Example, Rows, at

_RAW_SOFTWARE = '{"id":"https://g.example/viewer","type":"Software"}'

IN_RECORDS = [
    Example(
        "a volunteer's annotations, and items that are none",
        """[{"id":1001,"task_id":101,"project_id":66,"user_id":7,"finish_time":"2018-06-20T10:01:00.654321","info":[
          {"@context":"http://www.w3.org/ns/anno.jsonld","id":"u-1","type":"Annotation","motivation":"tagging",
          "created":"2017-09-16T18:13:31.690Z","generated":"2017-09-16T18:13:31Z",
          "modified":"2017-11-17T10:03:40.753139",
          "generator":{"id":"https://g.example/viewer","type":"Software"},
          "target":{"source":"https://c.example/1","selector":{"value":"xywh=297.25,2408.5,1881.0,223"}},
          "body":[{"purpose":"tagging","value":"title"},
          {"type":"SpecificResource","purpose":"classifying","source":"http://purl.example/title"}]},
          5, {"note":1},
          {"body":"plain","target":"https://c.example/2","rights":"CC0"}]}]""",
        "pybossa.task_runs",
        {
            "answers": [],
            "annotations": [
                {
                    "task_run_id": 1001,
                    "task_id": 101,
                    "project_id": 66,
                    "user_id": 7,
                    "finish_time": at("2018-06-20T10:01:00.654321"),
                    "annotation_index": 0,
                    "id": "u-1",
                    "motivation": "tagging",
                    "created": at("2017-09-16T18:13:31.690"),
                    "generated": at("2017-09-16T18:13:31"),
                    "modified": at("2017-11-17T10:03:40.753139"),
                    "generator": "https://g.example/viewer",
                    "target": "https://c.example/1",
                    "selector": "xywh=297.25,2408.5,1881.0,223",
                    "x": 297.25,
                    "y": 2408.5,
                    "width": 1881.0,
                    "height": 223.0,
                    "tag": "title",
                    "classification": "http://purl.example/title",
                    "raw_body": '[{"purpose":"tagging","value":"title"},{"type":"SpecificResource",'
                    '"purpose":"classifying","source":"http://purl.example/title"}]',
                    "raw_target": '{"source":"https://c.example/1","selector":{"value":"xywh=297.25,2408.5,1881.0,223"}}',
                    "raw_generator": _RAW_SOFTWARE,
                },
                {
                    "task_run_id": 1001,
                    "task_id": 101,
                    "project_id": 66,
                    "user_id": 7,
                    "finish_time": at("2018-06-20T10:01:00.654321"),
                    "annotation_index": 3,
                    "target": "https://c.example/2",
                    "value": "plain",
                    "extra": '{"rights":"CC0"}',
                },
            ],
        },
    ),
    Example(
        "annotations of a result; its other answers keep their places",
        """[{"id":1,"task_id":101,"project_id":66,"last_version":true,"info":{"annotations":[{"type":"Annotation",
          "generator":{"id":"http://b.example/api/task/9"}}],"rejected":"no"}},
          {"id":2,"task_id":102,"last_version":true,"info":[{"type":"Annotation"}]}]""",
        "pybossa.results",
        {
            "answers": [
                {
                    "id": 1,
                    "task_id": 101,
                    "project_id": 66,
                    "key": "rejected",
                    "answer_index": 1,
                    "kind": "string",
                    "answer": "no",
                }
            ],
            "annotations": [
                {
                    "result_id": 1,
                    "task_id": 101,
                    "project_id": 66,
                    "annotation_index": 0,
                    "generator": "http://b.example/api/task/9",
                    "raw_generator": '{"id":"http://b.example/api/task/9"}',
                }
            ],
        },
    ),
]


def _collection(name: str, text: str, annotation: dict[str, object], kind: str = "libcrowds.annotations") -> Example:
    return Example(name, f"[{text}]", kind, {"annotations": [{"annotation_index": 0, **annotation}]})


MEMBERS = [
    _collection(
        "generators name the task and the result",
        '{"type":"Annotation","generator":["https://g.example/1",{"id":"http://b.example/api/task/78482"},'
        '{"id":"http://b.example/api/task/5"},{"id":"http://b.example/api/result/9"},{"id":"http://x/api/task/1/"}]}',
        {
            "task_id": 78482,
            "result_id": 9,
            "generator": "https://g.example/1",
            "raw_generator": '["https://g.example/1",{"id":"http://b.example/api/task/78482"},'
            '{"id":"http://b.example/api/task/5"},{"id":"http://b.example/api/result/9"},{"id":"http://x/api/task/1/"}]',
        },
    ),
    _collection(
        "a generator that is a bare string",
        '{"type":"Annotation","generator":"http://b.example/api/result/9","creator":"https://p.example/1"}',
        {"result_id": 9, "generator": "http://b.example/api/result/9", "creator": "https://p.example/1"},
    ),
    _collection(
        "a creator",
        '{"type":"Annotation","creator":{"id":"https://p.example/1","name":"Joe Bloggs"}}',
        {"creator": "https://p.example/1", "raw_creator": '{"id":"https://p.example/1","name":"Joe Bloggs"}'},
    ),
    _collection(
        "members of another type stay in extra",
        '{"type":["Annotation"],"@context":"https://c.example","body":null,"target":["https://t.example"],"id":5,'
        '"motivation":["tagging"],"created":"018-02-08T22:15:07.152Z","generated":7,"modified":null,"partOf":{"id":"p"}}',
        {
            "raw_body": "null",
            "raw_target": '["https://t.example"]',
            "extra": '{"type":["Annotation"],"@context":"https://c.example","id":5,"motivation":["tagging"],'
            '"created":"018-02-08T22:15:07.152Z","generated":7,"modified":null,"partOf":{"id":"p"}}',
        },
    ),
    _collection(
        "a link: body and target are bare strings",
        '{"type":"Annotation","motivation":"linking","body":"https://b.example","target":"https://t.example#xywh=1,2,3,4",'
        '"partOf":"https://m.example"}',
        {
            "motivation": "linking",
            "value": "https://b.example",
            "target": "https://t.example#xywh=1,2,3,4",
            "part_of": "https://m.example",
        },
    ),
    _collection(
        "a body without a purpose, a source with an id",
        '{"type":"Annotation","motivation":"tagging","body":{"type":"TextualBody","value":"cat"},'
        '"target":{"scope":"https://s.example","source":{"id":"https://t.example"}}}',
        {
            "motivation": "tagging",
            "value": "cat",
            "target": "https://t.example",
            "raw_body": '{"type":"TextualBody","value":"cat"}',
            "raw_target": '{"scope":"https://s.example","source":{"id":"https://t.example"}}',
        },
        "libcrowds.tagging",
    ),
    _collection(
        "which body gives the value",
        '{"type":"Annotation","body":[{"value":"no purpose"},{"purpose":"commenting","value":"comment"},'
        '{"purpose":"describing","value":"first"},{"purpose":"describing","value":"second"},'
        '{"purpose":"classifying","value":"class"},{"purpose":"linking","value":"link"}]}',
        {
            "value": "first",
            "classification": "class",
            "raw_body": '[{"value":"no purpose"},{"purpose":"commenting","value":"comment"},'
            '{"purpose":"describing","value":"first"},{"purpose":"describing","value":"second"},'
            '{"purpose":"classifying","value":"class"},{"purpose":"linking","value":"link"}]',
        },
    ),
    _collection(
        "a value of another type is not passed over",
        '{"type":"Annotation","body":[{"purpose":"describing","value":5},{"purpose":"commenting","value":"comment"}]}',
        {"raw_body": '[{"purpose":"describing","value":5},{"purpose":"commenting","value":"comment"}]'},
    ),
    Example(
        "an object that is no annotation is a row all the same",
        '[{"type":"Annotation"},{"note":1},7]',
        "libcrowds.annotations",
        {"annotations": [{"annotation_index": 0}, {"annotation_index": 1, "extra": '{"note":1}'}]},
        [(3, "json_type", "7")],
    ),
]

_GRAMMAR = {
    "?xywh=1,2,3,4": (1.0, 2.0, 3.0, 4.0),
    "#xywh=pixel:1.5,-2,3.25,4": (1.5, -2.0, 3.25, 4.0),
    "xywh=0.0,0,0,0": (0.0, 0.0, 0.0, 0.0),
    "?xywh=percent:1,2,3,4": None,
    "?xywh=1,2,3": None,
    "?xywh=1,2,3,4,5": None,
    "xywh=1, 2, 3, 4": None,
    "?xywh=NaN,2,3,4": None,
    "xywh=1e3,2,3,4": None,
    "??xywh=1,2,3,4": None,
    " xywh=1,2,3,4": None,
    "t=1,2": None,
}


def _boxes() -> Rows:
    rows: Rows = []
    for place, (selector, box) in enumerate(_GRAMMAR.items()):
        raw = f'{{"source":"s","selector":{{"value":"{selector}"}}}}'
        row: dict[str, object] = {"annotation_index": place, "target": "s", "selector": selector, "raw_target": raw}
        rows.append(row | (dict(zip(("x", "y", "width", "height"), box, strict=True)) if box else {}))
    return rows


GRAMMAR = Example(
    "the grammar of a selector",
    "["
    + ",".join(
        f'{{"type":"Annotation","target":{{"source":"s","selector":{{"value":"{selector}"}}}}}}'
        for selector in _GRAMMAR
    )
    + "]",
    "libcrowds.annotations",
    {"annotations": _boxes()},
)

EXAMPLES = [*IN_RECORDS, *MEMBERS, GRAMMAR]
