"""Examples of the values of collections: from annotations, and from CSV layouts A and B."""

from support.pybossa_example import Example, at, csv_text

_ANNO = "http://www.w3.org/ns/anno.jsonld"


def _describing(target: str, tag: str, value: str) -> str:
    bodies = f'[{{"purpose":"describing","value":"{value}"}},{{"purpose":"tagging","value":"{tag}"}}]'
    return f'{{"type":"Annotation","id":"{value}","motivation":"describing","target":"{target}","body":{bodies}}}'


def _value(place: int, target: str, tag: str, number: int, value: str) -> dict[str, object]:
    own: dict[str, object] = {"annotation_index": place, "id": value, "motivation": "describing"}
    return {"target": target, "tag": tag, "value_index": number, "value": value, **own}


VALUES = [
    Example(
        "values count within target and tag",
        f"[{_describing('a', 'title', 'one')}, {_describing('a', 'genre', 'two')}, {_describing('b', 'title', 'three')}"
        f", {_describing('a', 'title', 'four')}]",
        "libcrowds.describing",
        {
            "values": [
                _value(0, "a", "title", 0, "one"),
                _value(1, "a", "genre", 0, "two"),
                _value(2, "b", "title", 0, "three"),
                _value(3, "a", "title", 1, "four"),
            ]
        },
    ),
    Example(
        "values of mixed motivations",
        """[{"type":"Annotation","motivation":"tagging","target":{"source":"a","selector":{"value":"?xywh=1,2,3,4"}},
          "body":{"purpose":"tagging","value":"title"},"generator":[{"id":"https://b/api/task/7"}]},
          {"type":"Annotation","motivation":"commenting","target":"a","body":{"purpose":"commenting","value":"Hm"}},
          {"type":"Annotation","motivation":"linking","target":"a","body":"b"},
          {"type":"Annotation","motivation":"tagging","target":"a","body":{"purpose":"tagging","value":"title"}}]""",
        "libcrowds.annotations",
        {
            "values": [
                {
                    "target": "a",
                    "tag": "title",
                    "value_index": 0,
                    "value": "?xywh=1,2,3,4",
                    "task_id": 7,
                    "x": 1.0,
                    "y": 2.0,
                    "width": 3.0,
                    "height": 4.0,
                    "annotation_index": 0,
                    "motivation": "tagging",
                },
                {
                    "target": "a",
                    "tag": "comment",
                    "value_index": 0,
                    "value": "Hm",
                    "annotation_index": 1,
                    "motivation": "commenting",
                },
                {"target": "a", "value_index": 0, "value": "b", "annotation_index": 2, "motivation": "linking"},
                {"target": "a", "tag": "title", "value_index": 1, "annotation_index": 3, "motivation": "tagging"},
            ]
        },
    ),
    Example(
        "comments",
        '[{"type":"Annotation","motivation":"commenting","target":"a","body":{"purpose":"commenting","value":"Hm"}}]',
        "libcrowds.commenting",
        {
            "values": [
                {
                    "target": "a",
                    "tag": "comment",
                    "value_index": 0,
                    "value": "Hm",
                    "annotation_index": 0,
                    "motivation": "commenting",
                }
            ]
        },
    ),
]

LAYOUT_A = [
    Example(
        "layout A, transcriptions",
        csv_text(
            "date_0,genre_0,genre_10,genre_2,target,title_0,title_1",
            "1818-12-11,,,,https://t.example/1,,",
            ',Farce,Last,Play,https://t.example/2,"Morning, Noon & Night",-05-12',
            ",,,,https://t.example/3,,",
            ',"",,,https://t.example/4,,x',
        ),
        "libcrowds.describing",
        {
            "values": [
                {"target": "https://t.example/1", "tag": "date", "value_index": 0, "value": "1818-12-11"},
                {"target": "https://t.example/2", "tag": "genre", "value_index": 0, "value": "Farce"},
                {"target": "https://t.example/2", "tag": "genre", "value_index": 2, "value": "Play"},
                {"target": "https://t.example/2", "tag": "genre", "value_index": 10, "value": "Last"},
                {"target": "https://t.example/2", "tag": "title", "value_index": 0, "value": "Morning, Noon & Night"},
                {"target": "https://t.example/2", "tag": "title", "value_index": 1, "value": "-05-12"},
                {"target": "https://t.example/4", "tag": "title", "value_index": 1, "value": "x"},
            ]
        },
        leniencies={"no_values": 1},
    ),
    Example(
        "layout A, regions",
        csv_text("target,title_0,title_1", 'a,"?xywh=297,2408,1881,223",', 'b,,"xywh=1,2,3,4"', "c", "d,elsewhere,"),
        "libcrowds.tagging",
        {
            "values": [
                {
                    "target": "a",
                    "tag": "title",
                    "value_index": 0,
                    "value": "?xywh=297,2408,1881,223",
                    "x": 297.0,
                    "y": 2408.0,
                    "width": 1881.0,
                    "height": 223.0,
                },
                {
                    "target": "b",
                    "tag": "title",
                    "value_index": 1,
                    "value": "xywh=1,2,3,4",
                    "x": 1.0,
                    "y": 2.0,
                    "width": 3.0,
                    "height": 4.0,
                },
                {"target": "d", "tag": "title", "value_index": 0, "value": "elsewhere"},
            ]
        },
        [(3, "fields", "c")],
    ),
    Example(
        "layout A, comments",
        csv_text("comment_0,comment_1,target", 'NA,"say ""x""\nline",a'),
        "libcrowds.commenting",
        {
            "values": [
                {"target": "a", "tag": "comment", "value_index": 0, "value": "NA"},
                {"target": "a", "tag": "comment", "value_index": 1, "value": 'say "x"\nline'},
            ]
        },
    ),
]

LAYOUT_B = [
    Example(
        "layout B, every shape of a member",
        csv_text(
            "@context,body_0_purpose,body_0_value,body_1_purpose,body_1_value,body_purpose,body_value,created,"
            "creator_id,creator_name,generator_0_id,generator_1_id,generator_id,id,motivation,partOf,rights,target,"
            "target_selector_value,target_source,type",
            f"{_ANNO},describing,000615,tagging,title,,,2018-05-30T18:29:57Z,,,https://g.example,"
            "http://b.example/api/task/78482,,i-1,describing,https://m.example,,https://t.example/1,,,Annotation",
            ",,,,,describing,x,long ago,https://p.example,Joe,,,http://b.example/api/result/3,i-2,describing,,CC0,,"
            '"?xywh=1,2,3,4",https://t.example/2,Note',
            ",,,,,,,,,,,,,,describing,,,,,,",
        ),
        "libcrowds.describing",
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task_id": 78482,
                    "id": "i-1",
                    "motivation": "describing",
                    "created": at("2018-05-30T18:29:57"),
                    "generator": "https://g.example",
                    "part_of": "https://m.example",
                    "target": "https://t.example/1",
                    "tag": "title",
                    "value": "000615",
                    "raw_body": '[{"purpose":"describing","value":"000615"},{"purpose":"tagging","value":"title"}]',
                    "raw_generator": '[{"id":"https://g.example"},{"id":"http://b.example/api/task/78482"}]',
                },
                {
                    "annotation_index": 1,
                    "result_id": 3,
                    "id": "i-2",
                    "motivation": "describing",
                    "creator": "https://p.example",
                    "generator": "http://b.example/api/result/3",
                    "target": "https://t.example/2",
                    "selector": "?xywh=1,2,3,4",
                    "x": 1.0,
                    "y": 2.0,
                    "width": 3.0,
                    "height": 4.0,
                    "value": "x",
                    "raw_body": '{"purpose":"describing","value":"x"}',
                    "raw_target": '{"selector":{"value":"?xywh=1,2,3,4"},"source":"https://t.example/2"}',
                    "raw_generator": '{"id":"http://b.example/api/result/3"}',
                    "raw_creator": '{"id":"https://p.example","name":"Joe"}',
                    "extra": '{"created":"long ago","rights":"CC0","type":"Note"}',
                },
                {"annotation_index": 2, "motivation": "describing"},
            ],
            "values": [
                {
                    "target": "https://t.example/1",
                    "tag": "title",
                    "value_index": 0,
                    "value": "000615",
                    "task_id": 78482,
                    "annotation_index": 0,
                    "id": "i-1",
                    "motivation": "describing",
                },
                {
                    "target": "https://t.example/2",
                    "value_index": 0,
                    "value": "x",
                    "x": 1.0,
                    "y": 2.0,
                    "width": 3.0,
                    "height": 4.0,
                    "result_id": 3,
                    "annotation_index": 1,
                    "id": "i-2",
                    "motivation": "describing",
                },
                {"value_index": 0, "annotation_index": 2, "motivation": "describing"},
            ],
        },
        made=True,
    ),
    Example(
        "layout B, cells below others that are filled",
        csv_text(
            "0,body_0,body_0_value,body_1_value,id,motivation,target,target_selector,target_selector_value,target_source",
            "z,,b,c,i-1,describing,,,?xywh=1,https://t.example/1",
            ",a,b,c,i-2,describing,https://t.example/2,s,v,w",
            ",,,,i-3,describing,,s,v,w",
        ),
        "libcrowds.describing",
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "id": "i-1",
                    "motivation": "describing",
                    "target": "https://t.example/1",
                    "selector": "?xywh=1",
                    "value": "b",
                    "raw_body": '[{"value":"b"},{"value":"c"}]',
                    "raw_target": '{"selector":{"value":"?xywh=1"},"source":"https://t.example/1"}',
                    "extra": '{"0":"z"}',
                },
                {
                    "annotation_index": 1,
                    "id": "i-2",
                    "motivation": "describing",
                    "target": "https://t.example/2",
                    "value": "c",
                    "raw_body": '["a",{"value":"c"}]',
                    "extra": '{"body_0_value":"b","target_selector":"s","target_selector_value":"v",'
                    '"target_source":"w"}',
                },
                {
                    "annotation_index": 2,
                    "id": "i-3",
                    "motivation": "describing",
                    "target": "w",
                    "raw_target": '{"selector":"s","source":"w"}',
                    "extra": '{"target_selector_value":"v"}',
                },
            ]
        },
        made=True,
    ),
    Example(
        "layout B, mixed motivations, and bare strings alone",
        csv_text("body,id,motivation,target,type", "b,1,linking,t,Annotation", "c,2,tagging,t,Annotation"),
        "libcrowds.annotations",
        {
            "annotations": [
                {"annotation_index": 0, "id": "1", "motivation": "linking", "target": "t", "value": "b"},
                {"annotation_index": 1, "id": "2", "motivation": "tagging", "target": "t", "value": "c"},
            ]
        },
    ),
]

LAYOUT_A.append(
    Example(
        "layout A of February 2018, with columns that are no values",
        csv_text("share_url_0,target,task_state,title_0,x", "https://s.example,a,ongoing,T,", ",b,completed,,"),
        "libcrowds.describing",
        {
            "values": [
                {
                    "target": "a",
                    "tag": "share_url",
                    "value_index": 0,
                    "value": "https://s.example",
                    "task_state": "ongoing",
                },
                {"target": "a", "tag": "title", "value_index": 0, "value": "T", "task_state": "ongoing"},
            ]
        },
        leniencies={"no_values": 1},
    )
)

EXAMPLES = [*VALUES, *LAYOUT_A, *LAYOUT_B]
