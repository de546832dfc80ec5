"""The inputs of all tests of engines, and which of these run."""

import os
from pathlib import Path

import pytest

from support.engine_runs import Inputs, make_inputs

# Ray and Spark take most of a minute to start.
ALL = os.environ.get("CROWDARROW_ENGINES")


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    return make_inputs(Path(tmp_path_factory.mktemp("engines")))


@pytest.fixture(scope="session")
def all_engines() -> None:
    if not ALL:
        pytest.skip("runs in `make test-engines`")
