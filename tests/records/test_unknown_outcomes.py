"""A write of which the outcome is not known is never sent again for its key, and says so, however it was made and lost.

Where the record shows that it was done, it counts as done.

An upsert is the exception: it may be done twice without harm, so its key can be used again.
"""

from datetime import timedelta

import pytest

from unified.service.records.writing.write_duration import lost_after
from unified.store import approvals, idempotency

RECORD = {"last_name": "Lost", "emails": [{"email": "lost@new.example"}]}
CONTACTS, COMMENTS = ("hubspot", "crm", "contact", "contacts"), ("zendesk", "ticketing", "comment", "comments")
METHODS = {"create": CONTACTS, "update": CONTACTS, "upsert": CONTACTS, "delete": CONTACTS, "make_private": COMMENTS}
WAYS = [
    (way, method)
    for way in ("route", "batch", "tool", "approval", "approved_batch", "approved_tool")
    for method in METHODS
    if "batch" not in way or method != "make_private"
]


def quick_first(cases):
    """Parameters, of which those whose writes are approved as items of a batch or tool are slow."""
    return [pytest.param(*one, marks=pytest.mark.slow if one[0].startswith("approved_") else ()) for one in cases]


SENT = {"create": "POST /crm/v3/objects/contacts", "update": "PATCH *", "upsert": "POST *upsert*", "delete": "DELETE *"}
LOSSES = {
    "failed": {"status": 500},
    "unreadable": {"status": 200, "body": "no json"},
}
LOOK = {
    "create": "whether the record exists",
    "update": "whether the record has the new values",
    "upsert": "whether the record exists and has the new values",
    "delete": "whether the record still exists",
    "make_private": "whether the record has changed",
}
ASKS = {"methods": ["read", "write", "custom"], "writes": "approve"}


class Writer:
    """One write with one key, sent as often as a test wants."""

    def __init__(self, world, way, method, record_id):
        self.world, self.way, self.method, self.record_id = world, way, method, record_id
        self.provider, self.category, self.singular, self.plural = METHODS[method]
        self.account = world.accounts[self.provider]
        self.by = world.admin_key

    async def begin(self):
        if self.way.startswith("approv"):
            self.by = await self.world.key(scope=ASKS)
        return self

    async def send(self, key="k-1"):
        """The status and the outcome."""
        verb, path, query, body = getattr(self, f"_{self.way.removeprefix('approved_').replace('approval', 'route')}")()
        answer = await self.world.client.request(
            verb,
            path,
            params={"account_id": self.account, **query},
            json=body,
            headers={"Idempotency-Key": key, "Authorization": f"Bearer {self.by}"},
        )
        shown = answer.json() if answer.content else {}
        if "results" in shown:
            (shown,) = shown["results"]
            return shown["status"], shown.get("error") or shown
        return answer.status_code, shown

    def _body(self):
        return {"first_name": "New"} if self.method == "update" else RECORD

    def _route(self):
        root = f"/{self.category}/{self.plural}"
        return {
            "create": ("POST", root, {}, RECORD),
            "update": ("PATCH", f"{root}/{self.record_id}", {}, self._body()),
            "upsert": ("PUT", root, {"by": "email"}, RECORD),
            "delete": ("DELETE", f"{root}/{self.record_id}", {}, None),
            "make_private": ("POST", f"{root}/{self.record_id}/make_private", {}, None),
        }[self.method]

    def _batch(self):
        item = {
            "create": {"data": RECORD},
            "update": {"id": self.record_id, "data": self._body()},
            "upsert": {"by": "email", "data": RECORD},
            "delete": {"id": self.record_id},
        }[self.method]
        return "POST", f"/{self.category}/{self.plural}/batch", {}, {"items": [{"op": self.method, **item}]}

    def _tool(self):
        arguments = {
            "create": RECORD,
            "update": {"id": self.record_id, **self._body()},
            "upsert": {"by": "email", **RECORD},
            "delete": {"id": self.record_id},
            "make_private": {"id": self.record_id},
        }[self.method]
        return "POST", f"/tools/{self.method}_{self.category}_{self.singular}", {}, {"arguments": arguments}

    async def arrived(self):
        """How often the write arrived at the provider."""
        verb = "PUT" if self.method == "make_private" else SENT[self.method].split()[0]
        return sum(
            one["method"] == verb
            and "/search" not in one["path"]
            and "/batch/read" not in one["path"]
            and "/token" not in one["path"]
            for one in await self.world.reached(self.provider)
        )

    async def fault(self, **fault):
        match = SENT.get(self.method, "PUT *")
        answer = await self.world.sandbox.post(
            "/_sandbox/faults", json={"provider": self.provider, "match": match, "times": 1, **fault}
        )
        assert answer.status_code < 300, answer.text

    async def decide(self, shown):
        """Approve what waits."""
        approval = shown["approval"]
        answer = await self.world.client.post(f"/approvals/{approval['id']}/approve", json={"digest": approval["digest"]})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def writer(world, way, method):
    if method == "make_private":
        ticket = (await world.get("/ticketing/tickets", "zendesk", limit=1)).json()["data"][0]["id"]
        body = {"ticket_id": ticket, "body": "x", "is_private": False}
        record = await world.send("POST", "/ticketing/comments", body, "zendesk")
    else:
        record = await world.send("POST", "/crm/contacts", {"last_name": "There"})
    assert record.status_code == 201, record.text
    found = await Writer(world, way, method, record.json()["id"]).begin()
    found.before = await found.arrived()
    return found


def refused(method, status, shown):
    """What an answer must say that nobody knows more."""
    assert (status, shown["code"], shown["retryable"]) == (409, "outcome_unknown", False), shown
    assert shown["detail"] == (
        "the outcome of the first request is not known, and it is not sent again: look "
        f"{LOOK[method]}; if the write is still wanted, send it with a new idempotency key"
    )


@pytest.mark.parametrize(
    ("way", "method", "loss"),
    quick_first((*one, loss) for one in WAYS for loss in LOSSES if loss == "failed" or one[0] in {"route", "approval"}),
)
async def test_a_lost_answer(writer, way, method, loss):
    waits = way.startswith("approv")
    if not waits:
        await writer.fault(**LOSSES[loss])
    status, shown = await writer.send()
    if waits:
        assert status == 202, shown
        await writer.fault(**LOSSES[loss])
        assert (await writer.decide(shown))["status"] == "unknown"
    else:
        assert status == 502, shown
        assert shown["retryable"] is (method == "upsert" and loss != "unreadable")
        assert ("whether the write was done is not known" in shown["detail"]) is (method != "upsert")
    sent = await writer.arrived()
    for _ in range(2):
        status, shown = await writer.send()
        if method == "upsert" and not waits:
            assert status in {200, 201}, shown
            return
        refused(method, status, shown)
    assert await writer.arrived() == sent <= writer.before + 1
    assert (await writer.send("k-2"))[0] in {200, 201, 202, 204}


@pytest.mark.parametrize(("way", "method"), quick_first(WAYS))
async def test_a_process_that_was_killed_before_it_could_note_the_outcome(world, writer, way, method, monkeypatch):
    waits = way.startswith("approv")

    async def killed(*_place, **_outcome):
        return None

    if not waits:
        monkeypatch.setattr(idempotency, "finish", killed)
    status, shown = await writer.send()
    if waits:
        assert status == 202, shown
        monkeypatch.setattr(approvals, "finish", killed)
        assert (await writer.decide(shown))["status"] == "approved"
    status, shown = await writer.send()
    assert (status, shown["code"], shown["retryable"]) == (409, "idempotency_in_progress", True)
    assert "wait, then send the same request again, with its key" in shown["detail"]
    sent, clock = await writer.arrived(), world.services.database.clock
    later = lost_after(world.services) + timedelta(seconds=1)
    world.services.database.clock = lambda: clock() + later
    status, shown = await writer.send()
    if method == "upsert" and not waits:
        assert status in {200, 201}, shown
        return
    if method in {"create", "update", "delete"}:
        assert status == {"create": 201, "update": 200, "delete": 204}[method] or way.endswith("tool"), shown
    else:
        refused(method, status, shown)
    assert await writer.arrived() == sent == writer.before + 1


@pytest.mark.parametrize("scope", [["write"], ["read", "write"]], ids=["writes only", "reads"])
async def test_only_who_may_read_learns_from_the_record(world, monkeypatch, scope):
    writer = Writer(world, "route", "create", None)
    writer.by = await world.key(scope={"methods": scope, "writes": "direct"})

    async def killed(*_place, **_outcome):
        return None

    monkeypatch.setattr(idempotency, "finish", killed)
    assert (await writer.send())[0] == 201
    clock, later = world.services.database.clock, lost_after(world.services) + timedelta(seconds=1)
    world.services.database.clock = lambda: clock() + later
    status, shown = await writer.send()
    assert (status, shown.get("code")) == ((201, None) if "read" in scope else (409, "outcome_unknown"))


@pytest.mark.parametrize(("way", "method"), quick_first(WAYS))
async def test_a_finished_write_is_reported_again_and_not_repeated(writer, way, method):
    first, shown = await writer.send()
    if way.startswith("approv"):
        assert (await writer.decide(shown))["status"] == "executed"
    sent = await writer.arrived()
    status, _ = await writer.send()
    assert status == first or (first == 202 and status in {200, 201, 204})
    assert await writer.arrived() == sent == writer.before + 1


@pytest.mark.parametrize(("way", "method"), quick_first(one for one in WAYS if one[1] in {"create", "upsert", "update"}))
async def test_a_record_that_was_deleted_since_is_gone(world, writer, way, method):
    _, shown = await writer.send()
    record_id = writer.record_id
    if way.startswith("approv"):
        shown = await writer.decide(shown)
        record_id = shown["result"]["id"] if method != "update" else record_id
    elif method != "update":
        record_id = (shown.get("result") or shown).get("data", shown)["id"]
    assert (await world.send("DELETE", f"/crm/contacts/{record_id}")).status_code == 204
    sent = await writer.arrived()
    status, shown = await writer.send()
    assert (status, shown["code"], shown["retryable"]) == (410, "gone", False), shown
    assert await writer.arrived() == sent


async def test_a_write_that_failed_unsent_can_be_sent_again(world):
    """A read that the write needs, and that fails, is no write of unknown outcome."""
    path, body, key = "/ticketing/tickets/10001", {"name": "x", "status": "resolved"}, {"Idempotency-Key": "k-1"}
    fault = {"provider": "jira", "match": "GET */transitions", "times": 1, "status": 500}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    failed = await world.send("PATCH", path, body, "jira", **key)
    assert (failed.status_code, failed.json()["retryable"]) == (502, True), failed.text
    again = await world.send("PATCH", path, body, "jira", **key)
    assert again.status_code == 200, again.text
    assert "idempotent-replayed" not in again.headers


class TestTooLate:
    @pytest.fixture
    def more_settings(self):
        return {"request_deadline": 1.0}

    async def test_an_answer_that_comes_too_late_is_lost(self, world):
        key = {"Idempotency-Key": "k-1"}
        fault = {"provider": "hubspot", "match": SENT["create"], "times": 1, "delay_ms": 30_000}
        assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
        late = await world.send("POST", "/crm/contacts", RECORD, **key)
        assert (late.status_code, late.json()["code"], late.json()["retryable"]) == (504, "provider_timeout", False)
        again = await world.send("POST", "/crm/contacts", RECORD, **key)
        refused("create", again.status_code, again.json())
