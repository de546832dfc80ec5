"""The page of an inspection: what it shows, that it needs nothing else, and that it is safe and readable."""

import csv
import io
import json
import re
import shutil
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.declare.charts import Density, Listing
from crowdarrow.exports.zooniverse.inspect.charts import ClassificationCharts
from crowdarrow.inspection.page import write as write_page
from crowdarrow.inspection.process import DrawingProcess
from crowdarrow.synthetic.__main__ import main as synthesize

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
PROFILES = ("question", "survey", "drawing")
pytest.importorskip("matplotlib")


class Shown(HTMLParser):
    """The tags with their attributes, and the visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._in_style = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"
        self.text += " "

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._in_style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._in_style else data


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    for profile in PROFILES:
        synthesize(["export", str(folder / profile), "--records", "600", "--profile", profile])
    for kind in ("task-runs", "tasks", "results", "collection"):
        synthesize([kind, str(folder / f"{kind}.json"), "--records", "300"])
    return folder


@pytest.fixture(scope="module")
def pages(exports: Path) -> Path:
    for profile in PROFILES:
        found = ca.inspect(exports / profile / "classifications.csv", charts=True)
        found.to_html(exports / f"{profile}.html")
    return exports


def titles(page: str) -> list[str]:
    return re.findall(r"<h3>(.*?)</h3>", page)


def test_the_page_has_a_chart_or_table_of_each_topic(pages: Path) -> None:
    expected = {
        "Classifications over time", "Classifications by workflow and version", "Time per classification",
        "Classifications per subject", "How far the subjects are", "Votes and agreement by task",
        "How the classifications are shared among volunteers", "Visitors and repeats", "Rejects", "Inputs",
    }  # fmt: skip
    for profile in PROFILES:
        page = (pages / f"{profile}.html").read_text(encoding="utf-8")
        assert expected <= set(titles(page)), profile
        assert len(page) < 1_000_000
    assert "Identifications" in titles((pages / "survey.html").read_text(encoding="utf-8"))
    assert "marks by their centres" in (pages / "drawing.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["task-runs", "tasks", "results", "collection"])
def test_other_kinds_have_pages_too(exports: Path, tmp_path: Path, kind: str) -> None:
    ca.inspect(exports / f"{kind}.json", charts=True).to_html(tmp_path / "page.html")
    found = titles((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert {"Rejects", "Inputs"} < set(found)
    if kind == "task-runs":
        assert {"Task runs over time", "Task runs per task", "Visitors and repeats"} <= set(found)


def test_numbers_of_the_charts_are_those_of_plain_counting(tmp_path: Path) -> None:
    rows = [(1, "T0", "Yes"), (1, "T0", "Yes"), (1, "T0", "No"), (2, "T0", "No"), (2, "T0", "No"), (3, "T0", "Yes")]
    write(tmp_path / "c.csv", [record(number, subject, answer) for number, (subject, _, answer) in enumerate(rows)])
    ca.inspect(tmp_path / "c.csv", charts=True).to_html(tmp_path / "page.html")
    text = " ".join(Shown((tmp_path / "page.html").read_text(encoding="utf-8")).text.split())
    # Subjects 1 and 2 have two or more answers: 2 of 3 and 2 of 2 agree, (2/3 + 1) / 2 = 83 %.
    assert "subjects answers answers per subject agreement 9 Birds T0 2 5 2.5 83%" in text


MARKS: list[dict[str, object]] = [
    {"tool": 0, "x": 10, "y": 20}, {"tool": 0, "x": "30.5", "y": "40"}, {"tool": 0, "x": 10, "y": None},
    {"tool": 1, "x": 10, "y": 20, "width": 30, "height": 40, "angle": 30}, {"tool": 1, "x": 190, "y": 5, "width": -20},
    {"tool": 2, "x": 50, "y": 50, "rx": 5, "ry": 9, "angle": 77}, {"tool": 2, "x": 50, "y": 50, "r": 5},
    {"tool": 3, "points": [{"x": 10, "y": 20}, {"x": 30, "y": 90}, {"x": 150, "y": 21}, {"x": 20, "y": 20}]},
    {"tool": 3, "points": [{"x": 10, "y": 20}, {"x": 30}, {"x": 150, "y": 21}]},
    {"tool": 3, "points": [{"x": 10, "y": 20}, None, {"x": 150, "y": 21}]},
    {"tool": 3, "points": []}, {"tool": 3, "points": [{"x": 80, "y": 70}]},
    {"toolType": "freehandLine", "pathX": [5, 1, 90, 40.25, 7], "pathY": [9, 8, 7, 99, 5, 6]},
    {"toolType": "freehandLine", "pathX": [5, "x", 90], "pathY": [9, 8, 7]},
    {"toolType": "rotateRectangle", "x_center": 60, "y_center": 70, "width": 9, "height": 5, "angle": 45},
    {"toolType": "rectangle", "x": 1, "y": 2, "x_center": 60, "y_center": 70, "width": 9, "height": 5},
    {"tool": 4, "x1": 10, "y1": 20, "x2": 90, "y2": 10}, {"tool": 5, "x": 3, "width": 10}, {"tool": 5, "y": 33},
    {"tool": 6, "x": 1000, "y": 20}, {"tool": 0, "x": 200, "y": 100},
    {"tool": 0, "radius": 3, "spread": 9, "x": 1, "y": 1},
]  # fmt: skip


def test_marks_are_shown_at_the_centres_that_the_table_has(tmp_path: Path) -> None:
    metadata = {"subject_dimensions": [{"naturalWidth": 200, "naturalHeight": 100}], "classifier_version": "2.0"}
    cells = {
        "metadata": json.dumps(metadata),
        "annotations": json.dumps([{"task": "T0", "task_label": "Draw", "value": MARKS}]),
    }
    write(tmp_path / "c.csv", [record(number, 1, "", **cells) for number in range(3)])
    charts = ca.inspect(tmp_path / "c.csv", charts=True).page_source()
    shown = [list(chart.counts) for chart in charts if isinstance(chart, Density)]
    with ca.open(tmp_path / "c.csv", table="marks") as reader:
        marks = pa.Table.from_batches(reader).to_pylist()
    grids: dict[object, list[list[int]]] = {}
    for mark in marks:
        if mark["cx"] is not None and mark["cy"] is not None and 0 <= mark["cx"] < 200 and 0 <= mark["cy"] < 100:
            grid = grids.setdefault((mark["tool_index"], mark["tool_type"]), [[0] * 40 for _ in range(40)])
            grid[int(mark["cy"] / 100 * 40)][int(mark["cx"] / 200 * 40)] += 1
    assert len(grids) > 4
    assert sorted(shown) == sorted(grids.values())


def test_repeated_subjects_are_counted_once_with_and_without_their_own_column(tmp_path: Path) -> None:
    data = {
        subject: json.dumps(
            {str(subject): {"retired": {"retired_at": "2024-01-01T00:00:00Z", "retirement_reason": why}}}
        )
        for subject, why in ((1, "consensus"), (2, "consensus"), (3, "blank"))
    }
    records = [record(at, at % 3 + 1, "Yes", subject_data=data[at % 3 + 1]) for at in range(60)]
    for at, columns in enumerate((list(records[0]), [name for name in records[0] if name != "subject_ids"])):
        write(tmp_path / f"{at}.csv", [{name: one[name] for name in columns} for one in records])
        charts = ca.inspect(tmp_path / f"{at}.csv", charts=True).page_source()
        (states,) = [chart.rows for chart in charts if isinstance(chart, Listing) and chart.title.startswith("How far")]
        assert states == [("9 Birds", 3, 3, "100%", "consensus (2), blank (1)")], columns


def test_a_subject_counts_in_each_workflow_and_only_of_records_that_are_kept(tmp_path: Path) -> None:
    retired = json.dumps({"5": {"retired": {"retired_at": "2024-01-01T00:00:00Z", "retirement_reason": "blank"}}})
    rejected = record(0, 5, "Yes", subject_data=retired, annotations="[{]")
    others = [record(at, 5, "Yes", subject_data=retired, workflow_id=str(9 + at % 2)) for at in range(1, 9)]
    write(tmp_path / "c.csv", [rejected, *others, record(9, 5, "Yes", subject_data=retired, workflow_id="")])
    found = ca.inspect(tmp_path / "c.csv", charts=True, threads=1)
    assert found.rejected == 1
    (states,) = [
        chart.rows for chart in found.page_source() if isinstance(chart, Listing) and chart.title.startswith("How")
    ]
    assert sorted(tuple(row[:4]) for row in states) == [
        ("10 Birds", 1, 1, "100%"), ("9 Birds", 1, 1, "100%"), ("None Birds", 1, 1, "100%"),
    ]  # fmt: skip


def record(number: int, subject: int, answer: str, name: str = "ann", **cells: str) -> dict[str, object]:
    metadata = {"started_at": "2024-01-01T00:00:00.000Z", "finished_at": "2024-01-01T00:00:05.000Z"}
    return {
        "classification_id": 100 + number, "user_name": name, "user_id": 7, "workflow_id": 9,
        "workflow_name": "Birds", "workflow_version": "1.1", "created_at": "2024-01-01 00:00:00 UTC",
        "metadata": json.dumps(metadata),
        "annotations": json.dumps([{"task": "T0", "task_label": "Any?", "value": answer}]),
        "subject_data": json.dumps({str(subject): {"retired": None}}), "subject_ids": subject,
    } | cells  # fmt: skip


def write(path: Path, records: list[dict[str, object]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0])
    writer.writeheader()
    writer.writerows(records)
    path.write_text(text.getvalue(), encoding="utf-8")


HOSTILE = (
    "<script>document.title='owned'</script>", '"><img src=x onerror=alert(1)>', "</svg></style><h1>x</h1>",
    "&lt;b&gt;", "{{ 7 * 7 }} {% raw %}", "$\\frac{1}{2}$ $x", "\u202egnihton\u202c \u2066x", "a\x1b[31m\x07b",
    "م" * 300,
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    texts = [*HOSTILE, "x" * 10_000_000]
    records = [
        record(at * 3 + again, at, text, name=f"person-{at}", workflow_name=text[:1000])
        for at, text in enumerate(texts)
        for again in range(3)
    ]
    write(folder / "c.csv", records)
    ca.inspect(folder / "c.csv", charts=True).to_html(folder / "page.html")
    return (folder / "page.html").read_text(encoding="utf-8")


def test_times_of_any_year_are_drawn_in_a_page_of_some_kilobytes(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    times = ("0000-12-31 23:30:00 -01:00", "2020-03-04 05:06:07 UTC", "9999-12-31 23:59:59 UTC")
    metadata = '"{""started_at"":""0001-01-01T00:00:00Z"",""finished_at"":""9999-01-01T00:00:00Z""}"'
    lines = ["classification_id,created_at,annotations,metadata", *(f"1,{time},[],{metadata}" for time in times)]
    path.write_text("\n".join(lines))
    ca.inspect(path, charts=True).to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(page) < 100_000
    assert "Per 9150 days, in UTC." in page
    run = {"id": 1, "task_id": 1, "created": "0001-01-01T00:00:00", "finish_time": "9999-01-01T00:00:00", "info": 1}
    ca.inspect(json.dumps([run]).encode(), charts=True).to_html(tmp_path / "runs.html")
    assert "Time per task run" in (tmp_path / "runs.html").read_text(encoding="utf-8")


def test_texts_of_the_input_are_text(hostile: str) -> None:
    shown = Shown(hostile)
    names = {name for name, _ in shown.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "h4", "base", "form"}
    assert [name for name, _ in shown.tags].count("h1") == 1
    assert not [name for _, found in shown.tags for name in found if name.startswith("on")]
    assert "<script>" in shown.text
    assert "{{ 7 * 7 }}" in shown.text
    assert "$\\frac{1}{2}$" in shown.text
    assert not re.search("[\x00-\x09\x0b-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069]", hostile)
    assert len(hostile) < 1_000_000


def test_the_page_needs_no_network_and_no_script(pages: Path, hostile: str) -> None:
    for page in [hostile, *((pages / f"{profile}.html").read_text(encoding="utf-8") for profile in PROFILES)]:
        shown = Shown(page)
        assert "script" not in {name for name, _ in shown.tags}
        links = [found[name] for _, found in shown.tags for name in ("src", "href", "xlink:href") if name in found]
        assert all(str(link).startswith(("#", "data:,")) for link in links), links
        assert "@import" not in page
        assert not re.search(r"url\((?!#)", page)


def test_identifiers_within_a_page_are_unique(pages: Path) -> None:
    for profile in PROFILES:
        found = re.findall(r'\bid="([^"]+)"', (pages / f"{profile}.html").read_text(encoding="utf-8"))
        assert len(found) == len(set(found)), profile


def test_no_name_of_a_volunteer_is_in_a_page(pages: Path) -> None:
    for profile in PROFILES:
        text = Shown((pages / f"{profile}.html").read_text(encoding="utf-8")).text
        table = ca.Export(pages / profile / "classifications.csv").table("classifications").to_table()
        names = {name for name in table["user_name"].to_pylist() if name and len(name) > 3}
        assert names
        assert not {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}


def test_the_page_of_the_command_line_is_that_of_python(pages: Path, tmp_path: Path) -> None:
    source, page = pages / "question" / "classifications.csv", tmp_path / "page.html"
    first = run(source, "--html", page)
    assert (first.returncode, first.stderr) == (0, "")
    assert "zooniverse.classifications" in first.stdout
    assert page.read_bytes() == (pages / "question.html").read_bytes()
    again = run(source, "--html", page)
    assert (again.returncode, "exists already; --force replaces it" in again.stderr) == (1, True)
    page.write_bytes(b"")
    assert run(source, "--html", page, "--force", "--threads", 1).returncode == 0
    assert page.read_bytes() == (pages / "question.html").read_bytes()
    assert run(source, "--force").returncode == 2
    assert run(source, "--html", tmp_path / "none" / "page.html").returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crowdarrow", "inspect", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_plain_inspection_reads_the_input_again_for_the_page(pages: Path, tmp_path: Path) -> None:
    source = pages / "question" / "classifications.csv"
    ca.inspect(source).to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == (pages / "question.html").read_bytes()
    with pytest.raises(ca.UsageError, match="charts=True"):
        ca.inspect(io.BytesIO(source.read_bytes())).to_html(tmp_path / "other.html")


def test_the_page_does_not_depend_on_threads_and_processes(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = (pages / "drawing.html").read_bytes()
    found = ca.inspect(pages / "drawing" / "classifications.csv", charts=True, threads=1)
    for number, executable in enumerate((sys.executable, shutil.which("false"), "no such file")):
        monkeypatch.setattr(sys, "executable", executable)
        with DrawingProcess() as drawing:
            write_page(found, tmp_path / f"{number}.html", found.page_source(), force=False, drawing=drawing)
        assert (tmp_path / f"{number}.html").read_bytes() == expected, executable


def test_a_page_without_its_libraries_says_what_to_install(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ca.inspect(pages / "question" / "classifications.csv")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ca.UsageError, match=r"pip install 'crowdarrow\[html\]'"):
        found.to_html(tmp_path / "page.html")


def test_an_error_while_charts_are_counted_ends_the_inspection(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ClassificationCharts, "add", fail)
    for threads in (1, 2):
        with pytest.raises(ZeroDivisionError):
            ca.inspect(pages / "question" / "classifications.csv", charts=True, threads=threads)


def chromium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
        f"--user-data-dir={folder}/profile", "--virtual-time-budget=2000", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


MEASURE = """<script>addEventListener('load', () => {
  const boxes = [...document.querySelectorAll('svg')].map(one => one.getBoundingClientRect());
  const drawn = [...document.querySelectorAll('svg')].filter(one => one.querySelectorAll('path').length > 4);
  document.body.setAttribute('data-seen', JSON.stringify({
    title: document.title, width: document.documentElement.scrollWidth, view: innerWidth, charts: boxes.length,
    empty: boxes.filter(box => box.width < 100 || box.height < 60).length, drawn: drawn.length,
    outside: [...document.querySelectorAll('svg text')].filter(text => {
      const box = text.getBoundingClientRect(), around = text.closest('svg').getBoundingClientRect();
      return box.left < around.left - 2 || box.right > around.right + 2;
    }).length}));
});</script>"""


@browser
@pytest.mark.parametrize("width", [500, 1200])
def test_a_browser_draws_every_chart_within_its_window(pages: Path, hostile: str, tmp_path: Path, width: int) -> None:
    texts = {profile: (pages / f"{profile}.html").read_text(encoding="utf-8") for profile in PROFILES}
    for name, text in (texts | {"hostile": hostile}).items():
        # The page allows no scripts; the copy that is measured has one.
        bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
        (tmp_path / f"{name}.html").write_text(bare.replace("</body>", MEASURE + "</body>"), encoding="utf-8")
        ran = chromium(tmp_path, f"--window-size={width},900", "--dump-dom", f"file://{tmp_path}/{name}.html")
        found = re.search(r'data-seen="([^"]*)"', ran.stdout)
        assert found, name
        seen = json.loads(found[1].replace("&quot;", '"'))
        assert seen["title"] != "owned"
        assert seen["width"] <= seen["view"], f"{name} is wider than its window"
        assert seen["charts"] == seen["drawn"] == text.count("<svg"), name
        assert (seen["empty"], seen["outside"]) == (0, 0), name


@browser
def test_a_browser_reports_no_error_and_prints_the_page(pages: Path, tmp_path: Path) -> None:
    for profile in PROFILES:
        page = f"file://{pages}/{profile}.html"
        ran = chromium(tmp_path, f"--print-to-pdf={tmp_path}/page.pdf", page)
        assert "CONSOLE" not in ran.stderr
        assert (tmp_path / "page.pdf").stat().st_size > 20_000
    chromium(tmp_path, "--window-size=800,600", f"--screenshot={tmp_path}/page.png", page)
    assert struct.unpack(">II", (tmp_path / "page.png").read_bytes()[16:24]) == (800, 600)
