"""Budgets and what answers tell of them; lists that never end."""

import re
import time
from typing import Any

import pytest

from unified.errors.waiting import try_again

LIST = "/crm/contacts"
ITEM = re.compile(r'"(?P<name>[a-z0-9-]+)"(?P<parameters>(?:;[a-z]+=[0-9]+)*)')


def fields(answer: Any, header: str) -> dict[str, dict[str, int]]:
    """A list of strings with whole numbers as parameters (RFC 9651), strictly read."""
    found = {}
    for text in answer.headers[header].split(", "):
        item = ITEM.fullmatch(text)
        assert item, text
        pairs = [one.split("=") for one in item["parameters"].split(";")[1:]]
        found[item["name"]] = {name: int(value) for name, value in pairs}
    return found


async def follow(world, path: str = LIST) -> list[Any]:
    """The answers of a list, followed to its end or to its refusal."""
    answers = [await world.get(path)]
    while answers[-1].status_code == 200 and (cursor := answers[-1].json()["next_cursor"]):
        answers.append(await world.get(path, cursor=cursor))
        assert len(answers) < 1000
    return answers


async def page(world, *, results: list[Any], after: str) -> None:
    body = {"results": results, "paging": {"next": {"after": after}}}
    fault = {"provider": "hubspot", "match": "GET /crm/*", "times": 1, "status": 200, "body": body}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300


async def test_the_providers_limit_is_reported_in_the_same_words_for_every_provider(world) -> None:
    answer = await world.get(LIST)
    assert fields(answer, "RateLimit")["provider"] == {"r": 189}
    assert fields(answer, "RateLimit-Policy")["provider"] == {"q": 190}
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": str(int(time.time()) + 30)}
    fault = {"provider": "hibob", "status": 404, "headers": headers, "body": {}}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    again = await world.get("/proxy/people", provider="hibob")
    told = fields(again, "RateLimit")["provider"]
    assert told["r"] == 3
    assert 28 <= told["t"] <= 30
    assert fields(again, "RateLimit-Policy")["provider"] == {"q": 50}
    assert "x-ratelimit-ratelimit-remaining" not in again.headers


UNLIMITED = {"rate_limit_key": "", "rate_limit_account": "", "rate_limit_tenant": ""}


@pytest.mark.parametrize("more_settings", [UNLIMITED])
async def test_where_nothing_is_limited_nothing_is_reported(world) -> None:
    for answer in (await world.get("/hris/employees", provider="bamboohr"), await world.client.get("/accounts")):
        assert answer.status_code == 200
        assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)


async def test_what_an_account_has_left_is_told_only_to_who_may_use_it(world) -> None:
    await world.get(LIST)
    account = world.accounts["hubspot"]
    stranger = await world.key(scope={"accounts": [world.accounts["jira"]]})
    answer = await world.client.get(LIST, params={"account_id": account}, headers={"Authorization": f"Bearer {stranger}"})
    assert answer.status_code == 403
    assert set(fields(answer, "RateLimit")) == set(fields(answer, "RateLimit-Policy")) == {"key", "tenant"}


async def test_default_rates_are_reported(world) -> None:
    told = fields(await world.get(LIST), "RateLimit-Policy")
    assert {name: told[name] for name in ("key", "account", "tenant")} == {
        "key": {"q": 12_000, "w": 60},
        "account": {"q": 12_000, "w": 60},
        "tenant": {"q": 60_000, "w": 60},
    }


async def test_a_refusal_reports_the_limits_too(world) -> None:
    answer = await world.get(f"{LIST}/no-such-record")
    assert answer.status_code == 404
    assert fields(answer, "RateLimit")["provider"] == {"r": 189}
    bad = await world.client.get(f"{LIST}?account_id=%ff")
    assert (bad.status_code, bad.json()["code"]) == (400, "malformed_request")


class TestRates:
    @pytest.fixture
    def more_settings(self) -> dict[str, Any]:
        return {"rate_limit_key": "8/hour", "rate_limit_account": "5/hour", "rate_limit_tenant": "6/hour;600/day"}

    async def test_the_remainder_of_every_rate_is_reported(self, world) -> None:
        answer = await world.get(LIST)
        told = fields(answer, "RateLimit")
        assert {name: one["r"] for name, one in told.items()} == {
            "key": 7, "account": 4, "tenant-1": 5, "tenant-2": 599, "provider": 189,
        }  # fmt: skip
        assert all(0 < told[name]["t"] <= 86400 for name in ("key", "account", "tenant-1", "tenant-2"))
        assert fields(answer, "RateLimit-Policy") == {
            "key": {"q": 8, "w": 3600},
            "account": {"q": 5, "w": 3600},
            "tenant-1": {"q": 6, "w": 3600},
            "tenant-2": {"q": 600, "w": 86400},
            "provider": {"q": 190},
        }

    async def test_over_an_accounts_rate_other_accounts_continue_and_nothing_is_sent(self, world) -> None:
        assert [(await world.get(LIST)).status_code for _ in range(5)] == [200] * 5
        sent = len(await world.reached())
        answer = await world.get(LIST)
        body = answer.json()
        assert (answer.status_code, body["code"], body["retryable"]) == (429, "rate_limited", True)
        assert body["detail"] == (
            f"this account may make 5 per 1 hour calls, and they are used up; {try_again(body['retry_after'])}"
        )
        assert 0 < body["retry_after"] <= int(answer.headers["Retry-After"]) <= 7200
        assert fields(answer, "RateLimit")["account"]["r"] == 0
        assert len(await world.reached()) == sent
        assert (await world.get("/hris/employees", provider="bamboohr")).status_code == 200

    async def test_over_a_tenants_rate_no_account_of_it_is_called(self, world) -> None:
        for provider, path in (("hubspot", LIST), ("bamboohr", "/hris/employees")):
            assert [(await world.get(path, provider=provider)).status_code for _ in range(3)] == [200] * 3
        answer = await world.get("/hris/employees", provider="hibob")
        assert answer.status_code == 429
        assert answer.json()["detail"].startswith("this tenant may make 6 per 1 hour calls")

    async def test_over_its_rate_a_key_is_refused_everywhere_and_other_keys_are_not(self, world) -> None:
        own = {"Authorization": f"Bearer {await world.key(role='admin')}"}
        assert [(await world.client.get("/accounts", headers=own)).status_code for _ in range(8)] == [200] * 8
        for path in ("/accounts", f"{LIST}?account_id={world.accounts['hubspot']}"):
            answer = await world.client.get(path, headers=own)
            assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
            assert int(answer.headers["Retry-After"]) > 0
        assert fields(answer, "RateLimit")["key"]["r"] == 0
        assert (await world.client.get("/accounts")).status_code == 200

    async def test_the_pass_through_is_counted(self, world) -> None:
        found = [(await world.get("/proxy/crm/v3/objects/contacts")).status_code for _ in range(6)]
        assert found == [200] * 5 + [429]

    async def test_a_batch_counts_as_many_calls_as_it_has_writes(self, world) -> None:
        items = [{"op": "create", "data": {"first_name": f"Ada {n}"}} for n in range(4)]
        answer = await world.send("POST", f"{LIST}/batch", {"items": items})
        assert fields(answer, "RateLimit")["account"]["r"] == 1
        refused = await world.send("POST", f"{LIST}/batch", {"items": items})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")

    async def test_without_a_good_key_nothing_is_counted(self, world) -> None:
        for _ in range(10):
            assert (await world.client.get(LIST, headers={"Authorization": "Bearer uk_x"})).status_code == 401
        assert fields(await world.get(LIST), "RateLimit")["key"]["r"] == 7


RECORD = {
    "id": "1",
    "properties": {"firstname": "Ada"},
    "createdAt": "2026-01-02T03:04:05Z",
    "updatedAt": "2026-01-02T03:04:05Z",
}


async def test_a_provider_that_leads_in_a_circle_is_stopped_over_several_answers(world) -> None:
    for after in "abcabcabcabc":
        await page(world, results=[RECORD], after=after)
    last = (await follow(world))[-1]
    assert (last.status_code, last.json()["code"]) == (502, "provider_malformed")
    assert last.json()["detail"] == (
        "pagination: the provider returned a position that this list had before; the list was stopped"
    )


async def test_empty_pages_without_end_are_stopped(world) -> None:
    for number in range(120):
        await page(world, results=[], after=f"page-{number}")
    before = len(await world.reached())
    answers = await follow(world)
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (502, "provider_malformed")
    assert all(one.json()["data"] == [] for one in answers[:-1])
    pages = [one for one in await world.reached() if one["method"] == "GET"]  # definitions of custom fields are posted for
    assert len(pages) - before == 100
