"""An alarm that tells the stage's topic when it begins and when it ends."""

from constructs.portal_alarm.construct import PortalAlarm

__all__ = ["PortalAlarm"]
