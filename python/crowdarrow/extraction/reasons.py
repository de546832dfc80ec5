"""Why a record has no extract, in words without what volunteers typed."""

_MEMBERS = frozenset(
    {
        *("task", "taskType", "value", "choice", "details", "markIndex", "shape", "tool", "toolIndex", "frame"),
        *("x", "y", "x1", "x2", "y1", "y2", "width", "height", "angle", "r", "rx", "ry", "points", "pathX", "pathY"),
        *("metadata", "subject", "created_at", "utc_offset", "subject_dimensions", "startPoint", "endPoint", "text"),
    }
)
"""Members of annotations and records that a message may name."""


def reason_of(error: Exception) -> str:
    """The reason for an error of an extractor."""
    match error:
        case KeyError() if error.args and isinstance(error.args[0], str) and error.args[0] in _MEMBERS:
            return f"no member {error.args[0]!r}"
        case KeyError() | IndexError() | StopIteration():
            return "a member or item that it needs is missing"
        case TypeError() | AttributeError():
            return "values of another type"
        case RecursionError():
            return "it is nested too deeply"
        case ValueError() if error.args and type(error) is ValueError and error.args[0] in _OWN:
            return str(error.args[0])
        case _:
            return "values that it cannot read"


_OWN = frozenset(
    {
        "marks of the newer front end need shape_extractor",
        "classifier_version is not a version",
        "dot_freq is neither word nor line",
    }
)
