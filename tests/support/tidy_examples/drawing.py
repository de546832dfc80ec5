"""The marks of every tool of both front ends, with their geometry worked out by hand."""

from .example import FEM, PFE, Example, Row


def drawn(name: str, mark: str, row: Row, metadata: str = PFE) -> Example:
    """A drawing annotation with the one mark; `row` is what is particular to it."""
    value = f"[{mark}]"
    common = {"annotation_index": 0, "task": "T2", "task_label": "Draw.", "mark_index": 0}
    dialect = "fem" if metadata == FEM else "pfe"
    return Example(
        name,
        f'[{{"task":"T2","task_label":"Draw.","value":{value}}}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "task_label": "Draw.",
                    "value": value,
                    "value_kind": "array",
                }
            ],
            "marks": [common | {"dialect": dialect} | row],
        },
        metadata=metadata,
    )


def box(cx: float | None, cy: float | None, xmin: float, ymin: float, xmax: float, ymax: float) -> Row:
    """The normalised columns."""
    return {"cx": cx, "cy": cy, "xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}


def at_points(*points: tuple[float | None, float | None]) -> list[Row]:
    """A list of points."""
    return [{"x": x, "y": y} for x, y in points]


PFE_END = {"frame": 0, "tool_index": 0, "tool_label": "L", "details": "[]"}
# How the tools' examples end: the members that every mark has.
END = '"tool":0,"frame":0,"details":[],"tool_label":"L"}'

PFE_TOOLS = [
    drawn(
        "PFE point",
        '{"x":69.40953063964844,"y":146.28561401367188,' + END,
        PFE_END
        | {"x": 69.40953063964844, "y": 146.28561401367188}
        | box(
            69.40953063964844,
            146.28561401367188,
            69.40953063964844,
            146.28561401367188,
            69.40953063964844,
            146.28561401367188,
        ),
    ),
    drawn(
        "PFE line, drawn from right to left",
        '{"x1":526.5,"x2":485.5,"y1":350.25,"y2":610.25,' + END,
        PFE_END
        | {"x1": 526.5, "x2": 485.5, "y1": 350.25, "y2": 610.25}
        | box(506.0, 480.25, 485.5, 350.25, 526.5, 610.25),
    ),
    drawn(
        "PFE circle",
        '{"r":30.5,"x":110,"y":315,"angle":-80.5,' + END,
        PFE_END | {"r": 30.5, "x": 110.0, "y": 315.0, "angle": -80.5} | box(110.0, 315.0, 79.5, 284.5, 140.5, 345.5),
    ),
    drawn(
        "PFE ellipse, turned by a right angle",
        '{"x":100,"y":200,"rx":3,"ry":4,"angle":-90,' + END,
        PFE_END
        | {"x": 100.0, "y": 200.0, "rx": 3.0, "ry": 4.0, "angle": -90.0}
        | box(100.0, 200.0, 96.0, 197.0, 104.0, 203.0),
    ),
    drawn(
        "PFE ellipse without an angle has a centre alone",
        '{"x":100,"y":200,"rx":3,"ry":4,' + END,
        PFE_END | {"x": 100.0, "y": 200.0, "rx": 3.0, "ry": 4.0, "cx": 100.0, "cy": 200.0},
    ),
    drawn(
        "PFE rectangle: x, y is the corner at the top left",
        '{"x":303.5,"y":101,"width":45,"height":189,' + END,
        PFE_END
        | {"x": 303.5, "y": 101.0, "width": 45.0, "height": 189.0}
        | box(326.0, 195.5, 303.5, 101.0, 348.5, 290.0),
    ),
    drawn(
        "PFE rotateRectangle, turned by a right angle about its centre",
        '{"x":10,"y":20,"angle":90,"width":4,"height":2,' + END,
        PFE_END
        | {"x": 10.0, "y": 20.0, "angle": 90.0, "width": 4.0, "height": 2.0}
        | box(12.0, 21.0, 11.0, 19.0, 13.0, 23.0),
    ),
    drawn(
        "PFE rotateRectangle, turned by thirty degrees",
        '{"x":10,"y":20,"angle":-30,"width":4,"height":2,' + END,
        PFE_END
        | {"x": 10.0, "y": 20.0, "angle": -30.0, "width": 4.0, "height": 2.0}
        | box(
            12.0,
            21.0,
            12 - 2.2320508075688776,
            21 - 1.8660254037844386,
            12 + 2.2320508075688776,
            21 + 1.8660254037844386,
        ),
    ),
    drawn(
        "PFE polygon",
        '{"closed":true,"points":[{"x":48.5,"y":326},{"x":10,"y":300.0},{"x":20.5,"y":400}],' + END,
        PFE_END
        | {"closed": True, "points": at_points((48.5, 326.0), (10.0, 300.0), (20.5, 400.0))}
        | box(29.25, 350.0, 10.0, 300.0, 48.5, 400.0),
    ),
    drawn(
        "PFE bezier: its control points are points, auto_closed is in no column",
        '{"closed":true,"points":[{"x":0,"y":0},{"x":5,"y":9}],"auto_closed":true,' + END,
        PFE_END
        | {
            "closed": True,
            "points": at_points((0.0, 0.0), (5.0, 9.0)),
            "extra": '{"auto_closed":true}',
        }
        | box(2.5, 4.5, 0.0, 0.0, 5.0, 9.0),
    ),
    drawn(
        "PFE polygon without points",
        '{"closed":false,"points":[],' + END,
        PFE_END | {"closed": False, "points": []},
    ),
    drawn(
        "PFE triangle, by the radius of the circle around it",
        '{"r":66,"x":467,"y":284,"angle":-36,' + END,
        PFE_END | {"r": 66.0, "x": 467.0, "y": 284.0, "angle": -36.0} | box(467.0, 284.0, 401.0, 218.0, 533.0, 350.0),
    ),
    drawn(
        "PFE fan: no box",
        '{"x":467,"y":284,"radius":50,"spread":40,"rotation":12.5,' + END,
        PFE_END | {"x": 467.0, "y": 284.0, "radius": 50.0, "spread": 40.0, "rotation": 12.5},
    ),
    drawn(
        "PFE column, with its stray key",
        '{"0":0,"x":559,"width":45,' + END,
        PFE_END | {"x": 559.0, "width": 45.0, "extra": '{"0":0}'} | {"cx": 581.5, "xmin": 559.0, "xmax": 604.0},
    ),
    drawn(
        "PFE fullWidthLine",
        '{"y":144.5,' + END,
        PFE_END | {"y": 144.5, "cy": 144.5, "ymin": 144.5, "ymax": 144.5},
    ),
    drawn(
        "PFE fullHeightLine",
        '{"x":599.5,' + END,
        PFE_END | {"x": 599.5, "cx": 599.5, "xmin": 599.5, "xmax": 599.5},
    ),
    drawn(
        "PFE grid",
        '{"x":1,"y":2,"row":3,"width":10,"column":"b","height":20,"templateID":0.5,' + END,
        PFE_END
        | {"x": 1.0, "y": 2.0, "width": 10.0, "height": 20.0}
        | {"extra": '{"row":3,"column":"b","templateID":0.5}'}
        | box(6.0, 12.0, 1.0, 2.0, 11.0, 22.0),
    ),
    drawn(
        "PFE mark of a broken deploy",
        '{"x":1,"y":2}',
        {"x": 1.0, "y": 2.0} | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
    drawn(
        "PFE mark whose tool had no label",
        '{"x":1,"y":2,"tool":9,"frame":3,"details":[],"tool_label":null}',
        {"x": 1.0, "y": 2.0, "tool_index": 9, "frame": 3, "details": "[]"} | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
    drawn(
        "members that do not fit their column are kept, and what can be read is read",
        '{"x":"76.15","y":9007199254740993,"tool":3.5,"frame":2.0,"details":null,"closed":"true","text":5,'
        '"tool_label":7,"start":"1","points":{"x":1},"r":null,"_x":null}',
        {
            "y": 9007199254740992.0,
            "frame": 2,
            "extra": (
                '{"x":"76.15","y":9007199254740993,"tool":3.5,"closed":"true","text":5,"tool_label":7,"start":"1",'
                '"points":{"x":1},"_x":null}'
            ),
            "cy": 9007199254740992.0,
            "ymin": 9007199254740992.0,
            "ymax": 9007199254740992.0,
        },
    ),
    drawn(
        "points with more than x and y, and a hole, are read and kept",
        '{"points":[{"x":1,"y":2,"t":3},{"x":5,"y":4}],' + END,
        PFE_END
        | {
            "points": at_points((1.0, 2.0), (5.0, 4.0)),
            "extra": '{"points":[{"x":1,"y":2,"t":3},{"x":5,"y":4}]}',
        }
        | box(3.0, 3.0, 1.0, 2.0, 5.0, 4.0),
    ),
    drawn(
        "an integer that is out of its column's range",
        '{"x":1,"y":2,"tool":2147483648,"frame":-2147483648}',
        {"x": 1.0, "y": 2.0, "frame": -2147483648, "extra": '{"tool":2147483648}'} | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
]

FEM_END = {"frame": 0, "tool_index": 1, "details": "[]"}


def fem(tool_type: str, geometry: str) -> str:
    """A mark of the new front end."""
    return f'{{{geometry},"frame":0,"details":[],"toolType":"{tool_type}","toolIndex":1,"tool_label":null}}'


FEM_TOOLS = [
    drawn(
        f"FEM {name}",
        fem(name.split(",")[0], geometry),
        FEM_END | {"tool_type": name.split(",")[0]} | row,
        FEM,
    )
    for name, geometry, row in (
        ("point", '"x":1.5,"y":2', {"x": 1.5, "y": 2.0} | box(1.5, 2.0, 1.5, 2.0, 1.5, 2.0)),
        (
            "line",
            '"x1":1,"y1":8,"x2":3,"y2":4',
            {"x1": 1.0, "y1": 8.0, "x2": 3.0, "y2": 4.0} | box(2.0, 6.0, 1.0, 4.0, 3.0, 8.0),
        ),
        (
            "circle",
            '"x_center":10,"y_center":20,"r":5',
            {"x_center": 10.0, "y_center": 20.0, "r": 5.0} | box(10.0, 20.0, 5.0, 15.0, 15.0, 25.0),
        ),
        (
            "circle, one axis null",
            '"x_center":10,"y_center":null,"r":5',
            {"x_center": 10.0, "r": 5.0, "cx": 10.0, "xmin": 5.0, "xmax": 15.0},
        ),
        (
            "circle, no radius",
            '"x_center":10,"y_center":20',
            {"x_center": 10.0, "y_center": 20.0, "cx": 10.0, "cy": 20.0},
        ),
        (
            "ellipse",
            '"x_center":10,"y_center":20,"rx":2,"ry":1,"angle":30',
            {"x_center": 10.0, "y_center": 20.0, "rx": 2.0, "ry": 1.0, "angle": 30.0}
            | box(
                10.0,
                20.0,
                10 - 1.8027756377319946,
                20 - 1.3228756555322954,
                10 + 1.8027756377319946,
                20 + 1.3228756555322954,
            ),
        ),
        (
            "rectangle",
            '"x_center":10,"y_center":20,"width":4,"height":3',
            {"x_center": 10.0, "y_center": 20.0, "width": 4.0, "height": 3.0} | box(10.0, 20.0, 8.0, 18.5, 12.0, 21.5),
        ),
        (
            "rectangle, no width",
            '"x_center":10,"y_center":20,"width":null,"height":3',
            {"x_center": 10.0, "y_center": 20.0, "height": 3.0} | {"cx": 10.0, "cy": 20.0, "ymin": 18.5, "ymax": 21.5},
        ),
        (
            "rotateRectangle",
            '"x_center":12,"y_center":21,"width":4,"height":2,"angle":30',
            {"x_center": 12.0, "y_center": 21.0, "width": 4.0, "height": 2.0, "angle": 30.0}
            | box(
                12.0,
                21.0,
                12 - 2.2320508075688776,
                21 - 1.8660254037844386,
                12 + 2.2320508075688776,
                21 + 1.8660254037844386,
            ),
        ),
        (
            "temporalPoint",
            '"x":1,"y":2,"displayTime":0.361,"displayTimeStamp":"01:444"',
            {"x": 1.0, "y": 2.0, "displayTime": 0.361, "extra": '{"displayTimeStamp":"01:444"}'}
            | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
        ),
        (
            "temporalRotateRectangle",
            '"x_center":12,"y_center":21,"width":4,"height":2,"angle":90,"displayTime":1',
            {"x_center": 12.0, "y_center": 21.0, "width": 4.0, "height": 2.0, "angle": 90.0, "displayTime": 1.0}
            | box(12.0, 21.0, 11.0, 19.0, 13.0, 23.0),
        ),
        (
            "polygon",
            '"points":[{"x":282.5,"y":9.5},{"x":2,"y":1}]',
            {"points": at_points((282.5, 9.5), (2.0, 1.0))} | box(142.25, 5.25, 2.0, 1.0, 282.5, 9.5),
        ),
        (
            "freehandLine",
            '"pathX":[890.5,889.5,912],"pathY":[515.0,511.5,456]',
            {"points": at_points((890.5, 515.0), (889.5, 511.5), (912.0, 456.0))}
            | box(900.75, 485.5, 889.5, 456.0, 912.0, 515.0),
        ),
        (
            "transcriptionLine",
            '"x1":1460.5,"y1":96,"x2":805.5,"y2":104',
            {"x1": 1460.5, "y1": 96.0, "x2": 805.5, "y2": 104.0} | box(1133.0, 100.0, 805.5, 96.0, 1460.5, 104.0),
        ),
        (
            "fullWidthLine",
            '"x":700,"y":144.5',
            {"x": 700.0, "y": 144.5, "cy": 144.5, "ymin": 144.5, "ymax": 144.5},
        ),
    )
]

ODD_DRAWINGS = [
    Example(
        "drawing, nothing drawn",
        '[{"task":"T2","task_label":"Draw.","value":[]}]',
        {
            "annotations": [
                {"annotation_index": 0, "task": "T2", "task_label": "Draw.", "value": "[]", "value_kind": "array"}
            ],
        },
    ),
    drawn(
        "the older spelling of the tool's index makes the dialect, whatever the row says",
        '{"x":1,"y":2,"tool_index":4}',
        {"dialect": "fem", "tool_index": 4, "x": 1.0, "y": 2.0} | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
    drawn(
        "of two tool indices the first that fits; the other is kept",
        '{"x":1,"y":2,"tool":"a","toolIndex":4,"tool_index":5}',
        {"dialect": "fem", "tool_index": 4, "x": 1.0, "y": 2.0, "extra": '{"tool":"a","tool_index":5}'}
        | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
    drawn(
        "dataVis: tool and toolType, no frame, no details, no box",
        '{"x":15,"tool":0,"width":0.92,"toolType":"graph2dRangeX","zoomLevelOnCreation":1}',
        {
            "dialect": "fem",
            "tool_index": 0,
            "tool_type": "graph2dRangeX",
            "x": 15.0,
            "width": 0.92,
            "extra": '{"zoomLevelOnCreation":1}',
        },
    ),
    Example(
        "marks with a null and a scalar between them: the place in the array counts",
        '[{"task":"T2","value":[null,{"x":1},0,{"y":2}]}]',
        {
            "annotations": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "value": '[null,{"x":1},0,{"y":2}]',
                    "value_kind": "array",
                }
            ],
            "answers": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "answer_index": 2,
                    "kind": "number",
                    "answer": "0",
                    "number": 0.0,
                },
            ],
            "marks": [
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "mark_index": 1,
                    "dialect": "pfe",
                    "x": 1.0,
                    "cx": 1.0,
                    "xmin": 1.0,
                    "xmax": 1.0,
                },
                {
                    "annotation_index": 0,
                    "task": "T2",
                    "mark_index": 3,
                    "dialect": "pfe",
                    "y": 2.0,
                    "cy": 2.0,
                    "ymin": 2.0,
                    "ymax": 2.0,
                },
            ],
        },
    ),
    drawn(
        "an option beside geometry is a mark",
        '{"option":true,"x":1,"y":2}',
        {"x": 1.0, "y": 2.0, "extra": '{"option":true}'} | box(1.0, 2.0, 1.0, 2.0, 1.0, 2.0),
    ),
]
DRAWINGS = PFE_TOOLS + FEM_TOOLS + ODD_DRAWINGS
