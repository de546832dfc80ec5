"""The benchmarks: plan, measuring, medians, inputs, page and charts."""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench import BENCHMARKS, MB, ROOT, charts, page, readme, runners
from bench.__main__ import Bench, Log, arguments, is_trial
from bench.configuration import by_hand
from bench.inputs import OWN, Input, Inputs, cut
from bench.measure import FailedError, Limits, Measure, run, thinned
from bench.results import Results, Run, from_line, summarise, to_line
from bench.sections import ANSWERS, EXTRACTS, ONCE, Case, Group, Options, Plan

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="the benchmarks measure with os.wait4")


def a_run(reader: str, number: int, wall: float, *, section: str = "readers", name: str = "mixed", **more: int) -> Run:
    """A run over 100 MB, unless `size` is given."""
    curve = ((0.1, 50 * MB), (wall, more.get("peak", 300) * MB))
    measure = Measure(wall, wall, wall / 2, more.get("peak", 300) * MB, curve)
    size = more.get("size", 100) * MB
    return Run(section, name, reader, number, size, 10 * MB, measure, more.get("rows"))


def all_sections() -> list[Run]:
    """Runs of every section."""
    return [
        *(a_run("crowdarrow", number, wall, rows=7) for number, wall in enumerate((0.5, 0.9, 0.4), 1)),
        *(a_run("polars", number, 0.8, rows=7) for number in (1, 2, 3)),
        *(a_run("csv_json", number, 2.0, size=10, rows=1) for number in (1, 2, 3)),
        a_run("crowdarrow", 1, 0.5, section="votes", name="question", rows=9),
        a_run("votes_polars", 1, 1.0, section="votes", name="question", rows=9),
        a_run("crowdarrow", 1, 1.0, section="answers", name="forms", rows=25),
        a_run("answers_duckdb", 1, 2.2, section="answers", name="forms", rows=25),
        a_run("two columns", 1, 0.2, section="modes"),
        a_run("1", 1, 1.0, section="threads"),
        a_run("2", 1, 0.6, section="threads"),
        a_run("crowdarrow", 1, 1.0, section="sizes", name="mixed, 20 MB", size=20),
        a_run("crowdarrow", 1, 4.0, section="sizes", name="mixed, 100 MB"),
        a_run("crowdarrow", 1, 0.25, section="start", name="ten records", size=1),
    ]


def results(runs: list[Run], **more: dict[str, str]) -> Results:
    options = {"mb": 1000, "rounds": 3}
    machine = {"cpu": "a processor", "cores": 2, "memory": 8e9, "system": "Linux", "python": "3.11.7", "load": 0.1}
    return Results("2026-11-24", machine, {"polars": "2.1.0"}, options, [], {"polars": "all rejects"}, runs, **more)


def test_cases_take_turns_until_one_fails(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("a\n")
    turns = tmp_path / "turns"
    program = "import sys; open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit(sys.argv[2] == 'B')"
    outputs = tmp_path / "out"
    cases = [
        Case("modes", "mixed", name, (sys.executable, "-c", program, str(turns), name), source, 2, outputs / "x")
        for name in "ABC"
    ]
    plan = Plan(Options(), Inputs(tmp_path, print), outputs, runners.Panoptes(tmp_path))
    found = results([])
    Bench(plan, found, Log(tmp_path / "log", "", resume=False)).group(Group(tuple(cases), (), 3))
    assert turns.read_text() == "ABCACAC"
    assert [f"{one.reader}{one.round}" for one in found.runs] == ["A1", "C1", "A2", "C2", "A3", "C3"]
    assert found.failed == {"modes / mixed / B": "exit status 1: "}


def test_summary_has_medians() -> None:
    summary = summarise(all_sections())[0]
    assert (summary.reader, summary.rounds, summary.rows) == ("crowdarrow", 3, 7)
    assert (summary.wall, summary.low, summary.high) == (0.5, 0.4, 0.9)
    assert summary.rate == pytest.approx(200)
    assert summary.rate_per_core == pytest.approx(100 / 0.75)
    # The memory of the median round.
    assert summary.memory == ((0.1, 50 * MB), (0.5, 300 * MB))


def test_thinned_keeps_peaks() -> None:
    curve = [(float(place), 1_000 if place == 137 else place) for place in range(1_000)]
    kept = thinned(curve, 50)
    assert len(kept) == 50
    assert (137.0, 1_000) in kept
    assert kept[-1] == (999.0, 999)
    assert thinned(curve[:50], 50) == tuple(curve[:50])


def test_run_measures_time_and_memory() -> None:
    # It sleeps at the end, so that the memory is sampled on a busy machine too.
    program = "import time; held = bytearray(150_000_000)\nwhile time.process_time() < 0.4: pass\ntime.sleep(0.5)"
    measure = run([sys.executable, "-c", program])
    assert measure.wall >= 0.3
    assert measure.cpu >= 0.3
    assert measure.peak_rss > 150 * MB
    assert all(0 < seconds <= measure.wall for seconds, _ in measure.memory)
    if sys.platform == "linux":
        assert max(held for _, held in measure.memory) > 150 * MB


def test_failure_message_has_last_line_of_stderr() -> None:
    with pytest.raises(FailedError, match=r"^exit status 5: what went wrong$"):
        run([sys.executable, "-c", "import sys; print('a\\nwhat went wrong', file=sys.stderr); sys.exit(5)"])
    run([sys.executable, "-c", "import sys; sys.exit(3)"], accepted=(0, 3))


def test_process_over_time_limit_is_killed() -> None:
    with pytest.raises(FailedError, match="killed after"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], limits=Limits(seconds=0.2))


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_process_over_memory_limit_is_killed() -> None:
    program = "import time; held = bytearray(200_000_000); time.sleep(60)"
    with pytest.raises(FailedError, match=r"killed at 0\.\d GB of memory"):
        run([sys.executable, "-c", program], limits=Limits(resident_bytes=100 * MB))


@pytest.mark.parametrize("size", [0, 3, 4, 8, 9, 20, 25, 26, 31, 99])
def test_cut_ends_at_record_boundary(tmp_path: Path, size: int) -> None:
    text = b'a,b\n1,2\n3,"x\ny""\nz"\n4,5\n6,"7\n8"'
    (tmp_path / "all.csv").write_bytes(text)
    end = cut(tmp_path / "all.csv", size, tmp_path / "some.csv")
    kept = (tmp_path / "some.csv").read_bytes()
    assert len(kept) == end
    ends = [0, 4, 8, 20, 24]
    assert kept == text[: max(place for place in ends if place <= size)]


def test_input_is_generated_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = Inputs(tmp_path, said.append).get("survey", 60_000)
    again = Inputs(tmp_path, said.append).get("survey", 60_000)
    assert first == again
    assert said == ["generating survey-0.06mb"]
    assert first.bytes == first.path.stat().st_size
    assert first.records == sum((first.workflows or {}).values())
    (tmp_path / "survey-0.06mb" / "made.json").unlink()
    assert Inputs(tmp_path, said.append).get("survey", 60_000) == first
    assert len(said) == 2


def test_records_without_task_are_removed_for_panoptes_aggregation(tmp_path: Path) -> None:
    source = tmp_path / "classifications.csv"
    annotations = ['[{"task":"T0","value":1}]', '[{"value":1}]', "[3]", "[]"]
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["classification_id", "annotations"], *enumerate(annotations)])
    given = Input("survey", source, source.stat().st_size)
    kept = Inputs(tmp_path, lambda _: None).for_panoptes_aggregation(given, 10 * MB)
    with kept.path.open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["classification_id", "0", "3"]


def test_workflow_with_share_closest_to_a_tenth() -> None:
    source = Input("mixed", Path("x"), 1, 100, {1: 70, 2: 12, 3: 7, 4: 11})
    assert runners.about_a_tenth(source) == (4, 0.11)
    assert runners.about_a_tenth(Input("own", Path("x"), 1)) is None


def test_every_reader_documents_its_limits() -> None:
    for name in runners.PEERS:
        assert "Leaves out: " in runners.left_out(name)
    assert runners.left_out(runners.PANOPTES) == runners.PANOPTES_LEAVES_OUT
    assert not runners.left_out(runners.SELF)


def test_plan_of_small_run(tmp_path: Path) -> None:
    options = Options(mb=1, rounds=2, inputs=("survey",), readers=("crowdarrow", "polars", "csv_json"), sizes=(1, 2))
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", runners.Panoptes(tmp_path / "none"))
    groups = list(plan.groups())
    readers = [case.reader for case in groups[0].cases]
    assert readers == ["crowdarrow", "polars", "csv_json"]
    threads = next(group for group in groups if group.cases[0].section == "threads")
    assert threads.cases[0].command[-2:] == ("--threads", "1")
    keys = [case.key for group in groups for case in group.cases]
    assert len(set(keys)) == len(keys)
    sizes = [group.inputs[0].bytes / MB for group in groups if group.cases[0].section == "sizes"]
    assert sizes == pytest.approx([1, 2], rel=0.02)


def test_plan_of_answers_has_task_runs_of_25_keys(tmp_path: Path) -> None:
    options = Options(mb=1, sections=("answers",))
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", runners.Panoptes(tmp_path / "none"))
    (group,) = plan.groups()
    assert [case.reader for case in group.cases] == ["crowdarrow", "answers_duckdb", "answers_duckdb_maps"]
    assert all(case.counted for case in group.cases)
    assert group.cases[0].command[-2:] == ("--table", "answers")
    records = json.loads(group.inputs[0].path.read_text())
    assert {len(record["info"]) for record in records} == {25}
    plan.options = Options(sections=("answers",), inputs=("survey",))
    assert not list(plan.groups())


def test_own_export_comes_before_generated_inputs(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("classification_id\n")
    options = Options(mb=1, inputs=("question",), readers=("crowdarrow", "votes_duckdb"), sizes=(1,), own=own)
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", runners.Panoptes(tmp_path / "none"))
    cases = [case for group in plan.groups() for case in group.cases]
    by_section = {
        section: [(case.input, case.reader) for case in cases if case.section == section]
        for section in ("readers", "votes")
    }
    assert by_section["readers"] == [(OWN, "crowdarrow"), ("question", "crowdarrow")]
    readers = ("crowdarrow", ONCE, "votes_duckdb")
    assert by_section["votes"] == [(name, reader) for name in (OWN, "question") for reader in readers]
    assert {case.input for case in cases if case.section in {"modes", "threads"}} == {OWN}
    assert {case.input for case in cases if case.section == "sizes"} == {"mixed, 1 MB"}
    counts = {case.reader: case for case in cases if case.section == "votes" and case.input == OWN}
    assert counts["crowdarrow"].command[-4:] == ("--table", "votes", "--once", "all")
    assert counts[ONCE].command[-2:] == ("--table", "votes")
    # The classifications that it leaves out would be other rows.
    assert [case.counted for case in counts.values()] == [True, False, True]


def test_own_export_alone(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("classification_id\n")
    assert arguments(["--own", str(own), "--inputs", "own"]).inputs == ()
    assert arguments(["--own", str(own), "--inputs", "own,survey"]).inputs == ("survey",)
    assert arguments(["--own", str(own)]).inputs == Options().inputs
    with pytest.raises(SystemExit):
        arguments(["--inputs", "own"])
    assert is_trial(Options(own=own))


def test_configuration_by_hand_has_questions_and_surveys_of_the_largest_workflow(tmp_path: Path) -> None:
    source = tmp_path / "classifications.csv"
    choice = {"choice": "LION", "answers": {}, "filters": {}}
    annotations = [
        [{"task": "T0", "value": "yes"}, {"task": "T1", "value": [choice]}, {"task": "T2", "value": [{"x": 1}]}],
        [{"task": "T0", "value": ["yes", "no"]}, {"task": "T3", "value": [{"select_label": "S", "value": "v"}]}],
        *([{"task": "T4", "value": f"line {number}"}] for number in range(301)),
    ]
    with source.open("w", newline="") as file:
        rows = [(1, json.dumps(one)) for one in annotations] + [(2, '[{"task":"T9","value":"of another workflow"}]')]
        csv.writer(file).writerows([["workflow_id", "annotations"], *rows])
    config = json.loads(by_hand(source, tmp_path / "made").read_text())
    assert config == {
        "workflow_id": 1,
        "workflow_version": {},
        "extractor_config": {
            "question_extractor": [{"task": "T0"}],
            "survey_extractor": [{"task": "T1"}],
            "dropdown_extractor": [{"task": "T3"}],
        },
    }
    source.write_text("workflow_id,annotations\n1,[]\n")
    with pytest.raises(FileNotFoundError, match="no question, survey or dropdown"):
        by_hand(source, tmp_path / "made")


def test_failure_of_panoptes_aggregation_skips_it(tmp_path: Path) -> None:
    panoptes = runners.Panoptes(tmp_path / "environment")
    panoptes.program.parent.mkdir(parents=True)
    panoptes.program.write_text("#!/bin/sh\nexit 1\n")
    panoptes.program.chmod(0o755)
    options = Options(
        mb=1, inputs=("question",), readers=("crowdarrow", runners.PANOPTES), sections=("readers", "votes")
    )
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", panoptes)
    assert [[case.reader for case in group.cases] for group in plan.groups()] == [
        ["crowdarrow", ANSWERS],
        ["crowdarrow", ONCE],
    ]
    for section in ("readers", "votes"):
        assert "cannot create its configuration" in plan.skipped[f"{section} / question / panoptes_aggregation"]


def test_extracts_have_the_configuration_of_panoptes_aggregation(tmp_path: Path) -> None:
    panoptes = runners.Panoptes(tmp_path / "environment")
    panoptes.program.parent.mkdir(parents=True)
    # $3 is the workflow, $7 the folder.
    panoptes.program.write_text("#!/bin/sh\ntouch $7/Extractor_config_workflow_$3_V1.1.yaml\n")
    panoptes.program.chmod(0o755)
    options = Options(mb=1, inputs=("drawing",), readers=(runners.PANOPTES,), sections=("readers",))
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", panoptes)
    (group,) = plan.groups()
    assert [case.reader for case in group.cases] == [ANSWERS, EXTRACTS, runners.PANOPTES]
    ours, theirs = (case.command for case in group.cases[1:])
    configuration = ours[ours.index("extracts") + 2]
    assert configuration == theirs[theirs.index("extract") + 2]
    assert Path(configuration).name.startswith("Extractor_config_workflow_")


def test_run_round_trips_through_log() -> None:
    one = a_run("polars", 2, 0.5)
    assert from_line(to_line(one)) == one


def test_results_round_trip_through_file(tmp_path: Path) -> None:
    before = results(all_sections(), failed={"readers / mixed / pandas": "exit status 1: no"})
    before.write(tmp_path / "results.json")
    after = Results.read(tmp_path / "results.json")
    assert page.render(after, {}) == page.render(before, {})
    assert after.summaries() == before.summaries()
    assert {one["reader"]: one["rate"] for one in json.loads((tmp_path / "results.json").read_text())["summaries"]}


def test_page_has_tables_charts_and_limits() -> None:
    text = page.render(
        results(all_sections(), skipped={"modes / mixed / answers": "this version has none"}), {"a.svg": "A"}
    )
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert "| crowdarrow | 100 | 0.50 (0.40 to 0.90) | 0.75 | 200 | 133 | 300 | 10.0 |  |" in rows
    assert "| csv + json | 10.0 | 2.00 (2.00 to 2.00) | 3.00 | 5.00* | 3.33 | 300* | 10.0 | 40.0 |" in rows
    assert "| crowdarrow convert | 250 (250 to 250) | 375 | 300 |" in rows
    assert "![A](charts/a.svg)" in text
    assert "* Polars: all rejects" in text
    assert "* modes / mixed / answers: this version has none" in text
    assert "different numbers of rows" not in text
    assert "A trial" not in text
    for line in rows:
        assert line.count("|") in {3, 5, 10}
    assert f"| Polars | {runners.VOTES_WORK['votes_polars']} |" in text
    assert runners.VOTES_WORK["votes_polars"].startswith(
        f"{runners.script_lines(runners.PEERS['votes_polars'])} lines: "
    )
    assert "All that read the whole input wrote 9 rows." in text
    assert f"| DuckDB, json_each | {runners.ANSWERS_WORK['answers_duckdb']} |" in text
    assert "| DuckDB, json_each | 100 | 2.20 (2.20 to 2.20) | 3.30 | 45.5 | 30.3 | 300 | 10.0 | 2.20 |" in rows
    assert "All that read the whole input wrote 25 rows." in text


def test_page_has_real_rows_before_synthetic_exports() -> None:
    runs = [a_run("crowdarrow", 1, 0.5, section=section, name=OWN) for section in ("readers", "votes", "modes")]
    found = results([*all_sections(), *runs])
    found.inputs = [{"name": OWN, "bytes": 1_010_000_000, "records": None}]
    found.options |= {"own": "real.csv", "own_note": "rows of published exports, shuffled and repeated"}
    text = page.render(found, {})
    headings = [line for line in text.splitlines() if line.startswith(("## ", "### "))]
    real, synthetic = headings.index("## Real rows"), headings.index("## Synthetic exports")
    assert headings[real + 1 : synthetic] == [
        "### Readers",
        "### Votes per subject",
        "### crowdarrow by what it converts",
    ]
    assert headings[synthetic + 1 : synthetic + 3] == ["### Readers", "### Votes per subject"]
    assert "\nRows of published exports, shuffled and repeated, 1,010 MB.\n" in text


def test_readme_has_real_rows_if_there_are_any(tmp_path: Path) -> None:
    text = readme.render(results(all_sections()))
    assert "| 100 MB of synthetic rows (mixed) as typed columns in Parquet | GB/s | peak memory | work |" in text
    assert f"| csv + json | 0.005* | 300 MB* | {runners.WORK['csv_json']} |" in text
    assert "| votes per subject of 100 MB of synthetic rows (question) |" in text
    real = results([*all_sections(), a_run("crowdarrow", 1, 2.0, section="votes", name=OWN, size=1010)])
    path = tmp_path / "README.md"
    path.write_text(f"# a\n\n{readme.BEGIN}\n\nold\n\n{readme.END}\n\nb\n")
    readme.update(path, real)
    assert readme.tables_of(path) == readme.render(real)
    assert "| votes per subject of 1.0 GB of real rows |" in path.read_text()
    assert path.read_text().startswith("# a\n")
    assert path.read_text().endswith("\n\nb\n")


def test_page_reports_different_row_counts() -> None:
    text = page.render(results([a_run("crowdarrow", 1, 1, rows=7), a_run("polars", 1, 1, rows=6)]), {})
    assert "The readers wrote different numbers of rows: crowdarrow 7, Polars 6." in text


def points(figure: Figure, axes: int) -> dict[str, list[list[float]]]:
    """The points of each line, by label."""
    return {str(line.get_label()): np.asarray(line.get_xydata()).tolist() for line in figure.axes[axes].lines}


def test_charts_show_the_measurements() -> None:
    found = charts.figures(summarise(all_sections()))
    assert list(found) == list(charts.CHARTS)
    bars = found["throughput.svg"].axes[0]
    widths = [bar.get_width() for bar in bars.patches if isinstance(bar, Rectangle)]
    assert widths == pytest.approx([200, 125, 5])
    assert [label.get_text() for label in bars.get_yticklabels()] == ["crowdarrow", "Polars", "csv + json"]
    assert [text.get_text() for text in bars.texts] == ["200 MB/s", "125 MB/s", "5.0 MB/s"]
    assert points(found["memory.svg"], 0) == {
        "crowdarrow": [[0.1, 50], [0.5, 300]],
        "Polars": [[0.1, 50], [0.8, 300]],
    }
    assert points(found["threads.svg"], 0) == {
        "proportional": [[0, 0], [2, 200]],
        "crowdarrow": [[1, 100], [2, pytest.approx(100 / 0.6)]],
    }
    assert points(found["sizes.svg"], 0) == {"crowdarrow": [[0.02, 1], [0.1, 4]]}
    assert points(found["sizes.svg"], 1) == {"crowdarrow": [[0.02, 0.3], [0.1, 0.3]]}


def test_draw_writes_same_bytes_and_removes_charts_without_measurements(tmp_path: Path) -> None:
    (tmp_path / "memory.svg").touch()
    summaries = summarise([a_run("1", 1, 1, section="threads")])
    texts = []
    for _ in range(2):
        assert charts.draw(summaries, tmp_path) == {"threads.svg": "Throughput by number of threads"}
        texts.append((tmp_path / "threads.svg").read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir()] == ["threads.svg"]
    assert texts[0] == texts[1]
    assert "worker threads" in texts[0]


def test_memory_chart_has_readers_of_whole_input() -> None:
    assert [one.reader for one in charts.memory_of(summarise(all_sections()))] == ["crowdarrow", "polars"]


def test_empty_option_selects_everything() -> None:
    chosen = arguments(["--mb", "300", "--inputs", "", "--readers", "", "--sections", ""])
    assert (chosen.inputs, chosen.readers) == (Options().inputs, runners.NAMES)
    assert arguments(["--inputs", "mixed survey"]).inputs == ("mixed", "survey")
    with pytest.raises(SystemExit):
        arguments(["--readers", "nobody"])


def test_partial_or_small_run_is_a_trial() -> None:
    assert not is_trial(Options())
    assert is_trial(Options(mb=50))
    assert is_trial(Options(readers=("crowdarrow",)))


def test_published_page_matches_published_results() -> None:
    figures, published = BENCHMARKS / "results.json", ROOT / "docs" / "benchmarks.md"
    if not figures.exists():
        pytest.skip("there are no published results")
    found = Results.read(figures)
    shown = {name: text for name, (text, _) in charts.CHARTS.items() if (published.parent / "charts" / name).exists()}
    assert published.read_text(encoding="utf-8") == page.render(found, shown)
    assert readme.tables_of(ROOT / "README.md") == readme.render(found)
