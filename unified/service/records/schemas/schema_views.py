"""Builds the answer to `GET …/schema`: a model as one caller has it at one account."""

from typing import Any

import msgspec

from unified.models import MethodClass
from unified.transform.coverage import FieldCoverage
from unified.transform.queries.filter_options import FilterOption


class SchemaMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A method that can be called."""

    name: str
    """The method, such as `list`."""
    method_class: MethodClass = msgspec.field(name="class")
    """Its class."""


class SchemaFilter(FilterOption, frozen=True, kw_only=True):
    """A field by which the list can be filtered."""

    required: bool
    """Whether every list must have it."""


class SchemaField(FieldCoverage, frozen=True, kw_only=True):
    """A field that the caller sees."""

    hidden: bool
    """Always false: `hidden_fields` has the others."""
    required: bool
    """Whether a create needs it."""
    words: tuple[str, ...]
    """The words that can be written; empty if others are allowed, or none can be written."""


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The operations of a model and of each of its fields. Refused ones are left out."""

    provider: str
    """Name of the provider, such as `hubspot`."""
    model: str
    """The model, such as `crm.contacts`."""
    methods: tuple[SchemaMethod, ...]
    """The methods that can be called."""
    tags: tuple[str, ...]
    """The tags of the model."""
    upsert_by: tuple[str, ...]
    """External keys for `by` of upserts."""
    filters: tuple[SchemaFilter, ...]
    """Fields by which the list can be filtered."""
    parameters: tuple[str, ...]
    """Other parameters of the list that are conditions, such as `updated_after`."""
    sort: tuple[str, ...]
    """Values of `sort`, such as `-name`."""
    sort_beside_filter: tuple[str, ...]
    """Those that can be had together with a filter."""
    expand: tuple[str, ...]
    """Values of `expand`."""
    fields: tuple[SchemaField, ...]
    """The fields that are seen."""
    hidden_fields: tuple[str, ...]
    """The fields that the scope hides."""
    json_schema: dict[str, Any]
    """JSON Schema of the records."""
