"""Project downloads of PYBOSSA, as LibCrowds and others served them: tasks, task runs and results."""

from functools import partial
from pathlib import Path

from .download_output import Member, csv_member, json_member, lines_member, write_download
from .output import Compression, Form, StrPath, Summary, summary
from .server_csv import flat, info_only, p1
from .server_json import json_records
from .server_tables import RESULTS, SERVER_TABLES, TASK_RUNS, TASKS, ServerTable

FORMATS = ("json", "jsonl", "csv")
CSV_LAYOUTS = ("P1", "P2", "P3")
LAYOUTS = (*TASK_RUNS.layouts, *CSV_LAYOUTS)
"""Ages of the server: of its JSON, and of its CSV."""
PAGES = tuple(dict.fromkeys(page for table in SERVER_TABLES.values() for page in table.pages))
_SHORT_NAME = "synthetic"


def _choose(table: ServerTable, format: str, layout: str | None, page: str | None) -> tuple[str, str]:
    """The layout and page wanted, or the usual ones.

    Raises:
        ValueError: they are none of the known ones.
    """
    known = tuple(table.csv if format == "csv" else table.layouts)
    layout = layout or ("P3" if format == "csv" else "2018")
    page = page or (table.p1_page if layout == "P1" else "mixed")
    if format not in FORMATS or layout not in known or page not in table.pages:
        msg = (
            f"unknown format {format!r}, layout {layout!r} or page {page!r} of a {table.name}: "
            f"{', '.join(FORMATS)}; {', '.join(known)}; {', '.join(table.pages)}"
        )
        raise ValueError(msg)
    return layout, page


def _generate(
    table: ServerTable,
    path: StrPath,
    form: Form,
    seed: int,
    format: str,
    layout: str,
    page: str,
) -> Summary:
    name = f"{_SHORT_NAME}_{table.name}"
    second = None
    if format == "csv":
        made = (
            p1(table, seed, page, form.records)
            if layout == "P1"
            else flat(table, seed, page, form.records, layout=layout)
        )
        columns = made.header
        member = csv_member(name, columns, made.records, made.newline, empty=b"" if layout == "P1" else b"\n")
        if layout == "P3":
            second = partial(_info_only, table, name, seed, page, form.records)
    else:
        columns = table.layouts[layout]
        records = json_records(table, seed, layout, page)
        member = json_member(name, records) if format == "json" else lines_member(name, records)
    totals = write_download(Path(path), member, form, second)
    return summary(path, table.kind, columns, totals, damage=None)


def _info_only(table: ServerTable, name: str, seed: int, page: str, records: int | None, wanted: int) -> Member:
    made = info_only(table, seed, page, records, wanted=wanted)
    return csv_member(f"{name}_info_only", made.header, made.records, made.newline, empty=b"\n")


def generate_task_runs(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA task run download.

    Args:
        path: the file to write; an existing one is replaced.
        size: bytes wanted before compression; the file ends within about half a record of it.
        records: number of records wanted, instead of `size`; 1000 if neither is given.
        seed: the same seed and arguments give the same bytes.
        format: `json`, one array on one line without a line end; `jsonl`, one object on each line; or `csv`.
        layout: age of the server: for JSON `2014`, `2015`, `2018` (the usual), `2019` (`created` is hex text)
            or `python3`; for CSV `P1`, `P2` or `P3` (the usual).
        page: what the project's page sends, one of PAGES of `task_run_infos`; `mixed` if None (for P1, whose
            columns are those of one page, `cards`).
        compression: as the others'; a `zip` is as downloaded, so that P3's holds the `_info_only` member too.

    Returns:
        What was written, of a zip the first member. `lines` counts line ends, so it is 0 for `json`.

    Raises:
        ValueError: an argument is none of the known ones.
        OSError: the file cannot be written.
    """
    form = Form(size, records, compression=compression)
    layout, page = _choose(TASK_RUNS, format, layout, page)
    return _generate(TASK_RUNS, path, form, seed, format, layout, page)


def generate_tasks(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA task download; see `generate_task_runs`. The pages are those of `task_infos`."""
    form = Form(size, records, compression=compression)
    layout, page = _choose(TASKS, format, layout, page)
    return _generate(TASKS, path, form, seed, format, layout, page)


def generate_results(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA result download; see `generate_task_runs`. The pages are those of `result_infos`.

    There are none before 2017: no layouts `2014`, `2015` and `P1`.
    """
    form = Form(size, records, compression=compression)
    layout, page = _choose(RESULTS, format, layout, page)
    return _generate(RESULTS, path, form, seed, format, layout, page)
