"""The plan of a run: the cases of each section."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from peers import ANSWERS_READERS, CSV_READERS, INFLATE, JSON_READERS, VOTES_READERS, Peer

from . import MB, runners
from .configuration import by_hand
from .inputs import FORMS, OWN, PROFILES, TASK_RUNS, Input, Inputs
from .measure import cores
from .runners import PANOPTES, SELF, Panoptes, convert

NAMES = ("readers", "votes", "answers", "modes", "threads", "sizes", "start")
# The input of sections that have a single one.
MAIN = "mixed"
CLASSIFICATIONS = "zooniverse.classifications"
# The profiles whose tasks panoptes_aggregation can extract without a configuration written by hand.
EXTRACTABLE = ("survey", "question", "drawing")
# The profiles whose tasks have votes.
VOTED = ("survey", "question")
# DuckDB's `json_each` takes about 20 times the size of its input.
MOST_FORMS_MB = 150
ANSWERS = f"{SELF}, answers"
EXTRACTS = f"{SELF}, extracts"
ONCE = f"{SELF}, repeats dropped"
START_ROUNDS = 10


@dataclass(frozen=True)
class Options:
    """The options of a run.

    `mb` is the size of each generated input. Slow readers convert only the first `slow_mb` of an input,
    panoptes_aggregation the first `panoptes_mb`. `sizes` are multiples of `mb`. `own` is a classification export that
    comes before the generated inputs, `own_note` what the page says about it.
    """

    mb: int = 1000
    rounds: int = 5
    slow_mb: int = 100
    panoptes_mb: int = 20
    sizes: tuple[float, ...] = (0.2, 1, 4)
    inputs: tuple[str, ...] = (*PROFILES, TASK_RUNS, FORMS)
    readers: tuple[str, ...] = runners.NAMES
    sections: tuple[str, ...] = NAMES
    own: Path | None = None
    own_note: str = "a given export"


@dataclass(frozen=True)
class Case:
    """One command to run: `reader` over `input`. If `counted`, the output is Parquet and its rows are counted."""

    section: str
    input: str
    reader: str
    command: tuple[str, ...]
    source: Path
    input_bytes: int
    output: Path
    counted: bool = False

    @property
    def key(self) -> str:
        """The name of the case in messages and results."""
        return f"{self.section} / {self.input} / {self.reader}"


@dataclass(frozen=True)
class Group:
    """Cases that run interleaved, their inputs, and the number of rounds."""

    cases: tuple[Case, ...]
    inputs: tuple[Input, ...]
    rounds: int


class Plan:
    """The groups of a run; `skipped` has the reason for each case that cannot run."""

    def __init__(self, options: Options, inputs: Inputs, outputs: Path, panoptes: Panoptes) -> None:
        self.options = options
        self.inputs = inputs
        self.outputs = outputs
        self.panoptes = panoptes
        self.skipped: dict[str, str] = {}

    def groups(self) -> Iterator[Group]:
        """The groups in order. Inputs are generated when their group is reached."""
        for section in self.options.sections:
            yield from getattr(self, f"_{section}")()

    def _selected(self, readers: Sequence[Peer]) -> list[Peer]:
        return [reader for reader in readers if reader.name in self.options.readers]

    def _case(self, section: str, source: Input, reader: str, command: list[str], output: str) -> Case:
        """A case whose output has the given name."""
        return Case(
            section,
            source.name,
            reader,
            tuple(command),
            source.path,
            source.bytes,
            self.outputs / output,
            counted=section in {"readers", "votes", "answers"} and output.endswith(".parquet"),
        )

    def _own(self, section: str, source: Input, reader: str, *options: str, output: str = "self.parquet") -> Case:
        """A case of crowdarrow."""
        folder = output.endswith("/")
        target = f"{self.outputs / output}/" if folder else str(self.outputs / output)
        return self._case(section, source, reader, convert(source.path, target, *options), output.rstrip("/"))

    def _peer(self, section: str, source: Input, reader: Peer) -> Case:
        given = self.inputs.slice(source, self.options.slow_mb * MB) if reader.slow else source
        output = self.outputs / f"{reader.name}.parquet"
        return self._case(section, given, reader.name, runners.command(reader, given.path, output), output.name)

    def _given(self) -> list[Input]:
        """The input of `--own`, if there is one."""
        path = self.options.own
        return [] if path is None else [Input(OWN, path, path.stat().st_size)]

    def _main(self) -> Input:
        """The input of sections that have a single one."""
        return next(iter(self._given()), None) or self.inputs.get(MAIN, self.options.mb * MB)

    def _sources(self, names: Sequence[str]) -> Iterator[Input]:
        """The input of `--own`, then the selected ones of `names`."""
        yield from self._given()
        yield from (self.inputs.get(name, self.options.mb * MB) for name in names if name in self.options.inputs)

    def _readers(self) -> Iterator[Group]:
        """Every reader over every input."""
        options = self.options
        for source in self._sources((*PROFILES, TASK_RUNS)):
            is_json = source.name == TASK_RUNS
            cases = []
            missing = runners.lacks("pybossa.task_runs") if is_json else None
            if missing:
                self.skipped[f"readers / {source.name} / {SELF}"] = missing
            elif SELF in options.readers:
                cases.append(self._own("readers", source, SELF))
            cases += [
                self._peer("readers", source, reader)
                for reader in self._selected(JSON_READERS if is_json else CSV_READERS)
            ]
            if PANOPTES in options.readers and source.name in EXTRACTABLE:
                # The tables that correspond to its output, of all workflows and tasks.
                tidy = ("--tables", "answers,identifications")
                cases += [self._own("readers", source, ANSWERS, *tidy, output="answers/"), *self._panoptes(source)]
            yield Group(tuple(cases), (source,), options.rounds)

    def _configured(self, section: str, source: Input) -> tuple[Input, Path] | None:
        """The part that panoptes_aggregation reads, and the configuration of a workflow; None if it cannot run."""
        key = f"{section} / {source.name} / {PANOPTES}"
        reason = self.panoptes.install()
        if reason is not None:
            self.skipped[key] = reason
            return None
        given = self.inputs.for_panoptes_aggregation(source, self.options.panoptes_mb * MB)
        folder = given.path.parent
        try:
            if source.name == OWN:
                return given, by_hand(given.path, folder / "panoptes")
            workflow = runners.largest(source.workflows or {})
            return given, self.panoptes.configure(folder / "workflows.csv", workflow, folder / "panoptes")
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipped[key] = f"cannot create its configuration: {error}"
            return None

    def _panoptes(self, source: Input) -> list[Case]:
        configured = self._configured("readers", source)
        if configured is None:
            return []
        given, configuration = configured
        output = self.outputs / PANOPTES
        own = runners.extracts(source.path, configuration, self.outputs / "extracts")
        return [
            self._case("readers", source, EXTRACTS, own, "extracts"),
            self._case("readers", given, PANOPTES, self.panoptes.command(given.path, configuration, output), PANOPTES),
        ]

    def _votes(self) -> Iterator[Group]:
        """Votes per subject: one command, and what a person would write instead."""
        for source in self._sources(VOTED):
            cases = []
            if SELF in self.options.readers:
                table = ("--table", "votes")
                once = self._own("votes", source, ONCE, *table)
                # Peers count all classifications of a volunteer, so their number of rows is that of `--once all`.
                cases += [self._own("votes", source, SELF, *table, "--once", "all"), replace(once, counted=False)]
            cases += [self._peer("votes", source, reader) for reader in self._selected(VOTES_READERS)]
            if PANOPTES in self.options.readers and (configured := self._configured("votes", source)):
                given, configuration = configured
                command = self.panoptes.votes(given.path, configuration, self.outputs / PANOPTES)
                cases.append(self._case("votes", given, PANOPTES, command, PANOPTES))
            yield Group(tuple(cases), (source,), self.options.rounds)

    def _answers(self) -> Iterator[Group]:
        """The answers of task runs with 25 keys, one row for each."""
        if FORMS not in self.options.inputs:
            return
        source = self.inputs.get(FORMS, min(self.options.mb, MOST_FORMS_MB) * MB)
        cases = []
        if reason := runners.lacks("pybossa.task_runs", "answers"):
            self.skipped[f"answers / {source.name} / {SELF}"] = reason
        elif SELF in self.options.readers:
            cases.append(self._own("answers", source, SELF, "--table", "answers"))
        cases += [self._peer("answers", source, reader) for reader in self._selected(ANSWERS_READERS)]
        yield Group(tuple(cases), (source,), self.options.rounds)

    def _modes(self) -> Iterator[Group]:
        """crowdarrow with different tables, columns, filters and compressions."""
        source = self._main()
        cases = [
            self._own("modes", source, "classifications"),
            self._own("modes", source, "all tables", "--tables", "all", output="all/"),
            self._own("modes", source, "two columns", "--columns", "classification_id,metadata.started_at"),
        ]
        if reason := runners.lacks(CLASSIFICATIONS, "answers"):
            self.skipped[f"modes / {source.name} / answers"] = reason
        else:
            cases.insert(2, self._own("modes", source, "answers", "--table", "answers"))
        if part := runners.about_a_tenth(source):
            workflow, share = part
            cases.append(
                self._own("modes", source, f"one workflow ({share:.0%} of records)", "--workflow-id", str(workflow))
            )
        workflows = source.path.with_name("workflows.csv")
        if workflows.exists():
            labels = ("--tables", "all", "--workflows", str(workflows))
            cases.insert(2, self._own("modes", source, "all tables with labels", *labels, output="labels/"))
        packed = self.inputs.gzipped(source)
        cases.append(self._own("modes", packed, "gzip input"))
        inflate = runners.command(INFLATE, packed.path, self.outputs / "inflated")
        cases.append(self._case("modes", packed, INFLATE.title, inflate, "inflated"))
        yield Group(tuple(cases), (source, packed), self.options.rounds)

    def _threads(self) -> Iterator[Group]:
        """crowdarrow with 1, 2, 4, ... threads, up to the number of cores."""
        source = self._main()
        counts = sorted({1, min(2, cores()), *(count for count in (4, 8, 16) if count <= cores()), cores()})
        cases = [self._own("threads", source, str(count), "--threads", str(count)) for count in counts]
        yield Group(tuple(cases), (source,), self.options.rounds)

    def _sizes(self) -> Iterator[Group]:
        """The readers that convert whole inputs, over several sizes."""
        for size in self.options.sizes:
            made = self.inputs.get(MAIN, int(size * self.options.mb * MB))
            source = replace(made, name=f"{MAIN}, {made.bytes / MB:,.0f} MB")
            fast = [reader for reader in self._selected(CSV_READERS) if not reader.slow]
            cases = [self._own("sizes", source, SELF)] if SELF in self.options.readers else []
            cases += [self._peer("sizes", source, reader) for reader in fast]
            yield Group(tuple(cases), (source,), self.options.rounds)

    def _start(self) -> Iterator[Group]:
        """The fixed cost of a run."""
        tiny = self.inputs.tiny()
        cases = [
            self._case("start", tiny, "python alone", [sys.executable, "-c", "pass"], "none"),
            self._case("start", tiny, "crowdarrow --version", [*runners.program(), "--version"], "none"),
        ]
        cases += [self._own("start", tiny, SELF)] if SELF in self.options.readers else []
        cases += [self._peer("start", tiny, reader) for reader in self._selected(CSV_READERS)]
        yield Group(tuple(cases), (tiny,), max(self.options.rounds, START_ROUNDS))
