"""Runs the fenced blocks of a page and compares what they print with what the page says.

A block with a name, as `csv NAME`, is a file to write. `console` holds commands after `$ ` with their output, `python`
is a program, and a `text` block after it is its output. Blocks in `r` are not run.
"""

import doctest
import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIMING = re.compile(r"in [\d.]+ s(?: \([\d,]+ MB/s\))?")
SHELL = re.compile(r"[;|&$`<]")
ENVIRONMENT = os.environ | {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONUTF8": "1",
    "COLUMNS": "80",
}


@dataclass(frozen=True)
class Step:
    """A file to write, a command line or a program, and its output according to the page (None: the page has none)."""

    language: str
    text: str
    output: str | None = None
    name: str = ""


def section(text: str, title: str, level: int) -> str:
    """The text below a heading, up to the next heading of its level or above."""
    _, _, below = text.partition(f"\n{'#' * level} {title}\n")
    assert below, f"no section {title!r}"
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def steps(text: str) -> list[Step]:
    """The steps of the fenced blocks of a text, in order."""
    found: list[Step] = []
    blocks = [match.groups() for match in FENCE.finditer(text)]
    for index, (language, name, body) in enumerate(blocks):
        following, _, printed = blocks[index + 1] if index + 1 < len(blocks) else ("", "", "")
        if name:
            found.append(Step("file", body, name=name))
        elif language == "console":
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, _, output = command.partition("\n")
                found.append(Step("console", line, output or None))
        elif language == "python":
            found.append(Step("python", body, printed if following == "text" else None))
        else:
            assert language in {"text", "r"}, f"a block in {language} would not be run"
    return found


@cache
def interpreter() -> subprocess.Popen[str]:
    """The interpreter that runs steps; it ends with the pipe to it."""
    program = [sys.executable, str(Path(__file__).with_name("recipe_interpreter.py"))]
    return subprocess.Popen(
        program, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def request(folder: Path, **content: object) -> tuple[int, str]:
    """Have the interpreter run a step; its exit status and output."""
    child = interpreter()
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps({"folder": str(folder), **content}) + "\n")
    child.stdin.flush()
    status, output = json.loads(child.stdout.readline())
    return status, output


def run_command(line: str, folder: Path) -> tuple[int, str]:
    """Run a command line; the shell is used only for what needs it."""
    command, _, target = line.partition(" > ")
    program, *arguments = shlex.split(command)
    if SHELL.search(line) or (program != "crowdarrow" and (program, arguments[:1]) != ("python", ["-m"])):
        done = subprocess.run(
            [shutil.which("sh") or "/bin/sh", "-c", line],
            cwd=folder,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            encoding="utf-8",
        )
        return done.returncode, done.stdout
    given = arguments[1:] if program == "python" else [program, *arguments]
    status, output = request(folder, arguments=given)
    if target:
        (folder / target).write_text(output, encoding="utf-8")
        output = ""
    return status, output


def run(step: Step, folder: Path) -> str:
    """The output of a step, which must succeed."""
    if step.language == "file":
        (folder / step.name).write_text(step.text, encoding="utf-8")
        return ""
    if step.language == "console":
        status, output = run_command(step.text, folder)
    else:
        status, output = request(folder, code=step.text)
    assert status == 0, f"{step.text}\n{output}"
    return output


def check(step: Step, folder: Path) -> None:
    """Run a step and compare its output with the page."""
    compare(step, run(step, folder))


def compare(step: Step, printed: str) -> None:
    """Compare the output of a step with the page; times may differ, `...` stands for any text."""
    if step.output is not None:
        wanted, got = (TIMING.sub("in ...", text) for text in (step.output, printed))
        message = f"{step.text}\nprints\n{printed}\nand not\n{step.output}"
        assert doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS), message


def help_examples(folder: Path) -> list[str]:
    """The examples of `--help` of all commands; the files that they name are made from the folder's export."""
    from crowdarrow.cli import cli

    content = (folder / "classifications.csv").read_bytes()
    (folder / "classifications.csv.gz").write_bytes(gzip.compress(content))
    (folder / "exports").mkdir()
    (folder / "exports" / "one.csv").write_bytes(content)
    config = "workflow_id: 6994\nworkflow_version: '12'\nextractor_config:\n  question_extractor:\n  - task: T3\n"
    (folder / "Extractor_config_workflow_1234_V5.6.yaml").write_text(config, encoding="utf-8")
    text = "\n".join(str(command.epilog) for command in (cli, *cli.commands.values()))
    lines = (line.strip() for line in text.splitlines() if re.match(r"  (?:crowdarrow|zcat) ", line))
    return list(dict.fromkeys(lines))
