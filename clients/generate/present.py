"""Generated files are not in git: a fresh clone gets them where something needs them."""

from clients.generate.paths import FOLDER, PYTHON, TYPESCRIPT

NEEDED = (FOLDER / PYTHON / "_sync_api.py", FOLDER / PYTHON / "_async_client.py", FOLDER / TYPESCRIPT / "api.ts")
"""One of each kind; they are written together."""


def ensure_generated() -> None:
    """Write the generated files if there are none; existing ones may be out of date."""
    if all(path.exists() for path in NEEDED):
        return
    from clients.generate.files import generated, write  # noqa: PLC0415 - loads the whole service

    write(generated())
