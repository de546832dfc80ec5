"""The kind of a download, from its members, its header or its file name, for the engine and for the oracle."""

import gzip
from collections.abc import Callable

import pytest

from conftest import collect
from crowdarrow.errors import CrowdarrowError
from oracle.pybossa import read_pybossa
from support.pybossa_compare import Named

KindOf = Callable[[bytes, str], str]
READERS: dict[str, KindOf] = {
    "engine": lambda data, name: collect(Named(data, name)).kind,
    "oracle": lambda data, name: read_pybossa(data, name).kind,
}


@pytest.fixture(params=[*READERS.values()], ids=[*READERS])
def kind_of(request: pytest.FixtureRequest) -> KindOf:
    """Each reader in turn."""
    reader: KindOf = request.param
    return reader


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        # Layout P1.
        ("task__id,task__info,task__n_answers,taskinfo__a", "pybossa.tasks"),
        ("task_run__id,task_run__info,task_run__task_id,task_run__timeout", "pybossa.task_runs"),
        # Layouts P2 and P3.
        ("calibration,created,id,info_url,n_answers,state", "pybossa.tasks"),
        ("created,finish_time,id,info_0_body_value,info_0_target,task_id,user_id", "pybossa.task_runs"),
        ("created,id,info_annotations_0_target,last_version,task_id,task_run_ids", "pybossa.results"),
        # Layout A.
        ("genre_0,genre_10,target,title_0", "libcrowds.describing"),
        ("comment_0,target", "libcrowds.commenting"),
        ("share_url_0,target,task_state,title", "libcrowds.describing"),
        # Layout B without records has no motivation.
        ("body_0_value,created,id,motivation,target,target_source,type", "libcrowds.annotations"),
        ("body,id,motivation,target,type", "libcrowds.annotations"),
        ("id,motivation,target_source", "libcrowds.annotations"),
    ],
)
def test_kind_of_a_header(header: str, kind: str, kind_of: KindOf) -> None:
    assert kind_of(f"{header}\n".encode(), "download") == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("3_flickr_task_run.json", "pybossa.task_runs"),
        ("0_libcrowds_all_task_json.zip", "pybossa.tasks"),
        ("task_results_project_3_result_csv.zip", "pybossa.results"),
        ("describing_describing.zip", "libcrowds.describing"),
        ("tagging_of_plays_commenting.csv", "libcrowds.commenting"),
    ],
)
def test_kind_of_an_empty_download_is_inferred_from_its_name(name: str, kind: str, kind_of: KindOf) -> None:
    assert kind_of(b"[]", name) == kind


@pytest.mark.parametrize(
    "data", [b"[]", b"", b"\n", b'[{"a":1}]', b"a,b\n1,2\n", b"task_id,title\n1,T\n", b'{"@context":"x","items":[]}']
)
def test_download_of_no_known_kind_is_an_error(data: bytes, kind_of: KindOf) -> None:
    with pytest.raises((ValueError, CrowdarrowError), match=r"empty|known|no record that can be read, and its name"):
        kind_of(data, "playbills.json")


@pytest.mark.parametrize(
    "reject",
    ['"a"b,1,describing,https://c.example/1', "describing,https://c.example/1", "\N{NO-BREAK SPACE}"],
    ids=["quotes", "fields", "utf8"],
)
def test_rejects_before_the_first_record_do_not_decide(reject: str, kind_of: KindOf) -> None:
    # More than the first thousand lines, and than the bytes that are sampled at first.
    rejects = 2500 * (reject + 40 * " " + "\n").encode("latin-1")
    record = b"b,1,tagging,https://c.example/1\n"
    assert kind_of(b"body,id,motivation,target\n" + rejects + 3 * record, "download") == "libcrowds.tagging"


def test_a_record_that_is_cut_does_not_decide(kind_of: KindOf) -> None:
    text = b"body,id,motivation,target\nb,1,tagging,https://c.example/1\n,2,commenting,https://c.example/2\n"
    whole = gzip.compress(text, compresslevel=0)
    cut = whole[: whole.index(b"example/2")]
    assert kind_of(cut, "download") == "libcrowds.tagging"
