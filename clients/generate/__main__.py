"""`python -m clients.generate` writes every generated file of the clients; `--check` names those that are out of date."""

import sys

from clients.generate.files import FOLDER, generated, stale


def main() -> int:
    """Write or check the files."""
    if "--check" in sys.argv[1:]:
        old = stale(generated())
        sys.stdout.write("".join(f"{one}: out of date; run `make clients`\n" for one in old))
        return 1 if old else 0
    for path, text in generated().items():
        file = FOLDER / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
