"""The engine and the oracle count the same votes in the same bytes."""

from pathlib import Path

import pytest

from crowdarrow import synthetic
from crowdarrow.synthetic import PROFILES, ages
from oracle import pure_python
from oracle.tidy import read_tidy
from oracle.votes import Steps
from support.vote_compare import STEPS, assert_same_votes

RECORDS = 150


def test_real_exports(zooniverse_file: Path) -> None:
    if pure_python.open_input(zooniverse_file).kind != "zooniverse.classifications":
        pytest.skip("no classifications")
    tidy = read_tidy(zooniverse_file)
    cells = sum(assert_same_votes(zooniverse_file, tidy, steps) for steps in STEPS[:3])
    print(f"{zooniverse_file.name}: {cells:,} cells")  # noqa: T201 - how much was compared


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("steps", STEPS, ids=str)
def test_synthetic_exports(profile: str, steps: Steps, tmp_path: Path) -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=RECORDS, profile=profile, faults=0.05)
    cells = assert_same_votes(path, read_tidy(path), steps)
    assert cells or steps.gold == "only"


@pytest.mark.parametrize("age", ages.CLASSIFICATIONS)
def test_headers_of_every_age(age: str, tmp_path: Path) -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=RECORDS, header=age)
    assert assert_same_votes(path, read_tidy(path), Steps(once="last", first=2))
