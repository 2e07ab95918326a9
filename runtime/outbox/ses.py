"""The mailer on Amazon SES."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from runtime.outbox.dispatch import PermanentFault, TransientFault
from runtime.outbox.ports import Mail

if TYPE_CHECKING:
    from types_boto3_sesv2.client import SESV2Client

# The message itself is refused: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
PERMANENT = frozenset({"MessageRejected", "BadRequestException"})


class SesMailer:
    """Sends from one verified identity."""

    def __init__(self, client: SESV2Client, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Send; a refusal of the message is permanent, anything else may pass."""
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in PERMANENT:
                raise PermanentFault("The mail service refused the message.") from error
            raise TransientFault("The mail service did not take the message.") from error
        except BotoCoreError as error:
            raise TransientFault("The mail service could not be reached.") from error
