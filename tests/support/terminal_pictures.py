"""`python -m support.terminal_pictures`: make the pictures of docs/pictures that show the command in a terminal.

Run it in the folder `tests`. pyte interprets what the command writes to a terminal, rich draws the screen as SVG.
"""

import contextlib
import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

from crowdarrow.synthetic.__main__ import main as synthesize
from support.pictures import FOLDER
from support.terminals import on_terminal

WIDTH = 100
_MOST_LINES = 400
_SHOWN_LINES = 36
_RECORDS = {"survey": "150000", "question": "5000"}
_COLUMNS = "classification_id,user_name,created_at,task,answer"
_REDRAW = re.compile(r"\r\x1b\[2K")
# Pages load nothing from elsewhere: the fonts are those of the reader's system.
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "font-family: Fira Code, monospace", "font-family: Fira Code, DejaVu Sans Mono, Menlo, Consolas, monospace"
)
_COLOURS = {"brown": "yellow", "brightbrown": "bright_yellow"}


def screen_of(text: str, width: int = WIDTH) -> list[Text]:
    """The lines that a terminal shows after `text`."""
    screen = pyte.Screen(width, _MOST_LINES)
    pyte.Stream(screen).feed(text)
    lines = []
    for row in range(_MOST_LINES):
        line = Text()
        for column in range(width):
            cell = screen.buffer[row][column]
            line.append(cell.data, Style(color=_colour(cell.fg), bold=cell.bold, italic=cell.italics))
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return _COLOURS.get(name) or re.sub(r"^bright", "bright_", name)


def picture(arguments: Sequence[str], text: str, width: int = WIDTH) -> str:
    """An SVG picture of a terminal with a command and what it wrote."""
    console = Console(width=width, record=True, file=io.StringIO(), force_terminal=True, color_system="standard")
    lines = screen_of(text, width)
    shown = [*lines[:_SHOWN_LINES], Text("⋮" if len(lines) > _SHOWN_LINES else "")]
    for line in [Text(f"$ crowdarrow {' '.join(arguments)}", "bold"), *shown]:
        console.print(line, soft_wrap=True)
    return console.export_svg(title="crowdarrow", code_format=_FORMAT, unique_id="crowdarrow")


def in_the_middle(text: str, percent: int = 55) -> str:
    """What was written up to the first bar that shows at least so many percent.

    Raises:
        ValueError: there is no such bar.
    """
    for bar in re.finditer(r"(\d+)\s?%", text):
        if percent <= int(bar[1]) < 100:
            after = _REDRAW.search(text, bar.end())
            return text[: after.start() if after else len(text)]
    msg = "the command was too quick for a bar"
    raise ValueError(msg)


def main() -> int:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for profile, records in _RECORDS.items():
            with contextlib.redirect_stdout(io.StringIO()):
                synthesize(["export", str(folder / profile), "--records", records, "--profile", profile])
        survey, question = folder / "survey", folder / "question"
        for title, arguments, place, is_bar in (
            ("progress", ["convert", "classifications.csv", "out/"], survey, True),
            ("inspect", ["inspect", "classifications.csv"], survey, False),
            (
                "head",
                ["head", "classifications.csv", "-n", "8", "--columns", _COLUMNS, "--table", "answers"],
                question,
                False,
            ),
        ):
            text, status = on_terminal(arguments, width=WIDTH, folder=place)
            if status:
                sys.stderr.write(text)
                return status
            drawn = picture(arguments, in_the_middle(text) if is_bar else text)
            (FOLDER / f"terminal-{title}.svg").write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
