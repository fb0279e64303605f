"""A catalog with many providers: the installed ones again under other names."""

import re
import shutil
from itertools import count, islice
from pathlib import Path

from unified.catalog.load import installed_folder


def many_providers(folder: Path, wanted: int) -> Path:
    """Fill a folder with so many providers and their mappings, the installed ones among them."""
    installed = installed_folder()
    names = sorted(one.stem for one in (installed / "providers").glob("*.yaml") if "." not in one.stem)  # no stand-ins
    (folder / "providers").mkdir(parents=True)
    copies = ((name, f"{name}{number or ''}") for number in count() for name in names)
    for name, copy in islice(copies, max(wanted, len(names))):
        text = (installed / f"providers/{name}.yaml").read_text()
        (folder / f"providers/{copy}.yaml").write_text(re.sub(rf"^name: {name}$", f"name: {copy}", text, flags=re.MULTILINE))
        # Reviews are of the tools of one provider by its name: a copy has none.
        ignored = shutil.ignore_patterns("*.test.yaml", *(["review.yaml"] if copy != name else []))
        shutil.copytree(installed / "mappings" / name, folder / "mappings" / copy, ignore=ignored)
    return folder
