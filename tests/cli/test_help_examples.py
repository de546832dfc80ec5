"""The examples in each command's `--help` run as printed, in a shell."""

import csv
import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import crowdarrow as ca
from crowdarrow.cli import cli

CONFIG = """\
workflow_id: 1234
workflow_version:
  min: 5.6
  max: 5.6
extractor_config:
  question_extractor:
  - task: T0
"""
FOREIGN = ("panoptes_aggregation ",)
"""How examples begin that are of other programs."""


def examples(name: str | None) -> list[str]:
    """The examples in the help of a command, or in that of the program."""
    context = click.Context(cli, info_name="crowdarrow")
    command: click.Command = cli
    if name is not None:
        command = cli.commands[name]
        context = click.Context(command, info_name=name, parent=context)
    text = command.get_help(context).partition("Examples:\n")[2].split("\n\n")[0]
    found = [line.strip() for line in text.splitlines()]
    return [line for line in found if line and not line.startswith(FOREIGN)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name."""
    task = {"T0": {"type": "single", "question": "T0.question", "answers": [{"label": "T0.answers.0.label"}]}}
    strings = {"T0.question": "Any?", "T0.answers.0.label": "Yes"}
    annotations = [
        {"task": "T0", "task_label": "Any?", "value": "Yes"},
        {"task": "T1", "value": [{"tool": 0, "frame": 0, "x": 1, "y": 2}]},
    ]
    with (tmp_path / "classifications.csv").open("w", encoding="utf-8", newline="") as file:
        names = "classification_id,user_name,user_id,workflow_id,workflow_name,workflow_version,created_at"
        writer = csv.writer(file)
        writer.writerow([*names.split(","), "metadata", "annotations", "subject_data", "subject_ids"])
        row = [
            1,
            "ann",
            5,
            1234,
            "Birds",
            "5.6",
            "2024-05-01 12:00:00 UTC",
            "{}",
            json.dumps(annotations),
            '{"9":{}}',
            9,
        ]
        writer.writerow(row)
    data = (tmp_path / "classifications.csv").read_bytes()
    with gzip.open(tmp_path / "classifications.csv.gz", "wb") as packed:
        packed.write(data)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "classifications.csv").write_bytes(data)
    with (tmp_path / "workflows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["workflow_id", "version", "minor_version", "tasks", "strings", "first_task"])
        writer.writerow([1234, 5, 6, json.dumps(task), json.dumps(strings), "T0"])
    (tmp_path / "Extractor_config_workflow_1234_V5.6.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def test_each_command_has_examples() -> None:
    for name in (None, *cli.commands):
        found = examples(name)
        assert found, name
        assert any(f"crowdarrow {name or ''}".strip() in line for line in found)
    assert examples(None) == examples("convert")


@pytest.mark.skipif(shutil.which("bash") is None, reason="examples are for a shell")
@pytest.mark.parametrize("name", list(cli.commands))
def test_examples_run(name: str, folder: Path) -> None:
    package = Path(ca.__file__).parents[1]
    function = f'crowdarrow() {{ PYTHONPATH="{package}" "{sys.executable}" -m crowdarrow "$@"; }}; set -o pipefail'
    for line in examples(name):
        # An example may write what an earlier one wrote.
        for path in folder.glob("*"):
            if re.fullmatch(r"out|project|by_workflow|all\.parquet|marks\.parquet", path.name):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        command = ["bash", "-c", f"{function}; {line}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, (line, done.stderr)
