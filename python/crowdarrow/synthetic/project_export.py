"""The three exports of one project, made to belong together."""

from pathlib import Path

from .classifications import generate_classifications
from .output import StrPath, Summary
from .subject_export import generate_subjects
from .workflow_export import generate_workflows


def generate_export(
    folder: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    profile: str = "mixed",
    faults: float = 0.0,
) -> dict[str, Summary]:
    """Write `classifications.csv`, `subjects.csv` and `workflows.csv` into `folder` (made if need be).

    Every subject and workflow of the classifications is in the other two files. `size`, `records` and
    `faults` are those of `generate_classifications`, and only its file is damaged.

    Returns:
        The summaries, by file name without its ending.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    told = generate_classifications(
        place / "classifications.csv", size=size, records=records, seed=seed, profile=profile, faults=faults
    )
    return {
        "classifications": told,
        "subjects": generate_subjects(place / "subjects.csv", seed=seed, profile=profile, counts=told.workflows),
        "workflows": generate_workflows(place / "workflows.csv", seed=seed, profile=profile, counts=told.workflows),
    }
