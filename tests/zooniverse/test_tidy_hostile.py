"""The engine and the oracle read the same tidy tables from hostile marks, texts, subjects and workflows."""

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from oracle.tidy import read_tidy
from support import hostile, tidy_hostile
from support.zooniverse_compare import assert_same
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, csv_of

if TYPE_CHECKING:
    from conftest import Collect


ANY_FRONT_END = st.one_of(
    st.sampled_from([PFE, FEM, "", '{"classifier_version":2.0}', '{"classifier_version":"20"}']), hostile.metadata
)


@given(
    cells=st.lists(st.tuples(tidy_hostile.annotations, ANY_FRONT_END), min_size=1, max_size=3),
    block_bytes=st.sampled_from([64, 1 << 14]),
)
@example(cells=[('[{"task":"T0"},{"value":[{"task":"T0.0.0","markIndex":0,"value":5}]}]', FEM)], block_bytes=64)
@example(cells=[('[{"cellIndex":2147483648,"task":"T0.0.0","value":[true]}]', FEM)], block_bytes=64)
def test_hostile_annotations(run_collect: "Collect", cells: list[tuple[str, str]], block_bytes: int) -> None:
    records = [
        IDENTITY | {"created_at": "", "metadata": metadata, "annotations": annotations}
        for annotations, metadata in cells
    ]
    data = csv_of(HEADER, records)
    assert_same(run_collect(data, block_bytes=block_bytes), read_tidy(data), shown=True)


@given(st.lists(tidy_hostile.array(tidy_hostile.items(tidy_hostile.array(tidy_hostile.marks))), min_size=1, max_size=3))
def test_hostile_marks(run_collect: "Collect", cells: list[str]) -> None:
    records = [
        IDENTITY | {"created_at": "", "metadata": (PFE, FEM)[number % 2], "annotations": cell}
        for number, cell in enumerate(cells)
    ]
    data = csv_of(HEADER, records)
    assert_same(run_collect(data), read_tidy(data), shown=True)


# docs/contract.md, section 1.10: a lone surrogate is U+FFFD in a string column and counted; JSON text keeps it.
texts = st.sampled_from([r'"\ud83d"', r'"\udc00 x"', r'"\ud83d\ude00"', '"a"', "1", "null"])
halves = tidy_hostile.array(
    tidy_hostile.of_members(
        task=texts,
        taskType=texts,
        other=texts,
        value=st.one_of(
            texts,
            tidy_hostile.array(texts),
            tidy_hostile.array(tidy_hostile.of_members(choice=texts, answers=tidy_hostile.of_members(Q=texts))),
            tidy_hostile.array(tidy_hostile.of_members(x=texts, text=texts, tool_label=texts, other=texts)),
            tidy_hostile.array(tidy_hostile.of_members(select_label=texts, value=texts, label=texts)),
        ),
    ),
    most=3,
)
subjects = hostile.objects(
    hostile.id_keys,
    st.one_of(
        tidy_hostile.of_members(
            retired=st.one_of(
                texts, hostile.values, tidy_hostile.of_members(id=hostile.numbers, retirement_reason=texts, other=texts)
            ),
            a=texts,
        ),
        hostile.values,
    ),
)


@given(
    cells=st.lists(st.tuples(halves, subjects, st.sampled_from(["10", "11", ""])), min_size=1, max_size=4),
    ids=st.booleans(),
)
def test_hostile_texts_and_subjects(run_collect: "Collect", cells: list[tuple[str, str, str]], ids: bool) -> None:
    records = [
        IDENTITY
        | {
            "created_at": "",
            "metadata": PFE,
            "annotations": annotations,
            "subject_data": subject_data,
            "workflow_id": workflow_id,
            "subject_ids": "7;8",
        }
        for annotations, subject_data, workflow_id in cells
    ]
    data = csv_of(HEADER if ids else HEADER.removesuffix(",subject_ids"), records)
    assert_same(run_collect(data), read_tidy(data), shown=True)


KEYS = ("T0", "T1.0.0", "init", "")
ENDS = (".question", ".instruction", ".label", ".help", ".description", ".answers.0.label", ".other", "")
words = st.one_of(
    st.builds('"{}{}"'.format, st.sampled_from(KEYS), st.sampled_from(ENDS)), st.sampled_from(tidy_hostile.SCALARS)
)
strings = tidy_hostile.an_object(st.builds("{}{}".format, st.sampled_from(KEYS), st.sampled_from(ENDS)), words)
chosen = st.one_of(tidy_hostile.of_members(label=words, value=words, _key=words), words)
several = st.one_of(
    tidy_hostile.array(chosen), tidy_hostile.an_object(st.sampled_from(["a", "b", "*", ""]), tidy_hostile.array(chosen))
)
asked = tidy_hostile.an_object(
    st.sampled_from(["Q", "R"]),
    tidy_hostile.of_members(
        label=words, answers=tidy_hostile.an_object(st.sampled_from(["1", "2"]), tidy_hostile.of_members(label=words))
    ),
    most=2,
)
about = {
    "type": words,
    "question": words,
    "instruction": words,
    "help": words,
    "required": words,
    "next": words,
    "answers": several,
    "options": several,
    "selects": tidy_hostile.array(tidy_hostile.of_members(title=words, options=several), most=2),
    "choices": asked,
    "questions": asked,
}
tools = tidy_hostile.array(
    st.one_of(
        tidy_hostile.of_members(
            type=words, label=words, details=tidy_hostile.array(st.one_of(tidy_hostile.of_members(**about), words), 2)
        ),
        words,
    ),
    most=2,
)
tasks = tidy_hostile.an_object(
    st.sampled_from(KEYS), st.one_of(tidy_hostile.of_members(**about, tools=tools), words), most=3
)


@given(st.lists(st.tuples(tasks, st.one_of(strings, st.just(""))), min_size=1, max_size=2))
def test_hostile_workflows(run_collect: "Collect", cells: list[tuple[str, str]]) -> None:
    data = csv_of(
        "workflow_id,version,tasks,strings,minor_version",
        [{"workflow_id": 10, "version": 3, "tasks": one, "strings": other} for one, other in cells],
    )
    ours, theirs = run_collect(data), read_tidy(data, kind="zooniverse.workflows")
    assert_same(ours, theirs, shown=True)
