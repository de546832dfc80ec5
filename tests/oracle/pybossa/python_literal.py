"""Python literals as `repr` of Python 2 and 3 writes a JSON value (docs/contract.md, section 2.5).

Lists, tuples, dicts with string keys, strings (also `u''`), numbers (also `10L`), True, False and None. Everything that
`repr` does not write of a JSON value is text: bytes, sets, dicts with other keys, a plus sign, octal escapes, a tuple
without parentheses, a trailing comma. White space between the tokens is free.
"""

import re

from oracle.names import DEPTH
from oracle.node import Node
from oracle.scalars import UnreadableError

from .nodes import BOOLEAN, NULL, NUMBER, array_node, object_node, string_node

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*)(?:(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))(L?)(?![\w.])")
_WORD = re.compile(r"(True|False|None)(?!\w)")
_STRING = re.compile(r"""u?(?:'((?:[^'\\\r\n]|\\.)*)'|"((?:[^"\\\r\n]|\\.)*)")""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
_WORDS = {
    "True": Node(BOOLEAN, "true", value=True),
    "False": Node(BOOLEAN, "false", value=False),
    "None": Node(NULL, "null", None),
}
_LAST_CODE_POINT = 0x10FFFF


class _NoLiteralError(Exception):
    """The text is not a literal."""


def _unescaped(match: re.Match[str]) -> str:
    x, four, eight, simple = match.groups()
    if simple is not None:
        if simple not in _SIMPLE:
            raise _NoLiteralError
        return _SIMPLE[simple]
    code = int(x or four or eight, 16)
    if code > _LAST_CODE_POINT:
        raise _NoLiteralError
    return chr(code)


def _string(body: str) -> str:
    # Two escaped surrogates that form a pair are one character.
    return _ESCAPE.sub(_unescaped, body).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


class _Reader:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.at = 0

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def took(self, token: str) -> bool:
        self.space()
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def take(self, token: str) -> None:
        if not self.took(token):
            raise _NoLiteralError

    def value(self, depth: int) -> Node:
        self.space()
        if match := _STRING.match(self.text, self.at):
            self.at = match.end()
            return string_node(_string(match[1] if match[2] is None else match[2]))
        if match := _NUMBER.match(self.text, self.at):
            if match[2] and not match[1].lstrip("-").isdigit():
                raise _NoLiteralError
            self.at = match.end()
            return Node(NUMBER, match[1], match[1])
        if match := _WORD.match(self.text, self.at):
            self.at = match.end()
            return _WORDS[match[1]]
        if self.text[self.at : self.at + 1] in {"[", "(", "{"} and depth == self.max_depth:
            raise UnreadableError(DEPTH)
        if self.took("["):
            return self.sequence("]", depth + 1)
        if self.took("("):
            return self.sequence(")", depth + 1)
        self.take("{")
        return self.dict(depth + 1)

    def sequence(self, closing: str, depth: int) -> Node:
        """A list or a tuple; only a tuple of one item, and no other, has a comma at its end."""
        items: list[Node] = []
        comma = True
        while not self.took(closing):
            if not comma:
                raise _NoLiteralError
            items.append(self.value(depth))
            comma = self.took(",")
        if items and comma != (closing == ")" and len(items) == 1):
            raise _NoLiteralError
        return array_node(items)

    def dict(self, depth: int) -> Node:
        members: dict[str, Node] = {}
        comma = True
        while not self.took("}"):
            if not comma:
                raise _NoLiteralError
            key = self.value(depth)
            if not isinstance(key.value, str) or key.kind == NUMBER:
                raise _NoLiteralError
            self.take(":")
            members[key.value] = self.value(depth)
            comma = self.took(",")
        if members and comma:
            raise _NoLiteralError
        return object_node(members)


def read_literal(text: str, max_depth: int) -> Node | None:
    """The JSON value of a Python literal, or None if the text is not a literal.

    Raises:
        UnreadableError: of kind `depth`.
    """
    reader = _Reader(text, max_depth)
    try:
        node = reader.value(0)
    except _NoLiteralError:
        return None
    reader.space()
    return node if reader.at == len(text) else None
