"""The invitation's mail. What people typed is escaped, and the link is the only place the token ever stands in."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from runtime.invitations.domain import Invitation
from runtime.tenants.domain import Tenant

if TYPE_CHECKING:
    from runtime.outbox.ports import Mail

_TEXT = """\
You are invited to manage the WordPress sites of {tenant}, as {role}.
{message}
Open this link before {until} to accept or to decline:

{link}

If you do not know what this is about, you can ignore this mail.
"""

_HTML = """\
<!doctype html>
<html lang="en"><body style="font-family:sans-serif">
<p>You are invited to manage the WordPress sites of <strong>{tenant}</strong>, as {role}.</p>
{message}
<p><a href="{link}">Accept or decline the invitation</a> before {until}.</p>
<p>If you do not know what this is about, you can ignore this mail.</p>
</body></html>
"""


def invitation_mail(invitation: Invitation, tenant: Tenant, link: str) -> Mail:
    """Write the mail that carries a link."""
    from runtime.outbox.ports import Mail

    facts = {
        "role": invitation.role.value.lower(),
        "until": invitation.expires_at.strftime("%d %B %Y, %H:%M UTC"),
    }
    name, message = _one_line(tenant.name), invitation.message
    html_message = f"<blockquote>{'<br>'.join(escape(message).splitlines())}</blockquote>" if message else ""
    return Mail(
        to=invitation.email,
        subject=f"You are invited to {name}",
        text=_TEXT.format(tenant=name, link=link, message=f"\n{message}\n" if message else "", **facts),
        html=_HTML.format(tenant=escape(name), link=escape(link, quote=True), message=html_message, **facts),
    )


def _one_line(text: str) -> str:
    """A name fit for a mail's header."""
    return " ".join(text.split())
