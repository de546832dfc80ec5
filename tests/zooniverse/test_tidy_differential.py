"""The engine and the oracle read the same tidy tables, rejects, notes and counts from the same bytes.

The oracle (`tests/oracle/tidy/`) was written from the contract, in plain Python.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crowdarrow import synthetic
from crowdarrow.synthetic import PROFILES, ages
from oracle.tidy import read_tidy
from oracle.tidy.schemas import TABLES
from support.zooniverse_compare import assert_same

if TYPE_CHECKING:
    from conftest import Collect

RECORDS = 60


def test_real_exports(zooniverse_file: Path, run_collect: "Collect") -> None:
    result = run_collect(zooniverse_file)
    if result.kind not in TABLES:
        pytest.skip(f"{result.kind} has no tidy tables of the oracle's")
    assert_same(result, read_tidy(zooniverse_file, kind=result.kind))


VARIANTS = [
    *(
        ("classifications", age, profile)
        for number, age in enumerate(ages.CLASSIFICATIONS)
        for profile in (PROFILES if number == 0 else ["mixed"])
    ),
    *(
        ("workflows", age, profile)
        for number, age in enumerate(ages.WORKFLOWS)
        for profile in (PROFILES if number == 0 else ["mixed"])
    ),
]
GENERATE = {"classifications": synthetic.generate_classifications, "workflows": synthetic.generate_workflows}


@pytest.mark.parametrize(("name", "age", "profile"), VARIANTS)
def test_synthetic_exports(name: str, age: str, profile: str, tmp_path: Path, run_collect: "Collect") -> None:
    """Exports of every header and profile, with damaged records, which have no row in any table."""
    path = tmp_path / f"{name}.csv"
    summary = GENERATE[name](path, records=RECORDS, header=age, profile=profile, faults=0.2)
    result = run_collect(path)
    assert summary.rejected > 0
    assert result.report.rejected == summary.rejected
    assert_same(result, read_tidy(path, kind=f"zooniverse.{name}"), shown=True)
