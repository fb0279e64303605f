"""The request for a list's first page is kept for an account: it must be the one that would be built, whatever came before."""

from itertools import product

from tests.acme import open_acme
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import first_page

LISTS = """\
record: |
  {"id": id, "first_name": first, "last_name": last}
list:
  - request: GET /people
    query: |
      {"only": $join($reads, ","), "company": $account.settings.company, "deleted": include_deleted}
    items: people
    pagination: {type: page, send: query.page, size: query.size, max_size: 40}
"""
BOTH = {"crm.contacts": LISTS, "crm.leads": LISTS.replace("/people", "/leads")}
PEOPLE = {"people": [{"id": 1, "first": "Ada", "last": "Lovelace"}]}
SELECTIONS = ([], ["first_name"], ["last_name", "first_name"], ["first_name", "last_name"])


async def test_every_list_is_asked_as_if_it_were_the_first(tmp_path) -> None:
    async with open_acme(tmp_path, BOTH, lambda _: PEOPLE, settings={"company": "c7"}) as acme:
        for fields, limit, deleted, model in 3 * list(product(SELECTIONS, (2, 30, 90), (False, True), BOTH)):
            asked = {**({"fields": fields} if fields else {}), "limit": limit, "include_deleted": deleted}
            call = await acme.call("list", model)
            query = query_from_object(asked, call.mapping.model)
            bindings = call.bindings(query.root(["include_deleted"]))
            built = first_page(call.mapping, query, bindings)
            acme.arrived.clear()
            await acme.list(model, **asked)
            path, _, sent = acme.arrived[0].replace("%2C", ",").partition("?")
            assert path == f"GET {built.path}"
            assert sorted(sent.split("&")) == sorted(f"{name}={value}" for name, value in built.query), asked


async def test_new_settings_of_an_account_arrive_at_once(tmp_path) -> None:
    async with open_acme(tmp_path, LISTS, lambda _: PEOPLE, settings={"company": "c7"}) as acme:
        await acme.list()
        tenant = acme.principal.tenant_id
        await update_account(acme.services, tenant, acme.account, AccountPatch(settings={"company": "c8"}))
        await acme.list()
        assert ["company=c7" in acme.arrived[0], "company=c8" in acme.arrived[1]] == [True, True]


RESULT = """\
record: |
  {"id": id, "first_name": first}
list:
  - request: GET /people
    query: |
      {"team": $team}
    items: people
    before:
      team: {request: GET /team, item: name}
"""


async def test_what_a_provider_said_is_not_kept(tmp_path) -> None:
    names = iter(["red", "blue"])

    def answer(request):
        return {"name": next(names)} if request.url.path.endswith("/team") else PEOPLE

    async with open_acme(tmp_path, RESULT, answer) as acme:
        await acme.list()
        await acme.list()
        assert acme.arrived == ["GET /team", "GET /people?team=red", "GET /team", "GET /people?team=blue"]


CHANCE = LISTS.replace('"deleted": include_deleted', '"number": $random()')


async def test_what_a_function_of_chance_gives_is_not_kept(tmp_path) -> None:
    async with open_acme(tmp_path, CHANCE, lambda _: PEOPLE) as acme:
        await acme.list()
        await acme.list()
        assert len(set(acme.arrived)) == 2
