from collections.abc import Callable
from pathlib import Path

import pytest

from unified.transform.catalog import Catalog

PROVIDER = """\
name: acme
title: Acme
docs: d
base_url: https://api.acme.test/v1
auth: [{type: bearer}]
check: {request: GET /me}
pagination: {type: cursor, send: query.after, next: next, size: query.limit, max_size: 100}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Callable[..., Catalog]:
    """A catalog of one provider and one mapping, from their text."""

    def make(mapping: str, model: str = "crm.contacts", provider: str = "") -> Catalog:
        (tmp_path / "providers").mkdir(exist_ok=True)
        (tmp_path / "mappings" / "acme").mkdir(parents=True, exist_ok=True)
        (tmp_path / "providers" / "acme.yaml").write_text(PROVIDER + provider, encoding="utf-8")
        (tmp_path / "mappings" / "acme" / f"{model}.yaml").write_text(mapping, encoding="utf-8")
        return Catalog.load(tmp_path)

    return make
