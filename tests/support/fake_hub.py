"""A small Hugging Face hub on the loopback address that fails in the ways that networks fail."""

import hashlib
import http.server
import json
import threading
import time
import urllib.parse
from contextlib import contextmanager

REPOSITORY = "somebody/texts"
COMMIT = "0" * 40
INFO = {
    "id": REPOSITORY,
    "sha": COMMIT,
    "private": False,
    "gated": False,
    "disabled": False,
    "tags": [],
    "downloads": 0,
    "likes": 0,
}


class Hub(http.server.BaseHTTPRequestHandler):
    """The part of the hub's API that streaming one data set needs.

    `faults` says what happens to the next downloads: None, "429", "500", "hang", "drop" or
    "half a body".
    """

    protocol_version = "HTTP/1.1"
    files = {}  # content by path in the repository
    faults = []
    downloads = 0

    @classmethod
    def serve(cls, files):
        """Serve these files from now on, without faults."""
        cls.files = files
        cls.faults = []
        cls.downloads = 0

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        headers = {"Content_Length": len(body), "X_Repo_Commit": COMMIT, **headers}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value):
        self.answer(200, json.dumps(value).encode(), Content_Type="application/json")

    def entries(self, names):
        """What the hub's API says about those of the files that exist."""
        return [
            {
                "type": "file",
                "path": name,
                "size": len(self.files[name]),
                "oid": hashlib.sha1(name.encode()).hexdigest(),
            }
            for name in names
            if name in self.files
        ]

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fields = json.loads(body) if body.startswith("{") else urllib.parse.parse_qs(body)
        self.answer_json(self.entries(fields.get("paths", [])))

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path).strip("/")
        api = f"api/datasets/{REPOSITORY}"
        if path.startswith(f"datasets/{REPOSITORY}/resolve/"):
            name = "/".join(path.split("/")[5:])
            if name in self.files:
                return self.download(self.files[name])
        elif path.startswith(api):
            words = path.removeprefix(api).strip("/").split("/")
            if words[0] != "tree":
                siblings = [{"rfilename": name} for name in self.files]
                return self.answer_json({**INFO, "siblings": siblings})
            if len(words) == 2:
                folder = {"type": "directory", "path": "data", "size": 0, "oid": COMMIT}
                return self.answer_json([folder, *self.entries(self.files)])
            if words[2] == "data":
                return self.answer_json(self.entries(self.files))
        return self.answer(404, b"{}", X_Error_Code="EntryNotFound")

    do_HEAD = do_GET

    def download(self, content):
        headers = {"Accept_Ranges": "bytes", "ETag": '"1"'}
        status, body = 200, content
        requested = self.headers.get("Range")
        if requested:
            first, last = parse_range(requested, len(content))
            body = content[first : last + 1]
            headers["Content_Range"] = f"bytes {first}-{last}/{len(content)}"
            status = 206
        if self.command == "HEAD":
            return self.answer(200, body, **headers)
        Hub.downloads += 1
        fault = Hub.faults.pop(0) if Hub.faults else None
        if fault == "429":
            return self.answer(429, Retry_After=1)
        if fault == "500":
            return self.answer(500)
        if fault == "hang":
            time.sleep(30)
        if fault in ("half a body", "drop", "hang"):
            headers["Content_Length"] = len(body)
            sent = len(body) // 2 if fault == "half a body" else 0
            body = body[:sent]
            self.close_connection = True
        return self.answer(status, body, **headers)


def parse_range(requested, size):
    """First and last byte of a range header: "bytes=5-9", "bytes=5-" or "bytes=-5"."""
    low, high = requested.removeprefix("bytes=").split("-")
    if not low:
        return size - int(high), size - 1
    return int(low), min(int(high or size - 1), size - 1)


@contextmanager
def serve_hub():
    """Run the hub; yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
