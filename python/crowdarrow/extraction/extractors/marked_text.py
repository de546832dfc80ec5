"""Text with tags, as the classifiers of Shakespeare's World and AnnoTate gave it, without what is not text."""

import html
from html.entities import html5
from html.parser import HTMLParser

_KEPT = frozenset({"sw-ex", "sl", "brev-y", "sw-ins", "sw-del", "sw-unclear", "sw-sup", "label", "graphic"})
"""Tags that mean something in a transcription."""
_EMPTY = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "menuitem", "meta", "param"),
        *("source", "track", "wbr", "basefont", "bgsound", "command", "frame", "image", "isindex", "nextid", "spacer"),
    }
)
"""Elements that never have content."""
_HIDDEN = frozenset({"script", "style", "template", "rt", "rp"})
"""Elements whose text is not text of the elements around them."""
_WHOLE = frozenset({"pre", "textarea"})
"""Elements in which blanks count."""
_LISTS = frozenset({"class", "accesskey", "dropzone"})
"""Attributes with a list of names."""
_BLANKS = " \n\t\f\r"
_ONE_BYTE = 256


def plain_text(text: str) -> str:
    """A text in ASCII, without the tags that have no meaning in a transcription.

    The result is that of BeautifulSoup, which panoptes_aggregation uses.
    """
    found = text.encode("ascii", "ignore").decode("ascii")
    if "<xml>" in found:  # pasted from a word processor
        found = _all_text(found)
    elif "<" in found:
        parser = _Tree()
        parser.feed(found)
        parser.close()
        parser.end_data()
        found = parser.root.markup()
    return html.unescape(found).replace("\xa0", " ")


class _Node:
    """An element: its tag as written, its content as markup, and whether it has text other than blanks."""

    def __init__(self, name: str, opening: str = "") -> None:
        self.name, self.opening = name, opening
        self.content: list[_Node | str] = []
        self.has_text = False

    def markup(self) -> str:
        """The content, in which elements without meaning are replaced by their content."""
        found = []
        for one in self.content:
            if isinstance(one, str):
                found.append(one)
                continue
            is_kept = one.name in _KEPT and one.has_text
            found.append(f"{one.opening}{one.markup()}</{one.name}>" if is_kept else one.markup())
        return "".join(found)


class _Tree(HTMLParser):
    """Reads tags into a tree."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.root = _Node("")
        self._open = [self.root]
        self._data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end_data()
        node = _Node(tag, "<" + " ".join([tag, *(_attribute(*one) for one in dict(attrs).items())]) + ">")
        self._open[-1].content.append(node)
        if tag not in _EMPTY:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.end_data()
        if tag not in _EMPTY and any(node.name == tag for node in self._open[1:]):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._data.append(data)

    def handle_entityref(self, name: str) -> None:
        found = html5.get(f"{name};", html5.get(name))
        self._data.append(f"&{name}" if found is None else found)

    def handle_charref(self, name: str) -> None:
        number = int(name.lstrip("xX"), 16) if name[0] in "xX" else int(name)
        found = ""
        if number < _ONE_BYTE:
            found = bytes([number]).decode("cp1252", "ignore")
        try:
            self._data.append(found or chr(number))
        except (ValueError, OverflowError):
            self._data.append("\ufffd")

    def handle_comment(self, data: str) -> None:
        self._note("<!--", data, "-->")

    def handle_decl(self, decl: str) -> None:
        self._note("<!DOCTYPE ", decl[len("DOCTYPE ") :], ">\n")

    def handle_pi(self, data: str) -> None:
        self._note("<?", data, ">")

    def unknown_decl(self, data: str) -> None:
        if data.upper().startswith("CDATA["):
            text = data[len("CDATA[") :]
            self._note("<![CDATA[", text, "]]>")
            self._mark_text(text)
        else:
            self._note("<?", data, "?>")

    def end_data(self) -> None:
        """Add the text so far to the open element."""
        if self._data:
            text = self._shortened("".join(self._data))
            self._data.clear()
            self._open[-1].content.append(_escaped(text))
            self._mark_text(text)

    def _mark_text(self, text: str) -> None:
        """Note that the open elements have text, but for those around an element whose text does not count."""
        if text.strip():
            for node in reversed(self._open):
                node.has_text = True
                if node.name in _HIDDEN:
                    break

    def _note(self, start: str, text: str, end: str) -> None:
        self.end_data()
        self._open[-1].content.append(f"{start}{self._shortened(text)}{end}")

    def _shortened(self, text: str) -> str:
        """A text, or one blank or line feed instead of several."""
        if text.strip(_BLANKS) or any(node.name in _WHOLE for node in self._open):
            return text
        return "\n" if "\n" in text else " "


def _escaped(text: str) -> str:
    """A text as markup; references in it are replaced once all is put together."""
    return text.replace("&", "&amp;")


def _attribute(name: str, value: str | None) -> str:
    text = _escaped(value or "").replace("<", "&lt;").replace(">", "&gt;")
    if name in _LISTS:
        text = " ".join(text.split())
    return f"{name}='{text}'" if '"' in text and "'" not in text else f'{name}="{text.replace(chr(34), "&quot;")}"'


def _all_text(found: str) -> str:
    parser = _TextOnly()
    parser.feed(found)
    parser.close()
    return "".join(parser.parts).replace("\n", "")


class _TextOnly(HTMLParser):
    """Collects the text outside of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)
