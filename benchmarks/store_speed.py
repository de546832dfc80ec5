"""Time of reading an export over HTTP and by `s3://` beside that of reading it from the disk, in turns.

    python benchmarks/store_speed.py [--mb 200] [--rounds 5]

The server sends files by `sendfile`, in whole or in part, and answers as an S3 server does: it is not what limits the
speed. Each reading is a process of its own, whose start counts. The ratios are those of the medians.
"""

import argparse
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from bench import MB, measure
from crowdarrow import synthetic

_READ = "import crowdarrow, sys; print(sum(batch.num_rows for batch in crowdarrow.open(sys.argv[1], threads=1)))"


class _Handler(BaseHTTPRequestHandler):
    """Sends the files of a folder, whatever the bucket."""

    protocol_version = "HTTP/1.1"
    folder = Path()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send(self) -> None:
        path = self.folder / Path(self.path).name
        size = path.stat().st_size
        start, end = 0, size
        asked = self.headers.get("range")
        if asked:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end = int(first), min(size, int(last) + 1) if last else size
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("content-range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("content-length", str(end - start))
        self.send_header("etag", f'"{size}"')
        self.send_header("last-modified", self.date_time_string(path.stat().st_mtime))
        self.end_headers()
        if self.command == "HEAD":
            return
        with path.open("rb") as file:
            while start < end and (sent := os.sendfile(self.connection.fileno(), file.fileno(), start, end - start)):
                start += sent

    do_GET = do_HEAD = _send  # noqa: N815 - the names of http.server


def main() -> None:
    """Measure, and print a line for each way of reading."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = _Handler.folder = Path(folder)
        source = path / "classifications.csv"
        synthetic.generate_classifications(source, size=arguments.mb * MB, seed=1)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_SKIP_SIGNATURE": "true", "AWS_REGION": "us-east-1"}
        ways = {"disk": str(source), "http": f"{url}/{source.name}", "s3": f"s3://bucket/{source.name}"}
        found: dict[str, list[measure.Measure]] = {way: [] for way in ways}
        for _ in range(arguments.rounds):
            for way, place in ways.items():
                found[way].append(measure.run([sys.executable, "-c", _READ, place]))
        base = found["disk"]
        for way, runs in found.items():
            wall, cpu = median(one.wall for one in runs), median(one.cpu for one in runs)
            ratios = f"{wall / median(one.wall for one in base):.2f}, {cpu / median(one.cpu for one in base):.2f}"
            sys.stdout.write(f"{way:5} {wall:6.2f} s, {cpu:6.2f} s of the cores; times those of the disk: {ratios}\n")
        server.shutdown()


if __name__ == "__main__":
    main()
