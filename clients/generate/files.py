"""All generated files with their contents."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from clients.generate import management, models
from clients.generate.asynchronous import asynchronous
from clients.generate.declarations import Places
from clients.generate.envelopes import python_envelopes
from clients.generate.error_classes import python_errors, typescript_errors
from clients.generate.operations import operations
from clients.generate.paths import FOLDER, PYTHON, TYPESCRIPT
from clients.generate.python_api import python_api
from clients.generate.python_types import python_module
from clients.generate.typescript_api import typescript_api, typescript_events, typescript_table
from clients.generate.typescript_types import typescript_module
from unified.api.requests.versions import CURRENT
from unified.version import __version__

FROM_SYNC = {"_sync.py": "_async.py", "_client.py": "_async_client.py"}


def generated() -> dict[str, str]:
    """Return the content of every generated file by its path below `clients`."""
    found = operations()
    own, records = management.places(found), models.places()
    modules = [(one, records) for one in models.modules()] + [(management.module(found, own), own)]
    places = Places(answers={**records.answers, **own.answers}, inputs={**records.inputs, **own.inputs})
    python = {f"{one.name}.py": python_module(one, where) for one, where in modules}
    python |= {"_sync_api.py": python_api(found, places, "sync"), "_async_api.py": python_api(found, places, "async")}
    python |= {
        "_envelopes.py": python_envelopes(),
        "errors.py": python_errors(),
        "version.py": python_version(),
    }
    python |= {to: asynchronous((FOLDER / PYTHON / name).read_text(encoding="utf-8"), name) for name, to in FROM_SYNC.items()}
    typescript = {f"{one.name}.ts": typescript_module(one, where) for one, where in modules}
    typescript |= {"api.ts": typescript_api(found, places), "table.ts": typescript_table(found)}
    typescript |= {"events.ts": typescript_events(own)}
    typescript |= {
        "errors.ts": typescript_errors(),
        "version.ts": f'export const VERSION = "{__version__}";\nexport const API_VERSION = "{CURRENT}";\n',
    }
    return {
        **{f"{PYTHON}/{name}": text for name, text in python.items()},
        **{f"{TYPESCRIPT}/{name}": text for name, text in typescript.items()},
        "typescript/package.json": _package(),
    }


def python_version() -> str:
    """Return the source of the module of versions."""
    return (
        f'"""The version, the same as the service\'s, and the version of the API that every request names."""\n\n'
        f'VERSION = "{__version__}"\nAPI_VERSION = "{CURRENT}"\n'
    )


def _package() -> str:
    """Return the package file with the service's version."""
    file = FOLDER / "typescript/package.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps({**content, "version": __version__}, indent=2, ensure_ascii=False) + "\n"


def stale(files: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Return the paths of files that differ from what is generated."""
    return [
        path
        for path, text in files.items()
        if not (folder / path).exists() or (folder / path).read_text(encoding="utf-8") != text
    ]


def write(files: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Write the files that differ, each as a whole, and return their paths; several processes may do so at once."""
    changed = stale(files, folder)
    for path in changed:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_text(files[path], encoding="utf-8")
        part.replace(file)
    return changed
