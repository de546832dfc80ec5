"""The command `crowdarrow extracts`, which takes the arguments of `panoptes_aggregation extract`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crowdarrow.completion import files, folders
from crowdarrow.console import PROGRESS_HELP

if TYPE_CHECKING:
    from crowdarrow.console import Console

NAMES = {
    "classifications": "CLASSIFICATIONS",
    "config": "CONFIG",
    "output_dir": "--dir",
    "output_name": "--output",
}
"""What the command line calls the arguments of `ca.extracts`."""

_EXAMPLES = """\b
Examples:
  panoptes_aggregation config workflows.csv 1234
  crowdarrow extracts classifications.csv Extractor_config_workflow_1234_V5.6.yaml
  crowdarrow extracts classifications.csv.gz Extractor_config_workflow_1234_V5.6.yaml -d out -o survey
  panoptes_aggregation reduce survey_extractor_extractions.csv Reducer_config_workflow_1234_V5.6_survey_extractor.yaml

\b
Exit status: 0 done; 1 failed, no output changed; 2 wrong usage; 3 done, with records at which
panoptes_aggregation would stop (they are left out and counted).
"""

_DONE, _WITH_REJECTS = 0, 3


@click.command(name="extracts", epilog=_EXAMPLES)
@click.argument("classifications", shell_complete=files)
@click.argument("config", shell_complete=files)
@click.option("-d", "--dir", "output_dir", default=".", metavar="DIR", shell_complete=folders,
              help="The folder to write to. Default: this one.")  # fmt: skip
@click.option("-o", "--output", "output_name", default="extractions", metavar="NAME",
              help="The end of the files' names. Default: extractions.")  # fmt: skip
@click.option("-O", "--order", is_flag=True, help="Order the data columns by name.")
@click.option("-c", "--cpu_count", "cores", type=int, metavar="N", help="The same as --threads.")
@click.option("-hb", "--hide_bar", is_flag=True, help="No progress bar.")
@click.option("--progress/--no-progress", default=None, help=PROGRESS_HELP)
@click.option("-vv", "--verbose", is_flag=True, help="Accepted: the summary always has the counts.")
@click.option("--report", metavar="FILE", shell_complete=files,
              help="Write the counts of the run as JSON to this file.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No progress bar and no summary.")
def command(
    classifications: str,
    config: str,
    cores: int | None,
    report: str | None,
    *,
    progress: bool | None,
    hide_bar: bool,
    verbose: bool,  # noqa: ARG001 - scripts for panoptes_aggregation have it
    quiet: bool,
    **options: Any,
) -> int:
    """Write the extracts that `panoptes_aggregation extract` writes, faster and in bounded memory.

    CLASSIFICATIONS is a classification export, plain or compressed, or - for stdin; CONFIG the YAML file that
    `panoptes_aggregation config` made. Each extractor gives a file <extractor>_<NAME>.csv, which
    `panoptes_aggregation reduce` reads; existing files are replaced. Needs: pip install 'crowdarrow[extracts]'.
    """
    from crowdarrow.extraction.run import extracts

    console: Console = click.get_current_context().obj
    console.prepare()
    if cores is not None and options.get("threads") is None:
        options["threads"] = cores
    with console.progress(False if hide_bar else progress, quiet=quiet) as show:
        found = extracts(classifications, config, progress=show, report=report, **options)
    if not quiet:
        console.say(str(found))
    return _WITH_REJECTS if found.rejected else _DONE
