"""Crop, highlighter, volumetric, maps and custom apps."""

from .example import FEM, Example

SPAN = (
    '{"end":55,"text":"Allium vineale L.(Fieldgarlic)","start":25,'
    '"labelInformation":{"color":"#00FF7F","label":"Scientific Name"}}'
)
SPAN_ROW = {
    "annotation_index": 0,
    "task": "T0",
    "mark_index": 0,
    "tool_label": "Scientific Name",
    "text": "Allium vineale L.(Fieldgarlic)",
    "start": 25,
    "end": 55,
    "extra": '{"labelInformation":{"color":"#00FF7F","label":"Scientific Name"}}',
}
VOLUME = (
    '{"label":"Annotation #1","points":{"active":[{"x":1,"y":1,"z":1}],"connected":[[{"x":1,"y":1,"z":1}]]},'
    '"threshold":15}'
)
MAP = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
    '"coordinates":[-9189987.47,4213962.65]},"properties":{"uncertainty_radius":500}}]}'
)
WORDS = (
    r'{"text":"ab\u003cbrev-y\u003eth","type":"text","complete":true,"endPoint":{"x":1023.08,"y":1114.95},'
    r'"variants":["ina"],"startPoint":{"x":146.41,"y":1193.12}}'
)
GRAPHIC = r'{"x":0,"y":0,"tag":"\u003cgraphic\u003e","type":"graphic","width":5,"height":10}'

OTHERS = [
    Example(
        "crop, and none",
        '[{"task":"T0","value":{"x":10.5,"y":20,"width":300,"height":200}},{"task":"T0","value":null}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "value": '{"x":10.5,"y":20,"width":300,"height":200}',
                    "value_kind": "object",
                },
                {"annotation_index": 1, "task": "T0", "value": "null", "value_kind": "null"},
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "mark_index": 0,
                    "dialect": "pfe",
                    "x": 10.5,
                    "y": 20.0,
                    "width": 300.0,
                    "height": 200.0,
                    "cx": 160.5,
                    "cy": 120.0,
                    "xmin": 10.5,
                    "ymin": 20.0,
                    "xmax": 310.5,
                    "ymax": 220.0,
                },
            ],
        },
    ),
    Example(
        "PFE highlighter",
        f'[{{"task":"T0","value":[{SPAN}]}}]',
        {
            "annotations": [{"annotation_index": 0, "task": "T0", "value": f"[{SPAN}]", "value_kind": "array"}],
            "marks": [SPAN_ROW | {"dialect": "pfe"}],
        },
    ),
    Example(
        "FEM highlighter",
        f'[{{"task":"T0","value":[{SPAN}],"taskType":"highlighter"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "highlighter",
                    "value": f"[{SPAN}]",
                    "value_kind": "array",
                }
            ],
            "marks": [SPAN_ROW | {"dialect": "fem"}],
        },
        metadata=FEM,
    ),
    Example(
        "volumetric: its points are no list",
        f'[{{"task":"T0","value":[{VOLUME}],"taskType":"volumetric"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "volumetric",
                    "value": f"[{VOLUME}]",
                    "value_kind": "array",
                }
            ],
            "marks": [
                {"annotation_index": 0, "task": "T0", "mark_index": 0, "dialect": "fem", "extra": VOLUME},
            ],
        },
        metadata=FEM,
    ),
    Example(
        "geoDrawing",
        f'[{{"task":"T0","value":{MAP},"taskType":"geoDrawing"}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T0",
                    "task_type": "geoDrawing",
                    "value": MAP,
                    "value_kind": "object",
                }
            ],
            "marks": [{"annotation_index": 0, "task": "T0", "mark_index": 0, "dialect": "fem", "extra": MAP}],
        },
        metadata=FEM,
    ),
    Example(
        "custom transcription apps: words, a graphic, and false for a list",
        f'[{{"task":"T2","value":[{WORDS},{GRAPHIC}]}},{{"task":"T2","value":false}}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T2", "value": f"[{WORDS},{GRAPHIC}]", "value_kind": "array"},
                {"annotation_index": 1, "task": "T2", "value": "false", "value_kind": "boolean"},
            ],
            "answers": [
                {"annotation_index": 1, "task": "T2", "answer_index": 0, "kind": "boolean", "answer": "false"},
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "mark_index": 0,
                    "dialect": "pfe",
                    "text": "ab<brev-y>th",
                    "extra": (
                        '{"type":"text","complete":true,"endPoint":{"x":1023.08,"y":1114.95},"variants":["ina"],'
                        '"startPoint":{"x":146.41,"y":1193.12}}'
                    ),
                },
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "mark_index": 1,
                    "dialect": "pfe",
                    "x": 0.0,
                    "y": 0.0,
                    "width": 5.0,
                    "height": 10.0,
                    "cx": 2.5,
                    "cy": 5.0,
                    "xmin": 0.0,
                    "ymin": 0.0,
                    "xmax": 5.0,
                    "ymax": 10.0,
                    "extra": r'{"tag":"\u003cgraphic\u003e","type":"graphic"}',
                },
            ],
        },
    ),
]
