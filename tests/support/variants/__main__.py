"""`python -m support.variants [--count N] [--seed N] [--kind KIND]`: compare many variants, or show one.

Run it in the folder `tests`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from .compare import differences_of, run
from .variant import KINDS, variant_of


def main() -> int:
    """Print the counts and the differences, or a single variant."""
    parser = argparse.ArgumentParser(prog="python -m support.variants")
    parser.add_argument("--count", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--number", type=int, help="show this variant of the kind")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.number is not None:
            variant = variant_of(asked.kind, asked.seed, asked.number)
            for data in [*variant.inputs, *variant.beside.values()]:
                sys.stdout.write(data.decode("utf-8", "backslashreplace") + "\n---\n")
            found = differences_of(variant, Path(folder))
            sys.stdout.write("\n".join([f"{variant.steps} {variant.options}", *found]) + "\n")
            return 0
        tally = run(asked.count, asked.seed, Path(folder), (asked.kind,) if asked.kind else KINDS)
    sys.stdout.write(tally.text() + "\n")
    return 1 if tally.differ else 0


if __name__ == "__main__":
    sys.exit(main())
