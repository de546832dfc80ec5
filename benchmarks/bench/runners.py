"""Who is measured: how each is started, how much of an input it gets, what it leaves out, whether it is here."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import BENCHMARKS
from .inputs import Input, environment

SELF = "crowdarrow"
PANOPTES = "panoptes_aggregation"
PANOPTES_RELEASE = "panoptes_aggregation==5.3.1"
# crowdarrow ends with 3 where it has rejected records; its output is whole all the same.
OUTPUT_IS_WHOLE = (0, 3)


@dataclass(frozen=True)
class Reader:
    """One way to convert an export, by a function of `benchmarks/readers`.

    `slow` readers get the start of an input: their rate doesn't depend on its size. `title` is what they are called.
    """

    name: str
    title: str
    module: str
    function: str = "convert"
    slow: bool = False

    def command(self, source: Path, output: Path) -> list[str]:
        """The command that converts `source`."""
        return [sys.executable, "-m", "peers", self.name, str(source), str(output)]

    @property
    def left_out(self) -> str:
        """What it says of itself in its docstring."""
        tree = ast.parse((BENCHMARKS / "readers" / f"{self.module}.py").read_text(encoding="utf-8"))
        named = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == self.function]
        return " ".join((ast.get_docstring(named[0]) or "").split("\n\n", 1)[-1].split())


CSV_READERS = (
    Reader("polars", "Polars", "polars_reader"),
    Reader("duckdb", "DuckDB", "duckdb_reader"),
    Reader("arrow", "pyarrow.csv + orjson", "arrow_reader", slow=True),
    Reader("csv_orjson", "csv + orjson", "csv_orjson", slow=True),
    Reader("csv_json", "csv + json", "csv_json", slow=True),
    Reader("pandas", "pandas + json", "pandas_reader", slow=True),
)
JSON_READERS = (
    Reader("duckdb_json", "DuckDB", "task_runs", "convert_duckdb"),
    Reader("polars_json", "Polars", "task_runs", "convert_polars"),
    Reader("json_arrow", "json + pyarrow", "task_runs", "convert_json", slow=True),
)
PEERS = {reader.name: reader for reader in (*CSV_READERS, *JSON_READERS)}
NAMES = (SELF, *PEERS, PANOPTES)
TITLES = {SELF: SELF, **{name: reader.title for name, reader in PEERS.items()}, PANOPTES: PANOPTES}
PANOPTES_LEAVES_OUT = (
    "Extracts the tasks of one workflow (the largest) to one CSV per extractor, and no table of the classifications: "
    "no metadata, no subject data, none of the other workflows' records. Labels become keys, and keys columns. It "
    "stops at the first annotation without a task, so that such records are taken out of its input beforehand. Its "
    "seconds include about two of imports."
)


def left_out(name: str) -> str:
    """What a reader leaves out of the table; empty for crowdarrow."""
    if name == PANOPTES:
        return PANOPTES_LEAVES_OUT
    return PEERS[name].left_out if name in PEERS else ""


@cache
def program() -> tuple[str, ...]:
    """How the command `crowdarrow` is started: the script beside the interpreter, else the module."""
    beside = Path(sys.executable).with_name(SELF)
    return (str(beside),) if beside.exists() else (sys.executable, "-m", SELF)


def convert(source: Path, output: str, *options: str) -> list[str]:
    """The command by which crowdarrow converts; `output` ends in a slash for a folder."""
    return [*program(), "convert", str(source), output, "--force", "--quiet", *options]


@cache
def lacks(kind: str, table: str | None = None) -> str | None:
    """Why crowdarrow can't write a table; None if it can."""
    command = [*program(), "schema", kind, *([table] if table else [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment())
    return None if done.returncode == 0 else f"this version has {_denial(done.stderr)}"


def _denial(message: str) -> str:
    """`no kind pybossa.task_runs` of `crowdarrow: no kind pybossa.task_runs; known are ...`."""
    return message.strip().removeprefix(f"{SELF}: ").partition(";")[0] or "no such table"


class Panoptes:
    """panoptes_aggregation in an environment of its own: it wants older releases of pandas and others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "bin" / PANOPTES

    def install(self) -> str | None:
        """Install it, if it isn't; the reason where that can't be done."""
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
                return f"can't be installed: {error}"
            if done.returncode:
                shutil.rmtree(self.folder, ignore_errors=True)
                last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
                return f"can't be installed: {last[:200]}"
        return None

    def configure(self, workflows: Path, workflow_id: int, folder: Path) -> Path:
        """Let it make its configuration for all versions of a workflow, if it hasn't.

        Raises:
            subprocess.CalledProcessError: it failed.
            FileNotFoundError: it wrote none.
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
        """The command that extracts a workflow's classifications into the folder `output`."""
        return [str(self.program), "extract", str(source), str(configuration), "-d", str(output), "-o", "x", "-hb"]


def largest(workflows: Mapping[int, int]) -> int:
    """The workflow with the most records."""
    return max(workflows, key=lambda key: workflows[key])


def about_a_tenth(source: Input) -> tuple[int, float] | None:
    """The workflow whose share of the records is nearest to a tenth, and that share."""
    if not source.workflows or not source.records:
        return None
    shares = {key: count / source.records for key, count in source.workflows.items()}
    found = min(shares, key=lambda key: abs(shares[key] - 0.1))
    return found, shares[found]


def build() -> str:
    """What the extension is known by: runs of another build aren't gone on with."""
    text = "import crowdarrow._core as c, hashlib; print(hashlib.sha256(open(c.__file__, 'rb').read()).hexdigest())"
    done = subprocess.run([sys.executable, "-c", text], check=True, stdout=subprocess.PIPE, env=environment())
    return done.stdout.decode().strip()


def versions(names: Sequence[str]) -> dict[str, str]:
    """Versions of the packages that read, and of the language."""
    text = (
        "import importlib.metadata as m, json, sys\n"
        "found = {d.metadata['Name'].lower(): d.version for d in m.distributions() if d.metadata['Name']}\n"
        "print(json.dumps({n: found[n] for n in sys.argv[1:] if n in found}))"
    )
    done = subprocess.run([sys.executable, "-c", text, *names], check=True, stdout=subprocess.PIPE, env=environment())
    found: dict[str, str] = ast.literal_eval(done.stdout.decode())
    return found
