"""`python tests/support/oldest.py`: print the oldest supported versions of the dependencies, as pip's constraints."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def oldest_versions() -> dict[str, str]:
    """The oldest version that each dependency may have; one without a lower bound has an empty one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = (re.match(r"([\w-]+)(?:.*>=([\d.]+))?", dependency) for dependency in project["dependencies"])
    return {bound[1]: bound[2] or "" for bound in bounds if bound is not None}


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}=={version}\n" for name, version in oldest_versions().items()))
