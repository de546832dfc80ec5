"""The extractors, by the names that configurations have for them."""

from typing import Any

from crowdarrow.extraction.extractors import details, lines, questions, shapes, special
from crowdarrow.extraction.extractors.core import RELEASE, Extractor

__all__ = ["EXTRACTORS", "GOLD", "RELEASE", "RELEASED"]


def _find(name: Any) -> Extractor | None:
    return EXTRACTORS.get(name)


_with_tools, _with_details = details.with_tools, details.with_details(_find)

EXTRACTORS: dict[str, Extractor] = {
    "all_tasks_empty_extractor": questions.all_tasks_empty,
    "bezier_extractor": _with_tools(_with_details(shapes.beziers)),
    "dropdown_extractor": questions.dropdown,
    "i2a_extractor": special.spectrum,
    "line_text_extractor": _with_tools(lines.lines),
    "nfn_extractor": special.herbarium,
    "pluck_and_split_extractor": special.plucked_parts,
    "point_extractor": _with_tools(shapes.points),
    "point_extractor_by_frame": _with_tools(_with_details(shapes.points_by_frame)),
    "poly_line_text_extractor": _with_tools(lines.polygon_lines),
    "polygon_extractor": _with_tools(_with_details(shapes.polygons)),
    "question_extractor": questions.question,
    "rectangle_extractor": _with_tools(_with_details(shapes.rectangles)),
    "shape_extractor": _with_tools(_with_details(shapes.shapes)),
    "shortcut_extractor": questions.question,
    "slider_extractor": questions.slider,
    "survey_extractor": questions.survey,
    "survey_whitelist_extractor": special.survey_with_whitelist,
    "sw_extractor": lines.shakespeare_lines,
    "sw_graphic_extractor": lines.shakespeare_graphics,
    "sw_variant_extractor": lines.shakespeare_variants,
    "text_extractor": questions.text,
}

RELEASED = frozenset(EXTRACTORS) - {"survey_whitelist_extractor"}
"""Those of the release; the other is in its repository only."""

GOLD = frozenset(
    {"line_text_extractor", "poly_line_text_extractor", "polygon_extractor", "sw_extractor", "text_extractor"}
)
"""Those whose extracts say whether the classification was made in gold standard mode."""
