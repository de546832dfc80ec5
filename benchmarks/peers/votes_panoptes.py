"""Peer: votes per subject with `panoptes_aggregation`, for the Python of its own environment.

    python votes_panoptes.py CLASSIFICATIONS CONFIGURATION FOLDER

Extracts the questions, surveys and dropdowns of the configuration that its `config` wrote, and reduces each to a CSV
file with a row for each subject and task. Its `config` would write the same configurations of the reducers.
"""

import json
import sys
from pathlib import Path

import yaml
from panoptes_aggregation.scripts import extract_csv, reduce_csv

KINDS = ("question", "survey", "dropdown")


def main(classifications: str, configuration: str, folder: str) -> None:
    """Extract and reduce."""
    config = yaml.safe_load(Path(configuration).read_text(encoding="utf-8"))
    names = {f"{kind}_extractor" for kind in KINDS}
    # Extracts of other tasks are no votes, and would take time.
    kept = {name: tasks for name, tasks in config["extractor_config"].items() if name in names}
    extractors = Path(folder, "extractors.yaml")
    extractors.write_text(json.dumps(config | {"extractor_config": kept}), encoding="utf-8")  # JSON is YAML
    shared = {"output_dir": folder, "output_name": "votes", "hide_progressbar": True}
    extract_csv(classifications, str(extractors), **shared)
    for kind in KINDS:
        extracts = Path(folder, f"{kind}_extractor_votes.csv")
        if extracts.exists():
            reducer = Path(folder, f"{kind}_reducer.yaml")
            reducer.write_text(json.dumps({"reducer_config": {f"{kind}_reducer": {}}}), encoding="utf-8")
            reduce_csv(str(extracts), str(reducer), filter="all", **shared)


if __name__ == "__main__":
    main(*sys.argv[1:])
