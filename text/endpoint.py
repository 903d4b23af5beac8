"""The address of the Hugging Face hub: whether it may be used, and whether it answers at all.

These are the failures that waiting rarely mends, so text/hub.py reports them soon, by name.
"""

import os
import socket
import urllib.parse
import urllib.request

DEFAULT_ENDPOINT = "https://huggingface.co"
OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
TRUE_VALUES = {"1", "ON", "YES", "TRUE"}  # those of huggingface_hub
PROBE_SECONDS = 10
PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):
    """The hub's address refuses connections, or its host name cannot be resolved."""


def endpoint() -> str:
    """The address of the hub, without a slash at its end."""
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def name_endpoint() -> str:
    """The address of the hub for a message; it says so if HF_ENDPOINT has set it."""
    return f"HF_ENDPOINT={endpoint()}" if os.environ.get("HF_ENDPOINT") else endpoint()


def check_online(name: str) -> None:
    """Raise ValueError if the environment forbids or misdirects every connection to the hub.

    `name` is the data set that was asked for.
    """
    for variable in OFFLINE_VARIABLES:
        value = os.environ.get(variable, "")
        if value.upper() in TRUE_VALUES:
            raise ValueError(
                f"{name} is on the hub, and {variable}={value} forbids connections to it; "
                f"unset {variable} to download it, or give local files instead"
            )
    address = urllib.parse.urlsplit(endpoint())
    if address.scheme not in PORTS or not address.hostname:
        raise ValueError(
            f"{name_endpoint()} is not an address of the form https://HOST; correct or unset it"
        )


def probe() -> None:
    """Connect to the hub's address once. Raises Unreachable if that is refused or has no host.

    Other failures, such as a timeout, are left to the client. So is everything behind a proxy.
    """
    address = urllib.parse.urlsplit(endpoint())
    host = address.hostname or ""
    proxies = urllib.request.getproxies()
    if {address.scheme, "all"} & proxies.keys() and not urllib.request.proxy_bypass(host):
        return
    try:
        port = address.port or PORTS[address.scheme]
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except (ConnectionRefusedError, socket.gaierror) as problem:
        reason = problem.strerror or "no connection"
        raise Unreachable(f"cannot connect to {name_endpoint()}: {reason}") from None
    except OSError:
        return
