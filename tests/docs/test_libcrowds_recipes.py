"""The recipes for PYBOSSA and LibCrowds, run as printed; also on published playbills and cards, if they are present."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from support.recipes import ROOT, Step, check, run, section, steps

PAGE = (ROOT / "docs" / "libcrowds.md").read_text(encoding="utf-8")
RECIPES = section(PAGE, "Recipes", 2)
GENRES = steps(section(RECIPES, "Genres by year", 3))
FIELDS = steps(section(RECIPES, "How fully a form was filled in", 3))
DATA = ROOT.parent / "shared" / "data" / "libcrowds"
PLAYBILLS = DATA / "derived" / "playbills_describing_json.zip"
TASKS = DATA / "derived" / "0_libcrowds_all_task_json.zip"
CARDS = sorted((DATA / "micropasts-bai").glob("*TasksRun.zip"))

Json = Any


def records(path: Path) -> list[dict[str, Json]]:
    """The objects of a download, read by the standard library."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (member,) = archive.namelist()
            return list(json.loads(archive.read(member)))
    return list(json.loads(path.read_bytes()))


def genres_by_year(
    annotations: Iterable[dict[str, Json]], tasks: Iterable[dict[str, Json]]
) -> tuple[Counter[str], int, int]:
    """The lines that the recipe prints, the pairs that `value_index` makes, and the number of correct pairs."""
    rectangles = {task["id"]: task["info"].get("parent_annotation_id") for task in tasks}
    by_tag: dict[str, list[tuple[str, str, str]]] = {"title": [], "genre": [], "date": []}
    for annotation in annotations:
        value = next(body["value"] for body in annotation["body"] if body["purpose"] == "describing")
        tag = next(body["value"] for body in annotation["body"] if body["purpose"] == "tagging")
        target = annotation["target"] if isinstance(annotation["target"], str) else annotation["target"]["source"]
        task = next(generator["id"] for generator in annotation["generator"] if "/api/task/" in generator["id"])
        by_tag[tag].append((target, rectangles[int(task.rpartition("/")[2])], value))
    lines: Counter[str] = Counter()
    pairs = correct = 0
    for target in {target for found in by_tag.values() for target, _, _ in found}:
        titles, genres, dates = ([row for row in by_tag[tag] if row[0] == target] for tag in by_tag)
        paired = [genre for _, first, _ in titles for _, second, genre in genres if first == second]
        years = [date.split("-")[0] for _, _, date in dates if not date.startswith("-")]
        lines.update(f"{year} {genre}" for genre in paired for year in years)
        pairs += min(len(titles), len(genres))
        correct += sum(title[1] == genre[1] for title, genre in zip(titles, genres, strict=False))
    return lines, pairs, correct


def fields(runs: Iterable[dict[str, Json]]) -> set[str]:
    """The lines that the recipe prints."""
    answers: dict[str, list[str]] = {}
    for task_run in runs:
        for key, value in task_run["info"].items():
            found = answers.setdefault(key, [])
            if value not in ("", None):
                found.append(value if isinstance(value, str) else json.dumps(value))
    return {f"{key} {len(found)} {len(set(found))}" for key, found in answers.items()}


def programs(all_steps: list[Step]) -> list[Step]:
    """The steps in Python."""
    return [step for step in all_steps if step.language == "python"]


def check_genres(folder: Path, annotations: Path, tasks: Path) -> None:
    lines, pairs, correct = genres_by_year(records(annotations), records(tasks))
    assert correct < pairs
    counts, by_index = (run(step, folder) for step in programs(GENRES))
    assert Counter(counts.splitlines()) == Counter(f"{line} {count}" for line, count in lines.items())
    assert by_index == f"[({pairs}, {correct})]\n"


def test_genres_by_year(tmp_path: Path) -> None:
    for step in steps(RECIPES.partition("\n### ")[0]) + GENRES:
        check(step, tmp_path)
    check_genres(tmp_path, tmp_path / "playbills_describing.json", tmp_path / "playbills_task.json")


@pytest.mark.skipif(not PLAYBILLS.exists(), reason="the published playbills are absent")
def test_genres_of_the_published_playbills(tmp_path: Path) -> None:
    ca.convert(PLAYBILLS, f"{tmp_path / 'playbills'}/")
    ca.convert(TASKS, tmp_path / "tasks.parquet")
    check_genres(tmp_path, PLAYBILLS, TASKS)
    _, pairs, correct = genres_by_year(records(PLAYBILLS), records(TASKS))
    assert f"`value_index` makes {pairs:,} pairs, of which {correct:,} are right" in PAGE


def test_fields_of_a_form(tmp_path: Path) -> None:
    for step in FIELDS:
        check(step, tmp_path)
    (step,) = programs(FIELDS)
    assert set(run(step, tmp_path).splitlines()) == fields(records(tmp_path / "crotals.json"))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CARDS])
def test_fields_of_published_forms(path: Path, tmp_path: Path) -> None:
    ca.convert(path, tmp_path / "answers.parquet", table="answers")
    (step,) = programs(FIELDS)
    printed = {line.rsplit(" ", 1)[0] for line in run(step, tmp_path).splitlines()}
    assert printed == {line.rsplit(" ", 1)[0] for line in fields(records(path))}
