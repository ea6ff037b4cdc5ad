"""What a recording has shown of each assistant so far: only that is known of it, and only as long as it is held."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.recordings.masks import is_masked
from strategies.jsonvalues import JSON, NotJSONError, decode, encode
from strategies.permissions import KnownIds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.judging.observation import State
    from conformance.recordings.calls import Call

MOST_HELD = 8_000
"""Assistants of which something is held at a time; one that comes again after so many others is met anew."""
MOST_EARLIER = 10
"""Earlier states of an assistant that are held."""
_MOST_IDS = 10_000


@dataclass(slots=True)
class Track:
    """What is known of one assistant."""

    shown_by: Call | None = None
    """The call that showed it last."""
    state: bytes = b""
    """The assistant as it was shown last; empty where that is not known."""
    modify: Call | None = None
    """The last modify, while no GET has read back what came of it."""
    before: bytes = b""
    """The assistant as it was known to be before that modify."""
    before_by: Call | None = None
    earlier: list[bytes] = field(default_factory=list)
    gone: Call | None = None
    """The delete that was answered as done."""
    tried: Call | None = None
    """A modify that was refused after that."""
    doubted: frozenset[str] = frozenset()
    """Fields that were shown wrongly by what showed it last: what they hold is not known until they are shown again."""
    before_doubted: frozenset[str] = frozenset()
    """Those of the state before the last modify."""
    invalid: frozenset[str] = frozenset()
    """Fields that hold what should have been refused: that they show it is no finding of its own."""
    modifies: int = 0
    """How many modifies in a row have been obeyed."""

    def show(self, state: Mapping[str, JSON], call: Call) -> None:
        """Take a state that was shown."""
        if self.state:
            self.earlier = [*self.earlier, self.state][-MOST_EARLIER:]
        self.state, self.shown_by = encode(state), call

    def forget(self) -> None:
        """Take what it is now for unknown."""
        self.state, self.shown_by, self.modify, self.before, self.before_by = b"", None, None, b"", None
        self.earlier, self.doubted, self.before_doubted, self.invalid = [], frozenset(), frozenset(), frozenset()


def state_in(data: bytes) -> State:
    """Return the assistant that bytes show; an empty state for none."""
    if not data:
        return {}
    try:
        value = decode(data).value
    except NotJSONError:
        return {}
    return value if isinstance(value, dict) else {}


class Assistants:
    """The assistants of one recording, and what it shows of the service that they are of."""

    def __init__(self, known: KnownIds) -> None:
        self._tracks: OrderedDict[tuple[int, str, str], Track] = OrderedDict()
        self._models = set(known.models)
        self._files = set(known.files)
        self._stores = set(known.vector_stores)
        self.merges: dict[str, bool] = {}
        """Whether metadata is merged, by base URL, once that was shown."""

    def of(self, call: Call) -> Track:
        """Return what is known of the assistant of a call; one whose id was replaced is known to nobody."""
        if is_masked(call.assistant_id):
            return Track()
        track = self._tracks.setdefault(call.who, Track())
        self._tracks.move_to_end(call.who)
        if len(self._tracks) > MOST_HELD:
            self._tracks.popitem(last=False)
        return track

    def made(self, call: Call, assistant_id: str) -> Track | None:
        """Return a new track for an assistant that was made; whatever was known of its id is of another one."""
        if not assistant_id or is_masked(assistant_id):
            return None
        who = call.recorded.group, call.service, assistant_id
        self._tracks.pop(who, None)
        track = self._tracks[who] = Track()
        return track

    def listed(self, call: Call, assistant_id: str) -> Track | None:
        """Return what is known of an assistant that a list shows."""
        if is_masked(assistant_id):
            return None
        return self._tracks.setdefault((call.recorded.group, call.service, assistant_id), Track())

    def learn(self, state: Mapping[str, JSON]) -> None:
        """Take note of the ids that the service has shown to know."""
        if isinstance(model := state.get("model"), str) and len(self._models) < _MOST_IDS:
            self._models.add(model)
        resources = state.get("tool_resources")
        for tool, key, known in (
            ("code_interpreter", "file_ids", self._files),
            ("file_search", "vector_store_ids", self._stores),
        ):
            part = resources.get(tool) if isinstance(resources, dict) else None
            ids = part.get(key) if isinstance(part, dict) else None
            if isinstance(ids, list) and len(known) < _MOST_IDS:
                known |= {one for one in ids if isinstance(one, str)}

    @property
    def known(self) -> KnownIds:
        """The ids that the service is known to know."""
        return KnownIds(frozenset(self._models), frozenset(self._files), frozenset(self._stores))


def assumed(answer: Mapping[str, JSON], body: Mapping[str, JSON], assistant_id: str) -> State:
    """Return what an assistant may have been before a modify that is the first to show it.

    What was not sent is taken to have been as it is; of what may be merged, what was not sent. So nothing is told of
    what the recording does not show.
    """
    state: State = {name: value for name, value in answer.items() if name not in body}
    sent, got = body.get("metadata"), answer.get("metadata")
    if "metadata" in body and isinstance(got, dict):
        state["metadata"] = {key: item for key, item in got.items() if not (isinstance(sent, dict) and key in sent)}
    sent, got = body.get("tool_resources"), answer.get("tool_resources")
    if isinstance(sent, dict) and isinstance(got, dict):
        state["tool_resources"] = {tool: part for tool, part in got.items() if tool not in sent}
    told = answer.get("id")
    if isinstance(told, str) and told.casefold() != assistant_id.casefold() and not is_masked(assistant_id):
        state["id"] = assistant_id
    return state
