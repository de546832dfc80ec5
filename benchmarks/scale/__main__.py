"""`python -m scale`: write the tables of `docs/scale.md`; with `--measure` from costs that are measured anew."""

import argparse
import tempfile
from pathlib import Path

from . import COSTS, PAGE
from .page import fill
from .replay import Costs


def main() -> None:
    """Measure, if asked to, and write."""
    parser = argparse.ArgumentParser(prog="python -m scale", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure the costs anew")
    parser.add_argument("--mb", type=int, default=200, help="size of the input to measure with (200)")
    arguments = parser.parse_args()
    if arguments.measure:
        from .measure import measure

        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), arguments.mb).save(COSTS)
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), Costs.load(COSTS)), encoding="utf-8")


if __name__ == "__main__":
    main()
