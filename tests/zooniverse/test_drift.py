"""`Drift` on hand-written batches, whole and split; the expected numbers are counted by hand."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from crowdarrow.exports import groups
from crowdarrow.exports.zooniverse.inspect import drift as drift_module
from crowdarrow.exports.zooniverse.inspect.drift import Drift

TIME = pa.timestamp("us", "UTC")
ANNOTATIONS = pa.schema(
    [
        ("classification_id", pa.int64()), ("subject_id", pa.int64()), ("user_id", pa.int64()),
        ("user_name", pa.string()), ("workflow_id", pa.int64()), ("workflow_version", pa.string()),
        ("created_at", TIME), ("annotation_index", pa.int32()), ("combo_index", pa.int32()), ("task", pa.string()),
        ("task_type", pa.string()),
        ("extra", pa.string()), ("shape", pa.string()),
    ]
)  # fmt: skip
CLASSIFICATIONS = pa.schema(
    [
        ("classification_id", pa.int64()), ("user_name", pa.string()), ("user_id", pa.int64()),
        ("workflow_id", pa.int64()), ("metadata", pa.struct([("classifier_version", pa.string())])),
        ("annotations", pa.string()), ("subject_data", pa.string()), ("subject_ids", pa.list_(pa.int64())),
    ]
)  # fmt: skip
SCHEMAS = {"classifications": CLASSIFICATIONS, "annotations": ANNOTATIONS}
MARKS = "[{details frame tool x y}]"


def day(number: int) -> datetime:
    return datetime(2020, 1, number, 12, tzinfo=UTC)


def item(
    version: str | None, shape: str, *, on: int | None = 1, workflow: int | None = 5, **more: Any
) -> dict[str, Any]:
    when = None if on is None else day(on)
    return {
        "workflow_id": workflow,
        "workflow_version": version,
        "task": "T0",
        "shape": shape,
        "created_at": when,
    } | more


def record(number: int, name: str | None, user: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "classification_id": number,
        "user_name": name,
        "user_id": user,
        "workflow_id": 5,
        "subject_ids": [9],
    } | more


def read(items: list[dict[str, Any]] = [], records: list[dict[str, Any]] = [], size: int = 1000) -> Drift:  # noqa: B006
    """A report on these rows, `size` of them at a time."""
    found = Drift()
    for start in range(0, max(len(items), len(records)), size):
        records_part = pa.RecordBatch.from_pylist(records[start : start + size], CLASSIFICATIONS)
        items_part = pa.RecordBatch.from_pylist(items[start : start + size], ANNOTATIONS)
        found.add([("classifications", records_part), ("marks", items_part), ("annotations", items_part)])
    return found


def ranges(found: Drift) -> list[tuple[str, int, dict[str, int]]]:
    (task,) = found.to_dict()["tasks"]
    return [
        (part["versions"], part["version_count"], {one["shape"]: one["annotations"] for one in part["shapes"]})
        for part in task["ranges"]
    ]


@pytest.mark.parametrize("size", [1, 2, 1000])
class TestRanges:
    def test_versions_are_ordered_as_integers_and_merged_while_shapes_are_equal(self, size: int) -> None:
        versions = ["12.3", "12.10", "9.99", "100.1", "12.9", "12.3"]
        found = read([item(v, "string" if v != "100.1" else "[string]") for v in versions], size=size)
        assert ranges(found) == [("9.99..12.10", 4, {"string": 5}), ("100.1", 1, {"[string]": 1})]

    def test_recurring_shapes_start_a_new_range(self, size: int) -> None:
        found = read([item("1.1", "string"), item("3.1", "string"), item("2.1", "number")], size=size)
        assert [versions for versions, *_ in ranges(found)] == ["1.1", "2.1", "3.1"]

    def test_empty_answers_do_not_split_a_range(self, size: int) -> None:
        rows = [item("1.1", "null"), item("1.2", MARKS), item("1.3", "[]"), item("1.4", MARKS), item("1.5", "missing")]
        found = read(rows, size=size)
        assert ranges(found) == [("1.1..1.5", 5, {MARKS: 2, "[]": 1, "missing": 1, "null": 1})]
        assert found.to_dict()["changes"] == []

    def test_order_of_malformed_versions(self, size: int) -> None:
        versions = ["12.0", "12", None, "beta", "11.7", "alpha"]
        found = read([item(version, "string") for version in versions], size=size)
        assert [part[0] for part in ranges(found)] == ["11.7..12.0", "alpha", "beta", "none"]

    def test_counts_dates_dialects_and_task_types_of_each_shape(self, size: int) -> None:
        records = [
            record(1, "a", metadata={"classifier_version": "2.0"}),
            record(2, "b", metadata={"classifier_version": None}),
            record(3, "c", metadata=None),
            record(4, "d", metadata={"classifier_version": "2.1"}),
        ]
        items = [
            item("1.1", "string", on=3, classification_id=1, task_type="text"),
            item("1.1", "string", on=None, classification_id=2),
            item("1.1", "string", on=2, classification_id=3),
            item("1.1", "null", on=8, classification_id=4),
        ]
        (task,) = read(items, records, size).to_dict()["tasks"]
        assert (task["workflow_id"], task["task"], task["annotations"]) == (5, "T0", 4)
        assert (task["first"], task["last"]) == ("2020-01-02T12:00:00Z", "2020-01-08T12:00:00Z")
        (part,) = task["ranges"]
        assert part["shapes"] == [
            {
                "shape": "string", "annotations": 3, "first": "2020-01-02T12:00:00Z", "last": "2020-01-03T12:00:00Z",
                "dialects": {"fem": 1, "pfe": 2}, "task_types": {"text": 1},
            },
            {
                "shape": "null", "annotations": 1, "first": "2020-01-08T12:00:00Z", "last": "2020-01-08T12:00:00Z",
                "dialects": {"fem": 1}, "task_types": {},
            },
        ]  # fmt: skip

    def test_tasks_are_in_natural_order(self, size: int) -> None:
        tasks = [(7, "T10"), (7, "T2"), (None, "T0"), (5, None), (5, "init"), (7, "T2.0.1"), (5, "T1")]
        found = read([item("1.1", "string", workflow=workflow, task=task) for workflow, task in tasks], size=size)
        order = [(task["workflow_id"], task["task"]) for task in found.to_dict()["tasks"]]
        assert order == [(5, "T1"), (5, "init"), (5, None), (7, "T2"), (7, "T2.0.1"), (7, "T10"), (None, "T0")]


class TestChanges:
    def test_type_changes_between_versions(self) -> None:
        found = read([item("27.36", "[string]", on=1), item("51.4", "string", on=4), item("51.4", "null", on=6)])
        assert found.to_dict()["changes"] == [
            {
                "workflow_id": 5, "task": "T0", "from": "27.36", "to": "51.4", "before": ["[string]"],
                "after": ["string"], "annotations": 2, "first": "2020-01-04T12:00:00Z", "last": "2020-01-06T12:00:00Z",
            }
        ]  # fmt: skip

    def test_several_types_in_one_version(self) -> None:
        (change,) = read([item("1.1", "number"), item("1.1", "string")]).to_dict()["changes"]
        assert (change["from"], change["to"], change["after"]) == (None, "1.1", ["number", "string"])

    def test_null_items_do_not_change_the_type(self) -> None:
        found = read([item("1.1", "[string]"), item("1.2", "[null string]"), item("1.3", "[null]")])
        assert found.to_dict()["changes"] == []

    def test_other_members_split_a_range_without_changing_the_type(self) -> None:
        found = read([item("1.1", MARKS), item("1.2", "[{frame toolIndex toolType x y}]")])
        assert [part[0] for part in ranges(found)] == ["1.1", "1.2"]
        assert found.to_dict()["changes"] == []

    def test_empty_range_between_two_types_is_skipped(self) -> None:
        rows = [item("1.1", "string"), item("beta", "null"), item("gamma", "{selection}")]
        (change,) = read(rows).to_dict()["changes"]
        assert (change["from"], change["to"], change["after"]) == ("1.1", "gamma", ["object"])


class TestUnknown:
    @pytest.mark.parametrize("size", [1, 1000])
    def test_unknown_members_are_listed_with_versions_and_dates(self, size: int) -> None:
        extras = [
            '{"_key":0.123,"confidence":{"level":[1,2,{"deep":true}],"a\\"}":null}}',
            '{"_key":0.5,"confidence":"high: \\"sure\\":"}',
            '{"_key":-1.5e-7}',
            '{"":[[1,[2]],"x:"],"caf\\u00e9":false,"\\ud800":1}',
            None,
        ]
        rows = [item(f"1.{at}", "string", on=at + 1, extra=extra) for at, extra in enumerate(extras)]
        found = read(rows, size=size).to_dict()["unknown_keys"]
        assert [(one["key"], one["annotations"], one["versions"]) for one in found] == [
            ("_key", 3, "1.0..1.2"),
            ("confidence", 2, "1.0..1.1"),
            ("", 1, "1.3"),
            ("\\ud800", 1, "1.3"),
            ("café", 1, "1.3"),
        ]
        assert (found[0]["task"], found[0]["first"], found[0]["last"]) == (
            "T0", "2020-01-01T12:00:00Z", "2020-01-03T12:00:00Z",
        )  # fmt: skip

    def test_shapes_with_unknown_members(self) -> None:
        strange = "[{brightness tool x y}]"
        rows = [
            item("1.1", MARKS),
            item("1.2", strange),
            item("1.4", strange, task_type="odd"),
            item("1.3", "[[…] string]"),
        ]
        found = read(rows).to_dict()["unknown_shapes"]
        listed = [(one["shape"], one["members"], one["annotations"], one["versions"]) for one in found]
        assert listed == [(strange, ["brightness"], 2, "1.2..1.4"), ("[[…] string]", ["[…]"], 1, "1.3")]

    def test_known_shapes_are_not_listed(self) -> None:
        known = ["null", "missing", "boolean", "number", "string", "[]", "[string]", "[number]", "combo"]
        known += [MARKS, "{select_label value}", "[{}]", "{}", "[null string {option value}]", "[null]", "[{x y …}]"]
        assert read([item("1.1", shape) for shape in known]).to_dict()["unknown_shapes"] == []


class TestVolunteers:
    VISITOR = "not-logged-in-0123456789abcdef0123"

    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_repeats_are_counted_by_person_subject_and_workflow(self, size: int) -> None:
        other = self.VISITOR[:-1] + "4"
        records = [
            record(1, "ann", 7),
            record(2, "ann", 7),  # again
            record(3, "ann-renamed", 7),  # and again, by id
            record(4, "ann", 7, subject_ids=[10]),
            record(5, "ann", 7, workflow_id=6),
            record(6, self.VISITOR),
            record(7, other),
            record(8, self.VISITOR),  # again
            record(9, self.VISITOR, workflow_id=6),
        ]
        found = read(records=records, size=size).to_dict()["volunteers"]
        assert (found["classifications"], found["visitors"], found["share"]) == (9, 4, 4 / 9)
        assert found["repeats"] == {"triples": 2, "surplus": 3, "surplus_of_visitors": 1, "most": 3}
        assert [(one["workflow_id"], one["classifications"], one["visitors"]) for one in found["workflows"]] == [
            (5, 7, 3),
            (6, 2, 1),
        ]
        assert found["workflows"][0]["repeats"] == found["repeats"]
        nothing = {"triples": 0, "surplus": 0, "surplus_of_visitors": 0, "most": 0}
        assert found["workflows"][1]["repeats"] == nothing

    def test_subjects_are_compared_as_sets(self) -> None:
        sets = [[1, 4], [4, 1], [2, 3], [1], [], None, [], None, [1, 4, 4]]
        records = [record(at, "ann", 7, subject_ids=subjects) for at, subjects in enumerate(sets)]
        found = read(records=records).to_dict()["volunteers"]["repeats"]
        assert (found["triples"], found["surplus"]) == (1, 1)

    def test_records_without_workflow_are_counted_separately(self) -> None:
        records = [record(1, "ann", 7), record(2, "ann", 7), record(3, "ann", 7, workflow_id=None)]
        found = read(records=records).to_dict()["volunteers"]
        assert (found["repeats"]["triples"], found["repeats"]["surplus"], found["repeats"]["most"]) == (1, 1, 2)
        assert [(one["workflow_id"], one["repeats"]["surplus"]) for one in found["workflows"]] == [(5, 1), (None, 0)]

    def test_unidentified_people_never_repeat(self) -> None:
        records = [record(1, "not logged in"), record(2, "not logged in"), record(3, None), record(4, None)]
        found = read(records=records).to_dict()["volunteers"]
        assert (found["visitors"], found["repeats"]["surplus"]) == (2, 0)

    def test_people_without_id_are_identified_by_name(self) -> None:
        names = ["é" * 30, "é" * 30, "é" * 29, "x" * 300 + "a", "x" * 300, "", "a" * 8, "a" * 16, "a" * 8]
        records = [record(at, name) for at, name in enumerate(names)]
        repeats = read(records=records).to_dict()["volunteers"]["repeats"]
        assert (repeats["triples"], repeats["surplus"], repeats["most"]) == (2, 2, 2)

    def test_many_people_are_distinguished(self) -> None:
        rows = [record(at, f"not-logged-in-{at % 9000:020x}", subject_ids=[at % 9000 % 7]) for at in range(10_000)]
        rows += [record(at, "someone", user, subject_ids=[9000 - user]) for at, user in enumerate(range(3000))]
        found = read(records=rows, size=700).to_dict()["volunteers"]["repeats"]
        assert found == {"triples": 1000, "surplus": 1000, "surplus_of_visitors": 1000, "most": 2}

    def test_counting_in_passes_gives_the_same_result(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = [record(at, "ann", at % 300, workflow_id=at % 2) for at in range(1000)]
        whole = read(records=rows).to_dict()
        monkeypatch.setattr("crowdarrow.exports.zooniverse.inspect.volunteers._KEYS_PER_PASS", 16)
        monkeypatch.setattr("crowdarrow.exports.zooniverse.inspect.volunteers._MAX_CHUNKS", 2)
        monkeypatch.setattr("crowdarrow.exports.zooniverse.inspect.volunteers._ROWS_PER_PASS", 20)
        assert read(records=rows, size=10).to_dict()["volunteers"] == whole["volunteers"]
        assert whole["volunteers"]["repeats"]["surplus"] == 700

    def test_workflows_beyond_the_limit_count_in_the_totals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.exports.zooniverse.inspect.volunteers._MAX_WORKFLOWS", 3)
        monkeypatch.setattr("crowdarrow.exports.zooniverse.inspect.volunteers._ROWS_PER_PASS", 1)
        rows = [record(at, self.VISITOR, workflow_id=at % 5) for at in range(10)]
        found = read(records=rows, size=4).to_dict()["volunteers"]
        assert (found["classifications"], found["visitors"], found["repeats"]["surplus"]) == (10, 10, 5)
        assert [one["workflow_id"] for one in found["workflows"]] == [0, 1, 2]
        assert [one["repeats"]["surplus"] for one in found["workflows"]] == [1, 1, 1]


class TestLargest:
    def test_longest_cells_and_their_classifications(self) -> None:
        records = [record(at, "ann", annotations="é" * at, subject_data=None) for at in range(9)]
        largest = read(records=records, size=2).to_dict()["largest"]
        assert largest["annotations"] == [
            {"bytes": 16, "classification_id": 8},
            {"bytes": 14, "classification_id": 7},
            {"bytes": 12, "classification_id": 6},
        ]
        assert largest["subject_data"] == []


class TestBounds:
    @pytest.mark.parametrize("size", [1, 3, 1000])
    @pytest.mark.parametrize("min_rows", [1, 1000])
    def test_groups_beyond_the_limit_are_counted(
        self, monkeypatch: pytest.MonkeyPatch, size: int, min_rows: int
    ) -> None:
        monkeypatch.setattr(groups, "_MIN_ROWS", min_rows)
        monkeypatch.setattr(drift_module, "_MAX_GROUPS", 3)
        monkeypatch.setattr(drift_module, "_MAX_SKELETONS", 4)
        rows = [item("1.1", "string", task=f"T{at}", extra=f'{{"k{at}":1}}') for at in range(10)]
        found = read([*rows, rows[0]], size=size).to_dict()
        assert [task["task"] for task in found["tasks"]] == ["T0", "T1", "T2"]
        assert found["tasks"][0]["annotations"] == 2
        assert found["beyond"] == {"shapes": 7, "keys": 6}  # of eleven rows

    def test_long_names_are_cut(self) -> None:
        rows = [item("1.1", "string", task="T" * 5000, extra=json.dumps({"k" * 9000: 1, "é": "x" * 9000}))]
        (task,) = read(rows).to_dict()["tasks"]
        assert task["task"] == "T" * 200

    def test_long_shapes_are_cut(self) -> None:
        (task,) = read([item("1.1", "{" + "k" * 9000 + "}")]).to_dict()["tasks"]
        assert [len(shape["shape"]) for part in task["ranges"] for shape in part["shapes"]] == [2000]

    def test_empty_export(self) -> None:
        found = Drift()
        found.add([])
        found.add([(name, pa.RecordBatch.from_pylist([], schema)) for name, schema in SCHEMAS.items()])
        assert found.to_dict()["tasks"] == []
        assert found.to_dict()["volunteers"]["share"] is None
        assert str(found) == ""


class TestText:
    def report(self) -> Drift:
        items = [
            item(f"{at}.1", MARKS if at % 2 else "string", task=f"T{task}") for at in range(20) for task in range(15)
        ]
        items += [item("1.1", f"[{{new{at}}}]", task="odd\n\x1b[2J" + "é" * 300) for at in range(9)]
        items += [item("1.1", "string", on=3, task="T0", extra='{"confidence":1}')]
        records = [record(at, TestVolunteers.VISITOR, annotations="x" * at, workflow_id=at % 2) for at in range(6)]
        return read(items, records)

    def test_lines_are_short_and_printable(self) -> None:
        text = str(self.report())
        assert max(map(len, text.split("\n"))) <= 100
        assert all(line.isprintable() for line in text.split("\n"))

    def test_long_lists_are_cut(self) -> None:
        text = str(self.report())
        assert "… and 16 more ranges of versions" in text
        assert "… and 4 more tasks" in text
        assert "… and 3 more shapes" not in text  # of the thirteenth task

    def test_unchanged_task_is_one_line_per_shape(self) -> None:
        records = [record(1, "a", metadata={"classifier_version": "2.0"}), record(2, "b")]
        rows = [item("1.1", MARKS, classification_id=at % 2 + 1) for at in range(3)]
        rows += [item("1.2", "[]", on=4, classification_id=2, task_type="odd")]
        assert str(read(rows, records)).split("\n")[:4] == [
            "value shapes by task and version",
            "  workflow 5 T0 in 1.1..1.2 (2 versions): 4 annotations, 2020-01-01 to 2020-01-04",
            f"    {MARKS:<44}           3  fem 2, pfe 1",
            f"    {'[]':<44}           1  pfe; odd",
        ]

    def test_lines_of_each_section(self) -> None:
        lines = [line.strip() for line in str(self.report()).split("\n")]
        assert "workflow 5 T0: 21 annotations, 2020-01-01 to 2020-01-03" in lines
        assert "workflow 5 T0: string in 0.1, then [object], string in 1.1, 2020-01-01 to 2020-01-03" in lines
        assert "confidence: 1 in workflow 5 T0, 1.1, 2020-01-03" in lines
        assert "new0 of [{new0}]: 1 in workflow 5 odd\\n\\x1b[2Jééééééééééé…, 1.1, 2020-01-01" in lines
        assert "all: 6 of 6 by visitors (100.0%); 4 repeats (4 by visitors), at most 3 of one" in lines
        assert "annotations 5 bytes in classification 5" in lines

    def test_findings_are_json_ready(self) -> None:
        found = self.report().to_dict()
        assert json.loads(json.dumps(found)) == found
