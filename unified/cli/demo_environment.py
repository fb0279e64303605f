"""`unified demo-environment`: the addresses and keys of the running demo as variables of a shell."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from unified.cli.environment import settings
from unified.errors.configuration import ConfigurationError

TIMEOUT_SECONDS = 5.0
START = "start one with `make demo` or `unified demo`"


def demo_environment() -> None:
    """Print `export` lines with the address, keys and account ids of the running demo, for `eval`."""
    from unified.cli.demo import STATE, demo_homes

    content = _running([one / STATE for one in demo_homes(settings())])
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


def _running(files: Sequence[Path]) -> dict[str, Any]:
    """Return what the demo wrote when it started.

    Raises:
        ConfigurationError: none is running, or none takes its key.
    """
    written = [one for one in files if one.is_file()]
    if not written:
        missing = f"{files[0]} does not exist" if len(files) == 1 else f"none of {', '.join(map(str, files))} exists"
        raise ConfigurationError(f"no demo is running, as {missing}: {START}")
    contents = {one: _read(one) for one in written}
    for content in contents.values():
        if _responds(content):
            return content
    file = written[0]
    raise ConfigurationError(f"the demo that wrote {file} does not respond at {contents[file]['base_url']}: {START}")


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
