"""What a conversion on many machines costs: constants measured on this one, and a replay of plans with them.

`make bench-scale` measures, and writes `scale.json` and the tables of `docs/scale.md`; `python -m scale` replays plans
with the stored figures.
"""

from pathlib import Path

COSTS = Path(__file__).with_name("scale.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
GB = 1e9
