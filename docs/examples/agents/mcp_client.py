"""An agent over MCP: lists its tools, reads tickets, requests a change, waits for the decision."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def agent() -> None:
    """Run the agent, which has the server's URL and an API key, and nothing else."""
    headers = {"Authorization": f"Bearer {os.environ['AGENT_KEY']}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(os.environ["APPROVALS_URL"], http_client=http)) as client,
    ):
        tools = (await client.list_tools()).tools
        print(len(tools), "tools, such as", tools[-1].name)

        page = (await client.call_tool("list_ticketing_tickets", {"limit": 2, "filter": {"status": "open"}})).structured_content
        for ticket in page["data"]:
            print("ticket", ticket["id"], ticket["status"], ticket["priority"])

        change = {"id": page["data"][0]["id"], "priority": "urgent"}
        asked = (await client.call_tool("update_ticketing_ticket", change)).structured_content
        print(asked["status"], "-", asked["approval"]["summary"])

        person = asyncio.create_task(decide(asked["approval"]["id"]))
        while (approval := await outcome(client, asked["approval"]["id"]))["status"] in {"pending", "approved"}:
            await asyncio.sleep(0.2)
        print(approval["status"], approval["result"])
        await person


async def outcome(client: Client, approval_id: str) -> dict:
    """Return the state of a requested write. Read-only."""
    return (await client.call_tool("get_approval", {"approval_id": approval_id})).structured_content


async def decide(approval_id: str) -> None:
    """Play the person, who has another key. People usually decide on the page /approvals; this one uses REST."""
    headers = {"Authorization": f"Bearer {os.environ['UNIFIED_ADMIN_KEY']}"}
    async with httpx2.AsyncClient(headers=headers, base_url=os.environ["UNIFIED_URL"], timeout=60) as http:
        shown = (await http.get(f"/approvals/{approval_id}")).json()
        print("a person sees", shown["request"]["method"], shown["request"]["path"], shown["difference"])
        await http.post(f"/approvals/{approval_id}/approve", json={"digest": shown["digest"]})


asyncio.run(agent())
