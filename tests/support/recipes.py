"""What the pages say to run, run as it is printed; what they say it prints is what it prints.

Of a page's fenced blocks `csv NAME` is a file to write, `console` holds commands after `$ ` with what they print,
`python` a program, and a `text` after it what that prints.
"""

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIMING = re.compile(r"in [\d.]+ s(?: \([\d,]+ MB/s\))?")


@dataclass(frozen=True)
class Step:
    """Something to run, and what it prints according to the page (None: not said)."""

    program: list[str]
    shown: str
    output: str | None


def section(text: str, title: str, level: int) -> str:
    """The text below a heading, down to the next one of its level or above."""
    _, _, below = text.partition(f"\n{'#' * level} {title}\n")
    assert below, f"no section {title!r}"
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def steps(text: str) -> list[Step]:
    """What the fenced blocks of a text say to run, in order."""
    found: list[Step] = []
    blocks = [match.groups() for match in FENCE.finditer(text)]
    for place, (language, name, body) in enumerate(blocks):
        following, _, printed = blocks[place + 1] if place + 1 < len(blocks) else ("", "", "")
        if language == "console":
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, _, output = command.partition("\n")
                found.append(Step(["/bin/sh", "-c", line], line, output or None))
        elif language == "python":
            found.append(Step([sys.executable, "-c", body], body, printed if following == "text" else None))
        elif language == "csv" and name:
            write = f"from pathlib import Path; Path({name!r}).write_text({body!r}, encoding='utf-8')"
            found.append(Step([sys.executable, "-c", write], f"writing {name}", None))
        else:
            assert language == "text", f"a block in {language} would not be run"
    return found


def run(step: Step, folder: Path) -> str:
    """What a step prints, with an ellipsis for each time."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONUTF8": "1", "COLUMNS": "80"}
    done = subprocess.run(
        step.program,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"{step.shown}\n{done.stdout}"
    return done.stdout


def check(step: Step, folder: Path) -> None:
    """Run a step, and compare what it prints with what the page says."""
    printed = run(step, folder)
    if step.output is not None:
        wanted, got = (TIMING.sub("in ...", text) for text in (step.output, printed))
        message = f"{step.shown}\nprints\n{printed}\nand not\n{step.output}"
        assert doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS), message
