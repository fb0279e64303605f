"""`unified demo-environment`: the addresses and keys of the running demo as variables of a shell."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from unified.cli.environment import settings
from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names

TIMEOUT_SECONDS = 5.0
START = "start one with `make demo` or `unified demo`"


def demo_environment() -> None:
    """Print `export` lines with the address, keys and account ids of the running demo, for `eval`.

    If several demos run, UNIFIED_PORT chooses one by its port.
    """
    from unified.cli.demo.folders import STATE, demo_homes, folders_in

    configured = settings()
    port = (configured.port or None) if os.environ.get("UNIFIED_PORT") else None
    homes = demo_homes(configured)
    content = running_demo([folder / STATE for home in homes for folder in folders_in(home)], port, first=homes)
    for name, value in variables(content):
        typer.echo(f"export {name}={shlex.quote(value)}")


def variables(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the variables for a demo's ready file: those of clients, an account for each provider, those of agents."""
    yield "UNIFIED_URL", content["base_url"]
    yield "UNIFIED_KEY", content["app_key"]
    yield "UNIFIED_ADMIN_KEY", content["admin_key"]
    for provider, account in content["accounts"].items():
        yield provider.upper(), account
    servers = content["mcp"]
    if servers:
        yield "MCP_URL", servers["read_only"]["url"]
        yield "APPROVALS_URL", servers["approvals"]["url"]
        yield "AGENT_KEY", servers["approvals"]["api_key"]


def running_demo(files: Sequence[Path], port: int | None, *, first: Sequence[Path]) -> dict[str, Any]:
    """Return what the running demo wrote when it started: the one at the port, if one is given.

    Args:
        files: where demos may have written it.
        port: that of the demo; None for the only one.
        first: the folders of those that run alone, for the message.

    Raises:
        ConfigurationError: none is running, none takes its key, none is at the port, or several run and no port is given.
    """
    written = [one for one in files if one.is_file()]
    if not written:
        usual = [str(folder / files[0].name) for folder in first]
        missing = f"{usual[0]} does not exist" if len(usual) == 1 else f"none of {', '.join(usual)} exists"
        raise ConfigurationError(f"no demo is running, as {missing}: {START}")
    contents = {one: _read(one) for one in written}
    found = [one for one in contents.values() if _responds(one)]
    if not found:
        file = written[0]
        raise ConfigurationError(f"the demo that wrote {file} does not respond at {contents[file]['base_url']}: {START}")
    chosen = [one for one in found if port in {None, urlsplit(one["base_url"]).port}]
    if len(chosen) == 1:
        return chosen[0]
    known = known_names(one["base_url"] for one in found)
    if chosen:
        raise ConfigurationError(f"several demos are running; choose one by its port, with UNIFIED_PORT. Running: {known}")
    raise ConfigurationError(f"no demo is running at the port {port} of UNIFIED_PORT. Running: {known}")


def _read(file: Path) -> dict[str, Any]:
    import json

    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _responds(content: dict[str, Any]) -> bool:
    """Whether a demo responds at the address and takes the key."""
    import urllib.error
    import urllib.request

    asked = urllib.request.Request(  # noqa: S310 - the address of a local server
        f"{content['base_url']}/accounts?limit=1", headers={"Authorization": f"Bearer {content['app_key']}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return True
    except (urllib.error.URLError, TimeoutError):
        return False
