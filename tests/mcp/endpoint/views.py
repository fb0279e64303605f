"""Small views to put behind the endpoint in tests."""

import asyncio
import random

from unified.errors.requests import UnknownTool
from unified.mcp.interface import OfferedTool, ToolAnswer, ToolListing


class View:
    """Nothing is offered; a test's own view overrides what it needs."""

    def __init__(self, services, principal) -> None:
        self.services = services
        self.owner = (principal.tenant_id, principal.key_id)

    async def list_tools(self):
        return tuple(
            OfferedTool(listing=ToolListing(name=name, title=name, description=name, input_schema={"type": "object"}))
            for name in self.names()
        )

    def names(self):
        return ["echo"]

    async def call(self, name, arguments, meta):
        if name not in self.names():
            raise UnknownTool("unknown tool")
        return await self.answer(arguments)

    async def answer(self, arguments):
        return ToolAnswer(structured={"arguments": arguments, "owner": list(self.owner)})

    def input_schema(self, name):
        return None


class Slow(View):
    """Answers after a random time, so that answers overtake each other."""

    async def answer(self, arguments):
        await asyncio.sleep(random.SystemRandom().random() / 50)
        return await super().answer(arguments)


class Many(View):
    """More tools than a page has."""

    def names(self):
        return [f"tool_{number:03}" for number in range(450)]
