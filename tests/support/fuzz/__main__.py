"""`python -m support.fuzz [--minutes N] [--bytes N] [--targets NAMES]`: run the fuzz targets, one after the other.

Run it in the folder `tests`. New inputs are kept in `rust/fuzz/corpus`, failing ones in `rust/fuzz/artifacts`.
"""

import argparse
import sys

from . import program


def main() -> int:
    """Run the targets; the exit status is 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m support.fuzz")
    parser.add_argument("--minutes", type=float, default=8, help="for all targets together")
    parser.add_argument("--bytes", type=float, help="end a target after inputs of this many bytes")
    parser.add_argument("--targets", default="", help="names, separated by commas; all by default")
    parser.add_argument("--sanitizer", choices=["address"], help="with a sanitizer, which takes an unstable flag")
    asked = parser.parse_args()
    names = [name for name in asked.targets.split(",") if name] or list(program.TARGETS)
    if unknown := sorted(set(names) - set(program.TARGETS)):
        parser.error(f"no target {unknown[0]!r}; the targets are {', '.join(program.TARGETS)}")
    if missing := program.missing():
        sys.stderr.write(f"fuzzing needs {missing}\n")
        return 2
    folder = program.build(asked.sanitizer)
    program.make_seeds()
    seconds = asked.minutes * 60 / len(names)
    runs = [program.run(folder / name, seconds, asked.bytes) for name in names]
    sys.stdout.write("".join(f"{run}\n" for run in runs))
    for run in runs:
        if run.failing:
            sys.stdout.write(f"{run.name} fails; repeat with: {run.again}\n")
    return 1 if any(run.failed for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
