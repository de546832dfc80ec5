"""The contract marks what is planned: everything else exists, and nothing planned does."""

import re

import click

import crowdarrow as ca
from crowdarrow.cli import cli
from support.recipes import ROOT, section

PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
PLANNED = "*(planned)*"
FLAG = re.compile(r"(?<![\w-])--[a-z-]+")


def split_at_mark(text: str) -> tuple[str, str]:
    """The part before the first `planned`, and the part after it."""
    before, _, after = text.partition("planned")
    return before, after


def commands() -> dict[str, str]:
    """The lines of each command in section 3, by its name."""
    block = section(PAGE, "3. Command line", 2).split("```")[1]
    parts = re.split(r"^crowdarrow (\w+)", block, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def flags(name: str) -> set[str]:
    return {
        flag
        for option in cli.commands[name].params
        if isinstance(option, click.Option)
        for flag in (*option.opts, *option.secondary_opts)
        if flag.startswith("--")
    }


def test_flags_of_convert_exist_unless_planned() -> None:
    present, planned = split_at_mark(commands()["convert"])
    assert set(FLAG.findall(present)) == flags("convert")
    assert not set(FLAG.findall(planned)) & flags("convert")


def test_commands_exist_unless_planned() -> None:
    present = {name for name, text in commands().items() if name in cli.commands}
    assert present == set(cli.commands)
    block = section(PAGE, "3. Command line", 2).split("```")[1]
    planned = block.partition("\nplanned:\n")[2]
    assert set(re.findall(r"^crowdarrow (\w+)", planned, flags=re.MULTILINE)) == commands().keys() - cli.commands.keys()


def test_tables_exist_unless_planned() -> None:
    listed: dict[str, tuple[str, ...]] = {}
    text = re.sub(rf", `\w+` {re.escape(PLANNED)}| \(CSV layout .*?\)", "", section(PAGE, "2. Kinds and tables", 2))
    for kinds, tables in re.findall(r"^\| (`\w+\.\w+`.*?) \| (.*) \|$", text, flags=re.MULTILINE):
        listed |= dict.fromkeys(re.findall(r"`([\w.]+)`", kinds), tuple(re.findall(r"`(\w+)`", tables)))
    assert listed == {kind: tuple(tables) for kind, tables in ca.kinds().items()}


def test_names_of_the_api_exist_unless_planned() -> None:
    present, planned = split_at_mark(section(PAGE, "4. Python API", 2).split("```")[1])
    names = re.compile(r"(?<![\w.])ca\.(\w+)")
    assert all(hasattr(ca, name) for name in names.findall(present))
    assert {name for name in names.findall(planned) if hasattr(ca, name)} <= {"open", "inspect"}
