"""The seeds of the fuzz targets: each target has some, and the plans are those of every kind."""

from crowdarrow import exports
from support.fuzz import program, seeds


def test_every_target_has_seeds_and_every_kind_a_plan() -> None:
    made, layouts = seeds.make()
    assert sorted(made) == sorted(program.TARGETS)
    assert all(len(known) > 20 for known in made.values())
    assert {name.split("-")[0] for name in layouts.known} == set(exports.kinds())
    assert len({seed[0] for seed in made["decode"]}) == len(layouts.known)
