"""What is passed on, written down and judged: the entry that is judged is the one that stands in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.recordings import har
from conformance.recordings.calls import Queue
from conformance.recordings.found import is_key, keys_in_url
from conformance.recordings.harfile import entry_of
from conformance.targets.given import secrets_given
from conformance.targets.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.recordings.harfile import HarFile
    from conformance.recordings.judged import Judging
    from conformance.recordings.proxy import Passed
    from conformance.recordings.recorded import Recorded
    from conformance.targets.secrets import Secrets


class Recorder:
    """Takes exchanges as they begin and end; to be used from one thread."""

    def __init__(self, file: HarFile, judging: Judging, keys: Iterable[str]) -> None:
        self._file = file
        self._judging = judging
        self._keys = {key for key in keys if key}
        self._secrets = secrets_given(self._keys)
        self._walk = judging.walk(self._position)
        self._queue = Queue()
        self._under_way: dict[int, Passed] = {}
        self._waiting: list[Passed] = []

    def _position(self, recorded: Recorded) -> str:
        return f"{self._file.path}:{recorded.index + 1} (entry {recorded.index})"

    def began(self, passed: Passed) -> None:
        """Take note of an exchange that begins."""
        self._learn(passed)
        self._under_way[id(passed)] = passed

    def ended(self, passed: Passed) -> None:
        """Take an exchange that is over: calls of assistants wait for those that were under way meanwhile."""
        self._under_way.pop(id(passed), None)
        if "/assistants" not in passed.url:
            self._write(passed)
            return
        self._waiting.append(passed)
        self._waiting.sort(key=lambda one: one.started)
        first = min((one.started for one in self._under_way.values() if "/assistants" in one.url), default=None)
        while self._waiting and (first is None or first >= self._waiting[0].ended):
            self._write(self._waiting.pop(0))

    def close(self) -> None:
        """Write what is still waiting, and judge it."""
        for passed in self._under_way.values():
            passed.problem = passed.problem or "the recording ended"
            self._waiting.append(passed)
        for passed in sorted(self._waiting, key=lambda one: one.started):
            self._write(passed)
        for call in self._queue.rest():
            self._judging.step(self._walk, call)
        self._judging.close(self._walk)
        self._file.close()

    def _learn(self, passed: Passed) -> None:
        """Take the keys of a request for secrets, from now on and wherever they come again."""
        keys = keys_in_url(passed.url)
        for name, value in passed.request_headers:
            if is_key(name):
                keys.add(value)
        new = {key for key in keys if key != MASK} - self._keys
        if new:
            self._keys |= new
            self._secrets = secrets_given(self._keys)

    @property
    def secrets(self) -> Secrets:
        """What is taken out."""
        return self._secrets

    def _write(self, passed: Passed) -> None:
        entry = entry_of(passed, self._secrets)
        self._file.add(entry)
        recorded = har.of_entry(entry, self._file.entries, own=True)
        call = self._judging.call_of(recorded)
        for one in self._queue.put(call) if call is not None else ():
            self._judging.step(self._walk, one)
