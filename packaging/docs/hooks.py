"""What the build of the docs adds: titles of files, and a check that pages load nothing from elsewhere."""

import re
from typing import Any

FILE = re.compile(r"^```(\w+) ([\w.-]+)$", re.MULTILINE)
LOADED = re.compile(
    r"<(?:script|img|iframe|link(?=[^>]*rel=\"?(?:stylesheet|preload|icon)))\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^>]*"
)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A block that the tests write to a file shows the file's name."""
    return FILE.sub(r'```\1 title="\2"', markdown)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Fail if the page loads a script, a style or a picture from another server."""
    if found := LOADED.search(output):
        message = f"{page.file.src_uri} loads something from elsewhere: {found[0]}"
        raise SystemExit(message)
    return output
