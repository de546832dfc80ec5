"""`python -m bench`: crowdarrow and its peers over the same exports, in one run, each in a process of its own.

The package imports the standard library alone: a child's peak memory starts at that of its parent.
"""

from pathlib import Path

MB = 1_000_000
BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
