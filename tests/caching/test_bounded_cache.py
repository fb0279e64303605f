"""A bounded cache holds the entries that were put or used last, in that order, and reports each one that it drops."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.bounded_cache import BoundedCache, CachesByOwner

KEYS = st.integers(0, 6)
STEPS = st.lists(st.tuples(st.sampled_from(["put", "use", "get", "pop"]), KEYS), max_size=60)


@given(bound=st.integers(1, 5), steps=STEPS)
def test_it_holds_what_was_put_or_used_last(bound, steps):
    """The model is a list of entries, the newest one last."""
    dropped, forgotten, model = [], [], []
    cache = BoundedCache(bound, lambda key, value: dropped.append((key, value)))
    for number, (act, key) in enumerate(steps):
        known = dict(model).get(key)
        if act == "put":
            assert cache.put(key, number) == number
            model = [one for one in model if one[0] != key] + [(key, number)]
            forgotten += model[:-bound]
            model = model[-bound:]
        elif act == "use":
            assert cache.use(key) == known
            model.sort(key=lambda one: one[0] == key)
        elif act == "get":
            assert cache.get(key) == known
        else:
            assert cache.pop(key, None) == known
            model = [one for one in model if one[0] != key]
        assert list(cache.items()) == model
        assert dropped == forgotten


def test_a_cache_without_a_listener_drops_too():
    cache = BoundedCache(1)
    cache.put("a", 1)
    cache.put("b", 2)
    assert dict(cache) == {"b": 2}


class Owner:
    """Something that caches are kept for."""


def test_each_owner_has_a_cache_that_ends_with_it():
    caches, one, other = CachesByOwner(2), Owner(), Owner()
    caches.of(one).put("a", 1)
    assert caches.of(one) == {"a": 1}
    assert caches.of(other) == {}
    for name in "bc":
        caches.of(one).put(name, 2)
    assert list(caches.of(one)) == ["b", "c"]
    assert len(caches._caches) == 2
    del one
    gc.collect()
    assert len(caches._caches) == 1


@pytest.mark.parametrize("falsy", [0, "", (), frozenset()])
def test_an_empty_value_is_a_value(falsy):
    cache = BoundedCache(2)
    cache.put("a", falsy)
    cache.put("b", 1)
    assert cache.use("a") == falsy
    cache.put("c", 1)
    assert list(cache) == ["a", "c"]
