"""Time of counting votes beside that of writing the tables that they are counted from, in turns.

    python benchmarks/votes_speed.py [--mb 1000] [--rounds 5] [--threads N] [--tables votes]

Each round converts the same export of surveys to `votes` and to `answers,identifications`, both as Parquet. The ratio
is that of the medians.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench import MB, measure
from crowdarrow import synthetic

BASE = "answers,identifications"


def main() -> None:
    """Measure, and print a line for each round and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--tables", default="votes", help="the tables that are counted (votes)")
    parser.add_argument("--profile", default="survey")
    parser.add_argument("--own", type=Path, help="an export to use instead of a generated one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = arguments.own or Path(folder, "classifications.csv")
        if not arguments.own:
            size = arguments.mb * MB
            synthetic.generate_classifications(source, size=size, profile=arguments.profile, seed=1)
        with source.open("rb") as file:  # into the system's cache, in pieces: what is started has this memory at first
            while file.read(MB):
                pass
        found: dict[str, list[measure.Measure]] = {arguments.tables: [], BASE: []}
        for number in range(arguments.rounds):
            for tables, runs in found.items():
                command = [sys.executable, "-m", "crowdarrow", "convert", str(source), f"{folder}/out/", "--quiet"]
                command += ["--force", "--tables", tables]
                if arguments.threads:
                    command += ["--threads", str(arguments.threads)]
                one = measure.run(command, accepted=(0, 3))
                runs.append(one)
                say(
                    f"round {number + 1}, {tables}: {one.wall:.2f} s, "
                    f"{one.cpu:.2f} s of the cores, {one.peak_rss / MB:.0f} MB"
                )
        ours, base = (
            {"wall": median(one.wall for one in runs), "cpu": median(one.cpu for one in runs)}
            for runs in found.values()
        )
        say(f"ratio: {ours['wall'] / base['wall']:.2f} on the clock, {ours['cpu'] / base['cpu']:.2f} of the cores")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
