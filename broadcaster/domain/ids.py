"""The names by which the station's things refer to each other."""

from typing import NewType

StationId = NewType("StationId", str)
HamletId = NewType("HamletId", str)
ClusterId = NewType("ClusterId", str)
DeviceId = NewType("DeviceId", str)
UserId = NewType("UserId", str)
BulletinId = NewType("BulletinId", str)
AiringId = NewType("AiringId", str)
