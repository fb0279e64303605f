"""Small invented providers, one for each form in which products talk: each has all files that a provider of tier silver has.

| provider | form |
|---|---|
| `formling` | fields of forms, with a list, numbers and what is cleared |
| `partling` | parts, one of them a file |
| `xmlling` | XML in both directions, in refusals too |
| `soapling` | SOAP at one address beside a JSON check: refusals are faults with status 500 |
| `farling` | JSON, with a token of a host that several products use |
"""

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.parent.name for path in FOLDER.glob("*/provider.yaml")))
MODEL = "crm.accounts"


def write_invented(root: Path, *names: str) -> None:
    """Write the files of invented providers, all by default, where a catalog has them."""
    for name in names or NAMES:
        for file, target in {
            "provider.yaml": f"providers/{name}.yaml",
            "standin.yaml": f"providers/{name}.sandbox.yaml",
            "mapping.yaml": f"mappings/{name}/{MODEL}.yaml",
            "cases.yaml": f"mappings/{name}/{MODEL}.test.yaml",
            "scenario.yaml": f"cassettes/{name}/scenario.yaml",
        }.items():
            path = root / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(FOLDER / name / file, path)
