"""Zendesk's search: which records a query selects, and what is refused."""

import pytest

from unified_sandbox.described.languages.selection import BadQuery
from unified_sandbox.described.languages.zendesk import zendesk

TICKET = {
    "text": "The invoice shows the old address",
    "status": "pending",
    "priority": None,
    "tags": ["vip", "billing"],
    "assignee": [46406145565073, "Ada King", "ada@acme.example"],
    "created": "2026-05-01T08:00:00Z",
    "updated": None,
}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "type:ticket invoice",
        'type:ticket "OLD addr"',
        "invoice -delivery",
        "status:pending status:open",
        "status<solved status>=open",
        "-status:open",
        "priority:none",
        "tags:VIP tags:nothing",
        "assignee:46406145565073",
        'assignee:"ada king"',
        "created:2026-05-01",
        "created>=2026-05-01 created<2026-05-01T08:00:01Z",
    ],
)
def test_a_ticket_is_found(query):
    assert zendesk(query).where(TICKET)


@pytest.mark.parametrize(
    "query",
    [
        "voice",
        "invoice delivery",
        '"invoice old"',
        '"invo shows"',
        "-invoice",
        "status:open",
        "status>pending",
        "-tags:vip",
        "priority:high",
        "priority<high",
        "assignee:4640614556507",
        "assignee:none",
        "created<2026-05-01",
        "updated>2020-01-01",
    ],
)
def test_a_ticket_is_not_found(query):
    assert not zendesk(query).where(TICKET)


@pytest.mark.parametrize("query", ['status:"open', "created<soon", "status<late", "tags>vip", 'a"b"'])
def test_what_cannot_be_read_is_refused(query):
    with pytest.raises(BadQuery):
        zendesk(query)


@pytest.mark.parametrize("query", ["nonsense:1", "voice nonsense:1"])
def test_an_unknown_keyword_is_refused(query):
    with pytest.raises(BadQuery, match="unknown keyword nonsense"):
        zendesk(query).where(TICKET)
