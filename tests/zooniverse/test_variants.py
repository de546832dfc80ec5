"""The engine and the oracle read the same from hostile variants of small exports.

The default run reads a fixed few; `make test-long` reads as many as it has examples, of a new seed. See
`support.variants` for the command that counts them.
"""

from pathlib import Path

import pytest
from hypothesis import settings

from support.variants.compare import run
from support.variants.variant import KINDS, undamaged, variant_of

# Of each kind in the default run, in percent of the examples of a property.
SHARE = {"classifications": 0.8, "subjects": 0.4, "workflows": 0.3}


@pytest.mark.parametrize("kind", KINDS)
def test_variants(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = int(request.config.getoption("--hypothesis-seed") or 0)
    tally = run(round(settings().max_examples * SHARE[kind]), seed, tmp_path, (kind,))
    assert not tally.differ, tally.text()


@pytest.mark.parametrize("kind", KINDS)
def test_variants_are_made_again(kind: str) -> None:
    made = [variant_of(kind, 3, number) for number in range(20)]
    assert made == [variant_of(kind, 3, number) for number in range(20)]
    assert len({variant.inputs[0] for variant in made}) == 20
    assert any(variant.inputs[0] != undamaged(kind, 3, number) for number, variant in enumerate(made))
