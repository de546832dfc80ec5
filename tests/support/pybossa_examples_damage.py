"""Examples of damaged arrays, of JSON Lines, and of downloads that hold nothing."""

from support.pybossa_example import Example

_ROW = {"task_id": 5, "info": "0", "info_kind": "number"}


def _record(number: int) -> str:
    return f'{{"id":{number},"task_id":5,"info":0}}'


def _rows(*numbers: int) -> dict[str, list[dict[str, object]]]:
    return {"task_runs": [{"id": number, **_ROW} for number in numbers]}


_ONE, _TWO, _THREE = map(_record, (1, 2, 3))
_KIND = "pybossa.task_runs"

ARRAYS = [
    Example(
        "no comma between two elements",
        f"[{_ONE}{_TWO}, {_THREE}]",
        _KIND,
        _rows(1, 2, 3),
        leniencies={"missing_comma": 1},
    ),
    Example("white space and no comma", f"[{_ONE} \n {_TWO}]", _KIND, _rows(1, 2), leniencies={"missing_comma": 1}),
    Example("a comma before the end", f"[{_ONE}, {_TWO}, ]", _KIND, _rows(1, 2), leniencies={"trailing_comma": 1}),
    Example(
        "a BOM, white space, line ends",
        f"\ufeff \n[\n{_ONE}\r\n,\n{_TWO}\n]\n",
        _KIND,
        _rows(1, 2),
        leniencies={"bom": 1},
    ),
    Example(
        "an element that is no JSON",
        f'[{_ONE}, {{"id": 2, "task_id": tru, "x": "}}]["}}, {_THREE}]',
        _KIND,
        _rows(1, 3),
        [(2, "json", '{"id": 2, "task_id": tru, "x": "}]["}')],
        leniencies={},
    ),
    Example(
        "an escaped quote in a bad element",
        f'[{_ONE}, {{"id": NaN, "x": "a\\"}}"}}, {_THREE}]',
        _KIND,
        _rows(1, 3),
        [(2, "json", '{"id": NaN, "x": "a\\"}"}')],
    ),
    Example(
        "a control character in a string",
        f'[{_ONE}, {{"id": 2, "x": "a\n"}}, {_THREE}]',
        _KIND,
        _rows(1, 3),
        [(2, "json", '{"id": 2, "x": "a\n"}')],
    ),
    Example(
        "elements that are no objects",
        f'[{_ONE}, 5, "a]", [1, {{"id": 2}}], null, {_THREE}]',
        _KIND,
        _rows(1, 3),
        [(2, "json_type", "5"), (3, "json_type", '"a]"'), (4, "json_type", '[1, {"id": 2}]'), (5, "json_type", "null")],
    ),
    Example(
        "bytes that are no UTF-8",
        f"[{_ONE}, ".encode() + b'{"id":2,"x":"\xff"}' + f", {_THREE}]".encode(),
        _KIND,
        _rows(1, 3),
        [(2, "utf8", b'{"id":2,"x":"\xff"}')],
    ),
    Example(
        "the end is missing in a record",
        f'[{_ONE}, {_TWO}, {{"id":3,"task_id":5,"in',
        _KIND,
        _rows(1, 2),
        [(3, "truncated", '{"id":3,"task_id":5,"in')],
        leniencies={},
    ),
    Example("the end is missing after a record", f"[{_ONE}, {_TWO}", _KIND, _rows(1, 2), [(3, "truncated", "")]),
    Example(
        "the end is missing in a string",
        f'[{_ONE}, {{"id":2,"task_id":5,"info":"a}} ]',
        _KIND,
        _rows(1),
        [(2, "truncated", '{"id":2,"task_id":5,"info":"a} ]')],
    ),
    Example(
        "JSON nested deeper than the limit",
        f'[{_ONE}, {{"id":2,"task_id":5,"info":{"[" * 128}{"]" * 128}}}, {_THREE}]',
        _KIND,
        _rows(1, 3),
        [(2, "depth", f'{{"id":2,"task_id":5,"info":{"[" * 128}{"]" * 128}}}')],
    ),
]

LINES = [
    Example("JSON Lines", f"{_ONE}\n{_TWO}\n", _KIND, _rows(1, 2), file="x_task_run.json", leniencies={}),
    Example(
        "JSON Lines with an empty line, CRLF and no final line end",
        f"{_ONE}\r\n\r\n{_TWO}",
        _KIND,
        _rows(1, 2),
        leniencies={"crlf": 2, "empty_line": 1, "missing_final_newline": 1},
    ),
    Example(
        "a bad line",
        f"{_ONE}\n{_TWO[:-1]}\n[]\n{_THREE}\n",
        _KIND,
        _rows(1, 3),
        [(2, "json", _TWO[:-1]), (3, "json_type", "[]")],
    ),
]

_NONE: dict[str, list[dict[str, object]]] = {"task_runs": [], "answers": [], "annotations": []}
_NO_VALUES: dict[str, list[dict[str, object]]] = {"annotations": [], "values": []}

EMPTY = [
    Example("an empty array of tasks", "[]", "pybossa.tasks", {"tasks": []}, file="select_project_104_task.json"),
    Example("an empty array of task runs", " [ ] \n", _KIND, _NONE, file="task_result_task_run.json"),
    Example(
        "an empty file of results",
        "",
        "pybossa.results",
        {"results": [], "answers": [], "annotations": []},
        file="x_result.csv",
    ),
    Example("a lone line end", "\n", _KIND, _NONE, file="66_x_task_run_csv.zip"),
    Example(
        "an empty array of transcriptions", "[]", "libcrowds.describing", _NO_VALUES, file="describing_describing.zip"
    ),
    Example("an empty array of regions", "[]", "libcrowds.tagging", _NO_VALUES, file="playbills_tagging.json"),
    Example("a lone line end for comments", "\n", "libcrowds.commenting", _NO_VALUES, file="playbills_commenting.csv"),
    Example(
        "an array that was cut before its first record",
        "[",
        "pybossa.tasks",
        {"tasks": []},
        [(1, "truncated", "")],
        file="x_task.json",
    ),
]

EXAMPLES = [*ARRAYS, *LINES, *EMPTY]
