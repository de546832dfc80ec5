"""`python -m scale.engine NAME`: print what an engine takes to start on this machine, and for each task, as JSON."""

import importlib.util
import json
import sys
from time import perf_counter
from typing import Any

TASKS = 200


def dask() -> tuple[float, float]:
    """A cluster of two worker processes."""
    started = perf_counter()
    from distributed import Client

    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        client.gather(client.map(abs, range(2)))
        ready = perf_counter()
        client.gather(client.map(abs, range(2, TASKS), pure=False))
        return ready - started, (perf_counter() - ready) / TASKS


def ray() -> tuple[float, float]:
    """A node with two workers."""
    started = perf_counter()
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
    task = ray.remote(abs_of)
    ray.get([task.remote(number) for number in range(2)])
    ready = perf_counter()
    ray.get([task.remote(number) for number in range(TASKS)])
    done = perf_counter()
    ray.shutdown()
    return ready - started, (done - ready) / TASKS


def spark() -> tuple[float, float]:
    """A local session with two workers."""
    started = perf_counter()
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    session.range(0, 2, 1, 2).mapInArrow(same, "id long").collect()
    ready = perf_counter()
    session.range(0, TASKS, 1, TASKS).mapInArrow(same, "id long").collect()
    done = perf_counter()
    session.stop()
    return ready - started, (done - ready) / TASKS


def abs_of(number: int) -> int:
    """A task that does next to nothing."""
    return abs(number)


def same(batches: Any) -> Any:
    """The same for batches."""
    return batches


ENGINES = {"dask": (dask, "distributed"), "ray": (ray, "ray"), "spark": (spark, "pyspark")}


def main() -> None:
    """Print the two figures; null if the engine is not installed."""
    call, package = ENGINES[sys.argv[1]]
    found = None
    if importlib.util.find_spec(package) is not None:
        start, task = call()
        found = {"start": round(start, 2), "task": round(task, 6)}
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
