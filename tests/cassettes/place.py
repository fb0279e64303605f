"""Where providers, mappings and cassettes are: in the checkout, or in the folder of an author, which UNIFIED_CATALOG names."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from unified import Catalog
from unified_sandbox.registry import discover
from unified_sandbox.standin import StandIn

CHECKOUT = Path(__file__).parents[2]


class Place:
    """One folder with `providers/`, `mappings/` and `cassettes/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cassettes = root / "cassettes"

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog.load(self.root)

    def standins(self, *names: str) -> Mapping[str, StandIn]:
        return discover(*names, folder=self.root)

    def providers(self) -> list[str]:
        """Those that have a scenario."""
        return sorted(path.parent.name for path in self.cassettes.glob("*/scenario.yaml"))


TESTED = Place(Path(os.environ.get("UNIFIED_CATALOG", CHECKOUT)))
"""The folder that the tests over all providers are about: UNIFIED_CATALOG, or the checkout."""
FOLDER = TESTED.cassettes
