"""How objects look in notebooks: small tables of HTML.

Texts are escaped as the command line escapes them, and then for HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crowdarrow.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LONGEST = 200
"""Characters of a cell that are shown."""
_STYLE = "text-align:left;vertical-align:top;white-space:pre-wrap"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
"""As those of Python's `html`, which loads the names of all characters."""


def text_of(value: object) -> str:
    """A value as a cell shows it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = plain("" if value is None else value)
    return (text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…").translate(_ESCAPES)


def facts(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A table of names and values, in HTML; values that are empty are left out."""
    lines = [
        f'<tr><th style="{_STYLE}">{text_of(name)}</th><td style="{_STYLE}">{text_of(value)}</td></tr>'
        for name, value in rows
        if value not in (None, "", 0)
    ]
    return f"<div><b>{text_of(title)}</b><table>{''.join(lines)}</table></div>"


def text_block(title: str, lines: Iterable[str]) -> str:
    """Lines of text whose columns are aligned, in HTML; long ones are wrapped."""
    body = "<br>".join(plain(line).translate(_ESCAPES) for line in lines)
    return f'<div><b>{text_of(title)}</b><pre style="font-family:monospace;white-space:pre-wrap">{body}</pre></div>'


def grid(title: str, names: Sequence[str], rows: Iterable[Sequence[object]], more: str = "") -> str:
    """A table with named columns, in HTML, and a line under it."""
    head = _row("th", names)
    body = "".join(_row("td", row) for row in rows)
    under = f"<div>{text_of(more)}</div>" if more else ""
    return f"<div><b>{text_of(title)}</b><table>{head}{body}</table>{under}</div>"


def _row(tag: str, values: Iterable[object]) -> str:
    cells = (f'<{tag} style="{_STYLE}">{text_of(value)}</{tag}>' for value in values)
    return f"<tr>{''.join(cells)}</tr>"


def counted(counts: Mapping[str, int]) -> str:
    """Counts by name, as one cell."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
