"""A sampling profiler that needs no privileges: the process interrupts itself whenever it has used some processor time.

A tool that looks at a process from outside needs the rights of a debugger, which `unified serve` takes away from all.
"""

import signal
import sys
from collections import Counter
from types import FrameType
from typing import Final

INTERVAL: Final = 0.001
"""Seconds of processor time between samples; the kernel rounds it up to its own tick."""
Stack = tuple[str, ...]
"""Functions from the outermost to the innermost, as `module:function`."""


class Sampler:
    """Counts the stacks of this process's main thread."""

    def __init__(self) -> None:
        self.stacks: Counter[Stack] = Counter()
        self._wakeup = -1

    def start(self) -> None:
        # asyncio has every signal wake its loop, which would show in the profile.
        self._wakeup = signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.set_wakeup_fd(self._wakeup)

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append(f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        self.stacks[tuple(reversed(stack))] += 1


def folded(stacks: Counter[Stack]) -> str:
    """Stacks as lines of text, `outer;inner count`, which other tools for flame graphs read too."""
    return "".join(f"{';'.join(stack)} {count}\n" for stack, count in sorted(stacks.items()))


def unfolded(text: str) -> Counter[Stack]:
    """The stacks of such a text."""
    found: Counter[Stack] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        found[tuple(stack.split(";"))] += int(count)
    return found


def main() -> None:
    """`python -m benchmarks.sampler FILE COMMAND…`: run `unified COMMAND…`; SIGUSR1 starts sampling, the next one ends it."""
    from unified.cli.main import main as unified  # noqa: PLC0415 - the command's own arguments come first

    path, sys.argv = sys.argv[1], ["unified", *sys.argv[2:]]
    sampler = Sampler()

    def toggle(_signal: int, _frame: FrameType | None) -> None:
        if signal.getitimer(signal.ITIMER_PROF)[0] == 0:
            sampler.start()
        else:
            sampler.stop()
            with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(folded(sampler.stacks))
            sampler.stacks.clear()

    signal.signal(signal.SIGUSR1, toggle)
    unified()


if __name__ == "__main__":
    main()
