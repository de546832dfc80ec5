"""Content of a synthetic project's exports: all shapes of the format, written as the exporter writes them."""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crowdarrow.synthetic import Summary, classifications, generate_classifications, generate_export

Row = dict[str, str]
JSON_COLUMNS = ("metadata", "annotations", "subject_data")
CSV_TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC")
STATUS = "id workflow_id classifications_count created_at updated_at retired_at subject_id retirement_reason"

csv.field_size_limit(1 << 30)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Summary]]:
    folder = tmp_path_factory.mktemp("project")
    return folder, generate_export(folder, records=2600, seed=7)


@pytest.fixture(scope="module")
def mixed(project: tuple[Path, dict[str, Summary]]) -> list[Row]:
    return read(project[0] / "classifications.csv")


def test_form_of_each_column(mixed: list[Row]) -> None:
    ids = [int(row["classification_id"]) for row in mixed]
    assert ids == sorted(set(ids))
    for row in mixed:
        assert CSV_TIME.fullmatch(row["created_at"])
        assert re.fullmatch(r"[0-9a-f]{20}", row["user_ip"])
        assert re.fullmatch(r"\d+(\.\d+)?", row["workflow_version"])
        anonymous = row["user_name"] == f"not-logged-in-{row['user_ip']}"
        assert anonymous == (row["user_id"] == "")
        assert anonymous or re.fullmatch(r"[\w.-]+", row["user_name"], re.ASCII)
        assert list(json.loads(row["subject_data"])) == row["subject_ids"].split(";")
        assert row["gold_standard"] in {"", "true", "false"}
        assert row["expert"] in {"", "expert", "owner"}
    share = sum(row["user_id"] == "" for row in mixed) / len(mixed)
    assert 0.15 < share < 0.45
    versions = {row["workflow_version"] for row in mixed}
    assert {"5.1", "5.10", "12.10", "12.100"} <= versions
    assert any("." not in version for version in versions)
    assert any(row["gold_standard"] for row in mixed)


def exporter_order(keys: list[str]) -> list[str]:
    """The keys that come from jsonb, without those that the exporter adds."""
    if keys[-1:] == ["tool_label"]:
        return keys[:-1]
    built = (["task", "task_label", "value"], ["task", "value", "task_label"], ["task", "task_type", "value"])
    return [] if keys in built or keys[:1] == ["select_label"] else keys


def test_keys_are_in_jsonb_order(mixed: list[Row]) -> None:
    def in_order(keys: list[str]) -> bool:
        return keys == sorted(keys, key=lambda key: (len(key.encode()), key.encode()))

    for row in mixed:
        for member in objects(json.loads(row["metadata"])):
            assert in_order(list(member))
        for member in objects(json.loads(row["annotations"])):
            assert in_order(exporter_order(list(member))), member
        for subject in json.loads(row["subject_data"]).values():
            keys = list(subject)
            assert keys[0] == "retired"
            assert in_order(keys[1:])
            if isinstance(subject["retired"], dict):
                assert " ".join(subject["retired"]) == STATUS


def test_json_has_the_form_of_ruby(mixed: list[Row]) -> None:
    escapes = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
    exponents = 0
    for row in mixed:
        for column in JSON_COLUMNS:
            text = row[column]
            if "1.0e-05" in text:
                exponents += 1
                continue
            again = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
            for char, escape in escapes.items():
                again = again.replace(char, escape)
            assert again == text
    assert exponents
    text = "".join(row["annotations"] + row["subject_data"] for row in mixed)
    assert all(escape in text for escape in escapes.values())
    assert re.search(r"[^\x00-\x7f]", text)


def marks_of(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        value = item.get("value")
        for inner in value if isinstance(value, list) else []:
            if isinstance(inner, dict):
                yield inner
                yield from marks_of([inner])


def test_mixed_has_every_drawing_tool(mixed: list[Row]) -> None:
    items = [item for row in mixed for item in json.loads(row["annotations"])]
    every = [mark for mark in marks_of(items) if "choice" not in mark]
    fem = [mark for mark in every if "toolType" in mark]
    types = "point line circle ellipse rectangle rotateRectangle temporalPoint temporalRotateRectangle polygon"
    more = "freehandLine transcriptionLine graph2dRangeX"
    assert {mark["toolType"] for mark in fem} == set(f"{types} {more}".split())
    assert {mark.get("tool_label") for mark in fem if mark["toolType"] == "point"} > {None}
    assert any("tool_index" in mark for mark in every)
    pfe = [mark for mark in every if "tool" in mark and "toolType" not in mark]
    old = [json.loads(row["annotations"])[0] for row in mixed if row["workflow_name"] == "Draw every shape"]
    assert {mark["tool"] for item in old if "value" in item for mark in item["value"] if "tool" in mark} == set(
        range(20)
    )
    shapes = {frozenset(mark) - {"tool", "frame", "details", "tool_label", "auto_closed"} for mark in pfe}
    expected = (
        "x y; x1 x2 y1 y2; x y r angle; x y r; x y rx ry angle; x y width height; x y width height angle;"
        "points; y; x; closed points; x y radius spread rotation; 0 x width; x width;"
        "x y width height templateID row column"
    )
    assert {frozenset(names.split()) for names in expected.split(";")} <= shapes
    assert any("details" not in mark for mark in pfe)


SHAPES = {
    "single": r'"task_label":"Is the cross-hair[^"]*","value":"(Yes|No)',
    "skipped single": r'"task_label":"[^"]*\?","value":null',
    "unknown answer label": r'"value":"unknown answer label"',
    "multiple": r'"task_label":"Is there anything odd\?","value":\["[^"]+","',
    "empty multiple": r'"task_label":"Is there anything odd\?","value":\[\]',
    "answer without a label": r'"value":\[("[^"]*",)*null\]',
    "text": r'"value":"[^"]+","task_label":"',
    "empty text": r'"value":"","task_label":"',
    "dropdown": r'"value":\[\{"select_label":"Country","option":true,"value":"\w{12,13}","label":"',
    "dropdown of numbers": r'"select_label":"Sentenced \(year\)","option":true,"value":\d+,"label":"\d+"',
    "dropdown typed": r'\[\{"select_label":"Country","option":false,"value":"[^"]+"\}',
    "dropdown unanswered": r'\[\{"select_label":"Country"\}',
    "dropdown answered null": r'"option":false,"value":null',
    "newer dropdown since 2026": r'"dropdown-simple","value":\{"select_label":"Country","option":true,"opt',
    "newer dropdown of 2021": r'"value":\{"select_label":"Country","option":true,"value":\d+,"label"',
    "newer dropdown typed": r'"dropdown-simple","value":\{"select_label":"Country","option":false,"value":"',
    "newer dropdown unanswered": r'"task_type":"dropdown-simple","value":\{"select_label":"Country"\}',
    "simple dropdown": r'"task":"T2","value":\{"option":true,"selection":\d+\},"taskType":"dropdown-simple"',
    "simple dropdown typed": r'"task":"T2","value":\{"option":false,"selection":"[^"]+"\}',
    "simple dropdown null": r'"value":null,"taskType":"dropdown-simple"',
    "stray dropdown": r'"taskType":"dropdown"\}',
    "sub-task single": r'"task":"T0\.\d\.\d","value":\d,"taskType":"single","markIndex":\d',
    "sub-task multiple": r'"task":"T0\.\d\.\d","value":\[\d,?.*?\],"taskType":"multiple","markIndex":\d',
    "sub-task text": r'"task":"T0\.\d\.\d","value":"[^"]+","taskType":"text","markIndex":\d',
    "sub-task dropdown": r'"selection":\d+\},"taskType":"dropdown-simple","markIndex":\d',
    "older sub-task multiple": r'"details":\[[^]]*\{"value":\[\d(,\d)*\]\}',
    "older sub-task slider": r'\{"value":"\d+(\.5)?"\}',
    "older sub-task dropdown": r'\{"value":\[\{"value":"[^"]*","option":(true|false)\}\]\}',
    "older sub-task dropdown with a hole": r'\{"value":\[null\]\}',
    "survey": r'\{"task":"T0","value":\[\{"choice":"\w+","answers":\{"HWMN":"\w+","WHTBHVRSDS":\["',
    "survey answer of two types": r'"RTHRNNGPRSNT":\["[YN]"',
    "survey filters": r'"filters":\{"\w+":"\w+"\}',
    "newer survey": r'"taskType":"survey"',
    "survey of 2016": r'\{"task":"survey","value":\{"choice":"\w+","answers":\{',
    "empty survey": r'^\[\{"task":"T0","value":\[\]',
    "combo": r'"task":"T3","task_label":null,"value":\[\{"task":"init","task_label":"Are you sure',
    "combo with a drawing": r'"task_label":null,"value":\[.*"tool_label":"',
    "combo of scalars": r'"task_label":null,"value":\[0\]',
    "nested combo": r'\{"error":"combo tasks cannot be nested"\}',
    "shortcut": r'"task_label":"Fire present\?[^"]*","value":\["[^"]+"\]',
    "slider text": r'\{"task":"T4","value":"\d+(\.5)?"\}',
    "slider number": r'\{"task":"T4","value":\d+\.\d\}',
    "crop": r'\{"task":"T5","value":\{"x":[\d.]+,"y":[\d.]+,"width":\d+,"height":\d+\}\}',
    "crop null": r'\{"task":"T5","value":null\}',
    "older highlighter": r'\{"task":"T6","value":\[\{"end":\d+,"text":"[^"]*","start":\d+,"label',
    "highlighter": r'"labelInformation":\{"color":"#00FF7F","label":"[^"]*"\}\}\],"taskType":"highlighter"',
    "text from subject": r'"value":"[^"]{150,}","taskType":"textFromSubject"',
    "transcription": r'"toolType":"transcriptionLine","toolIndex":0\}\],"taskType":"transcription"',
    "custom line": r'"complete":true,"endPoint":\{"x":[\d.]+,"y":[\d.]+\},("variants"|"startPoint")',
    "custom numbers as strings": r'"endPoint":\{"x":"[\d.]+"',
    "custom graphic": r'"tag":"\\u003cgraphic\\u003e\w+\\u003c/graphic\\u003e","type":"graphic","width"',
    "custom false": r'\{"task":"T\d","value":false\}',
    "pasted XML": r"\\u003cw:WordDocument",
    "manuscript": r'\{"frame":0,"points":\[[^]]+\],"details":\[\{"value":"[^"]*"\}\]\}',
    "data visualisation": r'"tool":0,"width":[\d.]+,"toolType":"graph2dRangeX","zoomLevelOnCreation":\d',
    "group": r'"value":\[\{"index":\d,"subject":"\d+"\}.*"taskType":"subjectGroupComparison"',
    "group with sub-tasks": r'"details":\[\{"task":"T0\.cell\.\d\.subtask\.0"\}\],"subject":"\d+"',
    "cell sub-task": r'\{"task":"T0\.cell\.\d\.subtask\.0","value":"[^"]*","taskType":"text","cellIndex":0\}',
    "volumetric": r'"points":\{"active":\[\{"x":\d+,"y":\d+,"z":\d+\}.*"connected":\[\[\{"x":',
    "map": r'"value":\{"type":"FeatureCollection","features":\[.*"type":"Point"',
    "map line": r'"geometry":\{"type":"LineString","coordinates":\[\[',
    "map null": r'"value":null,"taskType":"geoDrawing"',
    "error": r'\{"error":"task cannot be exported"\}',
    "unknown task": r'\{"task":"T77","value":\d\}',
    "nothing": r"^\[\]$",
}


@pytest.mark.parametrize("name", SHAPES)
def test_mixed_has_every_annotation_shape(mixed: list[Row], name: str) -> None:
    pattern = re.compile(SHAPES[name])
    assert any(pattern.search(row["annotations"]) for row in mixed)


def test_mixed_has_every_variant_of_metadata(mixed: list[Row]) -> None:
    every = [json.loads(row["metadata"]) for row in mixed]
    share = Counter(key for metadata in every for key in metadata)
    for required in ("started_at", "finished_at", "user_agent", "user_language"):
        assert share[required] == len(every)
    for rare in (
        "seen_before",
        "interventions",
        "workflow_translation_id",
        "revision",
        "subject_flagged",
        "classifier_version",
    ):
        assert 0 < share[rare] < len(every)
    assert 0.9 < share["session"] / len(every) < 1
    assert {type(metadata.get("subject_dimensions")) for metadata in every} == {list, dict, type(None)}
    sizes = [
        size
        for metadata in every
        if isinstance(metadata.get("subject_dimensions"), list)
        for size in metadata["subject_dimensions"]
    ]
    assert None in sizes
    assert {type(size["clientWidth"]) for size in sizes if size} == {int, float}
    assert all(re.fullmatch(r"-?\d+", metadata["utc_offset"]) for metadata in every)
    assert {repr(metadata["seen_before"]) for metadata in every if "seen_before" in metadata} == {"True", "'true'"}
    assert {metadata["user_agent"] for metadata in every} > {"ios Mobile App", "android Mobile App", "AnnoTate"}
    assert any(metadata.get("feedback") for metadata in every)
    assert any(metadata["started_at"].endswith("-07:00") for metadata in every)
    assert any(
        "user_has_finished_workflow" not in metadata.get("subject_selection_state", {"user_has_finished_workflow": 0})
        for metadata in every
    )
    assert {metadata["source"] for metadata in every if "source" in metadata} == {"api", "sugar"}


def test_subjects_recur_unchanged(mixed: list[Row]) -> None:
    seen: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    cells: dict[tuple[str, str], str] = {}
    for number, row in enumerate(mixed):
        key = (row["workflow_id"], row["subject_ids"])
        seen[key].append(number)
        assert cells.setdefault(key, row["subject_data"]) == row["subject_data"]
    assert len(mixed) / len(seen) > 8
    assert max(map(len, seen.values())) <= 33
    gaps = [later - earlier for numbers in seen.values() for earlier, later in pairwise(numbers)]
    assert sum(gaps) / len(gaps) > 20
    assert any(";" in row["subject_ids"] for row in mixed)
    keys = {key for row in mixed for subject in json.loads(row["subject_data"]).values() for key in subject}
    assert any(" " in key for key in keys)
    assert {key[:1] for key in keys} >= {"#", "!", "/"}
    states = [subject["retired"] for row in mixed for subject in json.loads(row["subject_data"]).values()]
    assert {type(state) for state in states} >= {dict, type(None)}
    assert {state["retirement_reason"] for state in states if isinstance(state, dict)} > {None}


def test_group_annotations_name_the_subjects_of_their_row(mixed: list[Row]) -> None:
    cells = 0
    for row in mixed:
        for item in json.loads(row["annotations"]):
            if item.get("taskType") == "subjectGroupComparison":
                ids = row["subject_ids"].split(";")
                assert all(ids[cell["index"]] == cell["subject"] for cell in item["value"])
                cells += len(item["value"])
    assert cells


def test_exports_of_a_project_are_consistent(project: tuple[Path, dict[str, Summary]], mixed: list[Row]) -> None:
    folder, summaries = project
    subjects = read(folder / "subjects.csv")
    listed_metadata = {(row["workflow_id"], row["subject_id"]): json.loads(row["metadata"]) for row in subjects}
    for row in mixed:
        for subject, data in json.loads(row["subject_data"]).items():
            listed = listed_metadata[row["workflow_id"], subject] or {}
            assert {k: v for k, v in data.items() if k != "retired"} == {
                k: v for k, v in listed.items() if k != "retired"
            }
    assert [int(row["subject_id"]) for row in subjects] == sorted(int(row["subject_id"]) for row in subjects)
    counts = Counter(int(row["workflow_id"]) for row in mixed)
    assert counts == {key: summary.records for key, summary in summaries["classifications"].workflows.items()}
    versions = read(folder / "workflows.csv")
    assert {int(row["workflow_id"]): int(row["classifications_count"]) for row in versions} == counts


def resolved(versions: list[Row], row: Row) -> Row:
    major, _, minor = row["workflow_version"].partition(".")
    for version in versions:
        if int(version["version"]) >= int(major) and int(version["minor_version"]) >= int(minor or 0):
            return version
    return versions[-1]


def test_labels_are_from_the_resolved_version(project: tuple[Path, dict[str, Summary]], mixed: list[Row]) -> None:
    by_workflow: defaultdict[str, list[Row]] = defaultdict(list)
    for version in read(project[0] / "workflows.csv"):
        by_workflow[version["workflow_id"]].append(version)
    checked = exact = 0
    for row in mixed:
        version = resolved(by_workflow[row["workflow_id"]], row)
        exact += row["workflow_version"] == f"{version['version']}.{version['minor_version']}"
        tasks, strings = json.loads(version["tasks"]), json.loads(version["strings"])
        for item in json.loads(row["annotations"]):
            if "task_label" not in item or item["task_label"] is None:
                continue
            task = tasks[item["task"]]
            assert item["task_label"] == strings[task.get("question", task.get("instruction"))]
            labels = {strings[answer["label"]] for answer in task.get("answers", [])}
            if task["type"] == "single" and isinstance(item["value"], str):
                assert item["value"] in labels | {"unknown answer label"}
                checked += 1
            if task["type"] == "drawing":
                for mark in item["value"]:
                    if mark["tool_label"] is not None:
                        tool = task["tools"][mark.get("tool", mark.get("toolIndex", mark.get("tool_index")))]
                        assert mark["tool_label"] == strings[tool["label"]]
                        checked += 1
    assert checked > 1000
    assert 0.5 < exact / len(mixed) < 1


def without_duplicates(rows: list[Row]) -> Iterator[Row]:
    """The records without those that were sent twice."""
    before = None
    for row in rows:
        key = [row[column] for column in ("user_name", "created_at", "workflow_id", "annotations")]
        if key != before:
            yield row
        before = key


@pytest.fixture(scope="module")
def few_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """Records of the drawing and the mixed profile that use each template about twenty times."""
    folder, found = tmp_path_factory.mktemp("few"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifications, "_POOL_RECORDS", 90)
        for profile in ("drawing", "mixed"):
            generate_classifications(folder / profile, records=1800, profile=profile)
            found[profile] = read(folder / profile)
    return found


@pytest.mark.parametrize(
    ("profile", "pattern", "least"),
    [
        ("drawing", r'"pathX":\[([\d.]+,){100}', 500),
        ("drawing", r'"points":\[(\{"x":[\d.]+,"y":[\d.]+\},){12}', 500),
        ("mixed", r'"connected":\[\[\{"x":', 15),
        ("mixed", r'"value":"[^"]{150,}","taskType":"textFromSubject"', 15),
    ],
    ids=["lists of coordinates", "points", "voxels", "pages"],
)
def test_long_values_never_repeat(few_templates: dict[str, list[Row]], profile: str, pattern: str, least: int) -> None:
    cells = [row["annotations"] for row in without_duplicates(few_templates[profile])]
    long = [cell for cell in cells if re.search(pattern, cell)]
    assert len(long) >= least
    assert len(set(long)) == len(long)


def test_paths_look_hand_drawn(few_templates: dict[str, list[Row]]) -> None:
    # Rounded as the client rounds them, on or near the image (at most 3264 pixels wide), in small steps.
    seen: Counter[str] = Counter()
    for row in few_templates["drawing"]:
        for mark in marks_of(json.loads(row["annotations"])):
            points = mark.get("points", [])
            axes = [mark["pathX"], mark["pathY"]] if "pathX" in mark else [[at[axis] for at in points] for axis in "xy"]
            if len(axes[0]) <= 90 or "closed" in mark:
                continue
            digits = 2 if "toolType" in mark else 1
            seen[mark.get("toolType", "older")] += 1
            for axis in axes:
                assert len(axis) == len(axes[0])
                assert all(at == round(at, digits) and 0 <= at < 3800 for at in axis)
                assert max(abs(here - there) for here, there in pairwise(axis)) < 25
            ends = [axis[0] == axis[-1] for axis in axes]
            seen["closed"] += all(ends)
            if mark.get("auto_closed"):
                assert all(ends)
    assert seen.keys() == {"older", "freehandLine", "closed"}
    assert min(seen.values()) > 100
