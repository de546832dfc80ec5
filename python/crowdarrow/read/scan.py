"""`scan_polars`: a table as a Polars LazyFrame, which reads only the columns, rows and records that a query needs."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Unpack

from crowdarrow.errors import CrowdarrowError
from crowdarrow.options import has_options
from crowdarrow.read.export import Export
from crowdarrow.read.options import ReadKeywords, ReadOptions, filters_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from crowdarrow.declare.compile import Filter
    from crowdarrow.read.arguments import Inputs

_MIRRORED = {"Lt": "Gt", "LtEq": "GtEq", "Gt": "Lt", "GtEq": "LtEq", "Eq": "Eq"}


@has_options(ReadKeywords, ReadOptions)
def scan_polars(inputs: Inputs, table: str | None = None, **options: Unpack[ReadKeywords]) -> pl.LazyFrame:
    """One table of an export as a Polars LazyFrame. Each `collect` reads the input anew, in bounded memory.

    Columns that a query does not need are not decoded, and `head` stops reading. Conditions on the columns that
    filters compare (such as those of time) leave out records before they are decoded; Polars applies all
    conditions. Needs Polars: `pip install 'crowdarrow[polars]'`.

    Args:
        inputs: as for `open`. An input that can be read only once gives one `collect`.
        table: the table. Default: the record table.
        **options: as for `open`.

    Raises:
        CrowdarrowError: Polars is not installed, or an option is invalid. What is wrong with the input is raised when
            the schema or rows are needed.
    """
    try:
        import polars as pl
        from polars.io.plugins import register_io_source
    except ImportError:
        msg = "ca.scan_polars needs Polars 1.30 or later: pip install 'crowdarrow[polars]'"
        raise CrowdarrowError(msg) from None
    export = Export(inputs, **options)
    source = export if table is None else export.table(table)

    def read(
        columns: list[str] | None, predicate: pl.Expr | None, count: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        condition_columns = [] if predicate is None else predicate.meta.root_names()
        wanted = None if columns is None else {*columns, *condition_columns}
        # If there is a count too, it is of rows before the condition.
        filters = _filters_of(predicate) if predicate is not None and count is None else {}
        with export.open_part(table, wanted, filters) as reader:
            for batch in reader:
                frame = pl.DataFrame(batch if count is None else batch.slice(0, count))
                count = None if count is None else count - frame.height
                frame = frame if predicate is None else frame.filter(predicate)
                yield frame if columns is None else frame.select(columns)
                if count == 0:
                    return

    return register_io_source(read, schema=lambda: pl.DataFrame(source.schema.empty_table()).schema)


def _filters_of(predicate: pl.Expr) -> dict[str, list[Filter]]:
    """Filters, by column. Each passes every row that the condition accepts. The kind may lack a filter."""
    found: dict[str, list[Filter]] = defaultdict(list)
    for operation, column, values in _comparisons(predicate):
        found[column].extend(filters_by(operation, values))
    return found


def _comparisons(predicate: pl.Expr) -> Iterator[tuple[str, str, list[Any]]]:
    """The comparisons of a column with values that must all hold: the operation, the column, the values.

    Polars has no public way to ask for an operation. So it is taken from the expression's JSON form, and what is not
    recognised there is left to Polars, as all conditions are in any case.
    """
    import polars as pl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ((kind, form),) = json.loads(predicate.meta.serialize(format="json")).items()
        operands = predicate.meta.pop()
        if kind == "BinaryExpr" and form["op"] == "And":
            for operand in operands:
                yield from _comparisons(operand)
            return
        operation = form["op"] if kind == "BinaryExpr" else next(iter(form["function"]["Boolean"]))
        columns = [place for place, operand in enumerate(operands) if operand.meta.is_column()]
        if len(columns) != 1 or any(operand.meta.root_names() for operand in operands if not operand.meta.is_column()):
            return
        column = operands.pop(columns[0]).meta.output_name()
        series = [pl.select(operand).to_series() for operand in operands]
    except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError, pl.exceptions.PolarsError):
        return
    if kind == "BinaryExpr":
        # `pop` gives the operands of `3 < x` and of `x > 3` in the order in which the JSON form has them.
        is_first = "Column" in form["left"]
        yield operation if is_first else _MIRRORED.get(operation, ""), column, series[0].to_list()
    elif operation == "IsIn":
        yield operation, column, series[0].explode().to_list() if series[0].dtype == pl.List else series[0].to_list()
    elif operation == "IsBetween":
        with contextlib.suppress(TypeError):  # values that have no order
            low, high = sorted(one.item() for one in series)
            yield "GtEq", column, [low]
            yield "LtEq", column, [high]
