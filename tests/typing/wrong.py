# pyright: reportUnnecessaryTypeIgnoreComment=true
"""Mistakes that type checkers find; it is never run. Each marked line is an error, or the mark itself would be one."""

from pathlib import Path

import crowdarrow as ca

PATH = "a.csv"


def names() -> None:
    ca.opne(PATH)  # type: ignore[attr-defined]
    ca.Exporter(PATH)  # type: ignore[attr-defined]
    ca.convert.options()  # type: ignore[attr-defined]
    ca.Export(PATH).tabel("marks")  # type: ignore[attr-defined]
    ca.open(PATH).report.recrods()  # type: ignore[attr-defined]


def inputs(table: ca.ExportTable) -> None:
    ca.open(5)  # type: ignore[arg-type]
    ca.open(None)  # type: ignore[arg-type]
    ca.open()  # type: ignore[call-arg]
    ca.open([1, 2])  # type: ignore[list-item]
    with Path("a.csv").open() as text:
        ca.open(text)  # type: ignore[arg-type]
    ca.inspect({"a.csv": 1}.values())  # type: ignore[arg-type]
    ca.convert(table, "a.parquet")  # type: ignore[arg-type]
    ca.extracts(3.5, "config.yaml")  # type: ignore[arg-type]


def options() -> None:
    ca.open(PATH, tabel="marks")  # type: ignore[call-arg]
    ca.open(PATH, workflow_version=12.1)  # type: ignore[arg-type]
    ca.open(PATH, since=20240501)  # type: ignore[arg-type]
    ca.open(PATH, force=True)  # type: ignore[call-arg]
    ca.open(PATH, strict="yes")  # type: ignore[arg-type]
    ca.Export(PATH, once="frist")  # type: ignore[arg-type]
    ca.Export(PATH, worfklow_id=1)  # type: ignore[call-arg]
    ca.inspect(PATH, columns=["a"])  # type: ignore[call-arg]
    ca.convert(PATH, "out/", format="xls")  # type: ignore[arg-type]
    ca.convert(PATH, "out/", progress="yes")  # type: ignore[arg-type]
    ca.convert(PATH)  # type: ignore[call-arg]
    ca.extracts(PATH, "config.yaml", workflow_id=1)  # type: ignore[call-arg]


def results() -> None:
    count: str = ca.convert(PATH, "a.csv").records  # type: ignore[assignment]
    ca.kinds()[0].append(count)  # type: ignore[index]
