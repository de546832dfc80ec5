"""The configuration of a run: which extractors read which tasks."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crowdarrow.errors import InputError, InputNotFoundError, UsageError
from crowdarrow.extraction.extractors import EXTRACTORS, RELEASE, RELEASED
from crowdarrow.extraction.needs import needed
from crowdarrow.extraction.versions import VersionRange, version_range
from crowdarrow.options import shown
from crowdarrow.suggest import file_hint

_SHAPES = "shape_extractor"
_MOST_BYTES = 1 << 24
"""Bytes of a configuration; those of large projects have some kilobytes."""


@dataclass(frozen=True)
class Job:
    """One entry of a configuration: an extractor with its keywords."""

    name: str
    """The extractor's name in the configuration, which is the name of its file."""
    extractor: str
    keywords: Any

    @property
    def label(self) -> str:
        """The entry as a summary names it."""
        task = self.keywords.get("task") if isinstance(self.keywords, Mapping) else None
        return f"{self.name} of {task}" if isinstance(task, str) else self.name


@dataclass(frozen=True)
class Config:
    """A configuration.

    Attributes:
        workflow_id: the workflow.
        versions: its versions; None for all.
        jobs: its entries, in order.
        unknown: names of extractors that the release does not have.
    """

    workflow_id: Any
    versions: VersionRange | None
    jobs: tuple[Job, ...]
    unknown: tuple[str, ...]


def read_config(given: str | os.PathLike[str] | Mapping[str, Any]) -> Config:
    """The configuration in a YAML file, or as a mapping with the same members.

    Raises:
        UsageError: it is not a configuration.
        InputError: the file cannot be read.
    """
    return parse_config(given if isinstance(given, Mapping) else _load(given))


def parse_config(found: Any) -> Config:
    """A configuration from its members.

    Raises:
        UsageError: a member is missing or has another form.
    """
    members = ("workflow_id", "workflow_version", "extractor_config")
    if not isinstance(found, Mapping):
        msg = f"`config` is not an extractor configuration; it needs {', '.join(members)}"
        raise UsageError(msg)
    ignores = found.get("ignore_version") is True
    for name in members:
        if name not in found and not (name == "workflow_version" and ignores):
            advice = "; this one is for `reduce`" if "reducer_config" in found else ""
            msg = f"`config` lacks {name}: an extractor configuration has {', '.join(members)}{advice}"
            raise UsageError(msg)
    entries = found["extractor_config"]
    if not isinstance(entries, Mapping):
        msg = "`config` has an extractor_config that does not map extractors to lists of keywords"
        raise UsageError(msg)
    jobs: list[Job] = []
    unknown: list[str] = []
    for name, items in entries.items():
        extractor = _SHAPES if _SHAPES in str(name) else str(name)
        if extractor not in RELEASED:
            unknown.append(str(name))
            continue
        _check_name(str(name))
        jobs += [Job(str(name), extractor, _frozen(item)) for item in _items(name, items)]
    versions = None if ignores else version_range(found["workflow_version"])
    return Config(found["workflow_id"], versions, tuple(jobs), tuple(unknown))


def check_extractor(name: str) -> str:
    """The name of an extractor, for the API.

    Raises:
        UsageError: there is none of this name.
    """
    found = _SHAPES if isinstance(name, str) and _SHAPES in name else name
    if not isinstance(found, str) or found not in EXTRACTORS:
        known = ", ".join(EXTRACTORS)
        msg = f"`extractor` is not one of panoptes_aggregation {RELEASE}: {shown(name)}; it has {known}"
        raise UsageError(msg)
    return found


def _items(name: Any, items: Any) -> list[Any]:
    if isinstance(items, list | tuple):
        return list(items)
    msg = f"`config` has no list of keywords for {name}; write a list with one entry for each task"
    raise UsageError(msg)


def _frozen(item: Any) -> Any:
    return dict(item) if isinstance(item, Mapping) else item


def _check_name(name: str) -> None:
    if "/" in name or os.sep in name or "\0" in name or not name.isprintable():
        msg = f"`config` has an extractor whose name cannot be the name of a file: {shown(name)}"
        raise UsageError(msg)


def _load(given: str | os.PathLike[str]) -> Any:
    yaml = needed("yaml", "PyYAML")
    path = Path(given)
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        what = "`config` is the YAML file that panoptes_aggregation config writes"
        msg = f"cannot open {path}: no such file{file_hint(path)}; {what}"
        raise InputNotFoundError(msg) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is not UTF-8 text"
        msg = f"cannot read {path}: {reason}"
        raise InputError(msg) from error
    if len(text) > _MOST_BYTES:
        msg = f"`config` is not a configuration: {path} is larger than {_MOST_BYTES >> 20} MiB"
        raise UsageError(msg)
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        msg = f"`config` is not YAML: {path}{where}: {getattr(error, 'problem', None) or 'it cannot be parsed'}"
        raise UsageError(msg) from error
