"""One interpreter that runs the steps of many pages: imports are paid for once.

Reads requests from stdin, one JSON object a line: `folder`, and `code` or `arguments` (of `crowdarrow` or of
`python -m MODULE`). Answers each with a line on stdout: the exit status and all that the step wrote.
"""

import json
import os
import runpy
import sys
import tempfile
import traceback


def execute(request: dict[str, object]) -> object:
    """Run one step and return its exit status."""
    if "code" in request:
        exec(str(request["code"]), {"__name__": "__main__"})  # noqa: S102 - the project's own pages
        if "duckdb" in sys.modules:  # its default connection would keep the tables of this step
            sys.modules["duckdb"].set_default_connection(sys.modules["duckdb"].connect())
        return 0
    program, *arguments = list(request["arguments"])  # type: ignore[call-overload]
    if program == "crowdarrow":
        from crowdarrow.cli import run

        return run(arguments)
    sys.argv = [program, *arguments]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
    return 0


def answer(request: dict[str, object]) -> list[object]:
    """Run one step with its output in a file, whether Python or a library writes it."""
    os.chdir(str(request["folder"]))
    kept = [os.dup(1), os.dup(2)]
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        try:
            status = execute(request)
        except SystemExit as done:
            status = done.code or 0
        except Exception:  # noqa: BLE001 - the test shows the traceback
            traceback.print_exc()
            status = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, duplicate in enumerate(kept, start=1):
                os.dup2(duplicate, number)
                os.close(duplicate)
        output.seek(0)
        return [status, output.read().decode()]


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
