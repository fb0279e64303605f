from unified.authoring.line_counts import LineCount, line_counts, total


def written(path, lines: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a: b\n" * lines, encoding="utf-8")


def test_lines_are_counted_by_kind(tmp_path):
    for path, lines in {
        "providers/acme.yaml": 2,
        "providers/acme.sandbox.yaml": 3,
        "providers/other.yaml": 4,
        "mappings/acme/_shared.yaml": 5,
        "mappings/acme/crm.contacts.yaml": 6,
        "mappings/acme/crm.contacts.test.yaml": 7,
        "mappings/acme/review.yaml": 90,
        "cassettes/acme/scenario.yaml": 8,
        "cassettes/acme/known.yaml": 1,
        "cassettes/acme/crm.contacts.json": 900,
        "python/acme/__init__.py": 9,
        "python/acme/inner/more.py": 1,
        "python/shared.py": 100,
    }.items():
        written(tmp_path / path, lines)
    acme, other = line_counts(tmp_path, tmp_path / "python")
    assert acme == LineCount(provider="acme", provider_file=2, mappings=11, golden_cases=7, stand_in=3, scenario=9, python=10)
    assert acme.yaml == 32
    assert (other.provider, other.yaml, other.python) == ("other", 4, 0)
    assert (total((acme, other)).yaml, total((acme, other)).python) == (36, 10)
    assert [one.provider for one in line_counts(tmp_path, None, ("acme",))] == ["acme"]
