"""What a copied database must not have of the site that it was copied from: its address, ways in, and what soon passes."""

from __future__ import annotations

from wordpress.maintenance.database import safe

OF_PEOPLE = ("_application_passwords", "session_tokens", "_new_email")
"""What lets people in, or lets them prove who they are, at the source only."""
OF_THE_SITE = (
    "adminhash", "recovery_keys", "recovery_mode_email_last_sent", "secret_key", "auth_key", "auth_salt", "secure_auth_key",
    "secure_auth_salt", "logged_in_key", "logged_in_salt", "nonce_key", "nonce_salt",
)  # fmt: skip
"""Keys that WordPress keeps in the database where a configuration has none, and half-done proofs of e-mail addresses."""
PASSING = (r"\_transient\_%", r"\_site\_transient\_%", r"bbws\_probation%", "%.lock")


def cleaning(*, source: str, url: str, is_public: bool | None) -> str:
    """SQL that makes a copied database the new site's; ``is_public`` None leaves it to search engines as at the source.

    ``source`` is the database it was copied from: a post's ``guid`` names it for good, so those stay what they were there.
    """
    options = {"home": url, "siteurl": url, **({} if is_public is None else {"blog_public": str(int(is_public))})}
    settings = "".join(set_option(name, value) for name, value in options.items())
    passing = " OR ".join(f"option_name LIKE '{pattern}'" for pattern in PASSING)
    return f"""
        DELETE FROM wp_usermeta WHERE meta_key IN ({quoted(OF_PEOPLE)});
        UPDATE wp_users SET user_activation_key = '';
        DELETE FROM wp_options WHERE option_name IN ({quoted(OF_THE_SITE)}) OR {passing};
        {settings}
        UPDATE wp_posts AS copy JOIN `{safe(source)}`.wp_posts AS original ON original.ID = copy.ID
          SET copy.guid = original.guid;
    """  # noqa: S608 - our own names


def set_option(name: str, value: str) -> str:
    """SQL that gives an option a value; neither may need quoting."""
    return f"""
        INSERT INTO wp_options (option_name, option_value) VALUES ({quoted((name, value))})
          ON DUPLICATE KEY UPDATE option_value = VALUES(option_value);
    """  # noqa: S608 - quoted


def quoted(values: tuple[str, ...]) -> str:
    """Values as a list in SQL; raises ValueError for one that could end its quotes."""
    if any(set(value) & set("'\\\n") for value in values):
        raise ValueError("Values in SQL have no quotes, backslashes and line ends.")
    return ", ".join(f"'{value}'" for value in values)
