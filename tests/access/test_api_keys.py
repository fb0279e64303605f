"""API keys: made, shown once, found only by their tenant, refused at once when revoked."""

import pytest


async def test_key_is_shown_once(world):
    made = await world.client.post("/api-keys", json={"name": "reader", "role": "app", "scope": {"models": ["crm.contacts"]}})
    assert made.status_code == 201
    key = made.json()["key"]
    assert key.startswith("uk_")
    assert key[-4:] == made.json()["last4"]
    shown = (await world.client.get(made.headers["location"])).json()
    assert "key" not in shown
    assert shown["scope"]["methods"] == ["read"]
    assert key not in (await world.client.get("/api-keys")).text


async def test_revoked_key_is_refused_at_once(world):
    made = (await world.client.post("/api-keys", json={"name": "gone", "role": "app"})).json()
    as_it = {"Authorization": f"Bearer {made['key']}"}
    assert (await world.client.get("/catalog/models", headers=as_it)).status_code == 200
    assert (await world.client.delete(f"/api-keys/{made['id']}")).status_code == 204
    assert (await world.client.get("/catalog/models", headers=as_it)).status_code == 401
    assert (await world.client.get(f"/api-keys/{made['id']}")).status_code == 404


async def test_app_key_manages_nothing(world):
    as_app = {"Authorization": f"Bearer {await world.key(role='app')}"}
    for method, path in (("GET", "/api-keys"), ("POST", "/api-keys"), ("POST", "/accounts"), ("DELETE", "/accounts/acc_x")):
        answer = await world.client.request(method, path, json={}, headers=as_app)
        assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope"), path


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"name": "x"}, 422, "validation_failed", "/"),
        ({"name": "x", "role": "boss"}, 422, "validation_failed", "/role"),
        ({"name": "", "role": "app"}, 422, "validation_failed", None),
        ({"name": "x", "role": "app", "extra": 1}, 422, "validation_failed", "/extra"),
        ({"name": "x", "role": "app", "expires_at": "2020-01-01T00:00:00Z"}, 422, "validation_failed", None),
        ({"name": "x", "role": "app", "scope": {"models": []}}, 422, "empty_scope", None),
        ({"name": "x", "role": "app", "scope": {"models": ["crm.nope"]}}, 422, "validation_failed", None),
        ({"name": "x", "role": "app", "scope": {"colour": 1}}, 422, "validation_failed", "/colour"),
    ],
)
async def test_bad_keys(world, body, status, code, pointer):
    answer = await world.client.post("/api-keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_unknown_key_names_the_known_ones(world):
    answer = await world.client.post("/api-keys", json={"name": "x", "rolle": "app"})
    message = answer.json()["errors"][0]["message"]
    assert message == "unknown key. Did you mean 'role'? Known: name, role, scope, expires_at, limits, window"
