"""Generates the types and methods when the client is built from a checkout; a source archive has them already."""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateClient(BuildHookInterface):
    """Runs the generator of the checkout with the environment that `make` created there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the generated modules before any file is collected.

        Raises:
            RuntimeError: The modules are missing and cannot be generated here, or the generator failed.
        """
        del version, build_data
        checkout = Path(self.root).parents[1]
        python = checkout / ".venv/bin/python"
        if (checkout / "clients/generate").is_dir() and python.exists():
            _generate(python, checkout)
        elif not (Path(self.root) / "src/unified_client/_sync_api.py").exists():
            message = f"the types of the client are generated, and are missing: run `make clients` in {checkout} first"
            raise RuntimeError(message)


def _generate(python: Path, checkout: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # pip sets its own path
    ended = subprocess.run(
        [python, "-m", "clients.generate"], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        message = f"`python -m clients.generate` failed in {checkout}; `make clients` installs what it needs:\n{ended.stderr}"
        raise RuntimeError(message)
