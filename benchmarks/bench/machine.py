"""What the figures were measured on."""

import os
import platform
from pathlib import Path
from typing import Any


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _first(path: str, name: str) -> str | None:
    """The value of the first line `name: value` of a file under /proc."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    values = [line.partition(":")[2].strip() for line in lines if line.startswith(name)]
    return values[0] if values else None


def memory(which: str = "MemTotal") -> int | None:
    """Bytes of memory, all or `MemAvailable`; None where there is no /proc."""
    text = _first("/proc/meminfo", which)
    return int(text.split()[0]) * 1024 if text else None


def describe() -> dict[str, Any]:
    """The machine; `load` is the mean number of running processes of the last minute, before the run."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "memory": memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }
