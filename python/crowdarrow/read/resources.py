"""A check, before a run and between its blocks, that the system will give it the memory that it needs.

Only a limit on the address space (`ulimit -v`) refuses memory at once. The engine and Arrow's libraries end the process
if they are refused memory. So a run that would reach the limit stops before that, with an error and without
leftovers.
"""

import contextlib
import mmap

from crowdarrow.errors import ResourceError

_MIB = 1 << 20
# Address space that runs need once their inputs are open, measured with one malloc arena: for any input; for each
# thread; for each stored byte (which may be compressed), up to a bound that depends on the threads again.
_ALWAYS, _ALWAYS_PER_THREAD = 96 * _MIB, 2 * _MIB
_PER_BYTE = 256
_DATA, _DATA_PER_THREAD = 240 * _MIB, 14 * _MIB
# What may be allocated between two checks.
_BETWEEN_BLOCKS = 64 * _MIB


def check_memory(threads: int, stored_bytes: int | None) -> None:
    """Check that a run of `threads` over so many stored bytes (None: unknown) can have its memory.

    Raises:
        ResourceError: it cannot.
    """
    data = _DATA + threads * _DATA_PER_THREAD
    if stored_bytes is not None:
        data = min(data, _PER_BYTE * stored_bytes)
    _reserve(_ALWAYS + threads * _ALWAYS_PER_THREAD + data)


def has_memory_limit() -> bool:
    """Whether the address space of this process is limited."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # Unix only

        return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    return False


def check_memory_between_blocks() -> None:
    """Check that the next block can have its memory.

    Raises:
        ResourceError: it cannot.
    """
    _reserve(_BETWEEN_BLOCKS)


def _reserve(size: int) -> None:
    """Allocate address space, of which nothing is used, and free it."""
    try:
        mmap.mmap(-1, size).close()
    except (OSError, ValueError, OverflowError) as error:
        msg = (
            f"not enough memory: the run needs another {size // _MIB:,} MiB of address space; raise the limit "
            "(ulimit -v), or lower `threads`"
        )
        raise ResourceError(msg) from error
