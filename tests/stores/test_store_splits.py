"""Splits of an object of a server: each process reads its own part by ranges."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from support.splitting import copies, redone, table_at
from support.store_servers import WebServer


@pytest.mark.parametrize("method", ["exact", "probe"])
def test_parts_of_an_object_give_what_one_pass_gives(
    web: WebServer, made: Callable[[int], bytes], tmp_path: Path, method: Any
) -> None:
    url = web.serve("c.csv", made(4000))
    plan = ca.splits(url, 100_000, method)
    assert len(plan.splits) > 2
    assert all(0 < split.bytes < 150_000 for split in plan.splits)
    web.requests.clear()
    out = f"{tmp_path}/out/"
    parts = [ca.convert_split(split, out, table="classifications") for split in copies(plan.splits)]
    ranges = [asked for _, _, asked in web.requests if asked]
    assert len(ranges) >= len(plan.splits) - 1
    report = ca.merge(plan, redone(plan, parts, out, table="classifications"), out)
    one = ca.convert(url, f"{tmp_path}/one/", table="classifications")
    assert report.sources == one.sources
    assert table_at(report.outputs["classifications"]) == table_at(one.outputs["classifications"])


def test_an_object_that_changed_after_the_plan_is_an_error(
    web: WebServer, made: Callable[[int], bytes], tmp_path: Path
) -> None:
    url = web.serve("c.csv", made(4000))
    plan = ca.splits(url, 200_000)
    web.serve("c.csv", made(3999))
    with pytest.raises(ca.InputError, match="changed"):
        ca.convert_split(copies(plan.splits)[1], f"{tmp_path}/out/")
