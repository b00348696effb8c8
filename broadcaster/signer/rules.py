"""Whether enough people stand for an alert: the pages' own rule, asked of statements that were verified here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from broadcaster.adapters import session_keys
from broadcaster.domain.alarm.approval import (
    APPROVE_WITHIN,
    GLASSES_AN_HOUR,
    GlassBrokenTooOften,
    enough,
    needs_two,
)
from broadcaster.domain.alarm.rules import (
    SCHEDULED_AHEAD,
    EffectiveTooFar,
    ExpiryTooFar,
    check_repeat,
)
from broadcaster.domain.alarm.sirens import checked
from broadcaster.domain.alarm.vouching import Dossier, Part, Statement, Vouched
from broadcaster.domain.alert import LONGEST_LIFE, Content, as_plain, begins_phrase, from_plain, phrase_of
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.signer.errors import NotUnderstood, StillNew
from broadcaster.signer.people import Speaker

SLACK = timedelta(minutes=2)
"""So far the station's clock may be from the signer's."""
SpeakerOf = Callable[[str], Speaker | None]
"""Whose public key this is, None when nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """For whose loudspeakers a content may go out: for some, for all, and whether it took a broken glass.

    `missing` says what is missing for all.
    """

    for_some: bool
    for_all: bool
    by_glass: bool
    missing: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A statement that stands, and who made it."""

    statement: Statement
    speaker: Speaker


def content_of(dossier: Dossier, *, station: StationId) -> Content:
    """Return the content that a dossier speaks of. Raises NotUnderstood unless it is one, of this station, exactly."""
    try:
        content = from_plain(dossier.content)
        if as_plain(content) != dossier.content or content.station != station:
            raise NotUnderstood
        if not (_is_instant(content.expires_at) and _is_instant(content.effective_at or content.expires_at)):
            raise NotUnderstood
        if not _counts_in_whole_numbers(content):
            raise NotUnderstood
    except (KeyError, TypeError, ValueError, AttributeError, Refusal) as exc:
        raise NotUnderstood from exc
    return content


def judge(content: Content, dossier: Dossier, *, speakers: SpeakerOf, glasses_lately: int, now: datetime) -> Verdict:
    """Return what these people are enough for. What is forged, another's or nobody's is simply not heard."""
    if (excess := excess_of(content, now=now)) is not None:
        return Verdict(for_some=False, for_all=False, by_glass=False, missing=excess)
    heard = [h for vouched in dossier.vouched if (h := _heard(vouched, dossier, content, speakers=speakers, now=now))]
    sure = [h for h in heard if h.speaker.counts_from <= now]
    missing = _missing(content, sure, area_wide=True, now=now)
    by_glass = missing is None and _missing(content, _without_glass(sure), area_wide=True, now=now) is not None
    if by_glass and glasses_lately >= GLASSES_AN_HOUR:
        missing, by_glass = GlassBrokenTooOften(limit=GLASSES_AN_HOUR), False
    if missing is not None and _missing(content, heard, area_wide=True, now=now) is None and heard != sure:
        missing = StillNew(counts_from=max(h.speaker.counts_from for h in heard))
    for_some = missing is None or _missing(content, _without_glass(heard), area_wide=False, now=now) is None
    return Verdict(for_some=for_some, for_all=missing is None, by_glass=by_glass, missing=missing)


def excess_of(content: Content, *, now: datetime) -> Refusal | None:
    """Return what the pages would have refused of a content whoever approves it; None when nothing.

    A box that missed its end would go on sounding until it expires, so nothing lasts longer than LONGEST_LIFE.
    """
    begins = max(now, content.effective_at or now)
    if begins > now + SCHEDULED_AHEAD + SLACK:
        return EffectiveTooFar(days=SCHEDULED_AHEAD.days)
    if content.expires_at > begins + LONGEST_LIFE + SLACK:
        return ExpiryTooFar(days=LONGEST_LIFE.days)
    try:
        check_repeat(content.times, content.repeat_every_s)
        if content.siren:
            checked(content.siren)
    except Refusal as exc:
        return exc
    return None


def is_for_all(content: Content, *, everywhere: bool) -> bool:
    """Return whether an alert needs to be enough for all: the signer knows no places, and takes no word for it."""
    return needs_two(content, area_wide=everywhere or content.audience.everybody)


def _is_instant(at: datetime) -> bool:
    """Return whether it has a zone, and is in no year that there is not in ours."""
    try:
        return at.tzinfo is not None and at.astimezone(UTC) is not None
    except OverflowError:
        return False


def _counts_in_whole_numbers(content: Content) -> bool:
    counted = [content.times, 0 if content.repeat_every_s is None else content.repeat_every_s]
    counted += [number for s in content.siren for number in (s.on_ms, s.off_ms, s.times)]
    return all(type(number) is int for number in counted)


def _heard(vouched: Vouched, dossier: Dossier, content: Content, *, speakers: SpeakerOf, now: datetime) -> Heard | None:
    """Return a statement with its speaker, None unless the signature, the session, the person and the role all fit."""
    statement = vouched.statement
    if statement.alert != dossier.alert or statement.station != content.station or not _is_instant(statement.at):
        return None
    speaker = speakers(vouched.public_key)
    if speaker is None or not session_keys.verify(vouched):
        return None
    person = speaker.person
    fits = person.id == statement.person and person.station == statement.station and not person.disabled
    lived = now - APPROVE_WITHIN <= speaker.ends_at and statement.at <= speaker.ends_at
    return Heard(statement=statement, speaker=speaker) if fits and lived and _may(statement, person.roles) else None


def _may(statement: Statement, roles: frozenset[Role]) -> bool:
    wanted = {Role.EDITOR, Role.APPROVER} if statement.part is Part.AUTHOR else {Role.APPROVER}
    return bool(wanted & roles)


def _missing(content: Content, heard: Collection[Heard], *, area_wide: bool, now: datetime) -> Refusal | None:
    """Return what the pages' rule misses. The words of places in the phrase are the approvers' own business.

    Where nobody typed a phrase that begins rightly, none fits one that does.
    """
    approvers: set[UserId] = {h.speaker.person.id for h in heard if Role.APPROVER in h.speaker.person.roles}
    typed = next((h.statement.phrase for h in heard if _begins_rightly(h.statement, content)), "")
    return enough(
        content, [h.statement for h in heard], area_wide=area_wide, approvers=approvers,
        phrase=typed or phrase_of(content, places="đâu đó"), now=now,
    )  # fmt: skip


def _begins_rightly(statement: Statement, content: Content) -> bool:
    """Return whether the typed phrase says what kind of alert it is and of what event, and then some place."""
    return begins_phrase(statement.phrase, phrase_of(content, places=""))


def _without_glass(heard: Collection[Heard]) -> list[Heard]:
    return [h for h in heard if h.statement.part is not Part.BREAK_GLASS]
