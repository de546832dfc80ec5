"""The errors crowdarrow raises: each is a `CrowdarrowError`, and also the builtin that fits.

Each message is one line: what went wrong, where (file, record, byte), what to do.
"""


class CrowdarrowError(Exception):
    """Base of everything crowdarrow raises on purpose; the command line ends with status 1."""


class UsageError(CrowdarrowError, ValueError):
    """Options that make no sense alone or together; the command line ends with status 2."""


class UnknownKindError(CrowdarrowError, ValueError):
    """The input is none of the kinds crowdarrow knows; the message says what was found and what is known."""


class NoSuchKindError(UsageError, UnknownKindError):
    """A kind was named that crowdarrow doesn't know."""


class InputError(CrowdarrowError, OSError):
    """The input could not be read."""


class InputNotFoundError(InputError, FileNotFoundError):
    """No such input, or a glob that matches nothing."""


class InputPermissionError(InputError, PermissionError):
    """The input exists but may not be read."""


class DamagedInputError(InputError):
    """Compressed bytes that do not hold together, or an input that changed while it was read."""


class RejectedError(CrowdarrowError, ValueError):
    """A record was rejected under `strict`, or more records than `max_rejects` were."""


class OutputError(CrowdarrowError, OSError):
    """The output could not be written (full disk, read-only folder, ...); an earlier output is untouched."""


class OutputExistsError(OutputError, FileExistsError):
    """The output is there already and `force` was not given."""


class InternalError(CrowdarrowError, RuntimeError):
    """A bug in crowdarrow: please report it. Nothing was written."""
