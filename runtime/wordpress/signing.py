"""How a control call to a site's agent is signed; the agent's own half is wordpress/agent/bbws-agent/Signature.php."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256

NONCE_BYTES = 16


def signed_headers(*, secret: str, site_id: str, route: str, body: bytes, now: datetime, nonce: bytes) -> dict[str, str]:
    """The headers that prove a POST with this body, to this site, at this moment (the agent allows 300 s) and only once.

    ``route`` is what the agent calls it, such as ``/bbws-agent/v1/facts``; ``nonce`` is 16 random bytes.
    """
    timestamp = str(int(now.timestamp()))
    parts = ("v1", site_id, "POST", route, timestamp, nonce.hex(), sha256(body).hexdigest())
    signature = hmac.new(secret.encode("ascii"), "\n".join(parts).encode(), sha256).hexdigest()
    return {"X-Bbws-Timestamp": timestamp, "X-Bbws-Nonce": nonce.hex(), "X-Bbws-Signature": f"v1={signature}"}
