"""The user directory on a Cognito user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from runtime.outbox.dispatch import PermanentFault, TransientFault

if TYPE_CHECKING:
    from types_boto3_cognito_idp.client import CognitoIdentityProviderClient


class CognitoUsers:
    """Writes the two attributes that tell a token's bearer's tenants; no client of the pool may write them."""

    def __init__(self, client: CognitoIdentityProviderClient, user_pool_id: str) -> None:
        self._client = client
        self._user_pool_id = user_pool_id

    def tenants(self, user_id: str) -> tuple[str, ...]:
        """The tenants that the user's attribute names now."""
        user = self._client.admin_get_user(UserPoolId=self._user_pool_id, Username=user_id)
        attributes = {attribute["Name"]: attribute.get("Value", "") for attribute in user.get("UserAttributes", [])}
        return tuple(filter(None, attributes.get("custom:tenantIds", "").split(",")))

    def set_tenants(self, user_id: str, roles: dict[str, str]) -> None:
        """Write the tenants and the roles in them, keeping tenants that were entered otherwise than by membership."""
        try:
            named = dict.fromkeys([*self.tenants(user_id), *roles])
            attributes = {
                "custom:tenantIds": ",".join(named),
                "custom:tenantRoles": ",".join(f"{tenant}:{role}" for tenant, role in roles.items()),
            }
            self._client.admin_update_user_attributes(
                UserPoolId=self._user_pool_id,
                Username=user_id,
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "UserNotFoundException":
                raise PermanentFault("The user no longer exists.") from error
            raise TransientFault("The user pool did not take the change.") from error
        except BotoCoreError as error:
            raise TransientFault("The user pool could not be reached.") from error
