"""The `crowdarrow` command, and `python -m crowdarrow`."""

import contextlib
import sys


def main() -> None:
    """Run the command line; `--version` alone is answered before what the other commands need is loaded."""
    if sys.argv[1:] == ["--version"]:
        from crowdarrow import __version__

        # A closed pipe or a full disk is told by the command line itself, which tries again.
        with contextlib.suppress(OSError):
            print(f"crowdarrow {__version__}", flush=True)  # noqa: T201 - click.echo is what is not loaded
            return
    from crowdarrow import cli

    cli.main()


if __name__ == "__main__":
    main()
