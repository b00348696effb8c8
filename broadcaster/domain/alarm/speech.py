"""What loudspeakers say of an alert, in written words; and the correction, whose words nobody chooses."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from broadcaster.domain.alert import Certainty, Content, MsgType, Severity, Status, Urgency
from broadcaster.domain.ids import AlertId

EXERCISE_WORDS = "Đây là diễn tập."
TEST_WORDS = "Đây là tin thử hệ thống."
ACTUAL_WORDS = "Thông báo khẩn cấp."
CORRECTION_EVENT = "đính chính"
CORRECTION_HEADLINE = "Đính chính tin khẩn cấp"
CORRECTION_TEXT = (
    "Tin khẩn cấp vừa phát trên loa đã được hủy bỏ. Xin bà con yên tâm, không làm theo tin đó nữa, "
    "và chờ thông báo mới của đài."
)
CORRECTION_LIFE = timedelta(minutes=30)


def speech_of(content: Content) -> str:
    """Return the written text that is read aloud: a drill and a test begin and end by saying what they are."""
    words = "\n".join(_sentence(part) for part in (content.headline, content.text, content.instruction) if part)
    match content.status:
        case Status.EXERCISE:
            return f"{EXERCISE_WORDS}\n{words}\n{EXERCISE_WORDS}"
        case Status.TEST:
            return f"{TEST_WORDS}\n{words}\n{TEST_WORDS}"
    return words if is_correction(content) else f"{ACTUAL_WORDS}\n{words}"


def speech_hash(content: Content) -> str:
    """Return what tells whether a recording made beforehand says exactly what a content says."""
    return hashlib.sha256(speech_of(content).encode()).hexdigest()


def correction_of(content: Content, alert: AlertId, *, now: datetime) -> Content:
    """Return the ready-made correction of an alert that was cancelled: to the same area, twice, without a siren."""
    return replace(
        content,
        msg_type=MsgType.ALERT,
        event=CORRECTION_EVENT,
        headline=CORRECTION_HEADLINE,
        text=CORRECTION_TEXT,
        instruction="",
        urgency=Urgency.PAST,
        severity=Severity.MINOR,
        certainty=Certainty.OBSERVED,
        siren=(),
        times=2,
        repeat_every_s=None,
        on_the_hour=False,
        effective_at=None,
        expires_at=now + CORRECTION_LIFE,
        references=alert,
    )


def is_correction(content: Content) -> bool:
    """Return whether it is a correction in exactly the fixed words, silent but for them."""
    words = (content.event, content.headline, content.text, content.instruction)
    fixed = words == (CORRECTION_EVENT, CORRECTION_HEADLINE, CORRECTION_TEXT, "")
    return fixed and content.references is not None and not content.siren and content.repeat_every_s is None


def _sentence(part: str) -> str:
    """Return a part that ends as a sentence does, so that the voice pauses behind it."""
    return part if part.endswith((".", "!", "?", "…")) else f"{part}."
