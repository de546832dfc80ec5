"""Time crowdarrow and its peers on one export, in one run: `python benchmarks/compare.py --help`.

Every reader converts the same file to the table `classifications` in Parquet (zstd, level 1), each in a
process of its own, interleaved round by round so that a slow minute of the machine hits them all. What
each peer leaves out stands in the docstring of its `convert`, and in front of the figures. Readers that
parse in Python get the first `--slow-size` MB of the input alone: their rate per byte does not depend
on the size, and the output says so.

This module imports the standard library alone: a child's peak memory starts at that of its parent.
"""

import argparse
import ast
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

HERE = Path(__file__).resolve().parent
SELF = "crowdarrow"
FAST = {"polars": "polars_reader", "duckdb": "duckdb_reader"}
SLOW = {name: f"{name}_reader" for name in ("arrow", "pandas")} | {n: n for n in ("csv_orjson", "csv_json")}
MB = 1_000_000
# crowdarrow ends with 3 where it has rejected records; its output is whole all the same.
OUTPUT_IS_WHOLE = {0, 3}
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One conversion: seconds on the clock and of all cores, peak resident bytes, bytes read and written."""

    reader: str
    wall: float
    cpu: float
    peak_rss: int
    input_bytes: int
    output_bytes: int


@dataclass(frozen=True)
class Summary:
    """Medians over the rounds; `rate` in GB (10^9 bytes) of CSV per second, `ratio` of crowdarrow's to it."""

    reader: str
    rounds: int
    input_bytes: int
    wall: float
    cpu: float
    peak_rss: int
    output_bytes: int
    rate: float
    ratio: float | None


def command(reader: str, source: Path, output: Path) -> list[str]:
    """The command line that converts `source` with one reader."""
    if reader == SELF:
        beside = Path(sys.executable).with_name(SELF)
        program = str(beside) if beside.exists() else shutil.which(SELF) or SELF
        return [program, "convert", str(source), str(output), "--force"]
    return [sys.executable, "-m", "readers", reader, str(source), str(output)]


def run(reader: str, source: Path, output: Path) -> Run:
    """Convert once and measure.

    Raises:
        RuntimeError: the reader failed; the message holds the last line it wrote.
    """
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    with tempfile.TemporaryFile() as messages:
        start = perf_counter()
        # The process is waited for by wait4, which alone gives the resources of one child.
        process = subprocess.Popen(
            command(reader, source, output),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=messages,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in OUTPUT_IS_WHOLE:
            messages.seek(0)
            last = messages.read().decode(errors="replace").strip().rpartition("\n")[2]
            msg = f"{reader} ended with status {process.returncode}: {last}"
            raise RuntimeError(msg)
    cpu = usage.ru_utime + usage.ru_stime
    sizes = source.stat().st_size, output.stat().st_size
    return Run(reader, wall, cpu, usage.ru_maxrss * RSS_UNIT, *sizes)


def summarise(runs: Sequence[Run]) -> list[Summary]:
    """The medians of each reader, the fastest first."""
    of: dict[str, list[Run]] = defaultdict(list)
    for one in runs:
        of[one.reader].append(one)
    walls = {name: statistics.median(one.wall for one in some) for name, some in of.items()}
    rates = {name: some[0].input_bytes / walls[name] / 1e9 for name, some in of.items()}
    summaries = [
        Summary(
            reader=name,
            rounds=len(some),
            input_bytes=some[0].input_bytes,
            wall=walls[name],
            cpu=statistics.median(r.cpu for r in some),
            peak_rss=int(statistics.median(r.peak_rss for r in some)),
            output_bytes=some[0].output_bytes,
            rate=rates[name],
            ratio=rates[SELF] / rates[name] if SELF in rates else None,
        )
        for name, some in of.items()
    ]
    return sorted(summaries, key=lambda summary: -summary.rate)


def cut_to(source: Path, size: int, output: Path) -> Path:
    """Write the whole records of the first `size` bytes of a plain export; the source if it is smaller.

    The cut is at the last line end outside quotes, told by their parity.
    """
    if source.stat().st_size <= size:
        return source
    with source.open("rb") as file:
        data = file.read(size)
    end = data.rfind(b"\n") + 1
    while data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, end - 1) + 1
    output.write_bytes(data[:end])
    return output


def report(summaries: Sequence[Summary], whole: int) -> str:
    """The figures as a table for people."""
    titles = ("MB read", "wall s", "cpu s", "GB/s", "peak MB", "out MB")
    lines = [f"{'reader':<12}" + "".join(f"{title:>9}" for title in titles) + f"{'crowdarrow is':>16}"]
    for one in summaries:
        ratio = "" if one.ratio is None or one.reader == SELF else f"{one.ratio:.1f} times"
        sliced = "*" if one.input_bytes < whole else " "
        lines.append(
            f"{one.reader:<12}{one.input_bytes / MB:>8.1f}{sliced}"
            f"{one.wall:>9.2f}{one.cpu:>9.2f}{one.rate:>9.3f}"
            f"{one.peak_rss / MB:>9.0f}{one.output_bytes / MB:>9.1f}{ratio:>16}"
        )
    if any(one.input_bytes < whole for one in summaries):
        lines.append("* a slice from the start of the input: compare rates, not seconds")
    return "\n".join(lines)


def left_out(reader: str) -> str:
    """What a peer says of itself in the docstring of its `convert`."""
    tree = ast.parse((HERE / "readers" / f"{(FAST | SLOW)[reader]}.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "convert"]
    words = (ast.get_docstring(functions[0]) or "").split("\n\n", 1)[-1].split()
    return f"{reader}: {' '.join(words)}"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def make_input(size_mb: int, folder: Path) -> Path:
    """Generate a classification export with `crowdarrow.synthetic`, in another process to spare memory.

    Raises:
        subprocess.CalledProcessError: the generator isn't there, or failed.
    """
    output = folder / "classifications.csv"
    program = "import sys; from crowdarrow.synthetic import generate_classifications as generate; "
    call = f"generate(sys.argv[1], size={size_mb * MB}, seed=1)"
    subprocess.run([sys.executable, "-c", program + call, str(output)], check=True)
    return output


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Time crowdarrow and its peers on one classification export.")
    names = [SELF, *FAST, *SLOW]
    add = parser.add_argument
    add("--input", type=Path, help="a plain export with the current 14 columns; made if not given")
    add("--size", type=int, default=200, metavar="MB", help="size of the input to make (200)")
    add("--slow-size", type=int, default=50, metavar="MB", help="slice for the slow readers (50)")
    add("--rounds", type=int, default=3, help="how often each reader runs (3)")
    add("--readers", default=",".join(names), help=f"some of {','.join(names)}")
    add("--json", type=Path, metavar="OUT", help="write the figures and every single run here")
    parsed = parser.parse_args(argv)
    parsed.readers = parsed.readers.split(",")
    if unknown := set(parsed.readers) - set(names):
        parser.error(f"no reader is named {', '.join(sorted(unknown))}")
    return parsed


def main(argv: Sequence[str] | None = None) -> None:
    """Run the comparison and print it."""
    options = arguments(argv)
    runs: list[Run] = []
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="crowdarrow-compare-") as name:
        folder = Path(name)
        source = options.input or make_input(options.size, folder)
        part = cut_to(source, options.slow_size * MB, folder / "slice.csv")
        for _ in range(options.rounds):
            for reader in [reader for reader in options.readers if reader not in failed]:
                try:
                    runs.append(run(reader, part if reader in SLOW else source, folder / f"{reader}.parquet"))
                except (RuntimeError, OSError) as error:
                    failed[reader] = str(error)
        whole = source.stat().st_size
    done = [one for one in runs if one.reader not in failed]
    summaries = summarise(done)
    text = [left_out(reader) for reader in options.readers if reader != SELF]
    text.append(f"\n{whole / MB:.1f} MB, medians of {options.rounds} interleaved rounds, {machine()}\n")
    text.append(report(summaries, whole))
    text += [f"left out: {message}" for message in failed.values()]
    sys.stdout.write("\n".join(text) + "\n")
    if options.json:
        figures = {
            "machine": machine(),
            "input_bytes": whole,
            "summaries": [asdict(one) for one in summaries],
            "runs": [asdict(one) for one in done],
            "failed": failed,
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
