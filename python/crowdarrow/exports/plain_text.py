"""Texts of an export as they are shown in a terminal."""


def plain(text: object) -> str:
    """The text with control characters escaped, so that it can't disturb a terminal or add lines."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(text))
