"""The same files as panoptes_aggregation, from every real classification export, and the same reductions of them."""

import filecmp
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import crowdarrow as ca
from conftest import ABSENT, SHARED_DATA
from support import panoptes

FOLDER = SHARED_DATA / "zooniverse"
pytestmark = pytest.mark.skipif(not panoptes.PYTHON.exists(), reason=panoptes.ABSENT)

WORKFLOWS = {
    "coolneighbors__DataAnalysis/byw-cn-test-project-classifications.csv": "byw-cn-test-project-workflows.csv",
    "weecology__EvergladesTools/everglades-watch-classifications@58bf171970.csv": "everglades-watch-workflows.csv",
    "weecology__EvergladesTools/everglades-watch-classifications@87b46020ba.csv": "everglades-watch-workflows.csv",
    "weecology__EvergladesTools/species-classifications@bd2acdbb06.csv": "everglades-watch-workflows.csv",
    "zooniverse__aggregation-for-caesar/cls_export.csv": "wf_export.csv",
}
"""Exports whose workflow export is there too."""
NEED = {"classification_id", "user_name", "user_id", "annotations", "metadata", "subject_ids", "created_at"}


def _exports() -> list[str]:
    """The classification exports that panoptes_aggregation can read."""
    found = []
    for path in sorted(FOLDER.glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            header = set(file.readline().replace('"', "").strip().split(","))
        if header >= NEED:
            found.append(f"{path.parent.name}/{path.name}")
    return found


@pytest.mark.skipif(not FOLDER.exists(), reason=ABSENT)
@pytest.mark.parametrize("name", _exports())
def test_all_extractors_give_the_same_rows(name: str, tmp_path: Path) -> None:
    path = FOLDER / name
    try:
        configs = panoptes.wide_configs(path)
    except (ValueError, TypeError) as unreadable:
        pytest.skip(f"panoptes_aggregation cannot read it: {type(unreadable).__name__}")
    calls: list[tuple[str, dict[str, Any]]] = []
    for config in configs:
        folder = tmp_path / str(config["workflow_id"])
        for side in ("theirs", "ours"):
            (folder / side).mkdir(parents=True)
        file = folder / "config.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        arguments = {"classification_csv": str(path), "config": str(file), "output_dir": str(folder / "theirs")}
        calls.append(("extract", arguments | {"hide_progressbar": True}))
    errors = panoptes.run(calls)
    rows = cells = read = 0
    for config, error in zip(configs, errors, strict=True):
        folder = tmp_path / str(config["workflow_id"])
        report = ca.extracts(path, folder / "config.yaml", folder / "ours")
        if error is not None:
            # It stops at a record that cannot be read, and where an extractor gave lists without items only.
            assert report.rejected or re.match("KeyError|ValueError|TypeError", error), error
            continue
        read += 1
        found = panoptes.compare(folder / "theirs", folder / "ours")
        assert found.differences == []
        rows, cells = rows + found.rows, cells + found.cells
    print(f"{name}: {rows:,} rows, {cells:,} cells of {read} of {len(configs)} workflows, {errors}")  # noqa: T201


@pytest.mark.skipif(not FOLDER.exists(), reason=ABSENT)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_its_configuration_gives_the_same_rows_and_reductions(name: str, tmp_path: Path) -> None:
    path = FOLDER / name
    workflows = path.parent / WORKFLOWS[name]
    numbers = sorted({int(one["workflow_id"]) for one in panoptes.records(workflows)})
    for number in numbers:
        for side in ("config", "theirs", "ours", "theirs-reduced", "ours-reduced"):
            (tmp_path / str(number) / side).mkdir(parents=True)
    panoptes.run(
        ("config", {"workflow_csv": str(workflows), "workflow_id": number, "min_version": "0",
                    "output_dir": str(tmp_path / str(number) / "config")})
        for number in numbers
    )  # fmt: skip
    rows = cells = reduced = 0
    for number in numbers:
        folder = tmp_path / str(number)
        (config,) = (folder / "config").glob("Extractor*.yaml")
        arguments = {"classification_csv": str(path), "config": str(config), "output_dir": str(folder / "theirs")}
        (error,) = panoptes.run([("extract", arguments | {"hide_progressbar": True})])
        if error is not None:
            assert "no classifications" in error
            with pytest.raises(ca.InputError, match="no record is of workflow"):
                ca.extracts(path, config, folder / "ours")
            continue
        ca.extracts(path, config, folder / "ours")
        found = panoptes.compare(folder / "theirs", folder / "ours")
        assert found.differences == []
        rows, cells = rows + found.rows, cells + found.cells
        reduced += _reduce(folder)
    assert rows
    print(f"{name}: {rows:,} rows, {cells:,} cells, {reduced} reductions")  # noqa: T201 - for the log of a run


def _reduce(folder: Path) -> int:
    """Reduce the files of both sides; returns the number of reductions, which have the same bytes."""
    calls: list[tuple[str, dict[str, Any]]] = []
    for side in ("theirs", "ours"):
        for file in sorted((folder / side).glob("*.csv")):
            extractor = file.stem.removesuffix("_extractions")
            (config,) = (folder / "config").glob(f"Reducer*_{extractor}.yaml")
            arguments = {"extracted_csv": str(file), "reducer_config": str(config), "hide_progressbar": True}
            arguments |= {"output_dir": str(folder / f"{side}-reduced"), "output_name": extractor}
            calls.append(("reduce", arguments))
    errors = panoptes.run(calls)
    half = len(errors) // 2
    assert errors[:half] == errors[half:]
    files = sorted(one.name for one in (folder / "theirs-reduced").iterdir())
    assert files == sorted(one.name for one in (folder / "ours-reduced").iterdir())
    for name in files:
        assert filecmp.cmp(folder / "theirs-reduced" / name, folder / "ours-reduced" / name, shallow=False), name
    return len(files)
