"""What each workflow of a synthetic project asks, at each stage of its life (0, 1, 2)."""

from collections.abc import Callable

from .model import Select, Task, Tool, Trait
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
        # Every third tool asks nothing of its marks, the others one question or several of different kinds.
        asked = (
            ()
            if index % 3 == 0 or not details
            else tuple(details[(index + step) % len(details)] for step in range(1 + index % 4))
        )
        made.append(Tool(kind, TOOL_LABELS[index % len(TOOL_LABELS)], COLOURS[index % len(COLOURS)], asked))
    return tuple(made)


def survey(stage: int) -> dict[str, Task]:
    """Identifications of animals, with questions about each, then one question about the picture."""
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
    """A survey of early 2016, whose task key is its type."""
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
            # The same key asks for one answer at one stage and for several at another, as in real projects.
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
    """A page of the older front end's other tasks."""
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
    """Several tasks on one page, one of them (against the rules) such a page itself."""
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
    """A recipe that asks for marks by tools of the given types."""

    def recipe(stage: int) -> dict[str, Task]:
        tools = _tools(types, details)
        # A rewrite moves the first tool to the end: the same tool number means another tool.
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
    """Both kinds of dropdown of the newer front end."""
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
    """A text to be corrected."""
    return {
        "T0": Task("textFromSubject", "Correct the text"),
        "T1": Task("text", "Which words were you unsure of?"),
    }


def fem_special(_stage: int) -> dict[str, Task]:
    """Tasks that the newer front end alone has."""
    return {
        "T0": Task("highlighter", "Mark every scientific name.", answers=("Scientific Name", "Place", "Collector")),
        "T1": Task("dataVisAnnotation", "Mark each transit", tools=(Tool("graph2dRangeX", "Transit", "#00ff00"),)),
        "T2": Task("volumetric", "Mark each part of the brain"),
        "T3": Task("geoDrawing", "Place each pin", tools=(Tool("Point", "Pin", "#ff0000"),)),
        "T4": Task("single", "Is there a transit?", answers=_YES_NO),
    }


def group(_stage: int) -> dict[str, Task]:
    """A grid of subjects to be compared."""
    return {"T0": Task("subjectGroupComparison", "Select the cells that differ from the others")}


def custom(_stage: int) -> dict[str, Task]:
    """A site with its own classifier."""
    return {"T0": Task("custom", "Transcribe the page"), "T2": Task("custom", "Mark the pictures")}
