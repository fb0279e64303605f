"""Documents of a page share one program and one budget; what is unusual in one of them is not felt by the others."""

import tracemalloc

import pytest

from unified.models import ModelShape, Target, conform, model
from unified.transform.functions import callables
from unified_jsonata import JsonataError, compile
from unified_jsonata.compiler.paths import names
from unified_jsonata.faults import CONVERTING

CONTACTS = model("crm.contacts")
SHAPE = ModelShape(target=Target(struct=CONTACTS.struct))


def both(source):
    """What maps a page, and what maps one document in two steps; the documents left to the latter are noted."""
    expression = compile(source, callables())
    quick, evaluate, left = expression.shaped(SHAPE, {}), expression.evaluator({}), []

    def plainly(item):
        left.append(item)
        return conform(CONTACTS, evaluate(item))

    return (lambda items: quick(items, plainly)), lambda item: conform(CONTACTS, evaluate(item)), left


USUAL = {"id": "1", "of": {"name": "Ada", "title": "Dr"}, "mails": [{"at": "a@x.org"}], "tags": ["a", "b"]}
UNUSUAL = [
    {**USUAL, "of": [{"name": "Ada"}]},
    {**USUAL, "of": "Ada"},
    {**USUAL, "mails": [[{"at": "a@x.org"}]]},
    {**USUAL, "mails": ["a@x.org"]},
]


@pytest.mark.parametrize("unusual", UNUSUAL)
def test_only_the_unusual_document_is_left_to_the_two_steps(unusual) -> None:
    source = '{"id": id, "first_name": of.name, "title": of.title, "emails": mails.{"email": at}, "tags": tags}'
    quick, alone, left = both(source)
    page = [USUAL, unusual, USUAL, USUAL]
    assert quick(page) == [alone(one) for one in page]
    assert left == [unusual]


def test_where_most_documents_are_unusual_the_next_page_supposes_nothing() -> None:
    quick, alone, left = both('{"id": id, "first_name": of.name, "title": of.title}')
    page = [{"id": str(number), "of": [{"name": "Ada"}, {"title": "Dr"}]} for number in range(12)]
    for _ in range(3):
        assert quick(page) == [alone(one) for one in page]
    assert len(left) == len(page), "only those of the first page"


def test_a_few_unusual_documents_change_nothing() -> None:
    quick, _, left = both('{"id": id, "first_name": of.name, "title": of.title}')
    for _ in range(20):
        quick([{"id": "1", "of": [{"name": "Ada"}]}])
    assert len(left) == 20


LISTS = {"id": "1", "a": [{"b": [{"c": [{"d": [1] * 40}] * 40}] * 40}] * 40}
"""Lists that are short enough not to be counted alone."""


@pytest.mark.parametrize(
    "source",
    [
        '{"id": id, "tags": a.(b.(c.(d.$string($))))}',
        '{"id": id, "tags": $map(a, function($a) { $map($a.b, function($b) { $map($b.c, function($c) { $sum($c.d) }) }) })}',
        '{"id": id, "tags": a[b[c[d[$ > 1]]]].id}',
    ],
)
def test_loops_in_loops_are_counted(source) -> None:
    quick, alone, _ = both(source)
    with pytest.raises(JsonataError, match="U1001"):
        alone(LISTS)
    with pytest.raises(JsonataError, match="U1001"):
        quick([LISTS])


@pytest.mark.parametrize(
    "source",
    ['{"id": id, "tags": a.($$.tags)}', '{"id": id, "tags": $distinct(a.($$.tags))}', '{"id": id, "tags": [a.($$.tags)]}'],
)
def test_a_list_that_is_repeated_is_counted_before_it_is_made(source) -> None:
    quick, _, left = both(source)
    tracemalloc.start()
    with pytest.raises(JsonataError, match="U100"):
        quick([{"id": "1", "a": [{}] * 6_000, "tags": ["x"] * 6_000}])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left
    assert most < 100_000_000


def test_a_page_that_takes_more_steps_than_one_evaluation_may_is_mapped_anyway() -> None:
    quick, alone, left = both('{"id": id, "title": $string($count(a[$ > 1]))}')
    page = [{"id": str(number), "a": [number] * 150_000} for number in range(20)]
    assert quick(page) == [alone(one) for one in page]
    assert 0 < len(left) < len(page)


def test_a_mistake_of_the_compiler_is_noted_once_and_maps_anyway(monkeypatch, caplog) -> None:
    write = names._name
    monkeypatch.setattr(names, "_name", lambda gen, *rest, **how: _mistaken(gen, write(gen, *rest, **how)))
    quick, alone, left = both('{"id": id, "first_name": of.name}')
    monkeypatch.undo()
    assert quick([USUAL, USUAL]) == [alone(USUAL), alone(USUAL)]
    assert len(left) == 2
    assert [one.getMessage() for one in caplog.records] == [CONVERTING]


def _mistaken(gen, value):
    if gen.shape is not None:
        gen.line("if root == 1: late = 1")
        gen.line("late")
    return value


def test_fields_that_are_the_same_for_every_record() -> None:
    source = """{"id": "1", "remote_id": "2", "name": "Ada", "is_deleted": false, "lifecycle_stage": "none of them",
        "phone_numbers": [{"number": "020", "type": "work"}, {"e164": "+442079460000"}, {"number": "1", "e164": "+1"}],
        "addresses": [{"country": "France"}, {"country": "Narnia", "country_name": "The same"}, {"type": "home"}],
        "custom_fields": {"a": null}, "tags": ["a", 1, null, ""]}"""
    quick, alone, left = both(source)
    assert quick([{}, {"id": 3}]) == [alone({}), alone({"id": 3})]
    assert not left
