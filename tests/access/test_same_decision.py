"""One operation is decided alike by every way to it: the route, an item of a batch, the tool, and an MCP server's tool list.

Scopes are drawn at random; what one way refuses, none allows; an item of a batch is refused with the same code, and a tool is not offered or refuses.
"""

import random

import pytest

from unified.errors.access import EmptyScope
from unified.models import MODELS
from unified.transform.tools import tool_name

SUBJECTS = [
    ("hubspot", "crm.contacts", {"first_name": "Ada"}),
    ("jira", "ticketing.tickets", {"name": "Printer"}),
    ("zendesk", "ticketing.tickets", {"priority": "high"}),
]
SEED = 17


def scopes(model):
    """Scopes around one model: methods, models, tags, accounts, fields and the policy of writes."""
    dice = random.Random(model + str(SEED))
    for _ in range(16):
        methods = ["list", "get", "create", "update", "delete", "read", "write"]
        scope = {"methods": dice.sample(methods, dice.randint(1, 3)), "writes": dice.choice(["direct", "direct", "approve"])}
        if dice.random() < 0.3:
            scope["models"] = dice.choice([[model], ["crm.leads"], [model, "crm.leads"]])
        if dice.random() < 0.3:
            scope["tags"] = [dice.choice(["crm", "support", "hris"])]
        if dice.random() < 0.3:
            scope["fields"] = {"hide": dice.choice([["first_name", "name"], ["priority"], ["description"]])}
        yield scope


def code_of(answer):
    return "ok" if answer.is_success else answer.json()["code"]


@pytest.mark.takes(seconds=60)  # 16 scopes, each method in several ways
@pytest.mark.parametrize(("provider", "model", "body"), SUBJECTS)
async def test_every_way_to_an_operation_is_decided_alike(world, provider, model, body):
    path = f"/{model.replace('.', '/')}"
    listed = (await world.get(path, provider, limit=5)).json()["data"]
    one, gone = listed[0]["id"], "99999999"
    seen = set()
    for scope in scopes(model):
        try:
            headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
        except EmptyScope:  # its methods, models and tags have nothing in common
            continue
        params = {"account_id": world.accounts[provider]}

        async def ask(verb, place, given=None, query=None, headers=headers, params=params):
            return await world.client.request(verb, place, params={**params, **(query or {})}, json=given, headers=headers)

        for method, alone, arguments in (
            ("get", ("GET", f"{path}/{one}", None), {"id": one}),
            ("list", ("GET", path, None), {}),
            ("update", ("PATCH", f"{path}/{one}", body), {"id": one, **body}),
            ("delete", ("DELETE", f"{path}/{gone}", None), {"id": gone}),
        ):
            single = code_of(await ask(*alone))
            seen.add((method, single))
            tool = code_of(await ask("POST", f"/tools/{tool_name(MODELS[model], method)}", {"arguments": arguments}))
            assert (tool == "ok") == (single == "ok"), (scope, method, single, tool)  # a tool may not even be offered
            if method in {"update", "delete"}:
                item = {"op": method, "id": arguments["id"], **({"data": body} if method == "update" else {})}
                batch = await ask("POST", f"{path}/batch", {"items": [item]})
                inside = batch.json()["results"][0] if batch.is_success else None
                code = code_of(batch) if inside is None else "ok" if inside["status"] < 300 else inside["error"]["code"]
                assert code == single, (scope, method, single, batch.text[:300])
    assert {"ok"} < {code for _, code in seen}
