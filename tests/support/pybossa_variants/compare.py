"""Reads a variant by the engine and by the oracle, and says where they differ."""

import traceback
from collections import Counter
from dataclasses import dataclass, field

from conftest import collect
from crowdarrow.errors import CrowdarrowError
from oracle.exact_csv import BOM, LINE_END
from oracle.pybossa import Result, read_pybossa
from oracle.pybossa.columns import records_of
from oracle.pybossa.containers import Content, content_of
from oracle.pybossa.elements import Splitter, is_json
from support.pybossa_compare import Named, assert_alike, assert_same, assert_same_tables, is_csv, of_one_value

from .variant import FORMS, Variant, variant_of

SIZES = [(1, 1), (7, 2), (64, 3), (4096, 4)]


def by_oracle(variant: Variant) -> Result | None:
    """What the oracle reads; None if it refuses the input."""
    try:
        return read_pybossa(_utf8(variant), variant.file, kind=variant.kind)
    except ValueError:
        return None


def _utf8(variant: Variant) -> bytes:
    return variant.data.decode(variant.encoding).encode() if variant.encoding else variant.data


def difference(variant: Variant, expected: Result | None) -> str | None:
    """Where the engine differs from the oracle, or from itself for other blocks and threads."""
    size, threads = SIZES[len(variant.data) % len(SIZES)]
    content = content_of(_utf8(variant), variant.file)
    from_csv = is_csv(content.data)
    comparable = from_csv or _is_comparable(content)
    try:
        ours, again = (
            collect(Named(variant.data, variant.file), kind=variant.kind, encoding=variant.encoding, **options)
            for options in ({}, {"block_bytes": size, "threads": threads})
        )
        assert_alike(ours, again)
        if not comparable:
            return None
        if expected is None:
            return f"not refused: {ours.kind}"
        if variant.encoding:
            # Offsets and raw bytes are those of the original.
            assert_same_tables(ours, expected, from_csv=from_csv)
        else:
            assert_same(ours, expected, from_csv=from_csv)
    except CrowdarrowError as error:
        return f"refused: {error}" if comparable and expected is not None else None
    except Exception as error:  # noqa: BLE001 - an error that is none of crowdarrow's is a difference too
        at = traceback.extract_tb(error.__traceback__)[-1]
        return f"{' '.join(str(error).split()) or at.line} ({type(error).__name__})"
    return None


def _is_comparable(content: Content) -> bool:
    """Whether both read JSON alike.

    Damaged lines only if each is one value, since the engine joins others (tests/pybossa/test_pybossa_damage.py). The
    contract does not say how damaged columns are read.
    """
    if Splitter(content.data, len(content.data), truncated=False).is_stream:
        return True
    plain = content.data.removeprefix(BOM)
    lines = [line.strip() for line in LINE_END.split(plain) if line.strip()]
    if records_of(content.data, len(content.data)) is not None or len(lines) == 1:
        return is_json(plain) and not content.truncated
    return all(map(of_one_value, lines))


@dataclass
class Tally:
    """The variants of a run by form, and those that differ."""

    variants: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    differ: list[str] = field(default_factory=list)

    def add(self, form: str, seed: int, number: int) -> None:
        """Read a variant by both."""
        variant = variant_of(form, seed, number)
        expected = by_oracle(variant)
        found = difference(variant, expected)
        self.variants[form] += 1
        if expected is None:
            self.counts["refused"] += 1
        else:
            rows = sum(table.num_rows for table in expected.tables.values())
            self.counts.update({"records": expected.records, "rejects": len(expected.rejects), "rows": rows})
            self.counts.update({f"leniency {name}": count for name, count in expected.leniencies.items()})
        if found:
            self.differ.append(f"{form} --seed {seed} --number {number}: {found[:300]}")

    def text(self) -> str:
        """The counts, and the differences."""
        lines = [f"{self.variants.total():,} variants: {len(self.differ)} differ"]
        counts = (", ".join(f"{name} {count:,}" for name, count in one.items()) for one in (self.variants, self.counts))
        return "\n".join([*lines, *counts, *self.differ])


def run(count: int, seed: int, forms: tuple[str, ...] = tuple(FORMS)) -> Tally:
    """Read `count` variants, as many of each form."""
    tally = Tally()
    for form in forms:
        for number in range(-(-count // len(forms))):
            tally.add(form, seed, number)
    return tally
