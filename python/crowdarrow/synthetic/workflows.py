"""The workflows of a synthetic project: their recipes, their versions, and the workflow export."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from .ages import WORKFLOWS, of_age
from .chance import Chance
from .encode import BOOLEAN, Written, field, integer, json_field
from .faults import Damage
from .model import Counts, Select, Task, Tool, Trait, Version, Workflow, tasks_and_strings
from .output import Compression, Form, StrPath, Summary, summary, write
from .vocabulary import COLOURS, COUNTIES, COUNTRIES, SPECIES, TOOL_LABELS

_YES_NO = ("Yes", "No\n")
PFE_TOOLS = (
    "point",
    "line",
    "circle",
    "ellipse",
    "rectangle",
    "rotateRectangle",
    "polygon",
    "bezier",
    "triangle",
    "fan",
    "column",
    "fullWidthLine",
    "fullHeightLine",
    "pointGrid",
    "anchoredEllipse",
    "grid",
    "freehandLine",
    "freehandShape",
    "freehandSegmentLine",
    "freehandSegmentShape",
)
FEM_TOOLS = (
    "point",
    "line",
    "circle",
    "ellipse",
    "rectangle",
    "rotateRectangle",
    "temporalPoint",
    "temporalRotateRectangle",
    "polygon",
    "freehandLine",
)

_COUNTRY = Select(
    "country",
    "Country",
    (
        ("c6e0d98477ec8", "Oceania"),
        ("2619efdf9012", "France"),
        ("3844fc24a3df7", "US"),
        *((f"{7919 * index:013x}", label) for index, label in enumerate(COUNTRIES[4:], 31)),
    ),
    allow_create=True,
)
_YEAR = Select("year", "Sentenced (year)", tuple((year, str(year)) for year in range(1880, 1910)))
_COUNTY = Select(
    "county",
    "State/County",
    tuple((f"{104729 * index:013x}", label) for index, label in enumerate(COUNTIES, 77)),
    allow_create=True,
)

DETAILS = (
    Task("single", "Behaviour", answers=("Roosting", "Nesting", "Flying", "Unknown & other"), help=""),
    Task("multiple", "What do you see?", answers=("Chick", "Egg", "Band on leg"), required="true"),
    Task("text", "Transcribe what is written here"),
    Task("slider", "How sure are you?"),
    Task("dropdown", "", selects=(_COUNTRY,)),
)
FEM_DETAILS = (*DETAILS[:3], Task("dropdown-simple", "Pick one", answers=COUNTRIES))


def _tools(types: tuple[str, ...], details: tuple[Task, ...]) -> tuple[Tool, ...]:
    made = []
    for index, kind in enumerate(types):
        # Every third tool has no sub-tasks; the others have one or several of different types.
        asked = (
            ()
            if index % 3 == 0 or not details
            else tuple(details[(index + step) % len(details)] for step in range(1 + index % 4))
        )
        made.append(Tool(kind, TOOL_LABELS[index % len(TOOL_LABELS)], COLOURS[index % len(COLOURS)], asked))
    return tuple(made)


def survey(stage: int) -> dict[str, Task]:
    """Identifications of animals with questions about each, then one question about the picture."""
    traits = (
        Trait(
            "HWMN",
            "How many?",
            (*((str(count), str(count)) for count in range(1, 11)), ("1150", "11-50"), ("51", "51+")),
        ),
        Trait(
            "WHTBHVRSDS",
            "What behaviours do you see?",
            (("RSTNG", "Resting"), ("STNDNG", "Standing"), ("MVNG", "Moving"), ("TNG", "Eating")),
            multiple=True,
        ),
        Trait("RTHRNNGPRSNT", "Are there any young present?", (("Y", "Yes"), ("N", "No")), multiple=stage == 1),
    )
    return {
        "T0": Task("survey", choices=SPECIES[: 20 + 2 * stage + 1], traits=traits, next="T1"),
        "T1": Task("single", "What time of day was this photo taken?", answers=("Day", "Night", "Dawn or dusk")),
    }


def survey_2016(_stage: int) -> dict[str, Task]:
    """A survey of early 2016, in which the task key is the task type."""
    return {
        "survey": Task("survey", choices=SPECIES[:21], traits=(Trait("HWMN", "How many?", (("1", "1"), ("2", "2"))),))
    }


def question(stage: int) -> dict[str, Task]:
    """A decision tree about one picture."""
    counts = ("1", "2", "3", "More than 4", "Can't tell")
    return {
        "T0": Task(
            "single",
            "Is the cross-hair in the image close to a faint, fuzzy galaxy?",
            answers=_YES_NO,
            help="Look at the **centre**.",
            next="T1",
        ),
        "T1": Task(
            # The same key has another task type at another stage, as in real projects.
            "multiple" if stage == 1 else "single",
            "How many spiral arms are there?\n\n*Zoom in* if you need to.",
            answers=(
                *counts,
                "![ring.png](https://panoptes-uploads.zooniverse.org/workflow_attached/9a.png =60x) Ring",
            ),
            required=True,
        ),
        "T2": Task(
            "multiple",
            "Is there anything odd?",
            answers=("Ring", "Lens or arc", "Disturbed", "Irregular", "Merger & tails", "Dust <lane>"),
            feedback=True,
        ),
        "T3": Task(
            "single",
            "Does this galaxy have a bulge at its centre? If so, what shape?",
            answers=("Rounded", "Boxy", "No bulge", "I don't know"),
        ),
        "T10": Task("text", "Anything else you would like to tell the research team about this image?", help=""),
    }


def page(_stage: int) -> dict[str, Task]:
    """The other tasks of PFE."""
    return {
        "init": Task("single", "Is there fire in the picture?", answers=("Yes", "No"), unlinked="T9", next="T4"),
        "T9": Task("shortcut", "Fire present?", answers=("yes", "Nothing here")),
        "T4": Task("slider", "How much of the picture is smoke?"),
        "T5": Task("crop", "Draw a box around the label."),
        "T6": Task("highlighter", "Mark every scientific name.", answers=("Scientific Name", "Place", "Collector")),
        "T7": Task("dropdown", "", selects=(_COUNTRY, _COUNTY, _YEAR)),
        "T8": Task("text", "Transcribe the first line", help="Type what you *see*."),
    }


def combo(_stage: int) -> dict[str, Task]:
    """A combo of several tasks, one of which is a combo, which is not allowed."""
    return {
        "T3": Task("combo", members=("init", "T2", "T6", "T7", "T8", "T9", "T10")),
        "init": Task("single", "Are you sure? (SINGLE)", answers=("Yes", "No", "Only a bit")),
        "T2": Task("multiple", "FRUITS?!?! (MULTIPLE)", answers=("Tomato?!", "Apple", "Cherries, dried")),
        "T6": Task("text", "Tell me a secret."),
        "T7": Task("dropdown", "", selects=(_COUNTRY, _COUNTY, _YEAR)),
        "T8": Task("drawing", "Mark the label", tools=_tools(("rectangle", "point"), DETAILS)),
        "T9": Task("slider", "How legible is it?"),
        "T10": Task("combo", members=("T6",)),
        "T11": Task("text", "Collector's name & number"),
    }


def drawing(types: tuple[str, ...], details: tuple[Task, ...]) -> Callable[[int], dict[str, Task]]:
    """A recipe with a drawing task with tools of the given types."""

    def recipe(stage: int) -> dict[str, Task]:
        tools = _tools(types, details)
        # Another stage moves the first tool to the end, so that tool indices change their meaning.
        moved = tools[stage % 2 :] + tools[: stage % 2]
        return {
            "T0": Task(
                "drawing",
                "Draw around the face/head and ears. \nUse either the freehand or polygon tool.",
                tools=moved,
                help="",
            ),
            "T1": Task("single", "Did you mark all of them?", answers=_YES_NO),
        }

    return recipe


def fem_dropdown(_stage: int) -> dict[str, Task]:
    """Both types of dropdown of FEM."""
    return {
        "T0": Task("text", "Transcribe the title", help=""),
        "T1": Task("dropdown", "Which country?", selects=(_COUNTRY,)),
        "T2": Task("dropdown-simple", "Which county?", answers=COUNTIES),
    }


def transcription(_stage: int) -> dict[str, Task]:
    """Underlined lines and their texts."""
    line = Tool("transcriptionLine", "Line of text", "#ff00ff", (Task("text", "Transcribe the line"),))
    return {
        "T0": Task("transcription", "Underline and transcribe every line", tools=(line,)),
        "T1": Task("single", "Have all lines been transcribed?", answers=_YES_NO),
    }


def correction(_stage: int) -> dict[str, Task]:
    """Correction of a text."""
    return {"T0": Task("textFromSubject", "Correct the text"), "T1": Task("text", "Which words were you unsure of?")}


def fem_special(_stage: int) -> dict[str, Task]:
    """Tasks that only FEM has."""
    return {
        "T0": Task("highlighter", "Mark every scientific name.", answers=("Scientific Name", "Place", "Collector")),
        "T1": Task("dataVisAnnotation", "Mark each transit", tools=(Tool("graph2dRangeX", "Transit", "#00ff00"),)),
        "T2": Task("volumetric", "Mark each part of the brain"),
        "T3": Task("geoDrawing", "Place each pin", tools=(Tool("Point", "Pin", "#ff0000"),)),
        "T4": Task("single", "Is there a transit?", answers=_YES_NO),
    }


def group(_stage: int) -> dict[str, Task]:
    """Comparison of a grid of subjects."""
    return {"T0": Task("subjectGroupComparison", "Select the cells that differ from the others")}


def custom(_stage: int) -> dict[str, Task]:
    """A site with its own client."""
    return {"T0": Task("custom", "Transcribe the page"), "T2": Task("custom", "Mark the pictures")}


@dataclass(frozen=True)
class Recipe:
    """A kind of workflow: its tasks and front end by stage, its kind of subject, and its share in each profile."""

    name: str
    title: str
    tasks: Callable[[int], dict[str, Task]]
    fem: tuple[bool, bool, bool]
    subjects: str
    ladder: int
    shares: dict[str, float]
    first_task: str = "T0"
    group: int = 1


_PFE, _FEM, _BOTH = (False, False, False), (True, True, True), (False, False, True)
RECIPES = (
    Recipe("survey", "Identify, count & describe", survey, _BOTH, "camera", 0, {"survey": 94, "mixed": 13}),
    Recipe(
        "survey-2016",
        "0646d800-d027-4490-80e3-1b058a235d6e",
        survey_2016,
        _PFE,
        "camera",
        1,
        {"survey": 6, "mixed": 2},
        "survey",
    ),
    Recipe("question", "Galaxy Zoo, “DECaLS”", question, _BOTH, "galaxy", 2, {"question": 90, "mixed": 14}),
    Recipe("page", "Spot fires, smoke … palm crowns ", page, _PFE, "specimen", 0, {"question": 5, "mixed": 6}, "init"),
    Recipe("combo", "Herbarium_Notes from Nature: Huasaí", combo, _PFE, "specimen", 1, {"mixed": 7}, "T3"),
    Recipe(
        "drawing-pfe", "Draw every shape", drawing(PFE_TOOLS, DETAILS), _PFE, "photo", 2, {"drawing": 10, "mixed": 11}
    ),
    Recipe(
        "drawing-fem",
        "Draw every shape (2.0)",
        drawing(FEM_TOOLS, FEM_DETAILS),
        _FEM,
        "photo",
        0,
        {"drawing": 12, "mixed": 11},
    ),
    Recipe(
        "freehand-pfe",
        "Trace the outline",
        drawing(("freehandLine", "freehandShape"), ()),
        _PFE,
        "photo",
        1,
        {"drawing": 30, "mixed": 2},
    ),
    Recipe(
        "freehand-fem", "Draw", drawing(("freehandLine", "polygon"), ()), _FEM, "photo", 2, {"drawing": 48, "mixed": 3}
    ),
    Recipe(
        "dropdown-fem", "Mark and transcribe titles", fem_dropdown, _FEM, "specimen", 0, {"question": 5, "mixed": 5}
    ),
    Recipe(
        "transcription",
        "Transcribe lines (letters)",
        transcription,
        _FEM,
        "letter",
        1,
        {"transcription": 78, "mixed": 11},
    ),
    Recipe(
        "correction", "Correct the transcriptions", correction, _FEM, "playbill", 2, {"transcription": 8, "mixed": 3}
    ),
    Recipe("custom", "Shakespeare's World", custom, _PFE, "letter", 0, {"transcription": 14, "mixed": 4}),
    Recipe("fem-special", "Transits, brains & maps", fem_special, _FEM, "photo", 1, {"mixed": 5}),
    Recipe("group", "Which of these\ndiffer?", group, _FEM, "photo", 2, {"mixed": 3}, group=9),
)
PROFILES = ("survey", "question", "drawing", "transcription", "mixed")


# (major, minor, stage, whether the workflow export has a row). `12.10` and `12.100` are different versions.
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
"""The first major version of the last stage, in every ladder."""
_EDITS = ("", " ", " (see the Field Guide)", "\n", ", or so")


def _edited(text: str, edit: int) -> str:
    return text + _EDITS[edit % len(_EDITS)]


def _reworded(task: Task, edit: int) -> Task:
    """The task with one text changed, since every minor version differs from the previous one."""
    if task.tools:
        first = replace(task.tools[0], label=_edited(task.tools[0].label, edit))
        return replace(task, tools=(first, *task.tools[1:]))
    if task.type in {"single", "multiple", "shortcut"}:
        return replace(task, answers=(_edited(task.answers[0], edit), *task.answers[1:]))
    return replace(task, text=_edited(task.text, edit)) if task.text else task


@dataclass(frozen=True)
class Study:
    """A project: its id, its workflows, and the share of each in the classifications."""

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
    """The project of a seed and profile. `pfe_only` excludes workflows that only FEM supports."""
    if profile not in PROFILES:
        msg = f"unknown profile {profile!r}: one of {', '.join(PROFILES)}"
        raise ValueError(msg)
    chance = Chance.of("study", seed)
    first_id = chance.randint(2000, 18000)
    chosen = []
    for index, recipe in enumerate(RECIPES):
        # Ids depend only on the seed and the recipe, so that the profiles of one seed share workflows.
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


KIND = "zooniverse.workflows"
# The exporter's default, whose members are not in jsonb order.
_UNSET = Written({"criteria": "classification_count", "options": Written(count=15)})


def _stored(workflow: Workflow, *, majors_only: bool) -> list[Version]:
    """The versions with a row: an empty one first; before 2019 only one per major version."""
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
            # After the project's own workflows, copies without classifications fill the file.
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

    Arguments and errors are the same; `header` is one of `ages.WORKFLOWS`. Versions, task keys and texts are those of
    the classifications. Without `size` and `records`, the versions of the project are written; otherwise copies under
    other ids fill the file. `counts` is the `workflows` of a classification export's summary.

    Returns:
        The summary of the file.
    """
    columns = of_age(WORKFLOWS, header)
    whole = size is None and records is None
    rows = _records(study(seed, profile).workflows, columns, counts or {}, more=not whole)
    damage = Damage(Chance.of("workflow faults", seed), faults, columns) if faults else None
    totals = write(
        path, ",".join(columns).encode(), rows, Form(size, records, newline, bom, compression, whole=whole), damage
    )
    return summary(path, KIND, columns, totals, damage=damage)
