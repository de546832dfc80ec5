"""`python -m support.try_wheel DIST [PYTHON ...] [--every]`: try a wheel as a new user would.

For each Python, outside of the checkout: an empty environment and an empty home, no cargo and no compiler on the
path. The first screen of the README is typed as printed, and must give its first table within a minute, downloads not
counted. Then all recipes of the README run, with the engines that they query, and the examples of `--help`. `--every`
takes all Pythons from 3.11 that are on this machine; the default is the Python that runs this.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.recipes import README, Step, check, compare, help_examples, section, steps

LARGEST_WHEEL = 8_000_000
LONGEST_START = 60  # seconds to the first table
ENGINES = ["polars", "duckdb", "pandas"]
# What a person has who does not develop: a shell and a few programs of it.
PROGRAMS = ["sh", "cat", "cp", "env", "head", "ls", "mkdir", "rm", "sort", "zcat", "gzip"]
# The rest of the environment is not passed on.
KEPT = (
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_DEFAULT_TIMEOUT",
    "SSL_CERT_FILE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
)
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def every_python() -> list[Path]:
    """All Pythons from 3.11 on the path and of pyenv, one for each minor version."""
    names = [f"python3.{minor}" for minor in range(11, 20)]
    found = [Path(known) for name in names if (known := shutil.which(name))]
    found += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    program = (
        "import sys, venv, ensurepip; print(*sys.version_info[:2]) if sys.version_info >= (3, 11) else sys.exit(1)"
    )
    usable: dict[str, Path] = {}
    for path in found:
        done = subprocess.run([path, "-c", program], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            usable.setdefault(done.stdout, path)
    return list(usable.values())


class Newcomer:
    """A home without anything, and an environment with nothing but pip."""

    def __init__(self, python: Path, root: Path) -> None:
        self.home = root / "home"
        self.environment = root / "env"
        tools = root / "tools"
        for folder in (self.home, tools, root / "tmp"):
            folder.mkdir()
        for name in PROGRAMS:
            if path := shutil.which(name):
                (tools / name).symlink_to(path)
        subprocess.run([python, "-m", "venv", self.environment], check=True)
        scripts = self.environment / SCRIPTS
        shell = shutil.which("sh")
        assert shell is not None, "no shell"
        self.shell = shell
        self.variables = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            # On Windows, the programs of the shell lie beside it and cannot be linked.
            "PATH": os.pathsep.join([str(scripts), str(Path(shell).parent if os.name == "nt" else tools)]),
            "HOME": str(self.home),
            "TMPDIR": str(root / "tmp"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONUTF8": "1",
            "COLUMNS": "80",
        }

    def type(self, line: str) -> str:
        """What a line of the shell prints; it must succeed."""
        done = subprocess.run(
            [self.shell, "-c", line],
            cwd=self.home,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}"
        return done.stdout

    def download(self, wheel: Path, packages: Path) -> float:
        """Fetch the wheel and all it needs, as pip does before it installs; the seconds that took."""
        started = time.monotonic()
        names = " ".join([f"'{wheel}[extracts]'", *ENGINES])
        self.type(f"python -m pip download --quiet --only-binary :all: --dest '{packages}' {names}")
        self.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages)}
        return time.monotonic() - started

    def first_screen(self) -> float:
        """Type what the README's section "Install" prints for pip; the seconds to the first table."""
        text = section(README, "Install", 2)
        started = time.monotonic()
        commands = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)[0].splitlines()
        self.type(commands[0])
        for step in steps(re.sub(r"^```sh\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
            compare(step, self.type(step.text))
        return time.monotonic() - started

    def recipes(self) -> None:
        """Run all recipes and examples with the installed package: this module again, in the environment's Python."""
        self.type(f"python -m pip install --quiet 'crowdarrow[extracts]' {' '.join(ENGINES)}")
        self.variables["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
        sys.stdout.write(self.type("python -m support.try_wheel --here"))


def run_here() -> None:
    """Run the README's recipes and the examples of `--help` with the crowdarrow of this environment."""
    import crowdarrow

    assert Path(sys.prefix) in Path(str(crowdarrow.__file__)).parents, (
        f"not the installed package: {crowdarrow.__file__}"
    )
    recipes = section(README, "Recipes", 2)
    exports = Path("exports-of-readme").resolve()
    exports.mkdir()
    for step in steps(recipes.partition("\n### ")[0]):
        check(step, exports)
    titles = re.findall(r"^### (.+)$", recipes, flags=re.MULTILINE)
    for number, title in enumerate(titles):
        folder = Path(f"recipe-{number}").resolve()
        shutil.copytree(exports, folder)
        for step in steps(section(recipes, title, 3)):
            check(step, folder)
    folder = Path("examples").resolve()
    shutil.copytree(exports, folder)
    lines = help_examples(folder)
    for line in lines:
        check(Step("console", line), folder)
    sys.stdout.write(f"  {len(titles)} recipes and {len(lines)} examples of --help ran\n")


def try_wheel(wheel: Path, python: Path) -> None:
    """Try the wheel with one Python, and print the times."""
    with tempfile.TemporaryDirectory(prefix="crowdarrow-try-") as folder:
        newcomer = Newcomer(python, Path(folder))
        version = newcomer.type("python --version").strip()
        fetched = newcomer.download(wheel, Path(folder) / "packages")
        took = newcomer.first_screen()
        sys.stdout.write(f"{version}: download {fetched:.1f} s; install to first table {took:.1f} s\n")
        assert took < LONGEST_START, "the first table takes over a minute"
        newcomer.recipes()


def main() -> None:
    """Try the wheel of a folder with each Python."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=Path, nargs="?", default=Path("dist"))
    parser.add_argument("pythons", type=Path, nargs="*")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        run_here()
        return
    wheels = sorted(arguments.dist.resolve().glob("crowdarrow-*.whl"))
    for one in wheels:
        size = one.stat().st_size
        sys.stdout.write(f"{one.name}: {size:,} bytes\n")
        assert size < LARGEST_WHEEL, f"larger than {LARGEST_WHEEL:,} bytes"
    # Those for other processors cannot run here.
    (wheel,) = (one for one in wheels if one.stem.endswith(platform.machine().lower()))
    for python in arguments.pythons or (every_python() if arguments.every else [Path(sys.executable)]):
        try_wheel(wheel, python)


if __name__ == "__main__":
    main()
