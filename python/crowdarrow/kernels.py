"""Functions of `pyarrow.compute`, called by their names in Arrow's registry.

Loading `pyarrow.compute` makes a Python function with a signature and a docstring for each of hundreds of functions,
which takes 50 to 80 ms of core time: more than labelling a usual export. Methods of arrays such as `take` and
`is_valid` load it too. What is here needs only the functions themselves.
"""

from array import array as packed
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyarrow._compute import (
    CastOptions,
    DictionaryEncodeOptions,
    FilterOptions,
    SetLookupOptions,
    TakeOptions,
    call_function,
)

_DROP = FilterOptions("drop")
_TAKE = TakeOptions(boundscheck=True)
_NULLS_ENCODED, _NULLS_MASKED = DictionaryEncodeOptions("encode"), DictionaryEncodeOptions("mask")


_FORMATS = {pa.int32(): "i", pa.int64(): "q", pa.float64(): "d"}


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """An array of Python's values: integers, floats, Booleans or texts; None is null.

    `pyarrow.array` and `pyarrow.scalar` import pandas if it is installed, which takes longer than a usual export.
    """
    is_valid = None
    if None in values:
        is_valid = _bits([value is not None for value in values])
    if kind == pa.bool_():
        buffers = [_bits([bool(value) for value in values])]
    elif kind == pa.string():
        texts = [(value or "").encode() for value in values]
        ends = packed("i", [0])
        for one in texts:
            ends.append(ends[-1] + len(one))
        buffers = [pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    else:
        buffers = [pa.py_buffer(packed(_FORMATS[kind], [value or 0 for value in values]))]
    return pa.Array.from_buffers(kind, len(values), [is_valid, *buffers])


def scalar(value: Any, kind: pa.DataType) -> pa.Scalar:
    """A value of Python as a scalar, without pandas like `array`."""
    return array([value], kind)[0]


def _bits(values: list[bool]) -> pa.Buffer:
    bits = bytearray(-(-len(values) // 8))
    for place, value in enumerate(values):
        bits[place >> 3] |= value << (place & 7)
    return pa.py_buffer(bytes(bits))


def call(name: str, *arguments: Any) -> Any:
    """The result of a function of arrays and scalars that has no options, or with its default options."""
    return call_function(name, list(arguments))


def take(values: pa.Array, indices: pa.Array) -> pa.Array:
    """The values at these indices; null where the index is null."""
    return call_function("take", [values, indices], _TAKE)


def choose(values: pa.Array, mask: pa.Array) -> pa.Array:
    """The values for which the mask is true."""
    return call_function("filter", [values, mask], _DROP)


def cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values as another type.

    Raises:
        pa.ArrowInvalid: a value does not fit.
    """
    return call_function("cast", [values], CastOptions.safe(kind))


def encode(values: pa.Array, *, nulls: bool = False) -> pa.DictionaryArray:
    """The values as a dictionary array; with `nulls`, null is a value of the dictionary."""
    return call_function("dictionary_encode", [values], _NULLS_ENCODED if nulls else _NULLS_MASKED)


def index_in(values: pa.Array, known: pa.Array) -> pa.Array:
    """The index of the first equal value among `known`."""
    return call_function("index_in", [values], SetLookupOptions(known))
