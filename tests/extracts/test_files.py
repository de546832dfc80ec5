"""The files of `extracts`: names, columns, rows, and what is counted as left out."""

import json
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from support.extract_files import config_of, export_of, record, rows_of

ANSWERS = config_of({"question_extractor": [{"task": "T0"}, {"task": "T1"}]})


def _answer(value: Any, task: str = "T0") -> list[dict[str, Any]]:
    return [{"task": task, "value": value}]


def test_rows_have_the_columns_of_the_record_and_of_the_answers(tmp_path: Path) -> None:
    export = export_of(
        [
            record(_answer("Yes")),
            record(_answer("No"), user_id="", user_name="not-logged-in-1", subject_ids="90;91"),
            record(_answer(["a,b", 'say "x"'], "T1"), user_name="NA", workflow_version="3.14"),
        ]
    )
    report = ca.extracts(export, ANSWERS, tmp_path / "new", "x.csv")
    assert report.files == {"question_extractor": str(tmp_path / "new" / "question_extractor_x.csv")}
    text = (tmp_path / "new" / "question_extractor_x.csv").read_text(encoding="utf-8").split("\n")
    assert text[0] == (
        "classification_id,user_name,user_id,workflow_id,task,created_at,subject_id,extractor,data.yes,"
        "data.aggregation_version,data.no,data.a-b,data.say-x"
    )
    assert text[1:] == [
        "1,ann,7,11,T0,2024-05-01 12:00:00 UTC,90,question_extractor,1,5.3.1,,,",
        "1,ann,7,11,T1,2024-05-01 12:00:00 UTC,90,question_extractor,,5.3.1,,,",
        "2,not-logged-in-1,,11,T0,2024-05-01 12:00:00 UTC,90;91,question_extractor,,5.3.1,1,,",
        "2,not-logged-in-1,,11,T1,2024-05-01 12:00:00 UTC,90;91,question_extractor,,5.3.1,,,",
        "3,,7,11,T0,2024-05-01 12:00:00 UTC,90,question_extractor,,5.3.1,,,",
        "3,,7,11,T1,2024-05-01 12:00:00 UTC,90,question_extractor,,5.3.1,,1,1",
        "",
    ]
    assert report.rows == {"question_extractor": 6}


def test_lists_are_in_the_notation_that_reduce_reads(tmp_path: Path) -> None:
    marks = [{"tool": 0, "frame": 0, "x": 1, "y": 2.50, "details": [{"value": None}]}]
    details = {"T0_tool0": ["question_extractor"]}
    config = config_of({"shape_extractor_point": [{"task": "T0", "shape": "point", "details": details}]})
    report = ca.extracts(export_of([record(_answer(marks))]), config, tmp_path)
    (row,) = rows_of(report.files["shape_extractor_point"])
    assert row["extractor"] == "shape_extractor_point"
    assert {name: cell for name, cell in row.items() if name.startswith("data.f")} == {
        "data.frame0.T0_tool0_x": "[1]",
        "data.frame0.T0_tool0_y": "[2.5]",
        "data.frame0.T0_tool0_details": "[[{'None': 1}]]",
    }


def test_texts_of_volunteers_stay_whole_in_their_cell(tmp_path: Path) -> None:
    texts = ['a "b",\nc', "\r", "d\x00e", "=1+1", "f\\ud800g", "\U0001f98a"]
    export = export_of([record(json.dumps(_answer(text)).replace("\\\\u", "\\u")) for text in texts])
    report = ca.extracts(export, config_of({"text_extractor": [{"task": "T0"}]}), tmp_path)
    found = [row["data.text"] for row in rows_of(report.files["text_extractor"])]
    assert found == [*texts[:4], "f\ufffdg", texts[5]]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("order", [False, True])
def test_blocks_and_threads_change_nothing(
    tmp_path: Path, threads: int, order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crowdarrow.extraction import run as module

    records = [record(_answer([f"answer {number % 37}", f"b{number // 9}"])) for number in range(400)]
    export = export_of(records)
    whole = ca.extracts(export, ANSWERS, tmp_path / "whole", threads=1, order=order)
    monkeypatch.setattr(module, "_ALONE", 0)
    parts = ca.extracts(export, ANSWERS, tmp_path / "parts", threads=threads, block_bytes=1000, order=order)
    name = "question_extractor"
    assert Path(parts.files[name]).read_bytes() == Path(whole.files[name]).read_bytes()
    assert parts.rows == whole.rows == {name: 800}


@pytest.mark.parametrize("last", ["a", "new", 'new, "quoted"\nname'])
@pytest.mark.parametrize("threads", [1, 2])
def test_file_is_begun_before_all_columns_are_known(
    tmp_path: Path, last: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crowdarrow.extraction import run as module
    from crowdarrow.extraction import spool

    texts = ["a", "b", 'c, "d"\ne'] * 100
    export = export_of([record(_answer(text), user_name=f'"{text}"\n') for text in [*texts, last, *texts]])
    whole = ca.extracts(export, ANSWERS, tmp_path / "whole", threads=1)
    monkeypatch.setattr(spool, "_SETTLED", 2000)
    monkeypatch.setattr(spool, "_COPIED", 1000)
    monkeypatch.setattr(module, "_ALONE", 0)
    parts = ca.extracts(export, ANSWERS, tmp_path / "parts", threads=threads, block_bytes=1000)
    (name,) = parts.files
    assert Path(parts.files[name]).read_bytes() == Path(whole.files[name]).read_bytes()
    assert [one.name for one in (tmp_path / "parts").iterdir()] == [Path(parts.files[name]).name]


def test_file_that_was_begun_is_removed_if_the_input_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crowdarrow.extraction import spool

    monkeypatch.setattr(spool, "_SETTLED", 2000)
    export = export_of([record(_answer("a"))] * 300)
    with pytest.raises(ca.RejectedError):
        ca.extracts(export + b"1,2\n", ANSWERS, tmp_path, threads=1, block_bytes=1000, strict=True)
    assert list(tmp_path.iterdir()) == []


def test_order_sorts_the_columns_with_choices_first(tmp_path: Path) -> None:
    survey = [{"choice": "B", "answers": {"Z": "1", "A": "2"}}]
    config = config_of({"survey_extractor": [{"task": "T0"}]})
    report = ca.extracts(export_of([record(_answer(survey))]), config, tmp_path, order=True)
    header = Path(report.files["survey_extractor"]).read_text(encoding="utf-8").split("\n")[0].split(",")
    assert header[8:] == ["data.choice", "data.aggregation_version", "data.answers_a.2", "data.answers_z.1"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3", ["1", "2", "3", "4"]),
        ("3.1", ["2"]),
        ({"min": "3.2", "max": "3.10"}, ["3", "4"]),
        ({"min": "3.2"}, ["3", "4", "5"]),
        ({"max": "3"}, ["1", "2", "3", "4"]),
        (3, ["1", "2", "3", "4"]),
        (3.1, ["2"]),
    ],
)
def test_versions_of_configurations_of_every_age(tmp_path: Path, version: Any, expected: list[str]) -> None:
    versions = ["3.0", "3.1", "3.2", "3.10", "4.1"]
    export = export_of([record(_answer("a"), workflow_version=one) for one in versions])
    report = ca.extracts(export, ANSWERS | {"workflow_version": version}, tmp_path)
    rows = rows_of(report.files["question_extractor"])
    assert [row["classification_id"] for row in rows[::2]] == expected
    assert report.left_out == {"of another version": 5 - len(expected)}


def test_ignore_version_takes_all_versions(tmp_path: Path) -> None:
    config = {name: value for name, value in ANSWERS.items() if name != "workflow_version"} | {"ignore_version": True}
    export = export_of([record(_answer("a"), workflow_version=one) for one in ("1.1", "9.9")])
    assert ca.extracts(export, config, tmp_path).rows == {"question_extractor": 4}


def test_keywords_without_a_task_lose_all_rows_and_are_counted(tmp_path: Path) -> None:
    config = config_of({"question_extractor": [{}, {"task": "T0"}]})
    report = ca.extracts(export_of([record(_answer("a"))]), config, tmp_path)
    assert report.rows == {"question_extractor": 1}
    assert report.lost == {"question_extractor": {"its keywords name no task": 1}}
    assert "no extract by question_extractor: 1 its keywords name no task" in str(report)


def test_gold_standard_is_not_handed_on_and_is_counted(tmp_path: Path) -> None:
    export = export_of([record(_answer("a"), gold_standard="true"), record(_answer("b"))])
    report = ca.extracts(export, config_of({"text_extractor": [{"task": "T0"}]}), tmp_path)
    rows = rows_of(report.files["text_extractor"])
    assert [row["data.gold_standard"] for row in rows] == ["False", "False"]
    assert report.gold_standard == 1
    assert "1 record was made in gold standard mode" in str(report)


def test_records_that_an_extractor_cannot_read_are_counted_by_reason(tmp_path: Path) -> None:
    export = export_of([record(_answer({"a": 1})), record(_answer("a")), record([{"task": "T0"}])])
    report = ca.extracts(export, ANSWERS, tmp_path)
    assert report.lost == {"question_extractor of T0": {"values of another type": 1, "no member 'value'": 1}}
    assert report.rows == {"question_extractor": 4}
    assert report.rejected == 0


def test_records_at_which_the_tool_stops_are_rejected(tmp_path: Path) -> None:
    export = export_of(
        [
            record("[{"),
            record([{"error": "task cannot be exported"}]),
            record(_answer("a"), workflow_version="latest"),
            record(""),
            record(_answer("a")),
        ]
    )
    report = ca.extracts(export, ANSWERS, tmp_path)
    assert report.rows == {"question_extractor": 2}
    assert report.rejects == {
        "annotations is not JSON": 1,
        "an annotation has no task": 1,
        "without a version": 1,
        "annotations is empty": 1,
    }
    assert (report.records, report.extracted, report.rejected) == (5, 1, 4)


def test_extractors_that_the_release_lacks_are_named(tmp_path: Path) -> None:
    config = config_of({"question_extractor": [{"task": "T0"}], "survey_whitelist_extractor": [{"task": "T0"}]})
    report = ca.extracts(export_of([record(_answer("a"))]), config, tmp_path)
    assert report.unknown == ["survey_whitelist_extractor"]
    assert "panoptes_aggregation 5.3.1 has no survey_whitelist_extractor" in str(report)


def test_no_record_of_the_workflow_is_an_error_that_names_what_there_is(tmp_path: Path) -> None:
    export = export_of([record(_answer("a"), workflow_id="12"), record(_answer("a"), workflow_version="4.1")])
    with pytest.raises(ca.InputError, match=r"workflow 11 in 4\.1; workflow 12 in 3\.14") as error:
        ca.extracts(export, ANSWERS, tmp_path / "new")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("rejected", "reason"),
    [
        (record(_answer("a"), workflow_id="12", workflow_version="latest"), "1 without a version"),
        (record(_answer("a"), user_name="x\udcff"), "1 that are not UTF-8"),
    ],
)
def test_configuration_of_another_workflow_is_an_error_if_records_are_rejected(
    tmp_path: Path, rejected: dict[str, Any], reason: str
) -> None:
    export = export_of([record(_answer("a"), workflow_id="12"), rejected], "surrogateescape")
    with pytest.raises(
        ca.InputError, match=rf"no record is of workflow 11 .*workflow 12 in 3\.14.*; rejected: {reason}$"
    ):
        ca.extracts(export, ANSWERS, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_records_of_the_workflow_that_are_all_unreadable_are_rejected(tmp_path: Path) -> None:
    report = ca.extracts(export_of([record("[{"), record(_answer("a"), workflow_id="12")]), ANSWERS, tmp_path)
    assert (report.extracted, report.rejects) == (0, {"annotations is not JSON": 1})


def test_too_many_columns_are_an_error(tmp_path: Path) -> None:
    export = export_of([record(_answer([f"a{number}-{one}" for one in range(5001)])) for number in range(4)])
    with pytest.raises(ca.UsageError, match="question_extractor has more than 20,000 columns"):
        ca.extracts(export, ANSWERS, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "`config` lacks workflow_id"),
        ({"reducer_config": {}}, "this one is for `reduce`"),
        (ANSWERS | {"workflow_version": "new"}, "workflow_version that is not a version: 'new'"),
        (ANSWERS | {"extractor_config": []}, "does not map extractors"),
        (config_of({"question_extractor": {"task": "T0"}}), "no list of keywords for question_extractor"),
        (config_of({"../shape_extractor": [{}]}), "whose name cannot be the name of a file"),
    ],
)
def test_what_is_no_configuration_is_an_error(config: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ca.UsageError, match=message):
        ca.extracts(export_of([record(_answer("a"))]), config, tmp_path)


CONFIG = """\
extractor_config:
    question_extractor:
    -   task: T0
workflow_id: 11
workflow_version: '3.14'
"""


def test_command_takes_the_arguments_of_the_tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv").write_bytes(export_of([record(_answer("a"))]))
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    arguments = ["-d", str(tmp_path), "-o", "o", "-O", "-c", "1", "-vv", "-hb", "--report", str(tmp_path / "r.json")]
    assert run(["extracts", str(tmp_path / "c.csv"), str(tmp_path / "c.yaml"), *arguments]) == 0
    assert len(rows_of(tmp_path / "question_extractor_o.csv")) == 1
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["rows"] == {"question_extractor": 1}
    assert "question_extractor: 1 row -> " in capsys.readouterr().err


def test_command_ends_with_3_if_records_were_rejected(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(export_of([record("x"), record(_answer("a"))]))
    (tmp_path / "c.yaml").write_text(CONFIG, encoding="utf-8")
    assert run(["extracts", str(tmp_path / "c.csv"), str(tmp_path / "c.yaml"), "-d", str(tmp_path), "--quiet"]) == 3


def test_command_names_what_is_wrong_with_the_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv").write_bytes(export_of([record(_answer("a"))]))
    (tmp_path / "c.yaml").write_text("a: [\nb: c: d", encoding="utf-8")
    assert run(["extracts", str(tmp_path / "c.csv"), str(tmp_path / "c.yaml")]) == 2
    assert "CONFIG is not YAML" in capsys.readouterr().err


def test_memory_does_not_grow_with_rows_times_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crowdarrow.extraction import spool

    largest = 0
    add = spool.Spool.add

    def watched(self: spool.Spool, rows: Any) -> None:
        nonlocal largest
        largest = max(largest, len(rows.data))
        add(self, rows)

    monkeypatch.setattr(spool.Spool, "add", watched)
    export = export_of([record(_answer(f"free text {number}")) for number in range(6000)])
    report = ca.extracts(export, config_of({"question_extractor": [{"task": "T0"}]}), tmp_path, threads=1)
    path = Path(report.files["question_extractor"])
    assert path.stat().st_size > 6000 * 6000
    assert largest < path.stat().st_size
    with path.open(encoding="utf-8") as file:
        assert {line.count(",") for line in file} == {8 + 6000}


def test_broken_records_are_counted_by_reason_with_advice(tmp_path: Path) -> None:
    export = export_of([record(_answer("a")), record(_answer("b"), user_name="\u00e9"), record(_answer("c"))])
    lines = export.split(b"\n")
    broken = b"\n".join([lines[0], lines[1] + b",more", lines[2].replace(b"\xc3\xa9", b"\xe9"), *lines[3:]])
    report = ca.extracts(broken, ANSWERS, tmp_path)
    assert report.rejects == {"with more or fewer fields than the header": 1, "that are not UTF-8": 1}
    assert (report.records, report.extracted, report.rejected) == (3, 1, 2)
    latin = export.replace(b"\xc3\xa9", b"\xe9").replace(b",ann,", b",\xe4nn,")
    report = ca.extracts(latin, ANSWERS, tmp_path)
    assert (report.extracted, report.rejected) == (0, 3)
    assert "specify `encoding`" in str(report)
    report = ca.extracts(latin, ANSWERS, tmp_path, encoding="cp1252")
    assert {row["user_name"] for row in rows_of(report.files["question_extractor"])} == {"\u00e4nn", "\u00e9"}


def test_export_without_the_columns_that_choose_records_is_an_error(tmp_path: Path) -> None:
    export = export_of([record(_answer("a"))]).replace(b"workflow_id", b"workflow")
    with pytest.raises(ca.InputError, match="has no column 'workflow_id'"):
        ca.extracts(export, ANSWERS, tmp_path)
