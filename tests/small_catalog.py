"""A small catalog in a folder, for tests of what reads and writes one: the linter, the commands, the scaffold."""

from pathlib import Path

from unified.authoring.review.review import accept, open_reviews

PROVIDER = """\
name: shelf
title: Shelf
docs: https://shelf.example.com/docs
base_url: https://{site}.example.com/api
settings:
  site: {title: Site, example: acme}
auth:
  - {type: bearer}
check: {request: GET /me}
pagination: {type: cursor, send: query.after, next: after}
"""

MAPPING = """\
record: |
  { "id": id,
    "first_name": first,
    "emails": [{"email": mail, "type": "work"}] }
write: |
  {"first": first_name}
list:
  - when: updated_after
    request: GET /changed
    query: |
      {"since": updated_after}
  - request: GET /people
get: {request: "GET /people/{id}"}
create: {request: POST /people}
"""

CASES = """\
- name: a person
  record: {id: 1, first: Ada, mail: null}
  gives: {id: "1", first_name: Ada}
- name: changed people
  list: {updated_after: "2026-01-01T00:00:00Z"}
  sends: {path: /changed}
- name: one
  get: "1"
  sends: {path: /people/1}
- name: made
  write: {first_name: Ada}
  sends: {body: {first: Ada}}
"""

FILES = {
    "providers/shelf.yaml": PROVIDER,
    "mappings/shelf/crm.contacts.yaml": MAPPING,
    "mappings/shelf/crm.contacts.test.yaml": CASES,
}


class Folder:
    """A small catalog without a fault, reviewed, to be edited."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, text in FILES.items():
            self.write(name, text)
        self.review()

    def review(self) -> None:
        accept(self.path, open_reviews(self.path))

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))
