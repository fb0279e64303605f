"""Nothing of a provider's data is written: the real service under strace, killed in the middle of a call.

A canary goes through every way in and every way to fail, in values, keys, ids, headers, cursors and refusals. Then every
byte that was written is searched in raw, base64, hex, URL, UTF-16 and reversed form: sockets must have it (or the search
would show nothing), files and the database must not. The same search then finds eight planted leaks, each in its place.

`make prove-storage` runs it for `UNIFIED_TEST_STORAGE_ROUNDS` rounds.
"""

import json
import os
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest
import sqlalchemy as sa

from tests.databases import KINDS, fresh_url
from tests.keys import new_key
from tests.security.forms import found_in
from tests.security.storage import canary_provider
from tests.security.storage.leaking_service import LEAKS
from tests.security.storage.traced import Written, kill_traced, read_record, traced
from unified.app.assembly import assembled
from unified.service.access.api_keys import create_key
from unified.service.accounts.accounts import NewAccount, create_account
from unified.settings.settings import Settings
from unified.store import tenants
from unified.store.engine.engine import open_database
from unified.vault.tokens import new_id

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ROUNDS = int(os.environ.get("UNIFIED_TEST_STORAGE_ROUNDS", "1"))
SERVE = ["-m", "unified.cli.main", "serve", "--port", "0"]
LEAKING = ["-m", "tests.security.storage.leaking_service"]
METRICS = "metrics-token-of-the-proof"
DEADLINE_S = 3.0
ANSWERS = (200, "gzip", 400, 401, 403, 404, 409, 422, 429, 500, 503, "text", "broken")


class Proof(msgspec.Struct, kw_only=True):
    """One service under strace, with what is needed to call it."""

    folder: Path
    database_url: str
    provider: canary_provider.CanaryProvider
    key: str
    account: str
    client: httpx2.Client
    tracer: int

    def call(self, method: str, path: str, *, answer: object = 200, **more: object) -> httpx2.Response | None:
        """One call; None when the service was too slow to answer."""
        self.provider.answers = answer
        params = {"account_id": self.account, **more.pop("params", {})}
        with suppress(httpx2.TransportError):
            return self.client.request(method, path, params=params, **more)
        return None

    def reactivate(self) -> None:
        """Bring the account back after answers that made it `needs_reauth`, so that calls reach the provider again."""
        checked = self.call("POST", f"/accounts/{self.account}/check")
        assert checked is not None
        assert checked.json().get("ok") is True, checked.text

    def kill(self) -> None:
        """End the service as a power cut would."""
        assert kill_traced(self.tracer) > 0, "the service had ended before"

    def written(self) -> Written:
        """Every byte that it wrote."""
        port = urlsplit(self.database_url).port if "postgres" in self.database_url else None
        return read_record(self.folder / "strace.txt", database_port=port)

    def on_disk(self) -> dict[str, bytes]:
        """Every file that is there now: database, its log and index, logs, temporary files, what was left behind."""
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name != "strace.txt"]
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


@pytest.fixture(params=KINDS)
async def database_url(request, tmp_path):
    async with fresh_url(request.param, tmp_path) as url:
        yield url


async def _prepared(settings):
    """A tenant with a key and an account."""
    async with assembled(settings) as services:
        tenant = (await tenants.add(services.database, new_id("ten_"), name="proof")).id
        _, key = await create_key(services, tenant, new_key(name="k", role="admin"), maker=None)
        asked = NewAccount(provider="hubspot", name="a", credentials={"type": "bearer", "token": "a-token-of-the-account"})
        return key, (await create_account(services, tenant, asked)).id


@contextmanager
def _service(program, tmp_path, url, provider, prepared):
    key, account = prepared
    (tmp_path / "tmp").mkdir()
    ready, log = tmp_path / "ready.json", tmp_path / "service.log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "UNIFIED_HOME": str(tmp_path / "home"),
        "UNIFIED_DATABASE_URL": url,
        "UNIFIED_PROVIDER_URLS": json.dumps({"hubspot": provider.url}),
        "UNIFIED_ALLOW_LOOPBACK": "true",
        "UNIFIED_REQUEST_DEADLINE": str(DEADLINE_S),
        "UNIFIED_METRICS_TOKEN": METRICS,
        "UNIFIED_PORT": "0",
        "UNIFIED_READY_FILE": str(ready),
    }
    with traced([sys.executable, *program], environment, log, tmp_path / "strace.txt") as tracer:
        base_url = _wait_for(ready, log)
        with httpx2.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
            yield Proof(
                folder=tmp_path, database_url=url, provider=provider, key=key, account=account, client=client, tracer=tracer
            )


def _wait_for(ready, log):
    deadline = time.monotonic() + 60
    while not ready.exists():
        if time.monotonic() > deadline:
            pytest.fail(f"the service was not ready within 60 seconds: {log.read_text()[-2000:]}")
        time.sleep(0.1)
    return json.loads(ready.read_text())["base_url"]


def _deleted(canary):
    """An id that deletes name: it is compared with those of records that were made for a key, and is not written."""
    return canary.replace("canary", "deleted")


def _drive(proof, canary):
    """Every way in, with every answer of the provider."""
    mark = {"X-Request-Id": f"req-{secrets.token_hex(4)}", "X-Canary": canary, "User-Agent": canary}
    body = {"first_name": canary, "emails": [{"email": f"{canary}@example.com"}], "custom_fields": {"note": canary}}
    for answer in ANSWERS:
        proof.call("GET", "/crm/contacts", answer=answer, headers=mark)
        proof.reactivate()
    for answer in (200, 404, 500):
        proof.call("GET", f"/crm/contacts/{canary}", answer=answer)
        proof.call("POST", "/crm/contacts", answer=answer, json=body)
        proof.call("PATCH", f"/crm/contacts/{canary}", answer=answer, json=body)
        proof.call("DELETE", f"/crm/contacts/{_deleted(canary)}", answer=answer)
        proof.call("POST", "/crm/contacts/batch", answer=answer, json={"operation": "create", "items": [body]})
        proof.call("GET", f"/proxy/crm/v3/objects/contacts/{canary}", answer=answer, params={"q": canary})
        proof.call("POST", f"/proxy/crm/v3/objects/contacts/{canary}", answer=answer, content=canary.encode())
    listed = proof.call("GET", "/crm/contacts", params={"include_raw": "true", "limit": "3"})
    cursor = listed.json().get("next_cursor") if listed is not None else None
    for params in (
        {"cursor": cursor or "", "include_raw": "true", "limit": "3"},
        {"cursor": canary},
        {"expand": "companies"},
        {"updated_after": canary},
        {"fields": canary},
        {"filter[first_name]": canary},
        {"email": f"{canary}@example.com"},
        {f"remote_query[{canary}]": canary},
    ):
        proof.call("GET", "/crm/contacts", params=params)
    proof.call(
        "POST", "/crm/contacts", content=f'{{"first_name": "{canary}'.encode(), headers={"Content-Type": "application/json"}
    )
    proof.call("POST", "/crm/contacts", json={canary: canary})
    proof.call("POST", "/crm/contacts", json=body, answer=500, headers={"Idempotency-Key": canary})
    proof.call("GET", f"/{canary}/{canary}")
    proof.call("GET", "/crm/contacts", headers={"Authorization": f"Bearer {canary}"})
    proof.call("POST", f"/accounts/{proof.account}/check", answer=401)
    proof.reactivate()
    proof.call("GET", "/crm/contacts", answer="slow")


def _killed_in_a_call(proof, canary):
    """A call hangs in the provider's answer, half of which has come, when the process dies."""
    proof.provider.waiting.clear()
    filters = {"filter[first_name]": canary}
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(proof.call, "GET", "/crm/contacts", answer="drip", params=filters)
        assert proof.provider.waiting.wait(60), "the call did not reach the provider"
        proof.kill()
        assert call.result() is None, "the call was answered although the process died"


def _hits(places, canary):
    return {where: forms for where, content in places.items() if (forms := found_in(content, canary))}


async def _dump(url):
    """Every value of every table that is there, the service's own and others."""
    database = await open_database(url)
    try:
        async with database.read() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
            found = {}
            for name in names:
                rows = (await connection.execute(sa.text(f'SELECT * FROM "{name}"'))).all()
                found[f"table {name}"] = "\n".join(str(value) for row in rows for value in row).encode()
        return found
    finally:
        await database.close()


async def test_nothing_of_a_providers_data_is_written(database_url, tmp_path):
    canary = f"canary{secrets.token_hex(12)}"
    with canary_provider.running() as provider:
        provider.canary = canary
        prepared = await _prepared(Settings(home=tmp_path / "home", database_url=database_url))
        with _service(SERVE, tmp_path, database_url, provider, prepared) as proof:
            for _ in range(ROUNDS):
                _drive(proof, canary)
            metrics = proof.client.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"})
            _killed_in_a_call(proof, canary)
        written = proof.written()
        assert sum(content.count(canary.encode()) for content in written.sockets.values()) > 50, "the search sees nothing"
        assert any(str(proof.folder / "service.log") in name for name in written.files), "the log is not among the files"
        if "postgres" in database_url:
            assert written.database, "the database's socket is not among those that were seen"
        assert _hits(written.files, canary) == {}
        assert _hits(written.database, canary) == {}
        assert _hits(proof.on_disk(), canary) == {}
        assert _hits(await _dump(database_url), canary) == {}
        for place in (written.files, proof.on_disk(), await _dump(database_url)):
            assert _hits(place, _deleted(canary)) == {}
        assert not found_in(written.names, canary), "a file was named after data"
        assert not found_in(metrics.content + str(metrics.headers).encode(), canary)
        assert written.shared == set(), "a file is written through memory, which strace does not show"
        assert written.moved == 0


PLACES = {
    "log": "service.log",
    "exception": "service.log",
    "span": "spans.json",
    "audit": "table audit",
    "cache": "table cache",
    "spool": "tmp",
    "queue": "table deliveries",
    "idempotency": "table idempotency",
}
"""Where each planted leak must be found."""


async def test_each_planted_leak_is_caught(database_url, tmp_path):
    assert set(PLACES) == set(LEAKS)
    canaries = {name: f"canary{secrets.token_hex(12)}" for name in LEAKS}
    with canary_provider.running() as provider:
        prepared = await _prepared(Settings(home=tmp_path / "home", database_url=database_url))
        with _service(LEAKING, tmp_path, database_url, provider, prepared) as proof:
            for canary in canaries.values():
                provider.canary = canary
                answer = proof.call("GET", "/crm/contacts")
                assert answer is not None
                assert answer.status_code == 200, answer.text
            proof.kill()
        written = proof.written()
        places = written.files | written.database | await _dump(database_url)
        for name, canary in canaries.items():
            hits = _hits(places, canary)
            assert [where for where in hits if PLACES[name] in where], f"the leak into {name} was not caught: {list(hits)}"
            others = {where for where in hits if not _stores(where) and PLACES[name] not in where}
            assert not others, f"the leak into {name} was found in {others} too"


def _stores(where):
    return ".sqlite" in where or where.startswith(("TCP", "table"))
