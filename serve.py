"""Serve models on this machine: a page to ask and compare them, and OpenAI's API.

    python serve.py runs/general runs/baseball_replay   # opens the page at http://127.0.0.1:8000
    python serve.py                                     # all assistants in runs/
    python serve.py runs/baseball --port 0 --no-browser     # a free port, which is printed
    python serve.py runs/baseball --host 0.0.0.0 --token open-sesame    # for others too

Any client of OpenAI's API can use the models, under the names of their folders:

    curl http://127.0.0.1:8000/v1/chat/completions -H "Content-Type: application/json" -d \\
        '{"model": "baseball", "messages": [{"role": "user", "content": "Who hit 60 in 1927?"}]}'

The answer flags, such as --temperature, mean the same as in chat.py. They are the page's initial
settings and the API's defaults, except that an API request without a seed gets a random one. The
page shows the runs and reports in --runs, also those that are being trained. With --token, the page
opens at the address that is printed, and the API wants the token as its key. Ctrl-C ends the server
at once.
"""

import argparse
import errno
import importlib.util
import ipaddress
import re
import secrets
import socket
import threading
import webbrowser
from pathlib import Path

from tools.command_line import (
    add_answer_flags,
    add_hardware_flags,
    run_script,
    seed_problems,
)

PACKAGES = ("fastapi", "nicegui", "uvicorn")
BACKLOG = 512  # connections that wait to be accepted
TOKEN = re.compile(r"[\w-]{8,}", re.ASCII)  # needs no quoting in an address or a cookie


def main(argv: list[str] | None = None) -> None:
    """Parse the command line and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="serve.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "models",
        nargs="*",
        metavar="RUN",
        help="run folders, checkpoints in them, or GPT-2 folders (default: assistants in --runs)",
    )
    add("--port", type=int, default=8000, help="0: any free port (default: 8000)")
    add(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0: reachable from other machines "
        "(default: 127.0.0.1, this machine only)",
    )
    add("--token", help="a secret that visitors must know; needed with another --host")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which visitors reach this machine; may be given several times "
        "(known anyway: localhost, its IP addresses and its own names)",
    )
    add(
        "--runs",
        default="runs",
        metavar="FOLDER",
        help="the folder whose runs and reports the page shows (default: runs)",
    )
    add("--no-browser", action="store_true", help="do not open the page")
    add_answer_flags(add)
    add_hardware_flags(add)
    args = parser.parse_args(argv)
    run_script(parser, lambda: run(args), "stopped")


def run(args: argparse.Namespace) -> None:
    """Load the models and serve them. Raises ValueError or OSError if that is impossible."""
    check_packages()
    from network.sampling import sampling_of

    sampling = sampling_of(args, flag_problems(args))
    models = args.models or find_models(args.runs)
    listener = listen(args.host, args.port)

    from network.chat_session import load_assistant
    from network.hardware import choose_hardware
    from serving.app import ServerSettings, make_app
    from serving.engine import Engine
    from serving.server import Server
    from serving.settings import AnswerSettings

    answers = AnswerSettings(sampling, args.max_new_tokens, args.seed)
    hardware = choose_hardware(args.device, args.dtype, "off")
    assistants = [load_assistant(model, hardware) for model in models]
    for assistant in assistants:
        print(assistant.describe(), flush=True)
    engine = Engine(assistants)
    app = make_app(engine, ServerSettings(answers, Path(args.runs), host_names(args), args.token))
    announce(args, listener.getsockname()[1])
    Server(app, engine).run(sockets=[listener])


def check_packages() -> None:
    """Raise ValueError if the packages that only serve.py needs are not installed."""
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        raise ValueError(
            f"the page needs packages that are not installed ({', '.join(absent)}); "
            "install them with: python -m pip install -r requirements-serve.txt"
        )


def flag_problems(args: argparse.Namespace) -> list[str]:
    """What is wrong with the flags, apart from those of the sampling."""
    problems = seed_problems(args)
    if args.max_new_tokens < 1:
        problems.append("--max-new-tokens must be 1 or more")
    if not 0 <= args.port <= 65_535:
        problems.append("--port must be from 0 to 65535")
    if args.token is None and not is_loopback(args.host):
        problems.append(
            f"with --host {args.host} others could use the server and read what is asked; "
            f"add a secret, such as: --token {secrets.token_hex(8)}"
        )
    if args.token is not None and not TOKEN.fullmatch(args.token):
        problems.append("--token must be 8 or more letters, digits, - and _")
    return problems


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_names(args: argparse.Namespace) -> tuple[str, ...]:
    """The names under which visitors may reach the server, besides localhost and IP addresses."""
    if is_loopback(args.host):
        return tuple(args.allow_host)
    name = socket.gethostname()
    return (args.host, name, f"{name}.local", socket.getfqdn(), *args.allow_host)


def find_models(runs: str) -> list[str]:
    """The assistants in a folder. Raises ValueError if there are none."""
    from network.chat_template import has_chat_template

    configs = sorted(Path(runs).glob("*/config.json"))
    models = [str(path.parent) for path in configs if has_chat_template(path.parent)]
    if not models:
        raise ValueError(
            f"{runs} holds no assistant; give one, such as: python serve.py runs/demo/general"
        )
    return models


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ValueError if the address or the port cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = takes_ipv4_too(host)
    try:
        return socket.create_server(
            (host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except OSError as problem:
        reason = f"{problem.strerror}; choose another --host or --port"
        if problem.errno == errno.EADDRINUSE:
            reason = "another program uses it; choose another --port, or 0 for any free one"
        raise ValueError(f"cannot listen on {host}, port {port}: {reason}") from None


def takes_ipv4_too(host: str) -> bool:
    """Whether a server at this IPv6 address is reached by IPv4 as well."""
    return host == "::" and socket.has_dualstack_ipv6()


def name_in_address(host: str) -> str:
    """What to type for a host on this machine: for all addresses, one that leads back here."""
    if host == "0.0.0.0" or takes_ipv4_too(host):
        return "127.0.0.1"
    name = "::1" if host == "::" else host
    return f"[{name}]" if ":" in name else name


def announce(args: argparse.Namespace, port: int) -> None:
    """Print the address, and open it in the browser if wanted."""
    address = f"http://{name_in_address(args.host)}:{port}/"
    if args.token is not None:
        address += f"?token={args.token}"
    if not is_loopback(args.host):
        print(
            "Warning: other machines can reach this server. Anyone with the token can use it, and "
            "traffic is not encrypted."
        )
    print(f"Serving at {address} (Ctrl-C ends it)", flush=True)
    if not args.no_browser:
        threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


if __name__ == "__main__":
    main()
