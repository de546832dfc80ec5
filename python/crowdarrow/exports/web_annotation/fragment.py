"""Media fragments `xywh=…` to numbers, over whole columns."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.web_annotation.annotation import BOX

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_PATTERN = "^[?#]?xywh=(?:pixel:)?" + ",".join(f"(?P<{name}>{_NUMBER})" for name in BOX) + "$"


def box(arrays: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """`x, y, width, height` (float64, pixels) of the column `selector`; null where it is no such fragment.

    An optional `?` or `#`, `xywh=`, an optional `pixel:`, four decimals, negative ones too (docs/contract.md, section
    2.5).
    """
    found = pc.extract_regex(arrays["selector"], _PATTERN)
    valid = found.is_valid()
    return {
        name: pc.if_else(valid, pc.struct_field(found, name), pa.scalar(None, pa.string())).cast(pa.float64())
        for name in BOX
    }
