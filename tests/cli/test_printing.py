"""What commands print: boxes and bars for people at a terminal, plain lines and nothing else for programs."""

import io
import os
import pty
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.cli.printing import print_table, progress

CELLS = st.one_of(st.none(), st.integers(), st.text(max_size=200))


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
def test_a_piped_list_has_one_line_for_each_row_and_every_column(rows):
    """Whatever the values are and however narrow the window is."""
    written, before = io.StringIO(), (sys.stdout, os.environ.get("COLUMNS"))
    sys.stdout, os.environ["COLUMNS"] = written, "20"
    try:
        print_table(("id", "name", "status"), rows, "none")
    finally:
        sys.stdout = before[0]
        os.environ.pop("COLUMNS") if before[1] is None else os.environ.__setitem__("COLUMNS", before[1])
    lines = written.getvalue().removesuffix("\n").split("\n")
    assert len(lines) == len(rows) + 1
    starts = [lines[0].index(name) for name in ("id", "name", "status")]
    for line, row in zip(lines[1:], rows, strict=True):
        ends = [*starts[1:], len(line) + 2]
        shown = [line[start : end - 2].strip() for start, end in zip(starts, ends, strict=True)]
        assert shown == [" ".join(str("" if one is None else one).split()) or "-" for one in row]
    assert not set("│┃─━┏┗") & set(lines[0])


def at_a_terminal(*words):
    """What a command shows in a terminal: output and error output together."""
    leader, follower = pty.openpty()
    ended = subprocess.Popen([sys.executable, *words], stdout=follower, stderr=follower, stdin=subprocess.DEVNULL)
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 65_536)
        except OSError:  # how Linux says that nobody has the other end open
            break
        if not part:
            break
        shown += part
    ended.wait()
    os.close(leader)
    return shown.decode()


def test_a_terminal_has_boxes_and_bars():
    script = (
        "from unified.cli.printing import print_table, progress\n"
        "with progress() as bars:\n    list(bars.track(range(3), description='files'))\n"
        "print_table(('id', 'name'), [('acc_1', 'Acme')])"
    )
    shown = at_a_terminal("-c", script)
    assert "│ acc_1 │ Acme │" in shown
    assert "files" in shown


def test_no_bar_is_shown_in_a_pipe(capfd):
    with progress() as bars:
        assert list(bars.track(range(3), description="files")) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "words", [("-h",), ("keys", "-h"), ("keys", "add", "-h"), ("help",), ("help", "keys"), ("help", "keys", "add")]
)
def test_help_is_found_in_every_usual_way(run, words):
    usual = [one for one in words if one not in {"-h", "help"}]
    code, out, _ = run(*words)
    assert (code, out.split()) == (0, run(*usual, "--help")[1].split())


def test_help_of_what_is_not_a_command_names_the_nearest(run):
    code, out, err = run("help", "keys", "lst")
    assert (code, out, "Did you mean 'list'?" in err) == (2, "", True)


def test_options_that_are_needed_are_marked(run):
    for command, option in (("keys", "--name"), ("accounts", "--provider"), ("mcp", "--account"), ("webhooks", "--url")):
        text = " ".join(run(command, "add", "--help")[1].replace("│", " ").split())
        assert "Required without --json." in text.partition(option)[2][:150], command


def test_shells_can_complete(run, monkeypatch):
    """What `--show-completion` prints for the shell that it runs in; a test may run in none, so it names one."""
    monkeypatch.setenv("_UNIFIED_COMPLETE", "source_bash")
    code, out, _ = run()
    assert (code, "complete -o default -F _unified_completion unified" in out) == (0, True)


def test_lint_of_a_folder_without_data_files_is_an_error(run, folder):
    empty = folder.path / "docs"
    empty.mkdir(parents=True)
    code, out, err = run("lint", str(empty))
    expected = "expected a provider or mapping file, or a folder with some in providers/ or mappings/; found none"
    assert (code, out, err) == (2, "", f"unified: {empty}: {expected}\n")
    assert run("lint", str(folder.path))[0] in {0, 1}
