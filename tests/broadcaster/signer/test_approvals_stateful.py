"""A hostile server with one person's session, against the whole signer: two people stand behind each area-wide alarm.

It keeps every statement that others made, forges and mixes them, makes people, restarts the signer, waits. Beside it
runs a model of who really said what; the two are compared at every signature.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from broadcaster.adapters.session_keys import public_key_of
from broadcaster.domain.acting import ActKind
from broadcaster.domain.alarm.vouching import Part, Vouched
from broadcaster.domain.alert import Content
from broadcaster.domain.ids import AlertId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from broadcaster.signer.people import Speaker
from tests.fakes.signer_room import PEOPLE, Room

HALF_AN_HOUR = timedelta(minutes=30)
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""The register is synced at each step, which a disk takes its time for."""
A_DAY = timedelta(hours=24)
BOTH_ROLES = frozenset({Role.EDITOR, Role.APPROVER})
ALERTING = ("lan", "minh", "dung")
PARTS = st.sampled_from(list(Part))
CONTENTS = st.integers(0, 2)


@dataclass(kw_only=True)
class Said:
    """Something that a person really said, or whoever sits in their session."""

    person: str
    number: int
    part: Part
    at: datetime


@dataclass(kw_only=True)
class Thief:
    """Whose session was taken, and who was made or taken over with it, since when."""

    captured: str = "dung"
    made: dict[str, datetime] = field(default_factory=dict)


class HostileServer(RuleBasedStateMachine):
    """Whatever it does, no area-wide real alert is signed but by two people, or by a glass broken twice an hour."""

    room_kind: type[Room] = Room
    captives: tuple[str, ...] = tuple(PEOPLE)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=IN_MEMORY)
        self.room = self.room_kind(folder=Path(self.folder.name))
        self.contents = [self.room.content(headline=f"Tin {n}") for n in range(3)]
        self.pool: list[Vouched] = []
        self.said: list[Said] = []
        self.thief = Thief()
        self.glasses: list[tuple[int, datetime]] = []
        self.signed: set[int] = set()
        self.called_off: set[int] = set()

    @initialize(data=st.data())
    def take_a_session(self, data: st.DataObject) -> None:
        self.thief.captured = data.draw(st.sampled_from(self.captives))

    @rule(name=st.sampled_from(ALERTING), number=CONTENTS, part=st.sampled_from([Part.AUTHOR, Part.APPROVER]))
    def somebody_says(self, name: str, number: int, part: Part) -> None:
        """An honest person speaks in their own session, in a part that they have."""
        if name in self.thief.made or not _has(name, part):
            return
        self.room.sign_in(name)
        self._speak(name, number, part, secret=self.room.secret(name))

    @rule(number=CONTENTS, part=PARTS)
    def the_thief_says(self, number: int, part: Part) -> None:
        name = self.thief.captured
        self._speak(name, number, part, secret=self.room.secret(name))

    @rule(name=st.sampled_from(ALERTING), number=CONTENTS, part=PARTS, stranger=st.booleans())
    def the_thief_forges(self, name: str, number: int, part: Part, stranger: bool) -> None:
        """A statement in another's name, with the stolen key or one made up."""
        if name == self.thief.captured:
            return  # in their own name it is no forgery
        secret = "made up" if stranger else self.room.secret(self.thief.captured)
        self.pool.append(self._says(name, number, part, secret=secret))

    @rule(data=st.data(), name=st.sampled_from(ALERTING), number=CONTENTS, part=PARTS)
    def the_thief_alters(self, data: st.DataObject, name: str, number: int, part: Part) -> None:
        """A true statement with a field changed, under its old signature."""
        if not self.pool:
            return
        true = data.draw(st.sampled_from(self.pool))
        changes: dict[str, object] = data.draw(
            st.sampled_from(
                [{"person": UserId(f"nd-{name}")}, {"part": part}, {"at": self.room.now}, {"alert": AlertId("kc-9")}]
            )
        )
        self.pool.append(replace(true, statement=replace(true.statement, **changes)))  # type: ignore[arg-type] # fields by their names

    @rule(name=st.sampled_from(["nam", "ty"]))
    def the_thief_makes_a_person(self, name: str) -> None:
        if self.room.admit(name, BOTH_ROLES, by=self.thief.captured).refused is None:
            self.thief.made[name] = self.room.now

    @rule(name=st.sampled_from(ALERTING))
    def the_thief_gives_a_password(self, name: str) -> None:
        answer = self.room.act(
            ActKind.GIVE_PASSWORD, name, by=self.thief.captured, verifier=self.room.hashed("stolen " + name)
        )
        if answer.refused is None:
            self.thief.made[name] = self.room.now
            self.room.sign_in(name, secret="thief as " + name, password="stolen " + name)

    @rule(name=st.sampled_from(ALERTING))
    def the_thief_gives_itself_a_token(self, name: str) -> None:
        secret = "thief as " + name
        answer = self.room.act(
            ActKind.GIVE_KEY, name, by=self.thief.captured, key=public_key_of(secret), key_name=fingerprint(secret)
        )
        if answer.refused is None:
            self.thief.made.setdefault(name, self.room.now)

    @rule(data=st.data(), number=CONTENTS, part=PARTS)
    def the_thief_speaks_as_somebody_it_made(self, data: st.DataObject, number: int, part: Part) -> None:
        if not self.thief.made:
            return
        name = data.draw(st.sampled_from(sorted(self.thief.made)))
        secret = "thief as " + name
        self.room.sign_in(name, secret=secret, password=name if name in ("nam", "ty") else "stolen " + name)
        self._speak(name, number, part, secret=secret)

    @rule(minutes=st.sampled_from([1, 5, 20, 31, 61, 600]))
    def time_passes(self, minutes: int) -> None:
        self.room.clock.advance(minutes=minutes)
        self.room.sign_in(self.thief.captured)

    @rule()
    def the_signer_is_killed(self) -> None:
        self.room.open()

    @rule(number=CONTENTS)
    def the_station_calls_off(self, number: int) -> None:
        """Only what was signed: else the machine would soon have nothing left to try."""
        if number in self.signed:
            self.room.call_off(_name(number))
            self.called_off.add(number)

    @rule(data=st.data(), number=CONTENTS, other=st.one_of(st.none(), CONTENTS), everything=st.booleans())
    def the_thief_asks_for_an_alarm(
        self, data: st.DataObject, number: int, other: int | None, everything: bool
    ) -> None:
        """Any statements, for this content or another, behind a document in which this one is live for everybody."""
        if everything:
            chosen = [vouched for vouched in self.pool if vouched.statement.alert == _name(number)]
        else:
            chosen = data.draw(st.lists(st.sampled_from(self.pool), max_size=6)) if self.pool else []
        shown = self.contents[number if other is None else other]
        dossier = self.room.dossier(shown, chosen, alert=_name(number))
        if number in self.signed - self.called_off:
            return
        if self.room.sounds(self.contents[number], dossier, name=_name(number)):
            assert number not in self.called_off, "signed although it was called off"
            self.signed.add(number)
            self._check(number)

    def _check(self, number: int) -> None:
        lately = [s for s in self.said if s.number == number and s.at >= self.room.now - HALF_AN_HOUR]
        sure = [s for s in lately if s.person not in self.thief.made or self._is_known_a_day(s.person)]
        people = {s.person for s in sure if s.part is not Part.BREAK_GLASS and self._may(s)}
        approving = {s.person for s in sure if s.part in (Part.APPROVER, Part.ONE_OF_TWO) and self._may(s)}
        if len(people) >= 2 and approving:
            return
        broke = [s for s in sure if s.part is Part.BREAK_GLASS and self._may(s)]
        assert broke, f"signed with {people} behind it"
        hour = [at for _, at in self.glasses if at > self.room.now - timedelta(hours=1)]
        assert len(hour) < 2, "the glass was broken too often"
        self.glasses.append((number, self.room.now))

    def _is_known_a_day(self, name: str) -> bool:
        return self.room.now >= self.thief.made[name] + A_DAY

    def _may(self, said: Said) -> bool:
        return said.person in ("nam", "ty") or _has(said.person, said.part)

    def _speak(self, name: str, number: int, part: Part, *, secret: str) -> None:
        self.pool.append(self._says(name, number, part, secret=secret))
        self.said.append(Said(person=name, number=number, part=part, at=self.room.now))

    def _says(self, name: str, number: int, part: Part, *, secret: str) -> Vouched:
        content: Content = self.contents[number]
        reason = "không gọi được ai" if part is Part.BREAK_GLASS else ""
        return self.room.says(name, content, part, alert=_name(number), secret=secret, reason=reason)

    def teardown(self) -> None:
        self.room.book.close()
        self.folder.cleanup()


def _name(number: int) -> str:
    return f"kc-{number}"


def _has(name: str, part: Part) -> bool:
    wanted = BOTH_ROLES if part is Part.AUTHOR else {Role.APPROVER}
    return bool(PEOPLE[name] & wanted)


USUAL = settings(
    max_examples=60, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip
TestHostileServer = HostileServer.TestCase
TestHostileServer.settings = USUAL


SEARCH = settings(USUAL, max_examples=2_000, derandomize=True, database=None, phases=[Phase.generate])


class Hasty(Room):
    """A signer that lets whom an administrator brings in count at once."""

    def open(self) -> None:
        super().open()
        known = self.people.speaker
        self.desk._alerts._speakers = lambda key: _at_once(known(key))


class Gullible(Room):
    """A signer that takes every key for the key of an approver."""

    def open(self) -> None:
        super().open()
        known, minh = self.people.speaker, public_key_of(self.secret("minh"))
        self.desk._alerts._speakers = lambda key: known(key) or known(minh)


def _at_once(speaker: Speaker | None) -> Speaker | None:
    return speaker and replace(speaker, counts_from=speaker.person.counts_from - timedelta(days=3))


@pytest.mark.parametrize(("kind", "captive"), [(Hasty, "hoa"), (Gullible, "lan")])
def test_a_signer_with_a_hole_is_found_out(kind: type[Room], captive: str) -> None:
    machine = type("Against", (HostileServer,), {"room_kind": kind, "captives": (captive,)})
    with pytest.raises(AssertionError, match="signed with"):
        run_state_machine_as_test(machine, settings=SEARCH)
