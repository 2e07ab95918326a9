"""The one table and the permissions that declared reads and writes come to."""

from constructs.portal_table.construct import PortalTable, Read, Write

__all__ = ["PortalTable", "Read", "Write"]
