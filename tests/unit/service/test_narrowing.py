"""Which methods lie within a parent's: a class is its methods, and custom methods are a class of their own."""

import pytest

from unified.errors import ScopeExceedsParent
from unified.service.narrowing import narrowed
from unified.service.scopes import Scope


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (["read"], ["custom"]),
        (["write"], ["custom"]),
        (["read"], ["write", "custom"]),
        (["custom"], ["read", "write"]),
        (["close"], ["read", "write"]),
        (["read"], ["list"]),
        (["list"], ["get", "write"]),
    ],
)
def test_methods_beyond_the_parents_are_refused(child, parent):
    with pytest.raises(ScopeExceedsParent, match="methods"):
        narrowed(Scope(methods=tuple(child)), Scope(methods=tuple(parent)))


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (["read"], ["read"]),
        (["list"], ["read"]),
        (["read"], ["list", "get"]),
        (["write"], ["create", "update", "delete"]),
        (["close"], ["custom"]),
        (["custom"], ["custom"]),
        (["close"], ["close"]),
    ],
)
def test_methods_of_the_parent_are_taken(child, parent):
    assert narrowed(Scope(methods=tuple(child)), Scope(methods=tuple(parent))).methods == tuple(child)
