"""`python -m bench`: measure crowdarrow and its peers on the same exports in one run, each in a process of its own.

While it measures, the package imports the standard library only: a child's peak memory starts at that of its parent.
"""

from pathlib import Path

MB = 1_000_000
GB = 1_000_000_000
BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
