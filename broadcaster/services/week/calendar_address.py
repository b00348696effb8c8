"""The secret address under which a station's week can be read by calendar programs: given out, changed, taken back."""

from broadcaster.domain.permissions import Person, may_schedule, require
from broadcaster.services.office import Office, new_secret
from broadcaster.store import audit, programmes


def give(office: Office, *, actor: Person) -> str:
    """Return a new secret; from now on an older one leads nowhere."""
    require(may_schedule(actor))
    secret = new_secret()
    _keep(office, actor, secret, action="calendar.give")
    return secret


def revoke(office: Office, *, actor: Person) -> None:
    """Take the address back: nobody can read the week under it any more."""
    require(may_schedule(actor))
    _keep(office, actor, None, action="calendar.revoke")


def _keep(office: Office, actor: Person, secret: str | None, *, action: str) -> None:
    with office.database.writing() as tx:
        programmes.set_calendar_secret(tx, actor.station, secret)
        audit.record(tx, actor.station, user=actor.id, action=action, subject=actor.station, now=office.now())
