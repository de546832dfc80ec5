"""The readers: their commands, their limits, and whether they are available."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from peers import ANSWERS_READERS, CSV_READERS, JSON_READERS, VOTES_READERS, Peer

from . import BENCHMARKS
from .inputs import Input, environment

SELF = "crowdarrow"
PANOPTES = "panoptes_aggregation"
PANOPTES_RELEASE = "panoptes_aggregation==5.3.1"
# Status 3: crowdarrow rejected records, and its output is complete.
SUCCESS = (0, 3)


def command(reader: Peer, source: Path, output: Path) -> list[str]:
    """The command by which a peer converts `source`."""
    return [sys.executable, "-m", "peers", reader.name, str(source), str(output)]


def documented_limits(reader: Peer) -> str:
    """The limits that the docstring of the peer's function states. The module is not imported."""
    tree = ast.parse((BENCHMARKS / "peers" / f"{reader.module}.py").read_text(encoding="utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == reader.function]
    return " ".join((ast.get_docstring(named[0]) or "").split("\n\n", 1)[-1].split())


def script_lines(reader: Peer) -> int:
    """Lines of the script of a peer, without empty ones, comments and docstrings."""
    text = (BENCHMARKS / "peers" / f"{reader.module}.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Module | ast.FunctionDef)]
    docstrings = [node.body[0] for node in nodes if ast.get_docstring(node)]
    left_out = {line for node in docstrings for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and at not in left_out for at, line in lines)


PEERS = {reader.name: reader for reader in (*CSV_READERS, *JSON_READERS, *VOTES_READERS, *ANSWERS_READERS)}
NAMES = (SELF, *PEERS, PANOPTES)
TITLES = {SELF: SELF, **{name: reader.title for name, reader in PEERS.items()}, PANOPTES: PANOPTES}
WORK = {
    SELF: (
        "all columns typed; all JSON checked; `metadata` as typed columns, unknown members kept; malformed records "
        "rejected with reasons; a digest of the input"
    ),
    f"{SELF}, answers": "the tables `answers` and `identifications`, which have what panoptes_aggregation extracts",
    PANOPTES: "`extract`: a CSV file for each type of task, of one workflow",
    f"{SELF}, extracts": "the same files as panoptes_aggregation, with the same configuration",
    **{reader.name: reader.work for reader in PEERS.values()},
}
"""What each reader does with an export."""
VOTES_WORK = {
    SELF: "one command: votes, `asked`, `skipped`, `empty`, `fraction`; all JSON checked; malformed records rejected",
    f"{SELF}, repeats dropped": "the same, of the first classification of each volunteer and subject (the default)",
    PANOPTES: "three commands: votes as columns of CSV files with a row for each subject, of one workflow",
    **{reader.name: f"{script_lines(reader)} lines: {reader.work}" for reader in VOTES_READERS},
}
"""What each reader of the section `votes` does."""
ANSWERS_WORK = {
    SELF: "one command: a row for each answer of `info`, also of lists; all JSON checked; malformed records rejected",
    **{reader.name: reader.work for reader in ANSWERS_READERS},
}
"""What each reader of the section `answers` does."""
PANOPTES_LEAVES_OUT = (
    "Extracts the tasks of the largest workflow to one CSV file per extractor. There is no table of classifications, "
    "metadata or subject data, and records of other workflows are skipped. Labels become keys, and keys become "
    "columns. It stops at the first annotation without a task, so such records are removed from its input. About two "
    "of its seconds are imports. Votes: a skipped question and an empty answer are votes for `None`; answers whose "
    "names differ only in signs are one; of a task that stands twice in a classification the first is read; "
    "annotations of a shape that its extractor does not expect are lost."
)


def left_out(name: str) -> str:
    """The limits of a reader; empty for crowdarrow."""
    if name == PANOPTES:
        return PANOPTES_LEAVES_OUT
    return documented_limits(PEERS[name]) if name in PEERS else ""


@cache
def program() -> tuple[str, ...]:
    """The command `crowdarrow`: the script next to the interpreter, or else the module."""
    beside = Path(sys.executable).with_name(SELF)
    return (str(beside),) if beside.exists() else (sys.executable, "-m", SELF)


def convert(source: Path, output: str, *options: str) -> list[str]:
    """A `crowdarrow convert` command; `output` ends in a slash if it is a folder."""
    return [*program(), "convert", str(source), output, "--force", "--quiet", *options]


def extracts(source: Path, configuration: Path, output: Path) -> list[str]:
    """A `crowdarrow extracts` command, which writes to the folder `output`."""
    return [*program(), "extracts", str(source), str(configuration), "-d", str(output), "--quiet"]


@cache
def lacks(kind: str, table: str | None = None) -> str | None:
    """Why the installed crowdarrow cannot write a table; None if it can."""
    command = [*program(), "schema", kind, *([table] if table else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment())
    return None if done.returncode == 0 else f"this version has {_denial(done.stderr)}"


def _denial(message: str) -> str:
    """`no kind pybossa.task_runs` of `crowdarrow: no kind pybossa.task_runs; known are ...`."""
    return message.strip().removeprefix(f"{SELF}: ").partition(";")[0] or "no such table"


class Panoptes:
    """panoptes_aggregation in its own virtual environment, since it needs older releases of pandas and others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "bin" / PANOPTES

    def install(self) -> str | None:
        """Install it unless it is installed. Returns the reason if that fails, else None."""
        if self.program.exists():
            return None
        python = str(self.folder / "bin" / "python")
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(self.folder)],
            [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", PANOPTES_RELEASE],
        ):
            try:
                done = subprocess.run(command, check=False, capture_output=True, text=True)
            except OSError as error:
                return f"cannot be installed: {error}"
            if done.returncode:
                shutil.rmtree(self.folder, ignore_errors=True)
                last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
                return f"cannot be installed: {last[:200]}"
        return None

    def configure(self, workflows: Path, workflow_id: int, folder: Path) -> Path:
        """Create its configuration for all versions of a workflow, unless it exists.

        Raises:
            subprocess.CalledProcessError: The command failed.
            FileNotFoundError: The command wrote no configuration.
        """
        pattern = f"Extractor_config_workflow_{workflow_id}_*.yaml"
        if not list(folder.glob(pattern)):
            folder.mkdir(parents=True, exist_ok=True)
            command = [str(self.program), "config", str(workflows), str(workflow_id), "--min_version", "0"]
            subprocess.run([*command, "-d", str(folder)], check=True, capture_output=True)
        found = sorted(folder.glob(pattern))
        if not found:
            raise FileNotFoundError(pattern)
        return found[0]

    def command(self, source: Path, configuration: Path, output: Path) -> list[str]:
        """The command that extracts the classifications of a workflow to the folder `output`."""
        return [str(self.program), "extract", str(source), str(configuration), "-d", str(output), "-o", "x", "-hb"]

    def votes(self, source: Path, configuration: Path, output: Path) -> list[str]:
        """The command that counts the votes of a workflow in CSV files in the folder `output`."""
        script = BENCHMARKS / "peers" / "votes_panoptes.py"
        return [str(self.folder / "bin" / "python"), str(script), str(source), str(configuration), str(output)]


def largest(workflows: Mapping[int, int]) -> int:
    """The workflow with the most records."""
    return max(workflows, key=lambda key: workflows[key])


def about_a_tenth(source: Input) -> tuple[int, float] | None:
    """The workflow whose share of the records is closest to a tenth, and its share."""
    if not source.workflows or not source.records:
        return None
    shares = {key: count / source.records for key, count in source.workflows.items()}
    found = min(shares, key=lambda key: abs(shares[key] - 0.1))
    return found, shares[found]


def build() -> str:
    """A digest of the extension; a run of another build is not resumed."""
    text = "import crowdarrow._core as c, hashlib; print(hashlib.sha256(open(c.__file__, 'rb').read()).hexdigest())"
    done = subprocess.run([sys.executable, "-c", text], check=True, stdout=subprocess.PIPE, env=environment())
    return done.stdout.decode().strip()


def versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of the installed packages among `names`."""
    text = (
        "import importlib.metadata as m, json, sys\n"
        "found = {d.metadata['Name'].lower(): d.version for d in m.distributions() if d.metadata['Name']}\n"
        "print(json.dumps({n: found[n] for n in sys.argv[1:] if n in found}))"
    )
    done = subprocess.run([sys.executable, "-c", text, *names], check=True, stdout=subprocess.PIPE, env=environment())
    found: dict[str, str] = ast.literal_eval(done.stdout.decode())
    return found
