"""What is sent: one case, and the scenario that a test carries out; how a test of the suites declares them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from strategies.jsonvalues import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.states import InitialState
    from conformance.target import Role
    from strategies.contract import Contract
    from strategies.editions import Edition
    from strategies.jsonvalues import JSON
    from strategies.permissions import KnownIds

Effort = Literal["quick", "standard", "thorough"]
TIERS: dict[Effort, int] = {"quick": 0, "standard": 1, "thorough": 2}
"""Up to which tier the cases of an effort go."""
DRAWN: dict[Effort, int] = {"quick": 2, "standard": 120, "thorough": 1000}
"""How many bodies, and how many boundaries in drawn surroundings, each effort draws."""

Test = TypeVar("Test", bound=Callable[..., None])
_MADE_BY = "__conformance_scenarios__"
_ALWAYS = "__conformance_always__"

_SHORT = 16_384  # bytes

WHOLE_BODY = "*"
"""What a case is about that is about no field more than any other."""

Side = Literal["inside", "outside", "value"]


class Content:
    """A body as a value, written as JSON when it is asked for: most parts of a packed body are never sent."""

    __slots__ = ("_data", "value")

    def __init__(self, value: JSON) -> None:
        self.value = value
        """The body; it is not to be changed."""
        self._data: bytes | None = None

    @property
    def data(self) -> bytes:
        """The bytes of it; those of a long one are not kept."""
        if self._data is not None:
            return self._data
        data = encode(self.value)
        if len(data) <= _SHORT:
            self._data = data
        return data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)


@dataclass(frozen=True, slots=True)
class Case:
    """One modify: the bytes to send, and what they are about."""

    requirement: str
    """The id of the requirement that it serves first; others learn from it as well."""
    label: str
    """What is special about it, in a few words."""
    content: bytes | Content
    """What is sent: the bytes themselves where they are no plain JSON of a value."""
    field: str = ""
    """The top-level field that it is about; ``*`` where it is about all of them."""
    side: Side = "value"
    held_against: Content | None = None
    """The body of :attr:`control`."""
    parts: tuple[Case, ...] = ()
    """What it is packed of, each part to be sent by itself when something is wrong with the whole. A whole that nothing
    is wrong with is evidence on each of them."""
    read: bool = True
    """Whether a GET follows it; without one the answer alone is judged."""

    @property
    def data(self) -> bytes:
        """The bytes to send."""
        return self.content if isinstance(self.content, bytes) else self.content.data

    @property
    def body(self) -> JSON:
        """The body as a value, which is not to be changed.

        Raises :class:`NotJSONError` where the bytes are no JSON.
        """
        return decode(self.content).value if isinstance(self.content, bytes) else self.content.value

    @property
    def control(self) -> bytes | None:
        """A body that lacks what is special here: what also goes wrong with it is not this case's doing.

        For an outside case the valid body that differs in this one thing.
        """
        return None if self.held_against is None else self.held_against.data


_UNTOLD = 40
"""About how many requests a test takes that does not say so: most send 20 to 70, one after the other."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one test of the suites sends: several requests that belong together.

    Either ``cases`` for one assistant in one initial state, or what the test itself does.
    """

    requirement: str
    """The id of the requirement that it serves first."""
    tier: int = 0
    """The effort from which on it is carried out; see :data:`TIERS`."""
    initial_state: InitialState = "populated"
    cases: tuple[Case, ...] = ()
    serves: frozenset[str] = frozenset()
    """Ids of the requirements that it gives evidence on, beside its own."""
    role: Role | None = None
    """The kind of target that it makes sense for; ``None`` for both."""
    label: str = ""
    """What sets it apart from others of the same test."""
    examples: int = 0
    """How many examples Hypothesis draws for it; none where nothing is drawn."""
    seed: int = 0
    """The seed of these examples."""
    part: int = 0
    """Which part of what the test sends, where that is shared out among several."""
    requests: int = 0
    """About how many requests it takes, where that cannot be told from the cases and examples."""
    kept: bool = False
    """Whether what failed in an earlier run is sent before them."""
    always: bool = False
    """Whether it is carried out first, whatever was selected: nothing else has a meaning without it."""
    last: bool = False
    """Whether it is begun when others are over: it sends what they have left open, or is to have nothing beside it."""
    test: Callable[..., None] | None = field(default=None, compare=False)
    """What carries it out."""

    @property
    def length(self) -> int:
        """About how many requests it takes."""
        return self.requests or 2 * (len(self.cases) + self.examples) or _UNTOLD

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all requirements that it gives evidence on."""
        return frozenset({self.requirement, *self.serves, *(one.requirement for one in self.cases)})


@dataclass(frozen=True, slots=True)
class Scope:
    """What scenarios are made for."""

    contract: Contract
    model: str
    """A model that the target knows."""
    effort: Effort
    seed: int

    @property
    def parts(self) -> tuple[Contract, str, Effort, int]:
        """The contract, the model, the effort and the seed."""
        return self.contract, self.model, self.effort, self.seed

    @property
    def edition(self) -> Edition:
        """The edition of the contract."""
        return self.contract.edition

    @property
    def known(self) -> KnownIds:
        """The ids that the target knows."""
        return self.contract.known

    @property
    def tier(self) -> int:
        """Up to which tier scenarios are carried out."""
        return TIERS[self.effort]

    @property
    def draws(self) -> int:
        """How many bodies, answers and boundaries are drawn."""
        return DRAWN[self.effort]


Making = Callable[[Scope], Iterable[Scenario]]
"""Makes the scenarios of one test."""


def requirement(
    id_: str,
    *also: str,
    tier: int = 0,
    role: Role | None = None,
    always: bool = False,
    last: bool = False,
) -> Callable[[Test], Test]:
    """Declare the requirements that a test is about, the first one above all; see :class:`Scenario` for the rest."""
    one = Scenario(id_, tier, serves=frozenset(also), role=role, always=always, last=last)

    def declare(test: Test) -> Test:
        test.__dict__[_ALWAYS] = always
        return scenarios(lambda scope: (one,))(test)

    return declare


def scenarios(making: Making) -> Callable[[Test], Test]:
    """Declare what a test is carried out for, once each; it is given the scenario if it has a parameter for it."""

    def declare(test: Test) -> Test:
        test.__dict__[_MADE_BY] = making
        return test

    return declare


def making_of(test: Callable[..., None]) -> Making:
    """Return what makes the scenarios of a test."""
    making: Making = test.__dict__[_MADE_BY]
    return making


def names_of(found: Sequence[Scenario]) -> list[str]:
    """Return what scenarios of one test are called: by what sets them apart, numbered where nothing does."""
    names: list[str] = []
    times: dict[str, int] = {}
    for one in found:
        name = one.label.replace(" ", "-") or one.requirement
        times[name] = times.get(name, 0) + 1
        names.append(name if times[name] == 1 else f"{name}-{times[name]}")
    return names


def is_always(test: Callable[..., None]) -> bool:
    """Return whether a test is carried out first, whatever was selected."""
    return bool(test.__dict__.get(_ALWAYS))


def is_declared(test: object) -> bool:
    """Return whether something is a test that declares its requirements."""
    return _MADE_BY in getattr(test, "__dict__", {})


def case(
    requirement: str,
    label: str,
    body: Mapping[str, JSON],
    *,
    about: str = "",
    side: Side = "value",
    control: Mapping[str, JSON] | None = None,
    parts: Iterable[Case] = (),
) -> Case:
    """Make a case from a body as a value."""
    return Case(
        requirement,
        label,
        Content(dict(body)),
        about or next(iter(body), ""),
        side,
        None if control is None else Content(control),
        tuple(parts),
    )


def pack(requirement: str, label: str, parts: Iterable[Case]) -> Case:
    """Make a case of several that are each about another field: one body with all of them."""
    several = tuple(parts)
    body: dict[str, JSON] = {}
    for one in several:
        body |= one.body
    return case(requirement, label, body, about=WHOLE_BODY, parts=several)


def leaves(one: Case) -> Iterator[Case]:
    """Return what a case is packed of in the end; a case without parts is its own."""
    if not one.parts:
        yield one
    for part in one.parts:
        yield from leaves(part)
