"""The engine and the oracle read the same from hostile variants of small downloads.

The default run reads a fixed few; `make test-long` reads as many as it has examples, of a new seed. See
`support.pybossa_variants` for the command that counts them.
"""

import pytest
from hypothesis import settings

from support.pybossa_variants.compare import run
from support.pybossa_variants.variant import FORMS, variant_of

# Of each form, in percent of the examples of a property.
SHARE = 0.15


@pytest.mark.parametrize("form", FORMS)
def test_engine_and_oracle_agree_on_variants(form: str, request: pytest.FixtureRequest) -> None:
    seed = int(request.config.getoption("--hypothesis-seed") or 0)
    tally = run(round(settings().max_examples * SHARE), seed, (form,))
    assert not tally.differ, tally.text()
    assert tally.counts["records"] > 0


def test_variants_are_made_again() -> None:
    first, again = ([variant_of(form, 1, number) for form in FORMS for number in range(3)] for _ in range(2))
    assert first == again
    assert len({variant.data for variant in first}) > 2 * len(FORMS)
