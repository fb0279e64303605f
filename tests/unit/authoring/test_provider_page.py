"""The page of a provider, from a catalog that has everything a page can say."""

from tests.small_catalog import Folder
from unified.authoring.reference_pages.provider_page import provider_pages
from unified.authoring.workspace import offered

P, M = "providers/shelf.yaml", "mappings/shelf/crm.contacts.yaml"
MORE = """\
rate_limit: {statuses: [429, 503], retry_after: Retry-After, remaining: X-Left, limit: X-Limit}
notes: [Shelves are counted at night]
not_offered: {crm.lists: Shelf has no lists}
"""
MAPPING = """\
describe: {list: Returns people who have a shelf}
notes: [A person without a shelf is not returned]
not_offered: {tags: There are none}
"""


def page(folder: Folder) -> str:
    pages = provider_pages(offered(folder.path))
    assert list(pages) == ["docs/reference/providers/shelf.md"]
    return pages["docs/reference/providers/shelf.md"]


def section(text: str, title: str) -> str:
    level = title.split(maxsplit=1)[0]
    rest = text.partition(f"\n{title}\n\n")[2]
    assert rest, f"no {title} in the page"
    return rest.partition(f"\n{level} ")[0].partition(f"\n{level[:-1]} ")[0].rstrip("\n")


def test_how_to_connect(folder):
    folder.edit(
        P,
        "auth:\n",
        "auth:\n  - type: oauth2\n    authorize_url: https://a.example.com/a\n"
        "    token_url: https://a.example.com/t\n    rotates: true\n"
        '    scopes: {"crm:read": [read, all]}\n',
    )
    text = page(folder)
    oauth = section(text, "### OAuth 2")
    assert "PKCE is used. A refresh token works once and is replaced." in oauth
    assert "| `crm:read` | `read`, `all` |" in oauth
    assert "unified accounts add --provider shelf --name NAME --token TOKEN --setting site=acme" in section(text, "### Bearer")
    assert "| `site` |" in section(text, "### Settings")
    assert "`GET /me` proves that credentials work." in section(text, "### Check")


def test_limits_and_notes(folder):
    folder.edit(P, "pagination", MORE + "pagination")
    text = page(folder)
    assert "A rate limit is reported by 429 or 503, and the time to wait by `Retry-After`." in section(text, "## Limits")
    assert "what is left in `X-Left`, the limit in `X-Limit`" in section(text, "## Limits")
    assert section(text, "## Notes") == "- Shelves are counted at night"


def test_what_is_offered_and_what_is_not(folder):
    folder.edit(P, "pagination", MORE + "pagination")
    folder.edit(M, "get: {", MAPPING + "get: {")
    text = page(folder)
    row = next(line for line in text.splitlines() if line.startswith("| [crm.contacts]"))
    assert "| list, get, create | `updated_after` |  |" in row
    said = section(text, "### crm.contacts").splitlines()
    assert said[:3] == [
        "- `list`: Returns people who have a shelf",
        "- A person without a shelf is not returned",
        "- `tags` is always null or empty: There are none",
    ]
    assert said[3].startswith("- Not read: `")
    assert "`tags`" not in said[3]
    missing = section(text, "## What is not offered").splitlines()
    assert missing[2] == "| `crm.lists` | Shelf has no lists |"
    assert "| `crm.accounts` |  |" in missing
    assert not any("`hris." in line or "`crm.contacts`" in line for line in missing)
