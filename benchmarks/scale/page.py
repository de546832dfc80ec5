"""The tables of `docs/scale.md`."""

from collections.abc import Iterable, Sequence
from statistics import median

from . import GB
from .replay import Cluster, Costs, replay

WORKERS = (4, 8, 16, 40, 100, 200, 400)
TB = 10**12
TARGET = 256 << 20
MANY = [10**9] * 1000


def tables(costs: Costs) -> dict[str, str]:
    """Each table as Markdown, by its title."""
    return {
        "One core": constants(costs),
        "This machine": validation(costs),
        "1 TB in 1,000 files": scenario(MANY, costs, [("exact", TARGET), ("index", TARGET), ("exact", 1 << 30)]),
        "One file of 1 TB": scenario([TB], costs, [("exact", TARGET), ("index", TARGET), ("probe", TARGET)]),
        "Nodes that die": deaths(costs),
    }


def fill(text: str, costs: Costs) -> str:
    """A page with the tables between their marks."""
    for title, table in tables(costs).items():
        mark = f"<!-- {title} -->\n"
        before, _, rest = text.partition(mark)
        text = f"{before}{mark}\n{table}\n{rest[rest.index('<!-- end -->') :]}"
    return text


def constants(costs: Costs) -> str:
    """What was measured."""
    rows = [
        *((f"convert to Parquet, {name}", f"{median(rates):.1f} s/GB") for name, rates in costs.convert.items()),
        ("besides, for each split", milliseconds(costs.split)),
        ("plan `exact`, or `crowdarrow index`", f"{costs.scan:.2f} s/GB"),
        ("plan, for each file", milliseconds(costs.file)),
        ("plan `probe`, for each border", milliseconds(costs.border)),
        ("merge, for each split", milliseconds(costs.part)),
        *((f"start {name} on this machine", f"{engine.start:.1f} s") for name, engine in costs.engines.items()),
        *((f"{name}, for each task", milliseconds(engine.task)) for name, engine in costs.engines.items()),
    ]
    return markdown((f"what, on {costs.machine}", "costs"), rows)


def validation(costs: Costs) -> str:
    """Whole runs on this machine, and what the replay says of them."""
    rows = [(name, f"{seconds:.1f} s", f"{costs.replayed[name]:.1f} s") for name, seconds in costs.runs.items()]
    return markdown(("run", "measured", "replayed"), rows)


def scenario(files: Sequence[int], costs: Costs, ways: Sequence[tuple[str, int]]) -> str:
    """Seconds of a run by the number of workers, for some ways to plan."""
    tables = next(iter(costs.convert))
    heads = [f"{method}, splits of {target >> 20} MiB" for method, target in ways]
    rows = []
    for workers in WORKERS:
        cells = []
        for method, target in ways:
            one = replay(files, target, Cluster(workers), costs, tables=tables, method=method, engine="dask")
            ideal = sum(files) / GB * median(costs.convert[tables]) / workers
            cells.append(f"{one.total:,.0f} s ({ideal / one.total:.0%})")
        rows.append((str(workers), *cells))
    return markdown(("workers", *heads), rows)


def deaths(costs: Costs) -> str:
    """What nodes that die in the middle of a run cost."""
    tables = next(iter(costs.convert))
    rows = []
    for lost in (0, 1, 5):
        cluster = Cluster(100, deaths=lost * 4)
        one = replay(MANY, TARGET, cluster, costs, tables=tables, method="index", engine="dask")
        rows.append((str(lost), f"{one.total:,.1f} s"))
    return markdown(("nodes lost of 25", "1 TB in 1,000 files"), rows)


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1e3:.2g} ms"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
