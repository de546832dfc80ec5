"""Public test suites: JSONTestSuite as cells of a CSV, and csv-spectrum."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crowdarrow import exports
from crowdarrow.declare import Column, Export, Table, json_text, raw_json, string
from oracle.metadata import reconstruct, same_json

if TYPE_CHECKING:
    from conftest import Collect, Collected

ANY = Export(
    kind="test.any",
    tables=(Table("cells", (Column("cell", json_text, raw_json("cell", "any")),)),),
    requires=frozenset({"cell"}),
    requires_any=frozenset({"cell"}),
)
TEXTS = Export(
    kind="test.texts",
    tables=(Table("records", ()),),
    requires=frozenset(),
    lacking=lambda _: None,
)
# An empty cell is null (docs/contract.md, section 1.3), not invalid JSON.
NO_TEXT = {"n_structure_no_data.json"}
# Texts that RFC 8259 leaves to the parser, in JSON text columns: the kind of reject, or None if the text is kept.
POLICY = {
    **dict.fromkeys(
        (
            "i_number_double_huge_neg_exp",
            "i_number_huge_exp",
            "i_number_neg_int_huge_exp",
            "i_number_pos_double_huge_exp",
            "i_number_real_neg_overflow",
            "i_number_real_pos_overflow",
            "i_number_real_underflow",
            "i_number_too_big_neg_int",
            "i_number_too_big_pos_int",
            "i_number_very_big_negative_int",
            "i_object_key_lone_2nd_surrogate",
            "i_string_1st_surrogate_but_2nd_missing",
            "i_string_1st_valid_surrogate_2nd_invalid",
            "i_string_incomplete_surrogate_and_escape_valid",
            "i_string_incomplete_surrogate_pair",
            "i_string_incomplete_surrogates_escape_valid",
            "i_string_invalid_lonely_surrogate",
            "i_string_invalid_surrogate",
            "i_string_inverted_surrogates_U+1D11E",
            "i_string_lone_second_surrogate",
        )
    ),
    **dict.fromkeys(
        (
            "i_string_UTF-16LE_with_BOM",
            "i_string_UTF-8_invalid_sequence",
            "i_string_UTF8_surrogate_U+D800",
            "i_string_invalid_utf-8",
            "i_string_iso_latin_1",
            "i_string_lone_utf8_continuation_byte",
            "i_string_not_in_unicode_range",
            "i_string_overlong_sequence_2_bytes",
            "i_string_overlong_sequence_6_bytes",
            "i_string_overlong_sequence_6_bytes_null",
            "i_string_truncated-utf-8",
            "i_string_utf16BE_no_BOM",
            "i_string_utf16LE_no_BOM",
        ),
        "utf8",
    ),
    "i_structure_500_nested_arrays": "depth",
    "i_structure_UTF-8_BOM_empty_object": "json",
}

Cases = Callable[[str], dict[str, bytes]]


@pytest.fixture
def cases(shared_data: Path) -> Cases:
    """The JSON texts whose names start with a prefix."""
    folder = shared_data / "suites" / "JSONTestSuite"
    return lambda prefix: {path.name: path.read_bytes() for path in sorted(folder.glob(f"{prefix}_*.json"))}


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of this module."""
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, ANY, TEXTS))


def as_csv(header: str, texts: list[bytes]) -> bytes:
    """One record per text, which is the last cell, with doubled quotes."""
    commas = b"," * header.count(",")
    cells = [b'"' + text.replace(b'"', b'""') + b'"' for text in texts]
    return b"\n".join([header.encode(), *(commas + cell for cell in cells), b""])


def rejected(result: "Collected", names: list[str]) -> dict[str, str]:
    """The kind of reject of each rejected case."""
    return {names[reject.record - 1]: reject.kind for reject in result.rejects}


def outer(text: bytes) -> str:
    """The type of a valid JSON text."""
    return type(json.loads(text)).__name__


def test_valid_texts_are_kept_byte_for_byte(cases: Cases, run_collect: "Collect") -> None:
    valid = cases("y")
    assert len(valid) == 95
    result = run_collect(as_csv("cell", list(valid.values())), kind="test.any")
    assert result.rejects == []
    # The text `null` is a null cell (docs/contract.md, section 1.3).
    expected = [None if text == b"null" else text.decode() for text in valid.values()]
    assert result.table["cell"].to_pylist() == expected


def test_invalid_texts_are_rejected(cases: Cases, run_collect: "Collect") -> None:
    invalid = cases("n")
    assert len(invalid) == 188
    texts = list(invalid.values())
    result = run_collect(as_csv("cell", texts), kind="test.any")
    kinds = rejected(result, list(invalid))
    assert set(invalid) - set(kinds) == NO_TEXT
    assert set(kinds.values()) == {"json", "utf8", "depth"}
    assert {name for name, kind in kinds.items() if kind == "depth"} == {
        "n_structure_100000_opening_arrays.json",
        "n_structure_open_array_object.json",
    }
    not_text = {name for name, text in invalid.items() if not _is_utf8(text)}
    assert {name for name, kind in kinds.items() if kind == "utf8"} == not_text
    assert [reject.raw for reject in result.rejects] == [
        as_csv("", [text])[1:-1] for name, text in invalid.items() if name not in NO_TEXT
    ]


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_texts_that_the_suite_leaves_open(cases: Cases, run_collect: "Collect") -> None:
    left = {name.removesuffix(".json"): text for name, text in cases("i").items()}
    assert left.keys() == POLICY.keys()
    result = run_collect(as_csv("cell", list(left.values())), kind="test.any")
    kinds = rejected(result, list(left))
    assert {name: kinds.get(name) for name in left} == POLICY
    kept = [left[name].decode() for name, kind in POLICY.items() if kind is None]
    assert sorted(result.table["cell"].to_pylist()) == sorted(kept)


@pytest.mark.parametrize(("column", "type_"), [("annotations", "list"), ("subject_data", "dict"), ("metadata", "dict")])
def test_other_outer_types_are_rejected(column: str, type_: str, cases: Cases, run_collect: "Collect") -> None:
    valid = cases("y")
    header = ",".join(["classification_id", *({"annotations"} - {column}), column])
    result = run_collect(as_csv(header, list(valid.values())))
    wrong = {name for name, text in valid.items() if outer(text) not in {type_, "NoneType"}}
    assert rejected(result, list(valid)) == dict.fromkeys(wrong, "json_type")
    kept = [text for name, text in valid.items() if name not in wrong]
    for value, text in zip(result.table[column].to_pylist(), kept, strict=True):
        if column == "metadata":
            # The last of two members with one key counts, as in Python's `json`.
            assert same_json(reconstruct(value), json.loads(text)), text
        else:
            assert value == (None if text == b"null" else text.decode())


def test_raw_and_typed_json_follow_the_same_rules(cases: Cases, run_collect: "Collect") -> None:
    texts = cases("y") | cases("n") | cases("i")
    kept = rejected(run_collect(as_csv("cell", list(texts.values())), kind="test.any"), list(texts))
    header = "classification_id,annotations,metadata"
    typed = rejected(run_collect(as_csv(header, list(texts.values()))), list(texts))
    assert {name: kind for name, kind in typed.items() if kind != "json_type"} == kept
    objects = {name for name in set(texts) - set(kept) - NO_TEXT if outer(texts[name]) in {"dict", "NoneType"}}
    assert set(texts) - set(typed) == objects | NO_TEXT


# The values of a float child for numbers that RFC 8259 leaves to the parser. Numbers too small for a float are zero;
# all others are kept in `extra` too, as written.
IN_A_FLOAT = {
    "i_number_double_huge_neg_exp": 0.0,
    "i_number_huge_exp": None,
    "i_number_neg_int_huge_exp": None,
    "i_number_pos_double_huge_exp": None,
    "i_number_real_neg_overflow": None,
    "i_number_real_pos_overflow": None,
    "i_number_real_underflow": 0.0,
    "i_number_too_big_neg_int": -123123123123123123123123123123.0,
    "i_number_too_big_pos_int": 1e20,
    "i_number_very_big_negative_int": -237462374673276894279832749832423479823246327846.0,
}


@pytest.mark.parametrize(("name", "width"), IN_A_FLOAT.items())
def test_odd_numbers_in_a_typed_column(name: str, width: float | None, cases: Cases, run_collect: "Collect") -> None:
    number = cases("i")[f"{name}.json"].strip()[1:-1]
    member = b'{"viewport":{"width":%b}}' % number
    row = run_collect(as_csv("classification_id,annotations,metadata", [member])).rows[0]["metadata"]
    assert row["viewport"] == {"width": width, "height": None}
    assert row["extra"] == (None if width == 0.0 else member.decode())


def test_lone_surrogates_in_a_string_column_become_u_fffd(cases: Cases, run_collect: "Collect") -> None:
    kept = [name for name, kind in POLICY.items() if kind is None and name.startswith("i_string")]
    assert len(kept) == 9
    texts = [b'{"session":%b}' % cases("i")[f"{name}.json"].strip()[1:-1] for name in kept]
    result = run_collect(as_csv("classification_id,annotations,metadata", texts))
    assert result.report.leniencies["lone_surrogate"] == len(kept)
    for text, row in zip(texts, result.rows, strict=True):
        assert "\ufffd" in row["metadata"]["session"]
        assert row["metadata"]["extra"].encode() == text


def test_lone_surrogate_in_a_key_is_kept(cases: Cases, run_collect: "Collect") -> None:
    key = cases("i")["i_object_key_lone_2nd_surrogate.json"].strip()
    row = run_collect(as_csv("classification_id,annotations,metadata", [key])).rows[0]["metadata"]
    assert row["extra"] == key.decode()


# In this case, the suite's JSON has a different telephone number than its CSV.
ERRATA = {"1234567890": "2095257564"}


def spectrum(shared_data: Path) -> list[tuple[Path, Any]]:
    """Each CSV of csv-spectrum with the rows in its JSON."""
    folder = shared_data / "suites" / "csv-spectrum"
    found = []
    for path in sorted((folder / "csvs").glob("*.csv")):
        rows = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        rows = rows if isinstance(rows, list) else [rows]
        found.append((path, [{key: ERRATA.get(value, value) for key, value in row.items()} for row in rows]))
    return found


def test_csv_spectrum(shared_data: Path, run_collect: "Collect") -> None:
    cases = spectrum(shared_data)
    assert len(cases) == 12
    for path, expected in cases:
        result = run_collect(path, kind="test.texts")
        assert result.rejects == []
        assert result.table.schema.names == list(expected[0])
        assert {field.type for field in result.table.schema} == {string.arrow}
        assert result.rows == expected, path.name
