"""Text with tags, as the classifiers of Shakespeare's World and AnnoTate gave it, without what is not text."""

import html
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
_HIDDEN = frozenset({"script", "style", "template"})


def plain_text(text: str) -> str:
    """A text in ASCII, without the tags that have no meaning in a transcription."""
    found = text.encode("ascii", "ignore").decode("ascii")
    if "<xml>" in found:  # pasted from a word processor
        found = _all_text(found)
    elif "<" in found:
        parser = _Tree()
        parser.feed(found)
        parser.close()
        found = parser.root.markup()
    return html.unescape(found).replace("\xa0", " ")


class _Node:
    """An element: its tag as written, and its content."""

    def __init__(self, name: str, opening: str = "") -> None:
        self.name, self.opening = name, opening
        self.content: list[_Node | str] = []
        self.notes: set[int] = set()
        """Positions in the content of what is no text: comments and declarations."""

    def text(self) -> str:
        """All text within."""
        parts = (
            one.text() if isinstance(one, _Node) else one
            for number, one in enumerate(self.content)
            if number not in self.notes
        )
        return "".join(parts)

    def markup(self) -> str:
        """The content, in which elements without meaning are replaced by their content."""
        found = []
        for one in self.content:
            if isinstance(one, str):
                found.append(one)
                continue
            inner = one.markup()
            is_kept = one.name in _KEPT and html.unescape(one.text()).strip()
            found.append(f"{one.opening}{inner}</{one.name}>" if is_kept else inner)
        return "".join(found)


class _Tree(HTMLParser):
    """Reads tags into a tree. References to characters stay as they are, since they are replaced at the end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.root = _Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, "<" + " ".join([tag, *(_attribute(*one) for one in dict(attrs).items())]) + ">")
        self._open[-1].content.append(node)
        if tag not in _EMPTY:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and any(node.name == tag for node in self._open[1:]):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].content.append(data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))

    def handle_entityref(self, name: str) -> None:
        # A known entity is kept. Of an unknown one, the semicolon is lost.
        known = f"&{name};" if html.unescape(f"&{name};") != f"&{name};" else f"&amp;{name}"
        self._open[-1].content.append(known)

    def handle_charref(self, name: str) -> None:
        self._open[-1].content.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._note(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._note(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self._note(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self._note(f"<![{data}]]>")

    def _note(self, text: str) -> None:
        node = self._open[-1]
        node.notes.add(len(node.content))
        node.content.append(text)


def _attribute(name: str, value: str | None) -> str:
    text = (value or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if name == "class":
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
