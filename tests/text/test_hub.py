"""prepare_fineweb.py against a hub on the loopback address that breaks down in every way a network does."""

import hashlib
import http.server
import json
import signal
import threading
import time
import urllib.parse

import pytest

import prepare_fineweb
from tests.support.scripts import SAMPLE, start_script
from text import sources

REPOSITORY, COMMIT = "somebody/texts", "0" * 40


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the hub's interface as streaming a data set of two files takes. `faults` is what becomes of the next downloads."""

    protocol_version = "HTTP/1.1"
    files, faults, downloads = {}, [], 0

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for key, value in {"Content-Length": len(body), "X-Repo-Commit": COMMIT, **headers}.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value):
        self.answer(200, json.dumps(value).encode(), Content_Type="application/json")

    def entries(self, names):
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
        wanted = (
            json.loads(body)["paths"]
            if body.startswith("{")
            else urllib.parse.parse_qs(body).get("paths", [])
        )
        self.answer_json(self.entries(wanted))

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path).strip("/")
        if path.startswith(f"datasets/{REPOSITORY}/resolve/") and (
            content := self.files.get("/".join(path.split("/")[5:]))
        ):
            return self.download(content)
        if path.startswith(f"api/datasets/{REPOSITORY}"):
            rest = path.removeprefix(f"api/datasets/{REPOSITORY}").strip("/").split("/")
            if rest[0] != "tree":
                return self.answer_json({"id": REPOSITORY, "sha": COMMIT, "private": False, "gated": False, "disabled": False, "tags": [], "downloads": 0, "likes": 0,
                                         "siblings": [{"rfilename": name} for name in self.files]})  # fmt: skip
            if len(rest) == 2:
                return self.answer_json(
                    [
                        {"type": "directory", "path": "data", "size": 0, "oid": COMMIT},
                        *self.entries(self.files),
                    ]
                )
            if rest[2] == "data":
                return self.answer_json(self.entries(self.files))
        self.answer(404, b"{}", X_Error_Code="EntryNotFound")

    do_HEAD = do_GET

    def download(self, content):
        first, last = 0, len(content) - 1
        if asked := self.headers.get("Range"):
            low, high = asked.removeprefix("bytes=").split("-")
            first, last = (
                (int(low), min(int(high or last), last))
                if low
                else (len(content) - int(high), last)
            )
        body = content[first : last + 1]
        headers = {
            "Accept_Ranges": "bytes",
            "ETag": '"1"',
            **({"Content_Range": f"bytes {first}-{last}/{len(content)}"} if asked else {}),
        }
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
            body, headers["Content_Length"] = (
                body[: len(body) // 2 if fault == "half a body" else 0],
                len(body),
            )
            self.close_connection = True
        self.answer(206 if asked else 200, body, **headers)


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """The sample corpus four times over: half of a data set of two such files."""
    import pyarrow
    import pyarrow.parquet

    texts = [json.loads(line)["text"] for line in SAMPLE.open(encoding="utf-8")]
    path = tmp_path_factory.mktemp("parquet") / "texts.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({"text": texts * 4}), path, row_group_size=100, compression="none"
    )
    return path


@pytest.fixture
def hub(parquet, tmp_path, monkeypatch):
    Hub.files = {
        f"data/train-0000{number}-of-00002.parquet": parquet.read_bytes() for number in range(2)
    }
    Hub.faults, Hub.downloads = [], 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DOWNLOAD_TIMEOUT": "2",
    }.items():
        monkeypatch.setenv(name, value)  # for the reading process, which is a fresh one
    yield Hub
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def expected(parquet, tokenizer_folder, tmp_path_factory):
    """The shards of the same rows from the files themselves."""
    folder = tmp_path_factory.mktemp("expected")
    prepare([parquet, parquet], tokenizer_folder, folder)
    return shards(folder)


def prepare(source, tokenizer_folder, out):
    prepare_fineweb.main(
        [
            "--source",
            *map(str, source),
            "--config",
            "default",
            "--tokenizer",
            str(tokenizer_folder),
            "--out",
            str(out),
            "--workers",
            "1",
            "--val-fraction",
            "0.1",
        ]
    )


def shards(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.npy")}


@pytest.mark.parametrize("faults", [[], ["429", None, "drop", "half a body", "500"], ["hang"]])
def test_a_network_that_fails_now_and_then_costs_time_and_no_byte(
    hub, expected, tokenizer_folder, tmp_path, faults
):
    hub.faults = list(faults)
    prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    assert hub.downloads > 1 and not hub.faults
    assert shards(tmp_path / "out") == expected


@pytest.mark.parametrize("fault", ["500", "drop"])
def test_a_network_that_fails_for_good_ends_it_with_a_sentence_and_later_it_goes_on(
    hub, expected, tokenizer_folder, tmp_path, capsys, monkeypatch, fault
):
    monkeypatch.setattr(sources, "ATTEMPTS", 2)
    monkeypatch.setattr(sources, "SILENCE_LIMIT_SECONDS", 6)
    monkeypatch.setattr(sources, "SKIPPING_LIMIT_SECONDS", 6)
    monkeypatch.setattr(prepare_fineweb, "COMMIT_EVERY_TOKENS", 10_000)
    hub.faults = [None] * 4 + [fault] * 1000
    with pytest.raises(SystemExit) as stopped:
        prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert (
        stopped.value.code == 2
        and f"{REPOSITORY} could not be read" in message
        and "run the same command again" in message
    )
    assert json.loads((tmp_path / "out" / "progress.json").read_text())["position"]
    hub.faults = []
    prepare([REPOSITORY], tokenizer_folder, tmp_path / "out")
    assert shards(tmp_path / "out") == expected


def test_a_data_set_that_is_not_there_is_said_at_once(hub, tokenizer_folder, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        prepare(["somebody/nothing"], tokenizer_folder, tmp_path / "out")
    assert (
        stopped.value.code == 2 and "somebody/nothing could not be read" in capsys.readouterr().err
    )


def test_ctrl_c_while_the_network_hangs_ends_it(hub, tokenizer_folder, tmp_path):
    hub.faults = [None, "hang", "hang", "hang"]
    process = start_script("prepare_fineweb.py", "--source", REPOSITORY, "--config", "default", "--tokenizer", tokenizer_folder, "--out", tmp_path / "out", "--workers", "1",
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))  # fmt: skip
    while len(hub.faults) > 2:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=10)
    assert (
        process.returncode == 130
        and "the same command goes on" in output
        and "Traceback" not in output
    )
