"""The secret that a site's agent shares with the portal: derived by an HMAC key that never leaves KMS, kept by the site."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient

REMEMBERED_SITES = 1024


class AgentSecrets:
    """Derives secrets with KMS GenerateMac (HMAC_SHA_256), once for each site while the function lives."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._remembered = lru_cache(maxsize=REMEMBERED_SITES)(self._derived)

    def secret(self, site_id: str) -> str:
        """The site's secret: 32 bytes as 43 URL-safe characters. Faults of KMS come through as they are."""
        return self._remembered(site_id)

    def _derived(self, site_id: str) -> str:
        message = f"site-agent:{site_id}".encode()
        mac = self._client.generate_mac(Message=message, KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256")["Mac"]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
