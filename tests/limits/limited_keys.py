"""Keys with limits, and requests with them, for the tests of limits."""


async def sent(world, method, path, body=None, *, key=None):
    """Return the answer to a request, by an admin of our tenant unless another key is given."""
    headers = {"Authorization": f"Bearer {key or world.ours.keys['admin']}"}
    return await world.client.request(method, path, headers=headers, json=body)


async def first_account(world):
    """Return the id of an account of our tenant."""
    return (await sent(world, "GET", "/accounts")).json()["data"][0]["id"]


async def limited_key(world, limits, *, by=None, fields=None, **more):
    """Make a key with limits that reads, writes and makes keys and servers; return it as the API does."""
    scope = {"methods": ["read", "write"], "writes": "direct", "manage": ["keys", "servers"]}
    scope |= {} if fields is None else {"fields": fields}
    body = {"name": "limited", "role": "admin", "scope": scope, "limits": limits, **more}
    answer = await sent(world, "POST", "/api-keys", body, key=by)
    assert answer.status_code == 201, answer.text
    return answer.json()
