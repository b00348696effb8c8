"""Whom to call in each hamlet: kept by those who send alerts and by the administrator."""

import re
from collections.abc import Mapping

from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import HamletId
from broadcaster.domain.permissions import Person, may_administer, may_alert, require
from broadcaster.services.office import Office
from broadcaster.store import audit, contacts, stations
from broadcaster.store.contacts import Contact

NAME_MAX = 80
PHONE = re.compile(r"\+?[0-9][0-9 .()-]{1,30}")


@refusal
class BadPhone(Invalid):
    hamlet: str
    message = N_("Số điện thoại của {hamlet} chỉ gồm chữ số, ví dụ 0912 345 678. Xin ghi lại.")


@refusal
class ContactNameTooLong(Invalid):
    hamlet: str
    limit: int
    message = N_("Tên người liên lạc của {hamlet} dài quá {limit} ký tự. Xin rút ngắn lại.")


def keep(office: Office, *, actor: Person, wanted: Mapping[str, tuple[str, str]]) -> None:
    """Keep the name and the number of each hamlet; without a number there is no contact. Raises BadPhone."""
    require(may_alert(actor) or may_administer(actor))
    with office.database.writing() as tx:
        for hamlet in stations.hamlets_of(tx, actor.station):
            if hamlet.id in wanted:
                contacts.put(tx, actor.station, _contact(hamlet.id, hamlet.name, *wanted[hamlet.id]))
        audit.record(
            tx, actor.station, user=actor.id, action="contacts.keep", subject=actor.station, now=office.now()
        )  # fmt: skip


def _contact(hamlet: HamletId, called: str, name: str, phone: str) -> Contact:
    name, phone = " ".join(name.split()), " ".join(phone.split())
    if phone and not PHONE.fullmatch(phone):
        raise BadPhone(hamlet=called)
    if len(name) > NAME_MAX:
        raise ContactNameTooLong(hamlet=called, limit=NAME_MAX)
    return Contact(hamlet=hamlet, name=name, phone=phone)
