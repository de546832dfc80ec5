"""`python -m support.pybossa_variants [--count N] [--seed N] [--form FORM]`: compare many variants, or show one.

Run it in the folder `tests`.
"""

import argparse
import sys

from .compare import by_oracle, difference, run
from .variant import FORMS, variant_of


def main() -> int:
    """Print the counts and the differences, or a single variant."""
    parser = argparse.ArgumentParser(prog="python -m support.pybossa_variants")
    parser.add_argument("--count", type=int, default=2700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--form", choices=FORMS)
    parser.add_argument("--number", type=int, help="show this variant of the form")
    asked = parser.parse_args()
    if asked.number is not None:
        variant = variant_of(asked.form, asked.seed, asked.number)
        sys.stdout.write(variant.data.decode(variant.encoding or "utf-8", "backslashreplace") + "\n---\n")
        sys.stdout.write(f"{variant.file} {variant.kind} {difference(variant, by_oracle(variant))}\n")
        return 0
    tally = run(asked.count, asked.seed, (asked.form,) if asked.form else tuple(FORMS))
    sys.stdout.write(tally.text() + "\n")
    return 1 if tally.differ else 0


if __name__ == "__main__":
    sys.exit(main())
