"""The pictures of the docs: each is shown, loads nothing, and the script draws what a terminal shows."""

import re
from xml.etree import ElementTree as ET

import pytest

from support.recipes import ROOT
from support.terminal_pictures import in_the_middle, picture, screen_of

DOCS = ROOT / "docs"
TERMINALS = sorted((DOCS / "pictures").glob("terminal-*.svg"))
REDRAW = "\r\x1b[2K"


def shown(svg: str) -> str:
    """The text of a picture of a terminal, without blanks: they are places without text."""
    lines: dict[float, str] = {}
    for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 - our own file
        if "-title" not in element.get("class", ""):
            place = float(element.get("y", "0"))
            lines[place] = lines.get(place, "") + "".join((element.text or "").split())
    return "\n".join(line for _, line in sorted(lines.items()))


def test_each_picture_of_a_terminal_is_in_the_docs() -> None:
    pages = "".join(path.read_text("utf-8") for path in [*DOCS.rglob("*.md"), ROOT / "README.md"])
    assert [path.name for path in TERMINALS if f"(pictures/{path.name})" not in pages] == []


@pytest.mark.parametrize("path", TERMINALS, ids=lambda path: path.stem)
def test_picture_loads_nothing(path: object) -> None:
    svg = DOCS.joinpath(str(path)).read_text("utf-8")
    assert re.findall(r"""(?:url\(|href=|src=)["']?(?!#)[^"')]+""", svg) == []
    assert "@font-face" not in svg


def test_pictures_show_the_commands() -> None:
    found = {path.stem.removeprefix("terminal-"): shown(path.read_text("utf-8")) for path in TERMINALS}
    assert sorted(found) == ["head", "inspect", "progress"]
    assert re.search(r"[5-9]\d%,.+MB/s,.+rows,0rejected,.+left", found["progress"])
    assert "zooniverse.classifications" in found["inspect"]
    assert found["head"].startswith("$crowdarrowheadclassifications.csv")


def test_screen_is_what_the_terminal_shows_in_the_end() -> None:
    lines = screen_of(f"10% \x1b[31mred\x1b[0m{REDRAW}20% \x1b[1;38;5;10mbold\x1b[0m\r\nnext\r\n", 20)
    assert [line.plain for line in lines] == ["20% bold", "next"]
    assert any(span.style.bold for span in lines[0].spans if not isinstance(span.style, str))
    assert "20%bold" in shown(picture(["head"], "20% bold", 20))


def test_bar_in_the_middle_of_a_run() -> None:
    bars = [f"{REDRAW}{percent}% done" for percent in (0, 30, 57, 80, 100)]
    assert in_the_middle("".join(bars)) == "".join(bars[:3])
    with pytest.raises(ValueError, match="too quick"):
        in_the_middle(bars[0] + bars[-1])
