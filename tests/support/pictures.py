"""`python -m support.pictures`: make the pictures of docs/pictures, which show pages of synthetic exports.

Run it in the folder `tests`. It needs Chromium and `crowdarrow[html]`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import crowdarrow as ca
from crowdarrow.synthetic.__main__ import main as synthesize

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PROFILES = {"question": 1500, "survey": 1500, "drawing": 1500}
"""The height of each picture in pixels."""
_COLOURS = 48


def main() -> int:
    """Make all pictures; the exit status is 2 without Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("the pictures need Chromium\n")
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)  # so that the pages have short names of inputs
        for profile, height in PROFILES.items():
            synthesize(["export", profile, "--records", "5000", "--profile", profile])
            ca.inspect(f"{profile}/classifications.csv", charts=True).to_html(folder / "page.html", force=True)
            command = [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *(f"--window-size=1100,{height}", f"--screenshot={folder}/page.png", f"file://{folder}/page.html"),
            ]
            subprocess.run(command, check=True, capture_output=True)
            picture = Image.open(folder / "page.png").convert("RGB").quantize(_COLOURS)
            picture.save(FOLDER / f"inspect-{profile}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
