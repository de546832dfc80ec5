"""Nothing from an input reaches a terminal unescaped: each unsafe character, through every place that prints."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from unicodedata import category

import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.errors import CrowdarrowError
from crowdarrow.terminal import number_of, plain, plain_json, plain_lines
from support.terminals import on_terminal

Capture = pytest.CaptureFixture[str]

# Marks of the category Cf that are shown and enclose or precede digits.
VISIBLE = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
UNSAFE = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"} and code not in VISIBLE
]
ALL = "".join(UNSAFE)
TYPED = ALL.replace("\0", "")  # arguments and paths have no NUL
BASIC = [char for char in TYPED if char <= "\uffff"]
NAMES = ["".join([*BASIC[:50], "\U000e0041"]), "".join(BASIC[50:])]
COLUMNS = [
    "classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version",
    "created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids",
]  # fmt: skip


def write_export(path: Path, hostile: str) -> Path:
    """An export with the text in each name, label, version, column, JSON key and damaged cell."""
    annotations = [
        {"task": f"T0{hostile}", "task_label": hostile, "taskType": hostile, "value": hostile, f"key{hostile}": 1},
        {"task": "T1", "value": [{"x": 1, "tool_label": hostile, f"k{hostile}": {hostile: 2}}]},
    ]
    metadata = {"session": hostile, f"m{hostile}": 1}
    good = [1, hostile, "", hostile, 5, f"wf{hostile}", f"1.1{hostile}", "2020-01-01 00:00:00 UTC", "", hostile]
    good += [json.dumps(metadata), json.dumps(annotations), json.dumps({"9": {hostile: hostile}}), 9, hostile]
    bad = [[*good[:at], f"!{hostile}", *good[at + 1 :]] for at in (0, 4, 7, 8, 10, 11, 13)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([[*COLUMNS, f"own{hostile}"], good, *bad])
    return path


def printed(capsys: Capture, *arguments: str) -> str:
    run(arguments)
    found = capsys.readouterr()
    return found.out + found.err


def assert_safe(text: str) -> None:
    unsafe = {char for char in text if char != "\n" and category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert not unsafe
    assert text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestFunctions:
    def test_every_unsafe_character_is_escaped(self) -> None:
        for char in [*UNSAFE, *map(chr, range(0xD800, 0xE000))]:
            assert plain(f"a{char}b").isascii(), ascii(char)
            assert json.loads(plain_json([char])) == [char]
            assert plain_json([char]).isascii(), ascii(char)

    def test_text_that_is_shown_is_kept(self) -> None:
        text = "naïve \\ 'é' 日本語\u3000 שלום مرحبا ❤\ufe0f 🙂 a\xa0b"
        assert plain(text) == text == json.loads(plain_json(text))
        assert plain_json(text) == json.dumps(text, ensure_ascii=False)

    def test_escapes_are_those_of_python(self) -> None:
        assert plain("\x1b[2J\r\n\t\x85\u202e\U000e0041") == r"\x1b[2J\r\n\t\x85\u202e\U000e0041"
        assert plain_lines("a\n\x1b\n") == "a\n\\x1b\n"

    def test_undecodable_bytes_of_a_file_name_are_shown_as_bytes(self) -> None:
        assert plain(os.fsdecode(b"caf\xe9.csv")) == r"caf\xe9.csv"


class TestPlaces:
    @pytest.mark.parametrize("command", [["inspect", "in.csv"], ["convert", "in.csv", "out/"]])
    def test_values_of_an_export_add_neither_characters_nor_lines(
        self, command: list[str], folder: Path, capsys: Capture
    ) -> None:
        write_export(folder / "in.csv", "x")
        harmless = printed(capsys, *command)
        write_export(folder / "in.csv", ALL)
        hostile = printed(capsys, *command, *(["--force"] if "out/" in command else []))
        assert_safe(hostile)
        assert len(hostile.split("\n")) == len(harmless.split("\n"))

    def test_inspect_shows_escapes(self, folder: Path, capsys: Capture) -> None:
        write_export(folder / "in.csv", ALL)
        assert f"workflow   5 wf{plain(ALL)}: 1; versions 1.1{plain(ALL)} (1)" in printed(capsys, "inspect", "in.csv")

    def test_json_is_valid_and_has_the_text_itself(self, folder: Path, capsys: Capture) -> None:
        write_export(folder / "in.csv", ALL)
        text = printed(capsys, "inspect", "in.csv", "--json")
        assert_safe(text)
        assert json.loads(text)["workflows"][0]["name"] == f"wf{ALL}"

    def test_report_file_is_valid_and_safe_to_show(self, folder: Path) -> None:
        write_export(folder / "in.csv", ALL)
        report = ca.convert("in.csv", "out/", report="report.json")
        text = Path("report.json").read_text(encoding="utf-8")
        assert_safe(text)
        assert_safe(str(report))
        assert json.loads(text)["notes"] == report.notes

    @pytest.mark.parametrize("name", NAMES, ids=[str(number) for number in range(len(NAMES))])
    def test_names_of_files(self, name: str, folder: Path, capsys: Capture) -> None:
        write_export(folder / f"{name}.csv", "x")
        (folder / "sub").mkdir()
        write_export(folder / "sub" / f"{name}.csv", "x")
        (folder / "sub" / f"{name}.bin").write_bytes(b"\0")
        (folder / f"{name}.txt").write_text("a,b\n")
        for arguments in (
            ["inspect", f"{name}.csv"],
            ["inspect", f"{name}.csv", "--json"],
            ["inspect", f"{name}.txt"],
            ["convert", f"{name}.csv", f"{name}.parquet"],
            ["convert", f"{name}.csv", f"{name}.parquet"],
            ["convert", f"{name}.csv", f"{name}/out.parquet"],
            ["convert", f"{name}.csv", f"{name}.what"],
            ["convert", f"{name}.csv", f"{name}.csv"],
            ["convert", f"{name}.csv", "out.csv", "--strict"],
            ["convert", "sub", "sub-out/"],
            ["convert", f"missing{name}".replace("\n", ""), "out.csv"],
        ):
            text = printed(capsys, *arguments)
            assert_safe(text)
            assert plain(name) in text or "--json" in arguments or "missing" in arguments[1]

    @pytest.mark.parametrize(
        "arguments",
        [
            *(["convert", "in.csv", "out.csv", flag, TYPED] for flag in (
                "--kind", "--table", "--tables", "--columns", "--since", "--workflow-version", "--workflow-id",
                "--encoding", "--separator", "--member", "--compression", "--threads", "--workflows", "--digest",
            )),
            ["convert", "in.csv", "out/", "--table", "answers", "--partition-by", TYPED],
            ["convert", "in.csv", "out.csv", f"--{TYPED}"],
            ["schema", TYPED], ["schema", "zooniverse.subjects", TYPED], [TYPED],
        ],
        ids=lambda arguments: plain(" ".join(arguments))[:60],
    )  # fmt: skip
    def test_arguments(self, arguments: list[str], folder: Path, capsys: Capture) -> None:
        write_export(folder / "in.csv", "x")
        text = printed(capsys, *arguments)
        assert_safe(text)
        assert text.count("\n") == 1

    def test_columns_of_an_unknown_export(self, folder: Path, capsys: Capture) -> None:
        with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([f"{ALL[:30]}a", f"{ALL[30:]}b"])
        text = printed(capsys, "inspect", "in.csv")
        assert_safe(text)
        assert text.count("\n") == 1

    @pytest.mark.parametrize("name", NAMES, ids=[str(number) for number in range(len(NAMES))])
    def test_members_of_an_archive(self, name: str, folder: Path, capsys: Capture) -> None:
        write_export(folder / "in.csv", "x")
        with zipfile.ZipFile(folder / "in.zip", "w") as archive:
            for number in range(2):
                archive.write(folder / "in.csv", f"{number}{name}.csv")
        text = printed(capsys, "inspect", "in.zip")
        assert_safe(text)
        assert f"in.zip/0{plain(name)}.csv" in text
        # The engine lists the members, with U+FFFD for control characters.
        assert_safe(printed(capsys, "inspect", "in.zip", "--member", "other.csv"))

    @pytest.mark.parametrize("debug", ["", "1"])
    def test_unexpected_errors(self, debug: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        def fail(*_: object, **__: object) -> None:
            raise LookupError(ALL)

        monkeypatch.setenv("CROWDARROW_DEBUG", debug)
        monkeypatch.setattr("crowdarrow.inspection.inspection.inspect", fail)
        text = printed(capsys, "inspect", "in.csv")
        assert_safe(text)
        assert ("Traceback" in text) == bool(debug)
        assert "crowdarrow: internal error: LookupError: " in text

    def test_errors_of_the_library_are_safe_to_print(self) -> None:
        with pytest.raises(CrowdarrowError) as caught:
            ca.convert(f"missing{NAMES[1]}.csv", "out.csv")
        assert_safe(str(caught.value))
        assert plain(NAMES[1]) in str(caught.value)


def test_text_that_the_encoding_of_stdout_lacks_is_shown_as_escapes(folder: Path) -> None:
    """Redirected on Windows, stdout has the encoding of the locale."""
    write_export(folder / "in.csv", "é日")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    text, as_json = (
        subprocess.run(
            [sys.executable, "-m", "crowdarrow", "inspect", "in.csv", *flags],
            env=environment, capture_output=True, check=True,
        ).stdout.decode("latin-1")
        for flags in ([], ["--json"])
    )  # fmt: skip
    assert "workflow   5 wfé\\u65e5: 1;" in text
    assert json.loads(as_json)["workflows"][0]["name"] == "wfé日"


def test_csv_on_a_terminal_has_escapes_and_in_a_pipe_the_rows(folder: Path) -> None:
    header = ",".join(COLUMNS)
    (folder / "in.csv").write_text(f"{header}\n1,\x1b]0;owned\x07\u202e,,,5{',' * 9}\n")
    arguments = ["convert", "in.csv", "-", "--columns", "user_name", "--quiet"]
    text, _ = on_terminal(arguments)
    assert text.replace("\r\n", "\n") == "user_name\n\\x1b]0;owned\\x07\\u202e\n"
    piped = subprocess.run([sys.executable, "-m", "crowdarrow", *arguments], capture_output=True, check=False)
    assert piped.stdout.decode() == "user_name\n\x1b]0;owned\x07\u202e\n"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1_000_000, "1,000,000 records")]
)
def test_a_count_agrees_with_its_noun(count: int, shown: str) -> None:
    assert number_of(count, "record") == shown


def test_the_summary_of_one_record() -> None:
    assert str(ca.Report("kind", "rows", records=1, rows=1, tables={"rows": 1})).splitlines() == [
        "kind: 1 record, 1 row, 0 rejected in 0.0 s",
        "  rows: 1 row",
    ]
