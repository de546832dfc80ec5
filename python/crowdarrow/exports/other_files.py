"""Files that users have beside exports: each is named for what it is, with the file to convert in its place."""

from crowdarrow.declare import Sample

_EXTRACTED = "convert the classification export that they were made from"
_EXPORTS = "convert the classification, subject or workflow export"
_FILES: tuple[tuple[str, str, str], ...] = (
    ("classification_id extractor task", "extracts of panoptes_aggregation", _EXTRACTED),
    ("subject_id reducer task", "reductions of panoptes_aggregation", _EXTRACTED),
    ("classification_id extractor_key", "extracts of Caesar", _EXTRACTED),
    ("reducer_key workflow_id", "reductions of Caesar", _EXTRACTED),
    ("workflow_content_id language strings", "the texts of workflows, a separate file until 2019", _EXPORTS),
    ("lifecycled_at annotations workflow_id", "a copy of the database's table of classifications", _EXPORTS),
    ("comment_id comment_body", "comments of Talk", _EXPORTS),
    ("taggable_id comment_id", "tags of Talk", _EXPORTS),
)
"""Columns or members that a file has, what it holds, and the next step."""


def other_file(sample: Sample) -> str | None:
    """What a file has, and what to convert in its place; None if that is not known."""
    names = set(sample.header)
    for columns, what, step in _FILES:
        if names.issuperset(columns.split()):
            return f"it has {what}; {step}"
    if not sample.json and sample.header and sample.header[0].isdecimal():
        return "its first line has values, not the names of columns; convert the file as it was downloaded"
    return None
