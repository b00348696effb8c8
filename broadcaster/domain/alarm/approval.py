"""Who is enough to make an alert sound: two people for an area-wide real one, or one who breaks the glass.

The use cases ask it to tell people what is missing; the signer asks it again of the statements that it verified.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from broadcaster.domain.alarm.rules import ExpiryInThePast
from broadcaster.domain.alarm.speech import is_correction
from broadcaster.domain.alarm.vouching import Part, Statement
from broadcaster.domain.alert import AREA_WIDE_SHARE, Alert, Content, Status, content_hash, is_phrase
from broadcaster.domain.audience import Audience, Place, clusters_of
from broadcaster.domain.errors import N_, Conflict, Forbidden, Invalid, Refusal, TooMany, refusal
from broadcaster.domain.ids import ClusterId, UserId

APPROVE_WITHIN = timedelta(minutes=30)
CLOCK_SLACK = timedelta(seconds=60)
GLASSES_AN_HOUR = 2
GLASS_HOUR = timedelta(hours=1)


@refusal
class NotForLoudspeakers(Conflict):
    message = N_("Tin này không phải loại được phát ra loa.")


@refusal
class NobodyApproved(Conflict):
    message = N_("Còn thiếu một người duyệt tin này.")


@refusal
class SecondPersonMissing(Conflict):
    message = N_(
        "Báo động thật cho gần hết hoặc toàn bộ địa bàn cần hai người: còn thiếu một người duyệt khác. "
        "Nếu không gọi được ai, người duyệt có thể phát một mình và phải ghi lý do."
    )


@refusal
class OwnAlert(Forbidden):
    message = N_(
        "Bạn là người soạn: báo động thật cho gần hết hoặc toàn bộ địa bàn phải do một người duyệt khác xác nhận. "
        "Nếu không gọi được ai, hãy phát một mình và ghi lý do."
    )


@refusal
class WrongPhrase(Invalid):
    phrase: str
    message = N_("Câu xác nhận chưa đúng. Xin gõ: “{phrase}”.")


@refusal
class AlertChanged(Conflict):
    message = N_("Nội dung tin đã thay đổi sau khi bạn xem. Xin xem lại bản mới rồi duyệt.")


@refusal
class ApprovalTooLate(Conflict):
    minutes: int
    message = N_("Tin soạn đã quá {minutes} phút nên không duyệt được nữa. Xin xem lại, lưu lại tin rồi duyệt.")


@refusal
class ReasonMissing(Invalid):
    message = N_("Phát một mình phải ghi lý do, ví dụ: không liên lạc được người duyệt thứ hai.")


@refusal
class GlassBrokenTooOften(TooMany):
    limit: int
    message = N_("Đã phát một mình {limit} lần trong một giờ qua. Xin gọi một người duyệt nữa cùng xác nhận.")


def is_area_wide(audience: Audience, places: Collection[Place], *, beside: Iterable[ClusterId] = ()) -> bool:
    """Return whether an alert reaches more than AREA_WIDE_SHARE of the station's clusters.

    `beside` are clusters that other alerts reach now which one person alone let go: an area is not made of slices.
    """
    if audience.everybody or not places:
        return True
    reached = clusters_of(audience, places) | (set(beside) & {place.cluster for place in places})
    return len(reached) > AREA_WIDE_SHARE * len({place.cluster for place in places})


def needs_two(content: Content, *, area_wide: bool) -> bool:
    """Return whether one person is not enough. A correction has fixed words and no siren: one may send it."""
    return content.status is Status.ACTUAL and area_wide and not is_correction(content)


def enough(
    content: Content,
    said: Collection[Statement],
    *,
    area_wide: bool,
    approvers: Collection[UserId],
    phrase: str,
    now: datetime,
) -> Refusal | None:
    """Return what is still missing for the content to sound, None when these people are enough.

    Of `said` only what speaks of this very content at this station, within APPROVE_WITHIN before `now`, is heard.
    `approvers` are those who have the role now; every statement of theirs must carry the typed `phrase`.
    """
    if not content.may_sound:
        return NotForLoudspeakers()
    heard = [statement for statement in said if speaks_of(statement, content, now=now)]
    able = [s for s in heard if s.person in approvers and is_phrase(s.phrase, phrase)]
    if any(s.part is Part.BREAK_GLASS and s.reason.strip() for s in able):
        return None
    takes_two = needs_two(content, area_wide=area_wide) or any(s.part is Part.ONE_OF_TWO for s in able)
    approving = {s.person for s in able if s.part in (Part.APPROVER, Part.ONE_OF_TWO)}
    if not approving:
        return SecondPersonMissing() if takes_two else NobodyApproved()
    behind = approving | {s.person for s in heard if s.part is Part.AUTHOR}
    if takes_two and len(behind) < 2:
        return SecondPersonMissing()
    return None


def speaks_of(statement: Statement, content: Content, *, now: datetime) -> bool:
    """Return whether a statement is about exactly this content, and fresh."""
    return (
        statement.station == content.station
        and statement.content_sha256 == content_hash(content)
        and now - APPROVE_WITHIN <= statement.at <= now + CLOCK_SLACK
    )


def rests_on_one(said: Collection[Statement]) -> bool:
    """Return whether one person alone stands for an alert."""
    return len({statement.person for statement in said}) < 2


def check_approvable(alert: Alert, *, content_sha256: str, now: datetime) -> None:
    """Raise AlertChanged unless the approver saw this very content, ApprovalTooLate when it is stale.

    Raises ExpiryInThePast when it does not hold any more.
    """
    if alert.content_sha256 != content_sha256:
        raise AlertChanged
    if now >= alert.content.expires_at:
        raise ExpiryInThePast
    if now > approvable_until(alert):
        raise ApprovalTooLate(minutes=int(APPROVE_WITHIN.total_seconds() // 60))


def approvable_until(alert: Alert) -> datetime:
    """Return until when a draft may be approved as it is.

    A warning from outside has no author who could save it once more: it may be approved as long as it holds.
    """
    return alert.drafted_at + APPROVE_WITHIN if alert.author is not None else alert.content.expires_at


def check_phrase(typed: str, phrase: str) -> None:
    """Raise WrongPhrase unless somebody typed the key phrase."""
    if not is_phrase(typed, phrase):
        raise WrongPhrase(phrase=phrase)


def check_glass(reason: str, *, broken_lately: int) -> None:
    """Raise unless one person alone may let an alert go: with a reason, and not too often in an hour."""
    if not reason:
        raise ReasonMissing
    if broken_lately >= GLASSES_AN_HOUR:
        raise GlassBrokenTooOften(limit=GLASSES_AN_HOUR)
