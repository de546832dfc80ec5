"""Write small synthetic exports of every kind, profile, header age, layout and page: inputs for compare_outputs.py.

The same files are written each time: seed and number of records are fixed.
"""

import argparse
import contextlib
import io
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from crowdarrow.synthetic.__main__ import main as synthetic

_SEED = "11"
_RECORDS = "40"
_PROFILES = ("survey", "question", "drawing", "transcription", "mixed")
_HEADERS = {
    "classifications": ("2016-05-12", "2016-03-24", "2015-09-23", "2015-06-10", "2015-05-27"),
    "subjects": ("2018-10-29", "2017-02-03", "2016-11-23", "2015-08-19", "2015-06-18"),
    "workflows": ("2024-06-05", "2019-02-18", "2015-08-24"),
}
_MOTIVATIONS = ("describing", "tagging", "commenting", "mixed")


def generate(folder: Path) -> int:
    """Write the exports with the crowdarrow of this interpreter. Returns their number."""
    count = 0
    for name, arguments in _synthetic_inputs(_choices()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
            status = synthetic([arguments[0], str(path), *arguments[1:], "--seed", _SEED, "--records", _RECORDS])
        # A server's tables do not have every layout and page; the generator refuses what they lack.
        if status and "unknown format" not in errors.getvalue():
            raise RuntimeError(errors.getvalue())
        count += status == 0
    return count


def _choices() -> dict[str, tuple[str, ...]]:
    """The values of `--layout` and `--page` as the generator's own help lists them."""
    found = {}
    for kind in ("tasks", "collection"):
        with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.suppress(SystemExit):
            synthetic([kind, "--help"])
        for option in re.finditer(r"--(layout|page) \{([^}]*)\}", text.getvalue()):
            found[f"{kind} {option[1]}"] = tuple("".join(option[2].split()).split(","))
    return found


def _synthetic_inputs(choices: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, list[str]]]:
    """File name and arguments of each synthetic export."""
    variants = {
        "crlf": ["--newline", "crlf", "--bom"], "cr": ["--newline", "cr"], "gzip": ["--compression", "gzip"],
        "zip": ["--compression", "zip"],
    }  # fmt: skip
    for kind, headers in _HEADERS.items():
        for profile, header in itertools.product(_PROFILES, headers):
            arguments = [kind, "--profile", profile, "--header", header]
            yield f"{kind}/{profile}-{header}.csv", arguments
            yield f"{kind}/{profile}-{header}-faults.csv", [*arguments, "--faults", "0.3"]
        for variant, more in variants.items():
            ending = {"gzip": ".csv.gz", "zip": ".zip"}.get(variant, ".csv")
            yield f"{kind}/{variant}{ending}", [kind, *more]
    for profile in _PROFILES:
        yield f"export-{profile}", ["export", "--profile", profile]
        yield f"export-{profile}-faults", ["export", "--profile", profile, "--faults", "0.2"]
    formats = ("json", "jsonl", "csv")
    for kind, form, layout in itertools.product(("task-runs", "tasks", "results"), formats, choices["tasks layout"]):
        for page in choices["tasks page"]:
            arguments = [kind, "--format", form, "--layout", layout, "--page", page]
            yield f"{kind}/{layout}-{page}.{form}", arguments
        yield f"{kind}/{layout}-{form}.zip", [kind, "--format", form, "--layout", layout, "--compression", "zip"]
    for form, layout, motivation in itertools.product(formats, choices["collection layout"], _MOTIVATIONS):
        arguments = ["collection", "--format", form, "--layout", layout, "--motivation", motivation]
        yield f"collection/{layout}-{motivation}.{form}", arguments


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write to")
    sys.stdout.write(f"{generate(parser.parse_args().out)} exports\n")
