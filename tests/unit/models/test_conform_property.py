"""Whatever a mapping makes: it comes out in the model's shape, or is refused with MappingFailed."""

import contextlib

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.errors.providers import MappingFailed
from unified.models import MODELS, Field, Model, conform

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["2024-01-31", "2024-01-31T10:00:00+02:00", "0000-00-00", "12.5", "DE", "Germany", "eur", "other"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


def shaped(field: Field) -> st.SearchStrategy:
    """Mostly plausible values, so that records are accepted often enough to be compared."""
    if field.kind == "map":
        return st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)
    if field.kind in {"datetime", "date", "due"}:
        one: st.SearchStrategy = st.datetimes().map(str) | st.text(max_size=12) | st.none()
    elif field.kind in {"integer", "number"}:
        one = st.integers() | st.floats() | st.text(max_size=5) | st.none()
    elif field.nested:
        one = st.fixed_dictionaries({}, optional={inner.name: shaped(inner) for inner in field.nested})
    else:
        one = SCALARS | st.sampled_from([None, *field.enum])
    return st.lists(one, max_size=2) | one if field.is_list else one


@st.composite
def records(draw: st.DrawFn, wild: bool) -> tuple[Model, dict]:
    known = draw(st.sampled_from(list(MODELS.values())))
    chosen = draw(st.lists(st.sampled_from(known.fields), max_size=6, unique_by=lambda f: f.name))
    required = [f for f in known.fields if f.required and f.kind != "map"]
    record = {f.name: "x" for f in required}
    record |= {f.name: draw(JSON if wild else shaped(f)) for f in chosen}
    return known, record


@settings(max_examples=examples(300))
@given(records(wild=False) | records(wild=True))
def test_the_output_always_fits_the_models_struct(drawn) -> None:
    known, record = drawn
    with contextlib.suppress(MappingFailed):
        out = conform(known, record)
        assert list(out) == [f.name for f in known.fields]
        assert msgspec.convert(out, known.struct).id == out["id"]
        assert conform(known, out) == out or has_nan(out)


def has_nan(value) -> bool:
    if isinstance(value, dict | list):
        return any(has_nan(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return value != value
