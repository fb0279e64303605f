"""Two machines with one PostgreSQL and one Redis behind the balancers of deploy/: a rolling restart under load loses nothing."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests.deploy import servers
from tests.deploy.files import DEPLOY
from tests.deploy.page import block
from tests.deploy.servers import PASSWORD
from tests.keys import new_key
from unified.app.assembly import assembled
from unified.server.serving import free_port
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.master_keys import parse_master_keys
from unified.settings.settings import Settings
from unified.store import tenants
from unified.vault.keys import new_key_line
from unified.vault.tokens import new_id
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover
from unified_sandbox.running import running

pytestmark = [pytest.mark.deploy, pytest.mark.takes(seconds=60)]

PROVIDER = "hubspot"
READERS, WRITERS = 3, 2
START_S, SETTLE_S, PAUSE_S = 180.0, 2.0, 0.05


class Node:
    """`unified serve` on a port of its own, which can be restarted as systemd would."""

    def __init__(self, port: int, environment: dict[str, str], folder: Path) -> None:
        self.port, self.log = port, folder / f"{port}.log"
        home = folder / f"home-{port}"
        self.environment = {**environment, "UNIFIED_HOME": str(home), "UNIFIED_PORT": str(port)}
        self.process = self.started()

    def started(self):
        with self.log.open("ab") as log:
            words = [sys.executable, "-m", "unified.cli.main", "serve"]
            return subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def restart(self) -> None:
        """As `systemctl restart` and the page's wait for /ready."""
        self.stop()
        self.process = self.started()
        self.await_ready()

    def await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/ready", timeout=2, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(60) == 0, self.log.read_text()

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Cluster(msgspec.Struct, kw_only=True):
    """Both nodes, and what a client needs."""

    nodes: list[Node]
    key: str
    account: str
    folder: Path
    sandbox: str


@pytest.fixture(scope="module")
def cluster(folder, certificates, postgresql, redis):
    """Two nodes that start at the same moment on an empty database."""
    place = folder / "cluster"
    place.mkdir()
    with running(create_sandbox({PROVIDER: discover()[PROVIDER]})) as sandbox:
        secrets = {
            "master_keys": new_key_line(),
            "database_url": f"postgresql://unified:{PASSWORD}@localhost:{postgresql.port}/unified?sslmode=verify-ca&sslrootcert={postgresql.authority}",
            "redis_url": f"rediss://:{PASSWORD}@127.0.0.1:{redis.port}/0?ssl_ca_certs={redis.authority}&ssl_check_hostname=false",
        }
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")},
            "UNIFIED_ALLOW_LOOPBACK": "true",
            "UNIFIED_PROVIDER_URLS": json.dumps({PROVIDER: f"{sandbox}/{PROVIDER}"}),
        }
        for name, value in secrets.items():
            (place / name).touch(mode=0o600)
            (place / name).write_text(value + "\n")
            environment[f"UNIFIED_{name.upper()}_FILE"] = str(place / name)
        empty_database(postgresql)
        nodes = [Node(free_port("127.0.0.1"), environment, place) for _ in range(2)]
        try:
            for node in nodes:
                node.await_ready()
            key, account = asyncio.run(filled(secrets, place, environment))
            yield Cluster(nodes=nodes, key=key, account=account, folder=place, sandbox=sandbox)
        finally:
            for node in nodes:
                node.kill()


def until_healthy(url: str) -> None:
    """Wait until a balancer has found a machine that answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            if httpx2.get(f"{url}/health", verify=False, trust_env=False, timeout=30).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} did not answer"
        time.sleep(0.1)


def empty_database(postgresql) -> None:
    """The tests before may have used it."""
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public AUTHORIZATION unified"):
        words = ["psql", "-h", str(postgresql.folder), "-p", str(postgresql.port), "-d", "unified", "-c", statement]
        servers.run(servers.as_postgres(words))


async def filled(secrets: dict[str, str], place: Path, environment: dict[str, str]) -> tuple[str, str]:
    (place / "home").mkdir()
    settings = Settings(
        home=place / "home",
        database_url=secrets["database_url"],
        master_keys=parse_master_keys(secrets["master_keys"]),
        provider_urls=json.loads(environment["UNIFIED_PROVIDER_URLS"]),
        allow_loopback=True,
    )
    standin = discover()[PROVIDER]
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="test")).id
        _, key = await create_key(services, tenant, new_key(name="app", role="app"), maker=None)
        asked = NewAccount(
            provider=PROVIDER, name="a", credentials=standin.demo_credentials[0], settings=dict(standin.demo_settings)
        )
        return key, (await create_account(services, tenant, asked)).id


def certificate(folder: Path) -> Path:
    """A certificate and its key in one file, as HAProxy reads it."""
    path = folder / "balancer.pem"
    if not path.exists():
        words = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=unified.example.com",
            "-keyout",
        ]
        servers.run([*words, str(folder / "balancer.key"), "-out", str(folder / "balancer.crt")])
        path.write_text((folder / "balancer.crt").read_text() + (folder / "balancer.key").read_text())
    return path


@contextmanager
def nginx(cluster: Cluster):
    """nginx with deploy/nginx.conf: only the addresses, the certificate and where its files are differ."""
    folder, port = cluster.folder / "nginx", free_port("127.0.0.1")
    folder.mkdir(mode=0o755, exist_ok=True)
    pem = certificate(cluster.folder)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    changes = {
        "10.0.0.11:8400": f"127.0.0.1:{cluster.nodes[0].port}",
        "10.0.0.12:8400": f"127.0.0.1:{cluster.nodes[1].port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/unified.pem": str(pem),
        "/etc/ssl/private/unified.key": str(cluster.folder / "balancer.key"),
        "/run/nginx.pid": f"{folder}/pid",
        "/var/log/nginx/": f"{folder}/",
    }
    conf = folder / "nginx.conf"
    conf.write_text(replaced(text, changes))
    words = ["nginx", "-c", str(conf), "-p", str(folder), "-e", str(folder / "start.log")]
    servers.run([*words, "-t"])
    process = subprocess.Popen([*words, "-g", "daemon off;"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_healthy(f"https://127.0.0.1:{port}")
        yield f"https://127.0.0.1:{port}", conf, words
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def haproxy(cluster: Cluster):
    """HAProxy with deploy/haproxy.cfg: only the addresses, the certificate and where its files are differ."""
    folder, port = cluster.folder / "haproxy", free_port("127.0.0.1")
    folder.mkdir(exist_ok=True)
    changes = {
        "10.0.0.11:8400": f"127.0.0.1:{cluster.nodes[0].port}",
        "10.0.0.12:8400": f"127.0.0.1:{cluster.nodes[1].port}",
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/ssl/private/unified.pem": str(certificate(cluster.folder)),
        "/run/haproxy/admin.sock": f"{folder}/admin.sock",
    }
    conf = folder / "haproxy.cfg"
    conf.write_text(replaced((DEPLOY / "haproxy.cfg").read_text(encoding="utf-8"), changes))
    servers.run(["haproxy", "-c", "-f", str(conf)])
    process = subprocess.Popen(["haproxy", "-db", "-f", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_healthy(f"https://127.0.0.1:{port}")
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def replaced(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    return text


class Load:
    """Reads and writes one after another through the balancer, from several clients, until it is told to stop.

    A balancer that reloads closes kept connections on which nothing is under way, just as a client may use one. What clients
    do about it is done here: a read whose kept connection was closed is sent once more (RFC 9110, 9.2.2), and a write, which
    cannot be, has a connection of its own.
    """

    def __init__(self, cluster: Cluster, url: str) -> None:
        self.cluster, self.url = cluster, url
        self.stopping = asyncio.Event()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.lost: list[str] = []
        self.made: set[str] = set()

    async def client(self, number: int, *, writes: bool) -> None:
        headers = {"Authorization": f"Bearer {self.cluster.key}"}
        limits = httpx2.Limits(max_keepalive_connections=0 if writes else 1)
        async with httpx2.AsyncClient(
            verify=False, trust_env=False, timeout=30, headers=headers, base_url=self.url, limits=limits
        ) as client:
            count = 0
            while not self.stopping.is_set():
                count += 1
                await self.send(client, f"Load {number} {count}" if writes else None)
                await asyncio.sleep(PAUSE_S)

    async def send(self, client: httpx2.AsyncClient, name: str | None, *, again: bool = True) -> None:
        path = f"/crm/contacts?account_id={self.cluster.account}&limit=1"
        try:
            answer = await (client.get(path) if name is None else client.post(path.partition("&")[0], json={"last_name": name}))
        except httpx2.HTTPError as problem:
            if name is None and again and "without sending a response" in str(problem):
                await self.send(client, name, again=False)
                return
            self.lost.append(f"{'GET' if name is None else 'POST'}: {type(problem).__name__}: {problem}")
            return
        method = "GET" if name is None else "POST"
        self.statuses[method, answer.status_code] += 1
        if name is not None and answer.status_code == 201:
            self.made.add(answer.json()["id"])

    async def during(self, action) -> None:
        work = [self.client(n, writes=n >= READERS) for n in range(READERS + WRITERS)]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.sleep(1)
            await asyncio.to_thread(action)
            await asyncio.sleep(1)
        finally:
            self.stopping.set()
            await asyncio.gather(*tasks)

    def check(self) -> None:
        assert self.lost == []
        assert set(self.statuses) == {("GET", 200), ("POST", 201)}, self.statuses
        assert self.statuses["GET", 200] > 20
        assert self.statuses["POST", 201] > 10
        assert len(self.made) == self.statuses["POST", 201], "a write was made twice"


async def test_both_nodes_were_started_at_once_on_an_empty_database(cluster):
    logs = [node.log.read_text() for node in cluster.nodes]
    assert all('"listening"' in log and '"error"' not in log and '"critical"' not in log for log in logs)
    assert not any(PASSWORD in log for log in logs)


async def test_a_rolling_restart_behind_haproxy_loses_nothing(cluster):
    shown = [line.strip() for line in block("haproxy").splitlines()]
    used = [line.strip() for line in (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8").splitlines()]
    assert [line for line in shown if line not in used] == []

    def restart() -> None:
        for node in cluster.nodes:
            node.restart()  # block("restart")
            time.sleep(SETTLE_S)

    with haproxy(cluster) as url:
        load = Load(cluster, url)
        await load.during(restart)
        load.check()


async def test_a_rolling_restart_behind_nginx_loses_nothing(cluster):
    with nginx(cluster) as (url, conf, words):
        load = Load(cluster, url)

        def command(name: str, number: int) -> None:
            text = block(name).replace("10.0.0.11:8400", f"127.0.0.1:{cluster.nodes[number].port}")
            text = text.replace("/etc/nginx/nginx.conf", str(conf)).replace(
                "nginx -s reload", " ".join([*words, "-s", "reload"])
            )
            before = conf.read_text()
            subprocess.run(["bash", "-euo", "pipefail", "-c", text], check=True)
            assert conf.read_text() != before

        def restart() -> None:
            for number, node in enumerate(cluster.nodes):
                command("nginx out", number)
                time.sleep(0.5)
                node.restart()
                command("nginx in", number)
                time.sleep(0.5)

        await load.during(restart)
        load.check()
        log = (conf.parent / "unified.log").read_text()
        assert cluster.account not in log
        assert len(re.findall(r'"GET /crm/contacts" 200', log)) == load.statuses["GET", 200]


async def test_a_node_that_dies_costs_no_read_behind_nginx(cluster):
    with nginx(cluster) as (url, _, _):
        load = Load(cluster, url)

        def kill() -> None:
            cluster.nodes[0].kill()
            time.sleep(1)
            cluster.nodes[0].process = cluster.nodes[0].started()
            cluster.nodes[0].await_ready()

        await load.during(kill)
        assert [one for one in load.lost if one.startswith("GET")] == []
        assert {status for (method, status) in load.statuses if method == "GET"} == {200}


async def test_proxies_keep_the_metrics_to_themselves(cluster):
    with nginx(cluster) as (first, _, _), haproxy(cluster) as second:
        for url in (first, second):
            async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
                assert (
                    await client.get(f"{url}/metrics", headers={"Authorization": f"Bearer {cluster.key}"})
                ).status_code == 403
                assert (await client.get(f"{url}/health")).headers["strict-transport-security"] == "max-age=31536000"
