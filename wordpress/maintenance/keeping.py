"""What a target keeps through a promotion: copied from its former database into the fresh one, as often as the command runs.

People, comments and who wrote what change in one transaction, so that a second run finds either what the first one found or
what it made; both come out the same.
"""

from __future__ import annotations

from wordpress.maintenance.cleaning import quoted
from wordpress.maintenance.context import Context
from wordpress.maintenance.database import CHARACTERS, COLLATION, Database, safe
from wordpress.maintenance.dumps import owned
from wordpress.maintenance.promotion import Fate, Rules

OPTIONS = ("blog_public", "admin_email", "new_admin_email", "blogname")
FAMILIES = (r"mailserver\_%", r"bbws\_%")
"""Options that a target keeps always, also where it has none and the source has one."""
NOBODY = "0"


def keep(context: Context, *, former: str, fresh: str, rules: Rules) -> None:
    """Bring what the rules keep from the former database into the fresh one, which nobody uses yet."""
    script, database = _Script(context.database, former=former, fresh=fresh), context.database
    database.run(f"START TRANSACTION; {script.people_and_comments(rules)} COMMIT;", database=fresh)
    context.did("rows kept")
    if tables := [name for name in database.tables(former) if name in rules.keep_tables]:
        with database.dump(former, *tables) as dump, context.database_of_site.load(fresh) as filled:
            filled.writelines(owned(dump, user=context.site.user))
    context.did("tables kept")
    database.run(script.options(rules.keep_options) + script.comment_counts(), database=fresh)
    context.did("options kept")


class _Script:
    """SQL to be run in the fresh database."""

    def __init__(self, database: Database, *, former: str, fresh: str) -> None:
        self._database = database
        self._former, self._fresh = safe(former), safe(fresh)

    def people_and_comments(self, rules: Rules) -> str:
        """Accounts and comments as the rules want them; whoever wrote something stays whoever wrote it."""
        there, here = f"`{self._former}`.wp_users", "wp_users"
        keeps_users, keeps_comments = rules.users is Fate.KEEP, rules.comments is Fate.KEEP
        parts = [self._replaced("wp_comments"), self._replaced("wp_commentmeta")] if keeps_comments else []
        if keeps_users != keeps_comments:
            source, people = (here, there) if keeps_users else (there, here)
            parts.append(_renumbered("wp_comments", "user_id", source=source, people=people, otherwise=NOBODY))
        if keeps_users:
            parts.append(self._lowest_administrator())
            author = "COALESCE(@administrator, mine.post_author)"
            parts.append(_renumbered("wp_posts", "post_author", source=here, people=there, otherwise=author))
            parts.append(self._accounts())
        return "".join(parts)

    def options(self, named: tuple[str, ...]) -> str:
        """Options of the target's: those that it keeps always, and those that it has of the named ones."""
        always = f"option_name IN ({quoted(OPTIONS)})" + "".join(f" OR option_name LIKE '{family}'" for family in FAMILIES)
        wanted = f"{always} OR option_name IN ({quoted(named)})" if named else always
        return f"""
            DELETE FROM wp_options WHERE {always};
            INSERT INTO wp_options (option_name, option_value, autoload)
              SELECT option_name, option_value, autoload FROM `{self._former}`.wp_options WHERE {wanted}
              ON DUPLICATE KEY UPDATE option_value = VALUES(option_value), autoload = VALUES(autoload);
        """  # noqa: S608 - quoted

    def comment_counts(self) -> str:
        """The number of every post's comments, counted as WordPress does."""
        return """
            UPDATE wp_posts LEFT JOIN (
                SELECT comment_post_ID, COUNT(*) AS comments FROM wp_comments
                WHERE comment_approved = '1' AND comment_type <> 'note' GROUP BY comment_post_ID
              ) AS counted ON counted.comment_post_ID = wp_posts.ID
              SET wp_posts.comment_count = COALESCE(counted.comments, 0);
        """

    def _accounts(self) -> str:
        """The target's accounts, and those that only the source has."""
        return f"""
            CREATE TEMPORARY TABLE bbws_added (ID BIGINT UNSIGNED PRIMARY KEY) AS
              SELECT theirs.ID FROM wp_users AS theirs
              LEFT JOIN `{self._former}`.wp_users AS same ON same.ID = theirs.ID
              LEFT JOIN `{self._former}`.wp_users AS namesake ON namesake.user_login = {_text("theirs.user_login")}
              WHERE same.ID IS NULL AND namesake.ID IS NULL;
            CREATE TEMPORARY TABLE bbws_added_meta AS
              SELECT user_id, meta_key, meta_value FROM wp_usermeta WHERE user_id IN (SELECT ID FROM bbws_added);
            DELETE FROM wp_users WHERE ID NOT IN (SELECT ID FROM bbws_added);
            {self._copied("wp_users")}
            {self._replaced("wp_usermeta")}
            INSERT INTO wp_usermeta (user_id, meta_key, meta_value) SELECT * FROM bbws_added_meta;
        """  # noqa: S608 - safe

    def _lowest_administrator(self) -> str:
        return f"""
            SELECT MIN(people.ID) INTO @administrator FROM `{self._former}`.wp_users AS people
              JOIN `{self._former}`.wp_usermeta AS meta ON meta.user_id = people.ID
              WHERE meta.meta_key = 'wp_capabilities' AND meta.meta_value LIKE '%"administrator";b:1;%';
        """  # noqa: S608 - safe

    def _replaced(self, table: str) -> str:
        return f"DELETE FROM {table}; {self._copied(table)}"  # noqa: S608 - our own names

    def _copied(self, table: str) -> str:
        """The target's rows beside those that are there; a plugin may have added columns in one of the databases only."""
        common = set(self._database.columns(self._former, table)) & set(self._database.columns(self._fresh, table))
        columns = ", ".join(f"`{safe(name)}`" for name in sorted(common))
        return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM `{self._former}`.{table};"  # noqa: S608 - safe


def _renumbered(table: str, column: str, *, source: str, people: str, otherwise: str) -> str:
    """SQL that makes a column, which names people by their number in the source, name them by their number among others.

    A login tells who somebody is. A number that neither means anybody else nor has to be another one stays.
    """
    return f"""
        UPDATE {table} AS mine LEFT JOIN {source} AS theirs ON theirs.ID = mine.{column}
          LEFT JOIN {people} AS same ON same.ID = mine.{column}
          LEFT JOIN {people} AS namesake ON namesake.user_login = {_text("theirs.user_login")}
          SET mine.{column} = COALESCE(namesake.ID, {otherwise})
          WHERE mine.{column} <> 0 AND NOT (theirs.ID IS NOT NULL AND namesake.ID <=> same.ID);
    """  # noqa: S608 - our own names


def _text(column: str) -> str:
    """A column of text as it can be compared with one of another database, whatever order either is kept in."""
    return f"CONVERT({column} USING {CHARACTERS}) COLLATE {COLLATION}"
