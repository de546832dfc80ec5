"""The examples of docs/python-api.md, run as printed; it lists each error."""

import re
from pathlib import Path

from crowdarrow import errors
from support.recipes import ROOT, check, steps

PAGE = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")


def test_examples_print_what_the_page_says(tmp_path: Path) -> None:
    programs = [step for step in steps(PAGE) if step.language == "python" and step.output]
    assert len(programs) >= 2
    for step in steps(PAGE):
        check(step, tmp_path)


def test_page_has_each_error_with_its_builtin() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", PAGE, flags=re.MULTILINE))
    classes = {name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(rows) == set(classes) - {"CrowdarrowError"}
    for name, builtin in rows.items():
        assert builtin in {base.__name__ for base in classes[name].__mro__}, name
