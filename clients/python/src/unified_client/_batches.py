"""Batches: several writes in one request, each with its own outcome."""

from typing import Generic, Literal, Required, TypedDict, TypeVar

import msgspec
from msgspec import UnsetType

from unified_client.management import ApprovalWaiting, Problem

B = TypeVar("B")
R = TypeVar("R")


class BatchWrite(TypedDict, Generic[B], total=False):
    """One write of a batch."""

    op: Required[Literal["create", "update", "upsert", "delete"]]
    id: str | UnsetType
    """Of an update or delete."""
    by: str | UnsetType
    """Of an upsert: the field by which the provider finds the record."""
    data: B
    """Of all but a delete."""
    version: str | UnsetType
    """Of an update or delete: the version of the record that it is meant for."""


class BatchResult(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """The outcome of one write: a record, an error, or an approval that it waits for."""

    index: int
    status: int
    data: R | None = None
    version: str | None = None
    error: Problem | None = None
    approval: ApprovalWaiting | None = None


class Results(msgspec.Struct, Generic[R], frozen=True):
    """The answer to a batch."""

    results: list[BatchResult[R]]
