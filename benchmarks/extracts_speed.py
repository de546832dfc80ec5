"""Throughput of extracts beside that of panoptes_aggregation, for surveys and drawings.

    python benchmarks/extracts_speed.py --peer VENV/bin/python [--mb 1000] [--peer-mb 50] [--profiles survey,drawing]

Both extract the workflow with the most records of a generated export, with the peer's own configuration: crowdarrow by
its command and by `ca.extracts`, and the peer, whose time grows with the size, of a smaller export. Only the ratio of
the rates counts.
"""

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench import MB, measure
from bench.inputs import readable_by_panoptes_aggregation
from bench.runners import Panoptes, largest
from crowdarrow import synthetic

API = "import sys, crowdarrow as ca; ca.extracts(*sys.argv[1:4])"


class Export(NamedTuple):
    """A generated export, the configuration of its largest workflow, and its size."""

    classifications: Path
    configuration: Path
    size: int


def main() -> None:
    """Measure, and print a row of a table for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="the interpreter that has panoptes_aggregation")
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--peer-mb", type=int, default=50)
    parser.add_argument("--profiles", default="survey,drawing")
    arguments = parser.parse_args()
    # The interpreter of an environment is a link that must not be followed.
    peer = Panoptes(arguments.peer.absolute().parent.parent)
    say("| profile | run | MB | seconds | MB/s | times the peer | MB of memory |\n|---|---|---|---|---|---|---|")
    for profile in arguments.profiles.split(","):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            small = sifted(export(peer, folder / "small", profile, arguments.peer_mb))
            theirs = timed(peer.command(small.classifications, small.configuration, made(folder / "theirs")), small)
            row(profile, "panoptes_aggregation", small, theirs, 1)
            large = export(peer, folder / "large", profile, arguments.mb)
            source, configuration, out = map(str, (large.classifications, large.configuration, made(folder / "ours")))
            program = [sys.executable, "-m", "crowdarrow", "extracts", source, configuration, "-d", out]
            for run, command in (
                ("crowdarrow extracts", program),
                ("ca.extracts", [sys.executable, "-c", API, source, configuration, out]),
            ):
                ours = timed(command, large)
                row(profile, run, large, ours, (large.size / ours.wall) / (small.size / theirs.wall))


def export(peer: Panoptes, folder: Path, profile: str, size: int) -> Export:
    """Generate an export and let the peer write its configuration."""
    found = synthetic.generate_export(folder, size=size * MB, profile=profile)["classifications"]
    counts = {int(key): one.records for key, one in found.workflows.items()}
    configuration = peer.configure(folder / "workflows.csv", largest(counts), folder)
    return Export(folder / "classifications.csv", configuration, found.bytes)


def sifted(source: Export) -> Export:
    """The export without the records at which the peer stops."""
    kept = source.classifications.with_name("sifted.csv")
    with source.classifications.open(encoding="utf-8", newline="") as lines, kept.open("w", newline="") as out:
        rows, writer = csv.reader(lines), csv.writer(out, lineterminator="\n")
        header = next(rows)
        writer.writerow(header)
        writer.writerows(readable_by_panoptes_aggregation(rows, header.index("annotations")))
    return Export(kept, source.configuration, kept.stat().st_size)


def made(folder: Path) -> Path:
    """An empty folder."""
    folder.mkdir()
    return folder


def timed(command: list[str], source: Export) -> measure.Measure:
    """Run a command on an export that is in the system's cache."""
    # In pieces: a process that is started has the memory of this one at first, which would be its peak.
    with source.classifications.open("rb") as file:
        while file.read(MB):
            pass
    return measure.run(command, accepted=(0, 3))


def row(profile: str, run: str, source: Export, found: measure.Measure, times: float) -> None:
    """Print a row. The memory is that of the process that was started, without those that it starts."""
    size = source.size / MB
    rate = size / found.wall
    say(f"| {profile} | {run} | {size:.0f} | {found.wall:.1f} | {rate:.1f} | {times:.1f} | {found.peak_rss / MB:.0f} |")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
