"""The text after a page's list: the rest of the objects around it, or not (docs/contract.md, section 2.5)."""

import re

_STRING = rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_SCALAR = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
_TOKEN = re.compile(rb"[ \t\n\r]*(?:(?P<string>" + _STRING + rb")|(?P<scalar>" + _SCALAR + rb")|(?P<sign>[{}\[\]:,]))")
_PARTS = [
    rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:\\(?:u[0-9a-fA-F]{0,3})?)?',
    b"-",
    rb"-?(?:0|[1-9][0-9]*)(?:\.|(?:\.[0-9]+)?[eE][+-]?)",
    *(word[:length] for word in (b"true", b"false", b"null") for length in range(1, len(word))),
    _SCALAR,
]
_PART = re.compile(b"(?:" + b"|".join(_PARTS) + b")?")
"""A token that the input may cut, or none."""
_CLOSED_BY = {b"{": b"}", b"[": b"]"}
_NOT_JSON = ValueError("not JSON")
_FOLLOWS = {
    # What may follow, by what comes before.
    "value": {"string": "end", "scalar": "end", "{": "first key", "[": "first item"},
    "first item": {"string": "end", "scalar": "end", "{": "first key", "[": "first item", "]": "end"},
    "first key": {"string": "colon", "}": "end"},
    "key": {"string": "colon"},
    "colon": {":": "value"},
    "end": {"}": "end", "]": "end", ",": "next"},
}


class EndsError(ValueError):
    """The input ends within the objects."""


def length_of_rest(text: bytes, objects: int) -> int:
    """The length of the members and brackets that end so many objects, of the innermost of which a value was read.

    Raises:
        EndsError: The input ends before the last bracket.
        ValueError: The text is something else.
    """
    state, open_brackets, at = "end", [b"{"] * objects, 0
    while open_brackets:
        rest = text[at:].lstrip(b" \t\n\r")
        if _PART.fullmatch(rest):
            kind = "string" if rest.startswith(b'"') else "scalar"
            raise EndsError if not rest or kind in _FOLLOWS[state] else _NOT_JSON
        match = _TOKEN.match(text, at)
        if match is None:
            raise _NOT_JSON
        token, at = match[0].strip(), match.end()
        following = _FOLLOWS[state].get(token.decode() if match["sign"] else str(match.lastgroup))
        if following is None or (token in _CLOSED_BY.values() and _CLOSED_BY[open_brackets.pop()] != token):
            raise _NOT_JSON
        if token in _CLOSED_BY:
            open_brackets.append(token)
        state = following if following != "next" else "key" if open_brackets[-1] == b"{" else "value"
    return at
