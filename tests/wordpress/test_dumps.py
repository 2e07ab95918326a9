"""A dump on its way from one site's database to another's: values are rewritten, and what is no value is left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordpress.maintenance.dumps import moved, owned
from wordpress.maintenance.rewriting import Rewriting

OLD, NEW = b"http://shop.test:8102", b"https://kopie.test"
REWRITING = Rewriting(
    old_url=OLD.decode(), new_url=NEW.decode(), old_folder="/srv/sites/site-old", new_folder="/srv/sites/site-new"
)
ESCAPES = {b"\0": b"\\0", b"\n": b"\\n", b"\r": b"\\r", b"\x1a": b"\\Z", b"\\": b"\\\\", b"'": b"\\'", b'"': b'\\"'}


def passed_on(dump: bytes) -> bytes:
    return b"".join(moved(dump.splitlines(keepends=True), REWRITING, user="site-new"))


def literal(value: bytes) -> bytes:
    """A value as mariadb-dump writes it."""
    return b"'%b'" % re.sub(rb"[\0\n\r\x1a\\'\"]", lambda found: ESCAPES[found[0]], value)


def rows(*values: bytes, table: bytes = b"wp_options") -> bytes:
    return b"INSERT INTO `%b` VALUES\n%b;\n" % (table, b",\n".join(b"(1,%b,NULL,-2.5)" % value for value in values))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"plain " + OLD, b"plain " + NEW),
        (b'it\'s "quoted"\n' + OLD + b"\\", b'it\'s "quoted"\n' + NEW + b"\\"),
        (b's:21:"http://shop.test:8102";', b's:18:"https://kopie.test";'),
        (b'a:1:{s:6:"\0x\0y\'z";s:19:"/srv/sites/site-old";}', b'a:1:{s:6:"\0x\0y\'z";s:19:"/srv/sites/site-new";}'),
    ],
)
def test_text_and_blobs_are_rewritten_alike(value: bytes, expected: bytes) -> None:
    in_hexadecimal = b"0x" + value.hex().upper().encode()

    assert passed_on(rows(literal(value), literal(b"other"))) == rows(literal(expected), literal(b"other"))
    assert passed_on(rows(in_hexadecimal)) == rows(b"0x" + expected.hex().upper().encode())


def test_all_rows_may_stand_in_one_line() -> None:
    line = b"INSERT INTO `wp_posts` VALUES (1,'%b','it\\'s'),(2,0x00,'%b/x');\n"

    assert passed_on(line % (OLD, OLD)) == line % (NEW, NEW)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=3))
def test_whatever_a_value_holds_the_address_beside_it_is_rewritten_and_nothing_else(values: list[bytes]) -> None:
    dump = rows(*(literal(b"%b %b %b" % (value, OLD, value)) for value in values))

    assert passed_on(dump) == rows(*(literal(b"%b %b %b" % (value, NEW, value)) for value in values))


def test_nonces_of_the_source_s_agent_are_left_behind_and_no_other_rows() -> None:
    nonces, others = rows(b"'nonce'", b"'another'", table=b"wp_bbws_agent_nonces"), rows(b"'value'")

    assert passed_on(nonces + b"UNLOCK TABLES;\n" + others) == b"UNLOCK TABLES;\n" + others


def test_programs_in_a_database_run_as_the_new_site_s_user_and_keep_their_text() -> None:
    trigger = (
        b"DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`%b`@`%%`*/ /*!50003 TRIGGER note AFTER INSERT ON wp_links\n"
        b"FOR EACH ROW\n"
        b"INSERT INTO `wp_log` \nVALUES ('http://shop.test:8102') */;;\nDELIMITER ;\n"
    )
    view = b"/*!50013 DEFINER=`%b`@`%b` SQL SECURITY DEFINER */\n"

    dump = trigger % b"site-old" + view % (b"an``other", b"localhost") + rows(literal(OLD))

    assert passed_on(dump) == trigger % b"site-new" + view % (b"site-new", b"%") + rows(literal(NEW))


@given(st.binary(max_size=40))
def test_what_is_loaded_where_it_came_from_has_its_programs_run_as_the_site_s_user_and_its_values_as_they_were(
    value: bytes,
) -> None:
    view, values = b"/*!50013 DEFINER=`%b`@`%%` SQL SECURITY DEFINER */\n", rows(literal(b"DEFINER=`root`@`%` " + value))

    loaded = owned((view % b"root" + values).splitlines(keepends=True), user="site-new")

    assert b"".join(loaded) == view % b"site-new" + values
