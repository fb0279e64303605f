"""Lint says what the service says: files without an error always load, and files that do not load stop no others."""

import copy
import random
import shutil

import pytest
import yaml

from tests.sizes import FULL_SIZE, RANDOM
from unified.authoring.lint.lint import lint
from unified.catalog.load import installed_folder
from unified.errors.configuration import CatalogError
from unified.transform.catalog import Catalog

INSTALLED = installed_folder()
PROVIDERS = sorted(one.stem for one in (INSTALLED / "providers").glob("*.yaml") if "sandbox" not in one.name)
COUNT = 12 if RANDOM or FULL_SIZE else 4
"""Mutations of each provider."""
WORDS = ("", None, 0, -1, True, [], {}, "x", "list", "GET /x", "$a", "(", "[", "hris.employees", "query.a", "2026", "1" * 30)


def copied(folder, provider, rng):
    """A folder with one provider and some of its mappings, and another provider that is never touched."""
    (folder / "providers").mkdir(parents=True)
    for name in (provider, "other"):
        (folder / "mappings" / name).mkdir(parents=True)
    shutil.copy(INSTALLED / "providers" / f"{provider}.yaml", folder / "providers")
    other = (INSTALLED / "providers" / "humaans.yaml").read_text().replace("name: humaans", "name: other")
    (folder / "providers" / "other.yaml").write_text(other)
    files = sorted(one for one in (INSTALLED / "mappings" / provider).glob("*.yaml") if not one.name.endswith(".test.yaml"))
    own = [one for one in files if "." in one.stem]
    kept = [*rng.sample(own, min(3, len(own))), *(one for one in files if one.name == "_shared.yaml")]
    for one in kept:
        shutil.copy(one, folder / "mappings" / provider)
    return [folder / "providers" / f"{provider}.yaml", *(folder / "mappings" / provider / one.name for one in kept)]


def places(value, path=()):
    """Every place in a document."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in parts:
        yield from places(one, (*path, key))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def mutated(text, rng):
    """The text of a file with one to three things changed: keys dropped, renamed or repeated, values swapped."""
    if rng.random() < 0.15:
        lines = text.split("\n")
        at_line = rng.randrange(len(lines))
        lines[at_line : at_line + 1] = rng.choice([[], [lines[at_line]] * 2, [lines[at_line][1:]], [f"  {lines[at_line]}"]])
        return "\n".join(lines)
    document = yaml.load(text, Loader=yaml.BaseLoader)
    for _ in range(rng.randrange(1, 4)):
        found = [one for one in places(document) if one]
        if not found:
            break
        path = rng.choice(found)
        holder, key = at(document, path[:-1]), path[-1]
        match rng.randrange(5):
            case 0:
                del holder[key]
            case 1 if isinstance(key, str):
                holder[rng.choice([f"{key}s", "use", "name", "from", "parents", "windows", "warnings"])] = holder.pop(key)
            case 2:
                other = copy.deepcopy(at(document, rng.choice(found)))
                holder[key] = other if rng.random() < 0.3 else rng.choice(WORDS)
            case 3:
                values = [at(document, one) for one in found if isinstance(at(document, one), str)]
                holder[key] = rng.choice(values) if values else "x"
            case _:
                if isinstance(holder, list):
                    holder.append(holder[key])
                elif isinstance(key, str):
                    holder[f"{key}_2"] = holder[key]
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def errors_in(folder, provider):
    """What lint calls an error in the files of a provider, whatever line it is in."""
    found = (*lint(folder, only=folder / "mappings" / provider), *lint(folder, only=folder / "providers" / f"{provider}.yaml"))
    return {(one.file, one.code, one.message) for one in found if one.severity == "error"}


def state(folder, provider):
    """What lint finds in an unchanged folder, which has no golden cases, and whether its provider cannot be loaded as it is."""
    return errors_in(folder, provider), provider in Catalog.available(folder).disabled


def check(folder, provider, before):
    """Load a folder of which one file was changed; return whether lint finds an error that was not there before."""
    errors = errors_in(folder, provider) - before[0]
    available = Catalog.available(folder)
    assert set(available.disabled) <= {provider}
    assert "other" in available.providers()
    if provider in available.disabled and not before[1]:
        assert errors, str(available.disabled[provider])
        with pytest.raises(CatalogError):
            Catalog.load(folder)
    return bool(errors)


@pytest.mark.parametrize(
    "provider", [pytest.param(one, marks=[] if one in {"gusto", "personio"} else pytest.mark.slow) for one in PROVIDERS]
)
def test_a_file_without_errors_is_loaded(tmp_path, provider) -> None:
    rng = random.Random(None if RANDOM else provider)
    for turn in range(COUNT):
        folder = tmp_path / str(turn)
        path = rng.choice(copied(folder, provider, rng))
        before = state(folder, provider)
        path.write_text(mutated(path.read_text(encoding="utf-8"), rng), encoding="utf-8")
        check(folder, provider, before)


PARENTS = """\
record: |
  {"id": id}
list:
  - {name: active, request: GET /people}
  - {name: former, request: GET /former}
  - from: [active, former]
"""
CHILDREN = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id}
list:
  - parents: hris.employees
    request: GET /people/{employee_id}/balances
"""


def test_the_parents_of_a_list_may_be_a_chain(tmp_path) -> None:
    folder = tmp_path
    copied(folder, "gusto", random.Random(1))
    place = folder / "mappings" / "other"
    (place / "hris.employees.yaml").write_text(PARENTS)
    (place / "hris.time_off_balances.yaml").write_text(CHILDREN)
    assert Catalog.load(folder).disabled == {}
    (place / "hris.time_off_balances.yaml").write_text(CHILDREN.replace("hris.employees", "hris.employee"))
    with pytest.raises(CatalogError):
        Catalog.load(folder)
    found = [str(one) for one in lint(folder, only=place) if one.severity == "error"]
    assert any("M102" in one for one in found)
