"""serve.py as a user starts it: its address, its refusals, and how it ends."""

import argparse
import re
import signal
import socket

import httpx
import pytest

import serve
from tests.support.scripts import run_script, start_script
from tests.support.sites import read_address
from tests.support.talkers import save_talker


def test_it_serves_the_assistants_in_a_folder_until_ctrl_c_even_in_mid_answer(tokenizer, tmp_path):
    for name in ("baseball", "general"):
        save_talker(tmp_path / "runs" / name, tokenizer, context=2048, never_ends=True)
    flags = ["--port", 0, "--no-browser", "--token", "open-sesame", "--device", "cpu"]
    process = start_script("serve.py", "--runs", tmp_path / "runs", *flags)
    try:
        address, printed = read_address(process)
        assert printed.count("parameters, a context of 2,048 tokens") == 2
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=open-sesame", address)
        api = address.partition("?")[0] + "v1/"
        with httpx.Client(headers={"Authorization": "Bearer open-sesame"}, timeout=60) as client:
            models = client.get(api + "models").json()["data"]
            assert [model["id"] for model in models] == ["baseball", "general"]
            fields = {"model": "general", "prompt": "A", "max_tokens": 2000, "stream": True}
            with client.stream("POST", api + "completions", json=fields) as stream:
                lines = stream.iter_lines()
                next(lines)
                process.send_signal(signal.SIGINT)
                assert "the server is shutting down" in [*lines][-2]
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        assert output.strip() == "serve.py: stopped"
    finally:
        process.kill()
        process.wait()


def test_wrong_flags_are_reported_together():
    status, output = run_script("serve.py", "--port", 70_000, "--host", "0.0.0.0", "--seed", -1)
    assert status == 2 and "Traceback" not in output
    assert "--port must be" in output and "--seed must be" in output
    assert re.search(r"add a secret, such as: --token [\w-]{8,}", output)


def test_wrong_flags_of_the_answers_are_reported_with_the_others_before_the_port_is_opened(
    monkeypatch, capsys
):
    monkeypatch.setattr(serve, "listen", lambda *_: pytest.fail("the port was opened"))
    with pytest.raises(SystemExit) as end:
        serve.main(["runs/none", "--top-p", "0", "--seed", "-1"])
    assert end.value.code == 2
    assert "--seed must be 0 or more, and less than 2^63; top_p must be" in capsys.readouterr().err


@pytest.mark.parametrize(
    "host, token, is_fine",
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", None, True),
        ("0.0.0.0", None, False),
        ("192.168.0.7", None, False),
        ("my-machine", None, False),
        ("0.0.0.0", "open-sesame", True),
        ("127.0.0.1", "short", False),
        ("127.0.0.1", "with space", False),
        ("127.0.0.1", "pässword", False),
    ],
)
def test_a_server_for_others_needs_a_token(host, token, is_fine):
    settings = argparse.Namespace(host=host, token=token, port=0, seed=0, max_new_tokens=1)
    assert (serve.flag_problems(settings) == []) == is_fine


def test_the_commands_in_the_help_are_accepted():
    commands = re.findall(r"python serve\.py .*--token.*?(?=  *#)", serve.__doc__)
    assert commands
    for command in commands:
        token = command.split("--token ")[1].split()[0]
        settings = argparse.Namespace(host="0.0.0.0", token=token, port=0, seed=0, max_new_tokens=1)
        assert serve.flag_problems(settings) == []


def test_a_server_for_others_knows_the_names_of_its_machine(monkeypatch, capsys):
    monkeypatch.setattr(socket, "gethostname", lambda: "desk")
    monkeypatch.setattr(socket, "getfqdn", lambda: "desk.example.org")
    flags = {"token": "open-sesame", "no_browser": True, "allow_host": ["gpt.example.org"]}
    settings = argparse.Namespace(host="0.0.0.0", **flags)
    names = {"desk", "desk.local", "desk.example.org", "gpt.example.org"}
    assert names < set(serve.host_names(settings))
    serve.announce(settings, 8000)
    assert "Warning: other machines can reach this server." in capsys.readouterr().out
    settings = argparse.Namespace(host="127.0.0.1", **flags)
    assert serve.host_names(settings) == ("gpt.example.org",)
    serve.announce(settings, 8000)
    assert "Warning" not in capsys.readouterr().out


def test_a_port_in_use_is_reported_in_a_sentence():
    with (
        serve.listen("127.0.0.1", 0) as listener,
        pytest.raises(ValueError, match="another program uses it; choose another --port"),
    ):
        serve.listen("127.0.0.1", listener.getsockname()[1])
    with pytest.raises(ValueError, match="cannot listen on 203.0.113.1"):  # not of this machine
        serve.listen("203.0.113.1", 0)


def test_an_ipv6_address_is_printed_in_brackets(capsys):
    settings = argparse.Namespace(host="::1", token=None, no_browser=True)
    serve.announce(settings, 8000)
    assert "http://[::1]:8000/ " in capsys.readouterr().out


def test_a_folder_without_assistants_is_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="holds no assistant; give one"):
        serve.find_models(str(tmp_path))


def test_absent_packages_are_named_with_the_command_that_installs_them(monkeypatch):
    monkeypatch.setattr(serve, "PACKAGES", ("json", "no_such_package"))
    with pytest.raises(ValueError, match=r"\(no_such_package\); .*-r requirements-serve.txt"):
        serve.check_packages()


def test_a_socket_for_ipv6_listens_there():
    if not socket.has_ipv6:
        pytest.skip("needs IPv6")
    with serve.listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


def test_the_printed_address_of_all_interfaces_answers(monkeypatch):
    if not socket.has_dualstack_ipv6():
        pytest.skip("needs IPv6 and IPv4 in one socket")
    with serve.listen("::", 0) as listener:
        address = (serve.name_in_address("::"), listener.getsockname()[1])
        socket.create_connection(address, timeout=10).close()
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    assert serve.name_in_address("::") == "[::1]"
