"""Completion in bash, zsh and fish: of commands and options by click, of their values here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click
    from click.shell_completion import CompletionItem

    from crowdarrow.declare import Table
    from crowdarrow.options import Option

VARIABLE = "_CROWDARROW_COMPLETE"
"""The environment variable by which a shell asks for its script, and then for completions."""


def answer(command: click.Command, instruction: str) -> int:
    """Print what a shell asks for; returns the exit status."""
    from click.shell_completion import shell_complete

    return shell_complete(command, {}, "crowdarrow", VARIABLE, instruction)


def completer(name: str, known: Option) -> Callable[..., list[CompletionItem[str]]] | None:
    """What completes the values of an option; None if nothing can, or if click does."""
    by_name = {"kind": kinds, "table": tables, "tables": several(tables)}
    by_name |= dict.fromkeys(("columns", "partition_by"), several(columns))
    return files if known.form == "path" else by_name.get(name)


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Let the shell complete the name of a file."""
    return [_item(incomplete, type="file")]


def folders(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Let the shell complete the name of a folder."""
    return [_item(incomplete, type="dir")]


def kinds(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The kinds, by their full names or by the last parts."""
    from crowdarrow import exports

    known = exports.kinds()
    return _items(known, incomplete) or _items((name.split(".")[1] for name in known), incomplete)


def tables(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The tables of the kind that the line names, or of all."""
    names = dict.fromkeys(one.name for one in _tables(context))
    return _items([*names, *(["all"] if parameter.name == "tables" else [])], incomplete)


def columns(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The columns of the table that the line names, or of the record tables, with their descriptions."""
    table = context.params.get("table") or context.params.get("tables")
    chosen = [one for one in _tables(context, only_records=not table) if not table or one.name in str(table).split(",")]
    about = {name: text for one in chosen for name, text in one.about.items() if _has(one, name)}
    return [_item(name, help=text) for name, text in about.items() if name.startswith(incomplete)]


def several(one: Callable[..., list[CompletionItem[str]]]) -> Callable[..., list[CompletionItem[str]]]:
    """The same for a list of names with commas between them."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        before, comma, last = incomplete.rpartition(",")
        given = set(before.split(","))
        items = [item for item in one(context, parameter, last) if item.value not in given]
        return [_item(f"{before}{comma}{item.value}", help=item.help) for item in items]

    return complete


def _item(value: str, **details: Any) -> CompletionItem[str]:
    from click.shell_completion import CompletionItem  # here, because only completion needs it

    return CompletionItem(value, **details)


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem[str]]:
    return [_item(name) for name in names if name.startswith(incomplete)]


def _tables(context: click.Context, *, only_records: bool = False) -> Iterator[Table]:
    """The tables of the kind that the line names, or of all."""
    from crowdarrow import exports
    from crowdarrow.errors import NoSuchKindError

    given: Any = context.params.get("kind")
    try:
        kind = exports.full_name(given) if given else None
    except NoSuchKindError:
        kind = None
    for export in exports.EXPORTS:
        if kind in {None, export.kind}:
            yield from export.tables[:1] if only_records else export.tables
            yield from () if only_records or not export.computed else export.computed.tables


def _has(table: Table, name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in {column.name for column in table.columns}
