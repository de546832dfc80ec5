"""The benchmarks themselves: who runs when, medians, what is measured of a process, inputs, page and charts."""

import csv
import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import BENCHMARKS, MB, ROOT, charts, page, runners
from bench.__main__ import arguments, is_trial
from bench.inputs import Input, Inputs, cut
from bench.measure import FailedError, Limits, Measure, run, thinned
from bench.results import Results, Run, from_line, summarise, to_line
from bench.schedule import Schedule
from bench.sections import ANSWERS, Options, Plan

NAMESPACE = "{http://www.w3.org/2000/svg}"


def a_run(reader: str, number: int, wall: float, *, section: str = "readers", name: str = "mixed", **more: int) -> Run:
    """A run over 100 MB, unless told otherwise."""
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


def test_readers_take_turns() -> None:
    assert [f"{case}{number}" for number, case in Schedule("ABC", 2)] == ["A1", "B1", "C1", "A2", "B2", "C2"]


def test_one_that_failed_is_not_asked_again() -> None:
    schedule = Schedule("ABC", 3)
    ran = []
    for number, case in schedule:
        ran.append(f"{case}{number}")
        if ran[-1] == "B2":
            schedule.drop("B")
    assert ran == ["A1", "B1", "C1", "A2", "B2", "C2", "A3", "C3"]


def test_medians() -> None:
    summary = summarise(all_sections())[0]
    assert (summary.reader, summary.rounds, summary.rows) == ("crowdarrow", 3, 7)
    assert (summary.wall, summary.low, summary.high) == (0.5, 0.4, 0.9)
    assert summary.rate == pytest.approx(200)
    assert summary.rate_per_core == pytest.approx(100 / 0.75)
    # The curve of the round in the middle.
    assert summary.memory == ((0.1, 50 * MB), (0.5, 300 * MB))


def test_a_thinned_curve_keeps_its_peaks() -> None:
    curve = [(float(place), 1_000 if place == 137 else place) for place in range(1_000)]
    kept = thinned(curve, 50)
    assert len(kept) == 50
    assert (137.0, 1_000) in kept
    assert kept[-1] == (999.0, 999)
    assert thinned(curve[:50], 50) == tuple(curve[:50])


def test_a_process_is_measured() -> None:
    program = "import time; held = bytearray(150_000_000)\nwhile time.process_time() < 0.4: pass"
    measure = run([sys.executable, "-c", program])
    assert measure.wall >= 0.3
    assert measure.cpu >= 0.3
    assert measure.peak_rss > 150 * MB
    assert all(0 < seconds <= measure.wall for seconds, _ in measure.memory)
    if sys.platform == "linux":
        assert max(held for _, held in measure.memory) > 150 * MB


def test_a_failure_says_the_last_line() -> None:
    with pytest.raises(FailedError, match=r"^ended with status 5: what went wrong$"):
        run([sys.executable, "-c", "import sys; print('a\\nwhat went wrong', file=sys.stderr); sys.exit(5)"])
    run([sys.executable, "-c", "import sys; sys.exit(3)"], whole=(0, 3))


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(FailedError, match="ended after"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], limits=Limits(seconds=0.2))


@pytest.mark.skipif(sys.platform != "linux", reason="memory over time needs /proc")
def test_a_process_that_takes_too_much_memory_is_ended() -> None:
    program = "import time; held = bytearray(200_000_000); time.sleep(60)"
    with pytest.raises(FailedError, match=r"ended at 0\.\d GB of memory"):
        run([sys.executable, "-c", program], limits=Limits(resident_bytes=100 * MB))


@pytest.mark.parametrize("size", [0, 3, 4, 8, 9, 20, 25, 26, 31, 99])
def test_a_cut_is_between_records(tmp_path: Path, size: int) -> None:
    text = b'a,b\n1,2\n3,"x\ny""\nz"\n4,5\n6,"7\n8"'
    (tmp_path / "all.csv").write_bytes(text)
    end = cut(tmp_path / "all.csv", size, tmp_path / "some.csv")
    kept = (tmp_path / "some.csv").read_bytes()
    assert len(kept) == end
    ends = [0, 4, 8, 20, 24]
    assert kept == text[: max(place for place in ends if place <= size)]


def test_an_input_is_made_once(tmp_path: Path) -> None:
    said: list[str] = []
    first = Inputs(tmp_path, said.append).get("survey", 60_000)
    again = Inputs(tmp_path, said.append).get("survey", 60_000)
    assert first == again
    assert said == ["making survey-0.06mb"]
    assert first.bytes == first.path.stat().st_size
    assert first.records == sum((first.workflows or {}).values())
    (tmp_path / "survey-0.06mb" / "made.json").unlink()
    assert Inputs(tmp_path, said.append).get("survey", 60_000) == first
    assert len(said) == 2


def test_what_panoptes_aggregation_reads(tmp_path: Path) -> None:
    source = tmp_path / "classifications.csv"
    annotations = ['[{"task":"T0","value":1}]', '[{"value":1}]', "[3]", "[]"]
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["classification_id", "annotations"], *enumerate(annotations)])
    given = Input("survey", source, source.stat().st_size)
    kept = Inputs(tmp_path, lambda _: None).for_panoptes_aggregation(given, 10 * MB)
    with kept.path.open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["classification_id", "0", "3"]


def test_the_workflow_nearest_to_a_tenth() -> None:
    source = Input("mixed", Path("x"), 1, 100, {1: 70, 2: 12, 3: 7, 4: 11})
    assert runners.about_a_tenth(source) == (4, 0.11)
    assert runners.about_a_tenth(Input("own", Path("x"), 1)) is None


def test_every_reader_says_what_it_leaves_out() -> None:
    for name in (*runners.PEERS, runners.PANOPTES):
        words = runners.left_out(name)
        assert "Leaves out" in words or words.startswith(("As ", "Every column", "Extracts"))


def test_the_plan_of_a_small_run(tmp_path: Path) -> None:
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


def test_panoptes_aggregation_that_fails_ends_nothing(tmp_path: Path) -> None:
    panoptes = runners.Panoptes(tmp_path / "environment")
    panoptes.program.parent.mkdir(parents=True)
    panoptes.program.write_text("#!/bin/sh\nexit 1\n")
    panoptes.program.chmod(0o755)
    options = Options(mb=1, inputs=("question",), readers=("crowdarrow", runners.PANOPTES), sections=("readers",))
    plan = Plan(options, Inputs(tmp_path / "in", lambda _: None), tmp_path / "out", panoptes)
    (group,) = plan.groups()
    assert [case.reader for case in group.cases] == ["crowdarrow", ANSWERS]
    assert "can't make its configuration" in plan.skipped["readers / question / panoptes_aggregation"]


def test_a_run_survives_the_log() -> None:
    one = a_run("polars", 2, 0.5)
    assert from_line(to_line(one)) == one


def test_the_figures_survive_their_file(tmp_path: Path) -> None:
    before = results(all_sections(), failed={"readers / mixed / pandas": "ended with status 1: no"})
    before.write(tmp_path / "results.json")
    after = Results.read(tmp_path / "results.json")
    assert page.render(after, {}) == page.render(before, {})
    assert after.summaries() == before.summaries()
    assert {one["reader"]: one["rate"] for one in json.loads((tmp_path / "results.json").read_text())["summaries"]}


def test_the_page() -> None:
    told = page.render(
        results(all_sections(), skipped={"modes / mixed / answers": "this version has none"}), {"a.svg": "A"}
    )
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    assert "| crowdarrow | 100 | 0.50 (0.40 to 0.90) | 0.75 | 200 | 133 | 300 | 10.0 |  |" in rows
    assert "| csv + json | 10.0 | 2.00 (2.00 to 2.00) | 3.00 | 5.00* | 3.33 | 300* | 10.0 | 40.0 |" in rows
    assert "| crowdarrow convert | 250 (250 to 250) | 375 | 300 |" in rows
    assert "![A](charts/a.svg)" in told
    assert "* Polars: all rejects" in told
    assert "* modes / mixed / answers: this version has none" in told
    assert "different numbers of rows" not in told
    assert "A trial" not in told
    for line in rows:
        assert line.count("|") in {5, 10}


def test_the_page_says_where_readers_differ() -> None:
    told = page.render(results([a_run("crowdarrow", 1, 1, rows=7), a_run("polars", 1, 1, rows=6)]), {})
    assert "They wrote different numbers of rows: crowdarrow 7, Polars 6." in told


@pytest.mark.parametrize(
    ("top", "wanted"),
    [(1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (203, [0, 50, 100, 150, 200, 250]), (7, [0, 2, 4, 6, 8]), (0, [0, 1])],
)
def test_ticks_are_round(top: float, wanted: list[float]) -> None:
    assert charts.ticks(top) == wanted


def test_charts_are_well_formed(tmp_path: Path) -> None:
    drawn = charts.draw(summarise(all_sections()), tmp_path)
    assert drawn == charts.SHOWN
    for name in drawn:
        root = ET.parse(tmp_path / name).getroot()  # noqa: S314 - made just now
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        words = ["".join(text.itertext()) for text in root.iter(f"{NAMESPACE}text")]
        assert words
        for text in root.iter(f"{NAMESPACE}text"):
            assert 0 <= float(text.attrib["x"]) <= width
            assert 0 <= float(text.attrib["y"]) <= height
        for line in root.iter(f"{NAMESPACE}polyline"):
            for point in line.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height
    bars = ET.parse(tmp_path / "throughput.svg").getroot()  # noqa: S314 - made just now
    widths = [float(bar.attrib["width"]) for bar in bars.iter(f"{NAMESPACE}rect") if bar.attrib["width"] != "100%"]
    # Fastest first: crowdarrow 200, Polars 125, csv + json 5 MB/s.
    assert widths == sorted(widths, reverse=True)
    assert widths[0] / widths[1] == pytest.approx(200 / 125, rel=0.01)


def test_a_chart_without_figures_is_not_left_behind(tmp_path: Path) -> None:
    charts.draw(summarise(all_sections()), tmp_path)
    assert list(charts.draw(summarise([a_run("1", 1, 1, section="threads")]), tmp_path)) == ["threads.svg"]
    assert [path.name for path in tmp_path.iterdir()] == ["threads.svg"]


def test_the_memory_chart_compares_what_read_all() -> None:
    assert [one.reader for one in charts.memory_of(summarise(all_sections()))] == ["crowdarrow", "polars"]


def test_what_is_empty_asks_for_everything() -> None:
    asked = arguments(["--mb", "300", "--inputs", "", "--readers", "", "--sections", ""])
    assert (asked.inputs, asked.readers) == (Options().inputs, runners.NAMES)
    assert arguments(["--inputs", "mixed survey"]).inputs == ("mixed", "survey")
    with pytest.raises(SystemExit):
        arguments(["--readers", "nobody"])


def test_only_a_whole_run_is_published() -> None:
    assert not is_trial(Options())
    assert is_trial(Options(mb=50))
    assert is_trial(Options(readers=("crowdarrow",)))


def test_the_published_page_is_of_the_published_figures() -> None:
    figures, published = BENCHMARKS / "results.json", ROOT / "docs" / "benchmarks.md"
    if not figures.exists():
        pytest.skip("the benchmarks have not been run")
    found = Results.read(figures)
    shown = {name: words for name, words in charts.SHOWN.items() if (published.parent / "charts" / name).exists()}
    assert published.read_text(encoding="utf-8") == page.render(found, shown)
