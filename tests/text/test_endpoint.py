"""A hub that may not be used, or whose address does not answer: the sentence, and how soon."""

import socket

import pytest

from tests.support.scripts import SAMPLE
from text.endpoint import Unreachable, check_online, probe
from text.hub import HubDataset

VARIABLES = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")


@pytest.fixture
def online(monkeypatch):
    """An environment without any variable about the hub or a proxy."""
    for name in (*VARIABLES, "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)


@pytest.fixture
def waits(monkeypatch):
    """The waits between attempts, in seconds; they are recorded, not waited."""
    waited = []
    monkeypatch.setattr("text.hub.time.sleep", waited.append)
    return waited


@pytest.fixture
def closed_port():
    """A port of this computer that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def read_all():
    return list(HubDataset("a/b", None, ["text"]).batches())


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", ["1", "true", "ON"])
def test_offline_mode_is_reported_at_once_by_the_name_of_its_variable(
    online, monkeypatch, waits, variable, value
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f"{variable}={value} forbids.*unset {variable}"):
        read_all()
    assert waits == []


@pytest.mark.parametrize("value", ["", "0", "no"])
def test_a_variable_that_is_not_true_forbids_nothing(online, monkeypatch, value):
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    check_online("a/b")


def test_prepare_fineweb_offline_ends_with_the_sentence(
    online, monkeypatch, capsys, tokenizer_folder, tmp_path
):
    import prepare_fineweb

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    flags = ["--tokenizer", str(tokenizer_folder), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as stopped:
        prepare_fineweb.main(["--workers", "1", *flags])
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert "HuggingFaceFW/fineweb-edu is on the hub, and HF_HUB_OFFLINE=1 forbids" in message


def test_an_address_that_refuses_connections_is_named_after_seven_seconds(
    online, monkeypatch, waits, closed_port
):
    address = f"http://127.0.0.1:{closed_port}"
    monkeypatch.setenv("HF_ENDPOINT", address)
    expected = f"cannot connect to HF_ENDPOINT={address}: Connection refused"
    with pytest.raises(ValueError, match=expected):
        read_all()
    assert waits == [1, 2, 4]


def test_a_hub_that_has_answered_before_is_given_minutes_to_come_back(monkeypatch, waits):
    answers = [[("rows", [{"text": "a"}], 1), ("error", "503", False)]]

    def messages(self, position):
        yield from answers.pop(0) if answers else [("unreachable", "refused", False)]

    monkeypatch.setattr(HubDataset, "_messages", messages)
    with pytest.raises(ValueError, match="refused"):
        read_all()
    assert sum(waits) > 100


def test_a_host_name_that_cannot_be_resolved_is_named(online, monkeypatch):
    def fail(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", fail)
    with pytest.raises(Unreachable, match="https://huggingface.co: Name or service not known"):
        probe()


def test_behind_a_proxy_the_address_is_not_probed(online, monkeypatch, closed_port):
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    probe()


@pytest.mark.parametrize("address", ["hub.example", "ftp://hub.example", "https://"])
def test_an_endpoint_that_is_no_web_address_is_refused(online, monkeypatch, address):
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(ValueError, match="HF_ENDPOINT=.*is not an address of the form"):
        check_online("a/b")


def test_local_files_need_no_hub(online, monkeypatch, tokenizer_folder, tmp_path):
    import prepare_fineweb

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    paths = ["--source", SAMPLE, "--tokenizer", tokenizer_folder, "--out", tmp_path / "out"]
    prepare_fineweb.main([*map(str, paths), "--workers", "1"])
    assert (tmp_path / "out" / "meta.json").exists()
