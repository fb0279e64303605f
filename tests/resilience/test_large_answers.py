"""A provider's answer, whatever is in it, keeps no other request waiting, and a page of any length is looked at in parts."""

import asyncio
import json
import random
import threading
import time

import httpx2
import msgspec
import pytest

from tests.acme import PROVIDER, open_acme
from tests.sizes import examples
from tests.waiting import until
from unified.api.answers.answers import encoded_list, json_answer
from unified.errors.providers import ProviderValidation, UpstreamTooLarge
from unified.service.records.reading.listing import Listing, list_records, next_cursor
from unified.service.tools.result_limits import ResultBuilder
from unified.service.tools.result_shape import ResultShape
from unified.transform.queries.query_reading import query_from_object
from unified.transform.records.record_mapper import RecordMapper
from unified.transport.bodies import response_body
from unified.transport.bodies.encodings import DECODERS
from unified.transport.bodies.response_body import decode_json_body
from unified.transport.error_mapping import ErrorReader
from unified.transport.heavy_work import HEAVY_BYTES, THREADS, HeavyWork

MAPPING = """\
record: |
  {"id": $string(id), "first_name": name, "emails": emails.{"email": $}, "is_deleted": gone}
list:
  - request: GET /people
    items: people
get: {request: "GET /people/{id}"}
"""
PAGED = MAPPING.replace(
    "items: people",
    "items: people\n    pagination: {type: page, send: query.page, size: query.size, max_size: 100, more: more}",
)
MIB = 1024 * 1024
MAX_HOLD_SECONDS = 0.1


def people(draw: random.Random, count: int, first: int = 0) -> list[dict]:
    return [
        {"id": first + number, "name": draw.choice("ab"), "emails": [], "gone": draw.random() < 0.3} for number in range(count)
    ]


@pytest.mark.parametrize("seed", range(8))
async def test_a_long_page_is_continued_without_a_loss_or_a_repetition(tmp_path, seed, monkeypatch):
    """Whatever the limits, filters and pages: each record once, in order, and no answer looks at more than its bound."""
    draw = random.Random(seed)
    pages = [people(draw, draw.randrange(0, 90), 1000 * number) for number in range(draw.randrange(1, 4))]
    bound, limit = draw.randrange(1, 40), draw.randrange(1, 30)
    is_filtered, is_paged = draw.random() < 0.7, draw.random() < 0.6
    pages = pages if is_paged else pages[:1]
    looked: list[int] = []
    take = Listing.take

    def counted(made, page, items, records):
        looked[-1] += len(items)
        return take(made, page, items, records)

    def answer(request):
        number = int(request.url.params.get("page", 1)) - 1
        return {"people": pages[number] if number < len(pages) else [], "more": number + 1 < len(pages)}

    monkeypatch.setattr(Listing, "take", counted)
    query = {"limit": str(limit)} | ({"filter": {"first_name": "a"}} if is_filtered else {})
    async with open_acme(tmp_path, PAGED if is_paged else MAPPING, answer) as acme:
        services = msgspec.structs.replace(
            acme.services, settings=msgspec.structs.replace(acme.services.settings, page_scan_limit=bound)
        )
        world, seen, cursor = msgspec.structs.replace(acme, services=services), [], {}
        for _ in range(400):
            looked.append(0)
            call = await world.call("list")
            page = await world.list(**query, **cursor)
            assert looked[-1] <= max(bound, limit)
            assert len(page.data) <= limit
            seen += [int(one["id"]) for one in page.data]
            following = next_cursor(call, page)
            if following is None:
                break
            cursor = {"cursor": following}
    expected = [one["id"] for page in pages for one in page if not one["gone"] and (not is_filtered or one["name"] == "a")]
    assert seen == expected


def shapes() -> dict[str, bytes]:
    """Answers of up to 8 MiB, as whoever controls a provider's data could make them."""
    record = b'{"id":%d,"name":"a","emails":[]}'
    small = [record % number for number in range(8 * MIB // 34)]
    fewer = [record % number for number in range(58_000)]
    wide = b'{"id":1,"name":"a","emails":[' + b",".join([b'"a@b.example"'] * 290_000) + b"]}"
    deep = b'{"id":1,"name":"a","emails":[],"x":' + b"[" * 900 + b"]" * 900 + b"}"
    fields = b'{"id":1,"name":"a","emails":[],"x":{' + b",".join(b'"k%d":1' % number for number in range(290_000)) + b"}}"
    return {
        "small": b'{"people":[' + b",".join(small) + b"]}",
        "fewer": b'{"people":[' + b",".join(fewer) + b"]}",
        "wide": b'{"people":[' + wide + b"]}",
        "deep": b'{"people":[' + b",".join([deep] * 200) + b"]}",
        "fields": b'{"people":[' + fields + b"]}",
        "text": b'{"people":[{"id":1,"name":"' + b"a, <b> [" * (MIB - 100) + b'","emails":[]}]}',
        "texts": b'{"people":[' + b",".join([b'{"id":1,"name":"' + b"\\u00e9," * 5_000 + b'","emails":[]}'] * 220) + b"]}",
        "lists": b'{"people":' + b"[" * 400 + b"[]," * MIB + b"[]" + b"]" * 400 + b"}",
        "error": b'{"message":["' + b'a","' * (2 * MIB) + b'"]}',
    }


async def holds(work) -> tuple[float, object]:
    """The longest time for which nobody else had a turn while some work was done, and what came of it.

    In processor time of all threads, which is what a quiet machine would take.
    """
    worst, last, done = 0.0, time.process_time(), False

    async def tick() -> None:
        nonlocal worst, last
        while not done:
            await asyncio.sleep(0.001)
            now = time.process_time()
            worst, last = max(worst, now - last), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    worst, last = 0.0, time.process_time()
    try:
        result: object = await work
    except Exception as problem:  # noqa: BLE001 - a clear refusal is fine
        result = problem
    await asyncio.sleep(0.005)
    done = True
    await ticking
    return worst, result


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("way", ["list", "filtered", "raw", "tool", "get"])
async def test_nothing_holds_the_event_loop_for_long(tmp_path, shape, way):
    """Decoding, mapping, conditions, limits of tools, encoding: everything until the answer's bytes are there."""
    content = shapes()[shape]
    status = 422 if shape == "error" else 200
    one = content.removeprefix(b'{"people":[').removesuffix(b"]}") if shape in {"wide", "fields", "text"} else content
    answers = {
        "GET /people": lambda _request: httpx2.Response(status, content=content),
        "GET /people/1": lambda _request: httpx2.Response(status, content=one),
    }

    async def whole(acme):
        fields = frozenset({"id", "first_name", "emails", "remote_data"})
        room = ResultBuilder(ResultShape(fields=fields, free=("remote_data",)), 100_000)
        if way == "get":
            return json_answer(await acme.get("1", include_raw=True)).body
        asked = {"filter": {"first_name": "zz"}} if way == "filtered" else {"include_raw": way != "list"}
        if way == "tool":
            call = await acme.call("list")
            return json_answer((await listed_for_a_tool(call, room)).data).body
        return json_answer((await acme.list(**asked, limit="200")).data).body

    async with open_acme(tmp_path, MAPPING, answers, provider=PROVIDER + "errors: {message: message}\n") as acme:
        await holds(whole(acme))  # what is compiled and loaded at the first use is not the answer's
        worst, result = min([await holds(whole(acme)) for _ in range(2)], key=lambda one: one[0])
    print(f"{shape} {way}: {worst * 1000:.0f} ms")
    assert worst < MAX_HOLD_SECONDS, (shape, way, worst, str(result)[:80])


def test_a_large_list_is_encoded_to_the_same_bytes_as_a_small_one():
    draw = random.Random(3)
    for count in (0, 1, 2, 50):
        data = [{"id": str(number), "é": a_value(draw)} for number in range(count)]
        rest = {"next_cursor": draw.choice((None, 'a"b')), "meta": {"warnings": (), "provider": "acme"}}
        large, small = (encoded_list(data, rest, is_large=is_large) for is_large in (True, False))
        assert large == small == json_answer({"data": data, **rest}).body


async def listed_for_a_tool(call, room):
    query = query_from_object({"limit": 200, "include_raw": True}, call.mapping.model)
    return await list_records(call, query, room=room.append)


@pytest.mark.parametrize(("size", "is_beside"), [(HEAVY_BYTES // 2, False), (2 * HEAVY_BYTES, True)])
async def test_a_large_answer_is_decoded_and_mapped_outside_the_event_loop_and_an_ordinary_one_in_it(
    tmp_path, monkeypatch, size, is_beside
):
    here, seen = threading.get_ident(), {}
    decode, mapper = decode_json_body, RecordMapper.mapper

    def decoding(content):
        seen["decoded"] = threading.get_ident()
        return decode(content)

    def mapping(shape, bindings, *, country=None):
        map_objects = mapper(shape, bindings, country=country)

        def noting(items):
            seen["mapped"] = threading.get_ident()
            return map_objects(items)

        return noting

    monkeypatch.setitem(DECODERS, "json", decoding)
    monkeypatch.setattr(RecordMapper, "mapper", mapping)
    body = {"people": people(random.Random(1), 100)}
    body["people"][0]["name"] = "x" * (size - len(json.dumps(body)))
    async with open_acme(tmp_path, MAPPING, {"GET /people": body}) as acme:
        await acme.list()
    assert {name: thread != here for name, thread in seen.items()} == {"decoded": is_beside, "mapped": is_beside}


def costly() -> dict[str, bytes]:
    """Answers that are just not large, of what costs most for each byte."""
    record, room = b'{"id":1,"name":"%b","emails":[%b]}', HEAVY_BYTES - 100
    texts = (b"<", b"<br>", b"<p>\n", b"<td>", b"&lt;", b"\\n ")
    return {
        **{one.decode(): record % (one * (room // len(one)), b"") for one in texts},
        "numbers": record % (b"", b",".join([b"1"] * (room // 2))),
        "objects": record % (b"", b",".join([b"{}"] * (room // 3))),
    }


@pytest.mark.alone
@pytest.mark.parametrize("kind", costly())
async def test_answers_below_the_large_size_do_not_hold_the_event_loop_either(tmp_path, kind):
    answers = {"GET /people/1": lambda _request: httpx2.Response(200, content=costly()[kind])}
    async with open_acme(tmp_path, MAPPING.replace('"first_name": name', '"first_name": $plain(name)'), answers) as acme:
        await holds(acme.get("1"))
        worst, _ = min([await holds(acme.get("1")) for _ in range(5)], key=lambda one: one[0])
    assert worst < MAX_HOLD_SECONDS, (kind, worst)


@pytest.mark.parametrize(("size", "is_beside"), [(HEAVY_BYTES // 2, False), (2 * HEAVY_BYTES, True)])
@pytest.mark.parametrize("status", [200, 422])
async def test_the_errors_of_a_large_answer_are_read_outside_the_event_loop_too(tmp_path, monkeypatch, status, size, is_beside):
    here, seen = threading.get_ident(), []
    find = ErrorReader.find

    def noting(reader, expression, refusal):
        seen.append(threading.get_ident())
        return find(reader, expression, refusal)

    monkeypatch.setattr(ErrorReader, "find", noting)
    provider = PROVIDER + "errors: {message: errors.message, fields: 'errors.{\"message\": message}', in_success: errors}\n"
    content = json.dumps({"errors": [{"message": "x" * 100}] * (size // 115)}).encode()
    answers = {"GET /people/1": lambda _request: httpx2.Response(status, content=content)}
    async with open_acme(tmp_path, MAPPING, answers, provider=provider) as acme:
        with pytest.raises(ProviderValidation):
            await acme.get("1")
    assert {one != here for one in seen} == {is_beside}


async def test_large_answers_of_one_tenant_take_turns_with_those_of_others():
    work, order, go = HeavyWork(heavy_bytes=0), [], threading.Event()

    def step(name):
        go.wait(5)
        order.append(name)

    tasks = [asyncio.create_task(work.run(1, "flood", step, "flood")) for _ in range(20)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(work.run(1, "other", step, "other")))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*tasks)
    work.close()
    assert order.index("other") <= 3 * THREADS


async def test_callers_that_go_away_keep_their_turn_until_their_work_ends():
    draw = random.Random(1)
    for _ in range(examples(40)):
        work, order = HeavyWork(heavy_bytes=0), []

        def step(name, stop, order=order):
            order.append(name)
            stop.wait(5)

        async def call(tenant, stop, work=work, step=step):
            task = asyncio.create_task(work.run(1, tenant, step, tenant, stop))
            await asyncio.sleep(0)
            return task

        stops = [threading.Event() for _ in range(draw.randrange(THREADS, 12))]
        tasks = [await call("flood", stop) for stop in stops[:THREADS]]
        await until(lambda order=order: len(order) == THREADS)
        for task in tasks:
            task.cancel()
        for stop in stops[THREADS:]:
            tasks.append(await call("flood", stop))
            if draw.random() < 0.3:
                tasks[-1].cancel()
        other = await call("other", stops[0])
        for stop in stops[:THREADS]:
            stop.set()
        await asyncio.wait_for(other, 4)
        assert order.index("other") <= THREADS + 1, order
        for stop in stops:
            stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        work.close()


def a_value(draw: random.Random, depth: int = 0):
    kind = draw.randrange(7 if depth < 5 else 4)
    if kind >= 4:
        inner = [a_value(draw, depth + 1) for _ in range(draw.randrange(6))]
        return inner if kind < 6 else {f"{number},": one for number, one in enumerate(inner)}
    return [
        draw.randrange(10**6),
        draw.random(),
        draw.choice(['x,"[{\\', ",,[", '\\"', "\\\\", 'é"']) * draw.randrange(9),
        None,
    ][kind]


def entries(value) -> int:
    if not isinstance(value, dict | list):
        return 0
    inner = list(value.values()) if isinstance(value, dict) else value
    return max(len(inner), 1) + sum(map(entries, inner))


def test_the_values_of_an_answer_are_counted_exactly_for_any_text(monkeypatch):
    draw = random.Random(1)
    for _ in range(examples(300)):
        value = [a_value(draw) for _ in range(30)]
        content = json.dumps(value, indent=draw.choice((None, 1)), ensure_ascii=draw.random() < 0.5).encode()
        monkeypatch.setattr(response_body, "STEP_BYTES", draw.choice((7, 20, 100)))
        monkeypatch.setattr(response_body, "MAX_VALUES", entries(value))
        assert decode_json_body(content) == value
        monkeypatch.setattr(response_body, "MAX_VALUES", entries(value) - 1)
        with pytest.raises(UpstreamTooLarge, match="ask for fewer records or fields"):
            decode_json_body(content)
