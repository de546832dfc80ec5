"""The `crowdarrow` command, and `python -m crowdarrow`."""

import contextlib
import sys


def main() -> None:
    """Run the command line; `--version` alone needs no other module."""
    if sys.argv[1:] == ["--version"]:
        from crowdarrow import __version__

        # If stdout fails, the command line tries again and reports the error.
        with contextlib.suppress(OSError):
            print(f"crowdarrow {__version__}", flush=True)  # noqa: T201 - click.echo would load click
            return
    from crowdarrow import cli

    cli.main()


if __name__ == "__main__":
    main()
