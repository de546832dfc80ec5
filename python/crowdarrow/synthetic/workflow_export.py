"""Workflow exports: the versions whose labels the classifications of the same seed and profile carry."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from .ages import WORKFLOWS, of_age
from .chance import Chance
from .encode import BOOLEAN, Written, field, integer, json_field
from .faults import Damage
from .model import Counts, Version, Workflow, tasks_and_strings
from .output import Compression, Form, StrPath, Summary, summary, write
from .study import study

KIND = "zooniverse.workflows"
# What the exporter fills in where nothing was set: in the order of its code, not of jsonb.
_UNSET = Written({"criteria": "classification_count", "options": Written(count=15)})


def _stored(workflow: Workflow, *, majors_only: bool) -> list[Version]:
    """The versions that have a row: an empty one first, and before 2019 one of each major version only."""
    versions = [version for version in workflow.versions if version.exported]
    if majors_only:
        return list({version.major: version for version in versions}.values())
    return versions if versions[0].major == 1 else [Version(1, 1, {}), *versions]


def _rows(workflow: Workflow, columns: tuple[str, ...], counts: Counts) -> Iterator[bytes]:
    chance = Chance.of("workflow row", workflow.id)
    current = {
        "workflow_id": integer(workflow.id),
        "display_name": field(workflow.name),
        "active": BOOLEAN[workflow.active],
        "classifications_count": integer(counts.records),
        "pairwise": BOOLEAN[False],
        "grouped": BOOLEAN[workflow.group > 1],
        "prioritized": BOOLEAN[chance.likely(0.2)],
        "primary_language": field(workflow.language),
        "tutorial_subject_id": integer(chance.randint(10**6, 10**7) if chance.likely(0.1) else None),
        "retired_set_member_subjects_count": integer(counts.subjects * 3 // 4),
        "retirement": json_field(_UNSET if workflow.retirement is None else workflow.retirement),
        "aggregation": b"{}" if chance.likely(0.8) else b"null",
    }
    for version in _stored(workflow, majors_only="strings" not in columns):
        tasks, strings = tasks_and_strings(version)
        own = {
            "version": integer(version.major),
            "minor_version": integer(version.minor),
            "first_task": field(workflow.first_task if version.tasks else ""),
            "tasks": json_field(tasks),
            "strings": json_field(strings),
        }
        cells = current | own
        yield b",".join(cells[column] for column in columns)


def _records(
    workflows: tuple[Workflow, ...], columns: tuple[str, ...], counts: Mapping[int, Counts], *, more: bool
) -> Iterator[bytes]:
    for lap in count():
        for workflow in workflows:
            # Once the project's own are written, copies fill the file: workflows nobody has classified in.
            one = workflow if lap == 0 else replace(workflow, id=workflow.id + 100_000 * lap, active=False)
            yield from _rows(one, columns, counts.get(one.id, Counts()))
        if not more:
            return


def generate_workflows(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    profile: str = "mixed",
    header: str = "2024-06-05",
    newline: str = "\n",
    bom: bool = False,
    compression: Compression = None,
    faults: float = 0.0,
    counts: Mapping[int, Counts] | None = None,
) -> Summary:
    """Write a workflow export: the workflows of `generate_classifications` with the same seed and profile.

    Args and errors are the same too; `header` is one of `ages.WORKFLOWS`. Versions, task keys and texts are
    those of the classifications. Without `size` and `records` the project's own versions are written and no
    more; with one of them, copies under other ids fill the file. `counts` is the `workflows` of a
    classification file's summary.

    Returns:
        What was written.
    """
    columns = of_age(WORKFLOWS, header)
    whole = size is None and records is None
    rows = _records(study(seed, profile).workflows, columns, counts or {}, more=not whole)
    damage = Damage(Chance.of("workflow faults", seed), faults, columns) if faults else None
    totals = write(
        path,
        ",".join(columns).encode(),
        rows,
        Form(size, records, newline, bom, compression, whole=whole),
        damage,
    )
    return summary(path, KIND, columns, totals, damage=damage)
