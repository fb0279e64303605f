"""`make bench`: whole paths side by side in one run."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import peers, service
from benchmarks.equality import bodies, check_bytes, check_records, records_by_id
from benchmarks.figures import ratio
from benchmarks.load import get
from benchmarks.machine import cores, pin
from benchmarks.measure import Measured, Row, http_row, measure
from benchmarks.processes import free_port, process
from unified import Catalog

OUT = Console(width=120)


def main() -> None:
    pin(0, cores()[1])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        provider = stack.enter_context(
            process(sys.executable, "-m", "benchmarks.provider", str(port), port=port, on=cores()[1])
        )
        home = service.prepare(folder / "home")
        ours = stack.enter_context(service.serve(home, port))
        account = home.accounts[0]
        path = "/crm/v3/objects/contacts?limit=100"
        expected = bodies(provider.port, get(path))
        records = records_by_id(ours.port, get(service.contacts(account), home.key))
        rows: list[Row] = []
        if peers.without_nginx() is None:
            nginx = stack.enter_context(peers.nginx(folder, port))
            check_bytes("nginx", nginx.port, get(f"/proxy{path}"), expected)
            rows.append(http_row("nginx", "nginx: pass-through", nginx, get(f"/proxy{path}")))
        if peers.without_node() is None:
            passing = stack.enter_context(peers.node("pass", port))
            check_bytes("Node", passing.port, get(f"/proxy{path}"), expected)
            hand = stack.enter_context(peers.node("hand", port))
            check_records("Node by hand", hand.port, get("/crm/contacts?limit=100"), records)
            expression = folder / "record.jsonata"
            expression.write_text(Catalog.load().compiled("hubspot", "crm.contacts").record.source)
            npm = stack.enter_context(peers.node("jsonata", port, str(expression)))
            check_records("npm jsonata", npm.port, get("/crm/contacts?limit=100"), records)
            rows += [
                http_row("node_pass", "Node: pass-through", passing, get(f"/proxy{path}")),
                http_row("node_hand", "Node: mapped by hand", hand, get("/crm/contacts?limit=100")),
                http_row("node_jsonata", "Node: mapped by npm jsonata", npm, get("/crm/contacts?limit=100")),
            ]
        check_bytes("pass-through", ours.port, get(service.passed_through(account), home.key), expected)
        rows += [
            http_row("pass", "Unified: pass-through", ours, get(service.passed_through(account), home.key)),
            http_row("mapped", "Unified: mapped page of 100", ours, get(service.contacts(account), home.key)),
            http_row("fields", "Unified: 12 fields", ours, get(service.contacts(account, fields=service.FIELDS), home.key)),
            http_row("page_10", "Unified: mapped page of 10", ours, get(service.contacts(account, 10), home.key)),
        ]
        found = measure(rows, rounds=5, seconds=0.5, watch=lambda _: None)
        show(found)


def show(found: list[Measured]) -> None:
    by_name = {one.name: one for one in found}
    table = Table(
        "what", "processor ms", "best", "spread", "× nginx", "× Node pass", "× Node by hand", "requests/s", "p50 ms", "KB"
    )
    for one in found:
        times = [
            f"{ratio(one.milliseconds, by_name[base].milliseconds).median:.2f}" if base in by_name else "not installed"
            for base in ("nginx", "node_pass", "node_hand")
        ]
        table.add_row(
            one.title,
            f"{one.milliseconds.median:.2f}",
            f"{one.milliseconds.best:.2f}",
            f"{one.milliseconds.spread:.0%}",
            *times,
            f"{one.per_second.median:.0f}",
            f"{one.p50_ms.median:.1f}",
            f"{one.bytes / 1000:.0f}",
        )
    OUT.print(table)


if __name__ == "__main__":
    main()
