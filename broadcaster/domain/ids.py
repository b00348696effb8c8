"""The names by which the station's things refer to each other."""

from typing import NewType

StationId = NewType("StationId", str)
HamletId = NewType("HamletId", str)
ClusterId = NewType("ClusterId", str)
DeviceId = NewType("DeviceId", str)
UserId = NewType("UserId", str)
BulletinId = NewType("BulletinId", str)
AiringId = NewType("AiringId", str)
AlertId = NewType("AlertId", str)
"""Names an alert in its chain; the first of a chain is also the alert's name on the wire."""
LibraryItemId = NewType("LibraryItemId", str)
MessengerId = NewType("MessengerId", str)
RequestId = NewType("RequestId", str)
"""Names what somebody asked for a bulletin: the next session, these sessions, a minute, or now."""
