"""Invitation tokens: 256 bits derived by an HMAC key that never leaves KMS, so that no token is ever stored.

The table holds the token's SHA-256. Whoever may use the key and knows the invitation and its resend count can derive the same
token again, which is how a mail sent again after a fault carries the same link.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient


class KmsTokenMint:
    """Derives tokens with KMS GenerateMac (HMAC_SHA_256)."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def token(self, material: str) -> str:
        """The token of some material: 32 bytes as 43 URL-safe characters."""
        mac = self._client.generate_mac(Message=material.encode(), KeyId=self._key_id, MacAlgorithm="HMAC_SHA_256")["Mac"]
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What the table holds of a token."""
    return sha256(token.encode()).hexdigest()
