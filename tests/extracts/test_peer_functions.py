"""The functions of panoptes_aggregation give the same for records of every shape, right and wrong."""

import copy
import json
import math
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from crowdarrow.extraction.extractors import EXTRACTORS
from crowdarrow.extraction.extractors.core import group_by_task, run_extractor
from crowdarrow.extraction.extractors.marked_text import plain_text
from support import panoptes
from support.extract_cases import CASES

pytestmark = pytest.mark.skipif(not panoptes.PYTHON.exists(), reason=panoptes.ABSENT)

RECORDS = 4000
TEXTS = 4000
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -2.5,
        1e-7,
        10**19,
        "",
        "x",
        "toolIndex",
        "value",
        "<b>a</b>",
        "\u00dcn\u00ef & co's 1,000",
    ),
    *([], {}, [None], [1, 2], {"value": 1}, {"choice": "A"}, "2.0", [[]]),
]
MEMBERS = [
    "task",
    "value",
    "tool",
    "toolIndex",
    "frame",
    "x",
    "y",
    "details",
    "taskType",
    "markIndex",
    "choice",
    "points",
]
PARTS = [
    *("<", ">", "</", "/>", "sl", "<br>", "<sl>", "</sl>", "<label>", "</label>", "<graphic>seal</graphic>", "<sw-ex>"),
    *("</sw-ex>", '<p class="a  b">', "</p>", "&", "&amp;", "&lt;", "&#39;", "&#x41;", "&foo;", "&copy", "&nbsp;", " "),
    *(
        "word",
        "\u00e9",
        "\n",
        '"',
        "'",
        "<!-- c -->",
        "<!doctype html>",
        '<sl a=1 b="x&amp;y">',
        "<script>",
        "</script>",
    ),
]
METADATA: list[Any] = [{}, {"classifier_version": "2.0"}, {"classifier_version": 2.0}, []]
# Release 5.3.1 lacks the first, and the second needs members that only some cases have.
NOT_THERE = {"survey_whitelist_extractor", "nfn_extractor"}

_SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
from panoptes_aggregation.extractors import extractors
from panoptes_aggregation.extractors.sw_extractor import clean_text
from panoptes_aggregation.extractors.utilities import annotation_by_task
records, texts = json.load(sys.stdin)
found = []
for name, keywords, annotations, rest in records:
    try:
        classification = annotation_by_task({"annotations": annotations, "metadata": rest["metadata"]})
        found.append(["extract", extractors[name](rest | classification, **keywords)])
    except Exception as error:
        found.append(["error", None])
print("RESULT" + json.dumps([found, [clean_text(one) for one in texts]]))
"""


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield (*path, key)
        yield from _paths(one, (*path, key))


def _change(value: Any, chance: random.Random) -> None:
    """Remove, replace or add something within a value."""
    paths = list(_paths(value))
    if not paths:
        return
    *way, last = chance.choice(paths)
    for key in way:
        value = value[key]
    kind = chance.random()
    if kind < 0.3:
        del value[last]
    elif kind < 0.8 or not isinstance(value, dict):
        value[last] = copy.deepcopy(chance.choice(VALUES))
    else:
        value[chance.choice(MEMBERS)] = copy.deepcopy(chance.choice(VALUES))


def _records() -> list[tuple[str, dict[str, Any], Any, dict[str, Any]]]:
    chance = random.Random(11)  # noqa: S311 - the same records each time
    found = []
    cases = [case for case in CASES if case[0] not in NOT_THERE]
    for _ in range(RECORDS):
        name, keywords, annotations, metadata, _ = copy.deepcopy(chance.choice(cases))
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            _change(annotations, chance)
        if chance.random() < 0.15:
            metadata = chance.choice(METADATA)
        if chance.random() < 0.3:
            keywords |= {
                "details": chance.choice([{}, {"T0_tool0": ["question_extractor", "slider_extractor", "none"]}])
            }
        if chance.random() < 0.1:
            keywords |= {"recursive": True}
        rest = {"metadata": metadata, "subject": {"metadata": {"kinds": "a,b"}}, "gold_standard": chance.random() < 0.5}
        found.append((name, keywords, annotations, rest))
    return found


def _is_equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_equal, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and bool(one == other)


def test_same_extracts_and_the_same_failures() -> None:
    records = _records()
    chance = random.Random(5)  # noqa: S311
    texts = ["".join(chance.choices(PARTS, k=chance.randint(1, 12))) for _ in range(TEXTS)]
    given = json.dumps([records, texts])
    done = subprocess.run([panoptes.PYTHON, "-c", _SCRIPT], input=given, capture_output=True, text=True, check=True)
    theirs, cleaned = json.loads(done.stdout.rpartition("RESULT")[2])
    outcomes: Counter[str] = Counter()
    for (name, keywords, annotations, rest), (outcome, extract) in zip(records, theirs, strict=True):
        try:
            ours: Any = run_extractor(EXTRACTORS[name], group_by_task(annotations), rest, keywords)
        except Exception:  # noqa: BLE001 - whatever a record of another shape causes
            assert outcome == "error", (name, keywords, annotations, rest, extract)
        else:
            assert outcome == "extract", (name, keywords, annotations, rest, ours)
            assert _is_equal(json.loads(json.dumps(ours)), extract), (name, keywords, annotations, rest, ours, extract)
        outcomes[outcome] += 1
    assert min(outcomes["error"], outcomes["extract"]) > RECORDS // 10
    assert [plain_text(text) for text in texts] == cleaned
