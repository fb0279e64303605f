"""The engine and its tests need nothing of the product, and the public interface is what it lists."""

import importlib
import pkgutil

import pytest

import jsonata_benchmarks
import unified_jsonata
import unified_jsonata_reference

PUBLIC = [
    "UNDEFINED",
    "Analysis",
    "Expression",
    "FunctionError",
    "JsonataError",
    "Limits",
    "Refusal",
    "analyse",
    "compile",
    "parse",
]
ANALYSIS = [
    "Analysis",
    "Call",
    "Problem",
    "Read",
    "Use",
    "Write",
    "analyse",
    "narrow",
    "unbound_variables",
    "unknown_functions",
]


def test_the_public_names():
    assert unified_jsonata.__all__ == PUBLIC
    assert importlib.import_module("unified_jsonata.analysis").__all__ == ANALYSIS


@pytest.mark.parametrize("module", ["unified_jsonata", "unified_jsonata.analysis"])
def test_every_public_name_is_explained(module):
    found = importlib.import_module(module)
    assert [name for name in found.__all__ if not (getattr(found, name).__doc__ or "").strip()] == []


@pytest.mark.parametrize("product", ["unified", "unified_sandbox", "benchmarks"])
def test_the_product_cannot_be_imported_here(product):
    with pytest.raises(ModuleNotFoundError, match="import nothing of the product"):
        importlib.import_module(product)


@pytest.mark.parametrize(
    "package", [unified_jsonata, unified_jsonata_reference, jsonata_benchmarks], ids=lambda one: one.__name__
)
def test_every_module_can_be_imported_without_it(package):
    names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.") if "__main__" not in one.name]
    assert names
    for name in names:
        importlib.import_module(name)
