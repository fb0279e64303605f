"""Everything that a run measures, started: the provider, the peers and Unified in several forms."""

import functools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import peers, service
from benchmarks.catalogs import many_providers
from benchmarks.machine import cores
from benchmarks.pages import KNOWN_COMPANIES
from benchmarks.plan import Plan
from benchmarks.processes import Started, free_port, process
from unified import Catalog

PEERS: Final = ("nginx", "node_pass", "node_hand", "node_equal", "node_jsonata")
GROWN: Final = ("hidden", "linked", "chosen", "accounts_stored", "accounts_used", "providers", "two_workers")
"""The rows for which more is started."""


class Subjects(msgspec.Struct, frozen=True, kw_only=True):
    """The running processes by name, and what a client of each service of ours needs."""

    provider: Started
    running: dict[str, Started]
    """The peers, `ours`, `many_accounts`, `many_providers`, `two_workers`."""
    homes: dict[str, service.Home]
    missing: dict[str, str]
    """The peers that cannot be measured here, with the reason."""


@functools.cache
def catalog() -> Catalog:
    """The installed catalog."""
    return Catalog.load()


@contextmanager
def started(plan: Plan, watch: Callable[[str], None]) -> Iterator[Subjects]:
    """Start what the plan needs; all of it ends with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = start_ours(stack, folder, "benchmarks.pages", KNOWN_COMPANIES, watch)
        if plan.wants("paths", "latency", *PEERS):
            watch("start the peers")
            _start_peers(stack, found, folder)
        if plan.wants("growth", *GROWN):
            watch("start Unified with many accounts, many providers, two workers")
            start_grown(stack, found, folder, plan)
        yield found


def start_ours(stack: ExitStack, folder: Path, pages: str, companies: Sequence[str], watch: Callable[[str], None]) -> Subjects:
    """Start a provider, with the pages of a module, and Unified in front of it."""
    port = free_port()
    command = (sys.executable, "-m", "benchmarks.provider", str(port), pages)
    provider = stack.enter_context(process(*command, port=port, on=cores()[1]))
    found = Subjects(provider=provider, running={}, homes={}, missing={})
    watch("start Unified")
    found.homes["ours"] = service.prepare(folder / "ours", companies=companies)
    shutil.copytree(folder / "ours", folder / "prepared")
    found.running["ours"] = stack.enter_context(service.serve(found.homes["ours"], port))
    return found


def _start_peers(stack: ExitStack, found: Subjects, folder: Path) -> None:
    port = found.provider.port
    reasons = {"nginx": peers.without_nginx(), "Node": peers.without_node()}
    found.missing.update({name: reason for name, reason in reasons.items() if reason is not None})
    if "nginx" not in found.missing:
        found.running["nginx"] = stack.enter_context(peers.nginx(folder, port))
    if "Node" not in found.missing:
        needed = folder / "mapping.json"
        needed.write_bytes(msgspec.json.encode(peers.needed(catalog().compiled("hubspot", "crm.contacts"))))
        for kind, more in (("pass", ()), ("hand", ()), ("equal", ()), ("jsonata", (str(needed),))):
            found.running[f"node_{kind}"] = stack.enter_context(peers.node(kind, port, *more))


def start_grown(stack: ExitStack, found: Subjects, folder: Path, plan: Plan, *, workers: bool = True) -> None:
    """Start Unified with many accounts and with many providers, and with two workers."""
    port = found.provider.port
    found.homes["many_accounts"] = service.prepare(folder / "many_accounts", plan.accounts)
    for name in ("many_providers", "two_workers"):
        shutil.copytree(folder / "prepared", folder / name)
        found.homes[name] = msgspec.structs.replace(found.homes["ours"], folder=folder / name)
    catalog = many_providers(folder / "catalog", plan.providers)
    serve, homes = service.serve, found.homes
    grown = {
        "many_accounts": serve(homes["many_accounts"], port),
        "many_providers": serve(homes["many_providers"], port, UNIFIED_CATALOG=str(catalog)),
    }
    if workers:
        grown["two_workers"] = serve(homes["two_workers"], port, workers=2)
    for name, one in grown.items():
        found.running[name] = stack.enter_context(one)
