"""`$me` in the conditions of a scope: the user of the provider as whom the account of a call is connected."""

from collections.abc import Iterator

import msgspec

from unified.catalog.filter_rows import Operator
from unified.models import MODELS, Field, Model
from unified.transform.queries.query import Filter

ME = "$me"
OPERATORS: tuple[Operator, ...] = ("eq", "in")
"""Those that compare with a user."""


class ConnectedUser(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison with the id of the connected user, which differs between accounts."""

    field: str
    """Its one name, as filters have it."""
    operator: Operator
    values: tuple[str, ...]
    """`$me`, and the ids of other users for `in`."""

    def filter_for(self, user: str | None) -> Filter:
        """Return what it is for an account; where the user is not known, no record fulfils it."""
        if user is None:
            return Filter(field=self.field, operator="in", value=())
        if self.operator == "eq":
            return Filter(field=self.field, value=user)
        named = dict.fromkeys(user if one == ME else one for one in self.values)
        return Filter(field=self.field, operator="in", value=tuple(named))


def names_users(model: Model, field: Field) -> bool:
    """Return whether a field of a model has ids of users: a reference to them, or their own id."""
    if field.name == "id":
        return model.is_of_users
    referenced = MODELS.get(field.reference or "")
    return referenced is not None and referenced.is_of_users


def user_fields(model: Model) -> Iterator[str]:
    """Yield the fields of a model that can be compared with the connected user."""
    yield from (one.name for one in model.fields if names_users(model, one))
