"""`python tests/support/release_notes.py [TAG]`: print the notes of a release, from CHANGELOG.md.

With a tag, the versions in Cargo.toml and CITATION.cff must be the tag's, and its section must have a date. Without a
tag, the notes are those of the next release.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?\n(.*?)(?=^## \[|\Z)", re.MULTILINE | re.DOTALL)


def versions() -> dict[str, str]:
    """The version that each file states."""
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "Cargo.toml": cargo["workspace"]["package"]["version"],
        "CITATION.cff": citation[1] if citation is not None else "",
    }


def release_notes(tag: str | None = None) -> str:
    """The text of the tag's section, or of the unreleased changes.

    Raises:
        ValueError: The files disagree on the version, or the section is missing, empty or without a date.
    """
    version = tag.removeprefix("v") if tag is not None else "Unreleased"
    if tag is not None:
        for name, stated in versions().items():
            if tag != f"v{stated}":
                message = f"the tag is {tag}, and {name} has version {stated}"
                raise ValueError(message)
    for name, date, text in SECTION.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")):
        if name == version:
            if tag is not None and not date:
                message = f"section {version} of CHANGELOG.md has no date"
                raise ValueError(message)
            if not text.strip():
                break
            return f"{text.strip()}\n"
    message = f"CHANGELOG.md has no changes for {version}"
    raise ValueError(message)


if __name__ == "__main__":
    try:
        sys.stdout.write(release_notes(*sys.argv[1:2]))
    except ValueError as error:
        sys.exit(str(error))
