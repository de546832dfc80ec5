"""What is already there at the paths of the outputs, and whether a run may replace it."""

import os
from pathlib import Path

from crowdarrow.conversion.rejects import is_rejects_file
from crowdarrow.errors import OutputExistsError
from crowdarrow.sinks.existing import check_regular
from crowdarrow.sinks.manifest import Manifest, read_manifest


def check_folder(path: str) -> None:
    """Check that a folder can be at a path.

    Raises:
        OutputError: there is something else.
    """
    check_regular(path)
    if os.path.lexists(path) and not Path(path).is_dir():
        msg = f"cannot write {path}/: {path} is a file, not a folder; choose another name"
        raise OutputExistsError(msg)


def check_default_rejects(path: str, *, force: bool) -> None:
    """Check the default file of rejects: only a file that an earlier run wrote may be replaced.

    Raises:
        OutputError: there is something else, or a file of rejects and `force` was not given.
    """
    check_regular(path)
    if os.path.lexists(path):
        if not force:
            msg = f"{path} of an earlier run exists already; `force` replaces it, `rejects` names another file"
            raise OutputExistsError(msg)
        if not is_rejects_file(Path(path)):
            msg = f"{path} exists and is not a file of rejects; `rejects` names another file"
            raise OutputExistsError(msg)


def earlier_run(folder: Path) -> Manifest | None:
    """The manifest of the run that wrote a folder; None if there is none.

    Raises:
        OutputExistsError: a file with the manifest's name is not a manifest.
    """
    try:
        return read_manifest(folder) if folder.is_dir() else None
    except ValueError as error:
        msg = f"{folder / str(error)} exists and is not a manifest of crowdarrow; choose another folder"
        raise OutputExistsError(msg) from error


def check_no_part_of_a_run(path: str, top: str | None, *, force: bool) -> None:
    """Check that a path outside the run's own folder is not in a folder of tables that another run wrote.

    Args:
        path: a file or folder.
        top: the run's own folder.
        force: whether a new file may be added to such a folder.

    Raises:
        OutputExistsError: the other run's folder would no longer be what its manifest says.
    """
    own = None if top is None else Path(os.path.realpath(top))
    final = Path(os.path.realpath(path))
    for folder in final.parents:
        if folder == own:
            return
        try:
            manifest = read_manifest(folder)
        except (OSError, ValueError):
            continue  # not a folder that crowdarrow wrote
        if manifest is None:
            continue
        name = final.relative_to(folder).as_posix()
        if name in manifest.files or any(file.startswith(f"{name}/") for file in manifest.files):
            msg = (
                f"{path} is one of the tables of an earlier run in {folder} ({manifest.name}); choose another path, or "
                "replace that folder"
            )
            raise OutputExistsError(msg)
        if final.parent == folder and not force:
            msg = f"{folder} has the tables of an earlier run ({manifest.name}); choose another folder"
            raise OutputExistsError(msg)
