"""Somebody who signed in, in process: reads pages and sends their forms as a browser would."""

import re
from contextlib import asynccontextmanager
from html import unescape

import httpx2

from unified.api.requests.access import SESSION_COOKIE
from unified.service.access.sessions import sign_in


class Person:
    """A session of a key."""

    def __init__(self, client, secret):
        self.client, self.headers = client, {"Cookie": f"{SESSION_COOKIE}={secret}"}

    async def get(self, path):
        return await self.client.get(path, headers=self.headers)

    async def send(self, path, action=None, **fields):
        """Open a page and send its form with this action, or the one that goes to the page itself, with these fields added."""
        page = await self.get(path)
        assert page.status_code == 200, (path, page.status_code)
        form = next(one for one in re.findall(r"<form.*?</form>", page.text, re.DOTALL) if f'action="{action or path}"' in one)
        filled = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)"', form)}
        return await self.client.post(action or path, data={**filled, **fields}, headers=self.headers)


@asynccontextmanager
async def signed_in(world, key=None):
    """A person who signed in with a key; the world's admin key where none is given."""
    secret = await sign_in(world.services, key or world.admin_key)
    async with httpx2.AsyncClient(transport=world.client._transport, base_url="https://unified.example") as client:
        yield Person(client, secret)


def shown_secret(answer):
    """The secret that a page shows once."""
    assert answer.status_code == 200, answer.text
    return unescape(re.search(r'<pre class="sent"[^>]*>(.*?)</pre>', answer.text, re.DOTALL)[1])


def token_of(text):
    """The token of a page's forms."""
    return re.search(r'name="csrf" value="(.*?)"', text)[1]


def beside(answer):
    """What a refused form says beside its fields, by their ids; each field says so to a screen reader, and is led to."""
    said = {
        name: unescape(text) for name, text in re.findall(r'<p class="problem" id="([\w-]+)-problem">(.*?)</p>', answer.text)
    }
    for name in said:
        assert f'href="#{name}"' in answer.text, name
        assert len(re.findall(rf'<\w+ id="{name}"', answer.text)) == 1, name
        assert f'aria-invalid="true" aria-describedby="{name}-problem' in answer.text, name
    return said


def notice(answer):
    """What a page says about a form."""
    found = re.search(r'<p class="notice[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return None if found is None else re.sub(r"<.*?>", "", unescape(found[1])).strip()
