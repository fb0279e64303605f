"""Where the generated files are."""

from pathlib import Path

FOLDER = Path(__file__).parents[1]
PYTHON, TYPESCRIPT = "python/src/unified_client", "typescript/src/generated"
"""Below `FOLDER`."""
