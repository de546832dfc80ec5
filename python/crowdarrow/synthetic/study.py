"""A synthetic project: the workflows of one seed and profile, which all its exports are drawn from."""

from dataclasses import dataclass, replace
from functools import lru_cache

from .catalogue import PROFILES, RECIPES, Recipe
from .chance import Chance
from .model import Task, Version, Workflow

# (major, minor, stage, has a row in the workflow export). `12.10` and `12.100` are two versions.
_LADDERS = (
    (
        (1, 1, 0, True),
        (5, 1, 0, True),
        (5, 10, 0, True),
        (12, 10, 1, True),
        (12, 57, 1, False),
        (12, 100, 1, True),
        (28, 100, 2, True),
        (28, 130, 2, True),
    ),
    (
        (3, 2, 0, True),
        (12, 10, 0, True),
        (12, 100, 1, True),
        (15, 100, 1, True),
        (17, 101, 1, False),
        (28, 103, 2, True),
        (28, 130, 2, True),
    ),
    (
        (5, 1, 0, True),
        (5, 10, 0, True),
        (12, 10, 0, True),
        (12, 100, 1, True),
        (255, 340, 2, True),
        (463, 355, 2, True),
        (1119, 400, 2, True),
    ),
)
LAST_STAGE = 28
"""The first major version, in every ladder, of the last stage."""
_EDITS = ("", " ", " (see the Field Guide)", "\n", ", or so")


def _edited(text: str, edit: int) -> str:
    return text + _EDITS[edit % len(_EDITS)]


def _reworded(task: Task, edit: int) -> Task:
    """The task with one of its texts changed, as every minor version differs from the one before."""
    if task.tools:
        first = replace(task.tools[0], label=_edited(task.tools[0].label, edit))
        return replace(task, tools=(first, *task.tools[1:]))
    if task.type in {"single", "multiple", "shortcut"}:
        return replace(task, answers=(_edited(task.answers[0], edit), *task.answers[1:]))
    return replace(task, text=_edited(task.text, edit)) if task.text else task


@dataclass(frozen=True)
class Study:
    """One project: its id, its workflows, and the share of each in the classifications."""

    seed: int
    profile: str
    project_id: int
    workflows: tuple[Workflow, ...]
    recipes: tuple[Recipe, ...]
    shares: tuple[float, ...]


def _workflow(recipe: Recipe, workflow_id: int, chance: Chance) -> Workflow:
    versions = []
    for edit, (major, minor, stage, exported) in enumerate(_LADDERS[recipe.ladder]):
        tasks = {key: _reworded(task, edit) for key, task in recipe.tasks(stage).items()}
        versions.append(Version(major, minor, tasks, exported))
    count = chance.pick((5, 10, 15, 20))
    return Workflow(
        id=workflow_id,
        name=recipe.title,
        recipe=recipe.name,
        subjects=recipe.subjects,
        versions=tuple(versions),
        first_task=recipe.first_task,
        group=recipe.group,
        active=chance.likely(0.8),
        language=chance.pick(("en", "en", "en", "en_GB", "zh-CN", None)),
        retirement={"options": {"count": count}, "criteria": "classification_count"} if chance.likely(0.8) else None,
    )


@lru_cache(maxsize=8)
def study(seed: int, profile: str, *, pfe_only: bool = False) -> Study:
    """The project of a seed and profile. `pfe_only`: without what the newer front end alone asks."""
    if profile not in PROFILES:
        msg = f"unknown profile {profile!r}: one of {', '.join(PROFILES)}"
        raise ValueError(msg)
    chance = Chance.of("study", seed)
    first_id = chance.randint(2000, 18000)
    chosen = []
    for index, recipe in enumerate(RECIPES):
        # Ids depend on the seed and the recipe alone, so one seed's profiles share their workflows.
        made = _workflow(recipe, first_id + 37 * index, Chance.of("workflow", seed, recipe.name))
        if profile in recipe.shares and not (pfe_only and all(recipe.fem)):
            chosen.append((recipe, made))
    shares = tuple(recipe.shares[profile] for recipe, _ in chosen)
    return Study(
        seed,
        profile,
        1000 + first_id % 977,
        tuple(made for _, made in chosen),
        tuple(recipe for recipe, _ in chosen),
        shares,
    )
