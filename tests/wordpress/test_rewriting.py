"""Rewriting a value: every spelling of the old address becomes the new one, nothing else changes, and PHP can read it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wordpress import content
from tests.wordpress.serialiser import Instance, Nested, Raw, serialised
from wordpress.maintenance.rewriting import Rewriting

OLD = "http://shop.test:8102", "/srv/wordpress/sites/site-old"
NEW = "https://kopie.shops.example", "/srv/wordpress/sites/site-a-longer-one"
PIECES = (
    b"http://shop.test:8102", b"https://SHOP.test:8102/x", b"//shop.test:8102", rb"http:\/\/shop.test:8102\/y",
    b"http%3A%2F%2Fshop.test%3A8102", b"/srv/wordpress/sites/site-old/public", b"info@shop.test", b"http://shop.test:81020",
    b' "', b"';", b"}", b"\\", b"\0", "ä".encode(), b"a:1:{", b'"',
)  # fmt: skip


def rewriting(old: str = OLD[0], new: str = NEW[0]) -> Rewriting:
    return Rewriting(old_url=old, new_url=new, old_folder=OLD[1], new_folder=NEW[1])


TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXTS
    | st.sampled_from(
        [Raw(b"R:1;"), Raw(b"r:2;"), Raw(b'E:21:"http://shop.test:8102";'), Raw(b'C:3:"Old":21:{http://shop.test:8102}')]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXTS | st.integers(), inner, max_size=3)
        | st.builds(Instance, st.sampled_from(["Slider", "shop\\test"]), st.dictionaries(TEXTS, inner, max_size=3))
        | st.builds(Nested, inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"http://shop.test:8102", b"https://kopie.shops.example"),
        (b"https://shop.test:8102/a?b#c", b"https://kopie.shops.example/a?b#c"),
        (b"HTTP://Shop.Test:8102/", b"https://kopie.shops.example/"),
        (b'<img src="//shop.test:8102/a.png">', b'<img src="//kopie.shops.example/a.png">'),
        (rb'{"url":"http:\/\/shop.test:8102\/a"}', rb'{"url":"https:\/\/kopie.shops.example\/a"}'),
        (rb"{\"url\":\"http:\\\/\\\/shop.test:8102\"}", rb"{\"url\":\"https:\\\/\\\/kopie.shops.example\"}"),
        (b"?to=http%3A%2F%2Fshop.test%3A8102%2Fa", b"?to=https%3A%2F%2Fkopie.shops.example%2Fa"),
        (b"?to=http%3a%2f%2fshop.test%3a8102", b"?to=https%3a%2f%2fkopie.shops.example"),
        (b"http%253A%252F%252Fshop.test%253A8102%252F", b"https%253A%252F%252Fkopie.shops.example%252F"),
        (b"/srv/wordpress/sites/site-old/public", b"/srv/wordpress/sites/site-a-longer-one/public"),
        (rb"\/srv\/wordpress\/sites\/site-old\/", rb"\/srv\/wordpress\/sites\/site-a-longer-one\/"),
        (b"%2Fsrv%2Fwordpress%2Fsites%2Fsite-old", b"%2Fsrv%2Fwordpress%2Fsites%2Fsite-a-longer-one"),
        (rb'"a\nhttp://shop.test:8102"', rb'"a\nhttps://kopie.shops.example"'),
    ],
)
def test_every_spelling_of_the_address_and_of_the_folder_is_rewritten_in_its_own_way(text: bytes, expected: bytes) -> None:
    assert rewriting().rewritten(text) == expected


@pytest.mark.parametrize(
    ("old", "text", "expected"),
    [
        ("http://shop.test", b"http://shop.test/", b"https://kopie.test:8480/"),
        ("http://shop.test", b"http%3A%2F%2Fshop.test%2F", b"https%3A%2F%2Fkopie.test%3A8480%2F"),
        ("http://shop.test", b"//shop.test //shop.test", b"//kopie.test:8480 //kopie.test:8480"),
        ("http://shop.test", b"%252F%252Fshop.test", b"%252F%252Fkopie.test%253A8480"),
        ("http://shop.test:81", b"http%3A//shop.test:81", b"https%3A//kopie.test:8480"),
        ("http://a--b.test", rb'{"url":"http://a\u002d\u002db.test/"}', b'{"url":"https://kopie.test:8480/"}'),
    ],
)
def test_a_port_that_comes_with_the_new_address_is_spelt_as_what_is_around_it(old: str, text: bytes, expected: bytes) -> None:
    assert rewriting(old, "https://kopie.test:8480").rewritten(text) == expected


@pytest.mark.parametrize(
    "end", [b"", b"/", b". Next", b".", b",", b")", b"?q", b"#x", b'"', b"'", b"<", b" ", b"\n", b"&amp;", b"\\n"]
)
def test_the_address_ends_where_its_name_ends(end: bytes) -> None:
    assert rewriting().rewritten(b"http://shop.test:8102" + end) == b"https://kopie.shops.example" + end
    assert rewriting("http://shop.test").rewritten(b"http://shop.test" + end) == b"https://kopie.shops.example" + end


@pytest.mark.parametrize(
    "text",
    [
        b"http://shop.test:81020/", b"http://shop.test:8102a", b"http://my-shop.test:8102/", b"http://www.shop.test:8102/",
        b"ftp://shop.test:8102/", b"file:///shop.test:8102/", b"http://shop.test/", b"http://shop.test:8103/",
        b"shop.test:8102", b"info@shop.test", b"http://shop.test:8102@evil.test/", b"http%3A%2F%2Fshop.test%3A81020",
        b"/srv/wordpress/sites/site-old-2/x",
        b"/srv/wordpress/sites/site-older", b"http://shopXtest:8102",
    ],
)  # fmt: skip
def test_another_address_or_folder_stays(text: bytes) -> None:
    assert rewriting().rewritten(text) == text


@pytest.mark.parametrize(
    "text",
    [
        b"http://shop.test.evil.com/", b"http://shop.test-2/", b"http://shop.test_/", b"http://shop.tests/", b"http://my-shop.test/",
        b"http://shop.test:8102/", b"http%3A%2F%2Fshop.test%3A8102", b"http://shop.test@evil.com/", b"http://shop.test%40evil.com",
    ],
)  # fmt: skip
def test_an_address_that_only_begins_the_same_stays(text: bytes) -> None:
    assert rewriting("http://shop.test").rewritten(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b's:21:"http://shop.test:8102";', b's:27:"https://kopie.shops.example";'),
        (b' a:1:{i:0;s:21:"http://shop.test:8102";}\n', b' a:1:{i:0;s:27:"https://kopie.shops.example";}\n'),
        (b'S:22:"\\68ttp://shop.test:8102/";', b's:28:"https://kopie.shops.example/";'),
        (b'S:5:"\\68ttp:";', b'S:5:"\\68ttp:";'),
        (b'a:1:{s:21:"http://shop.test:8102";i:1;}', b'a:1:{s:27:"https://kopie.shops.example";i:1;}'),
    ],
)
def test_lengths_follow_what_is_rewritten(value: bytes, expected: bytes) -> None:
    assert rewriting().rewritten(value) == expected


@pytest.mark.parametrize(
    "broken",
    [
        b's:20:"http://shop.test:8102";', b'a:2:{i:0;s:21:"http://shop.test:8102";}', b'a:1:{i:0;s:21:"http://shop.test:8102";',
        b'a:1:{i:0;s:21:"http://shop.test:8102";}}', b'a:1:{N;s:21:"http://shop.test:8102";}',
        b'a:1:{i:0;x:21:"http://shop.test:8102";}', b'O:9:"Slider":1:{s:1:"u";s:21:"http://shop.test:8102";}',
        b'a:1:{i:0;s:9999999999:"http://shop.test:8102";}', b's:21:"http://shop.test:8102',
    ],
)  # fmt: skip
def test_a_broken_value_stays_as_it_is_also_inside_of_another(broken: bytes) -> None:
    around = serialised([broken, b"http://shop.test:8102"])

    assert rewriting().rewritten(broken) == broken
    assert rewriting().rewritten(around) == serialised([broken, b"https://kopie.shops.example"])


@settings(max_examples=200)
@given(VALUES)
def test_a_serialised_value_is_what_php_would_have_written_of_the_rewritten_strings(value: Any) -> None:
    assert rewriting().rewritten(serialised(value)) == serialised(value, rewriting().rewritten)


@given(VALUES.map(serialised) | TEXTS)
def test_rewriting_again_changes_nothing(value: bytes) -> None:
    once = rewriting().rewritten(value)

    assert rewriting().rewritten(once) == once


@given(VALUES.map(lambda value: serialised([value, b"http://shop.test:8102"])), st.data())
def test_a_value_that_was_cut_off_stays_as_it_is(value: bytes, data: st.DataObject) -> None:
    cut = value[: data.draw(st.integers(0, len(value) - 1))]

    assert rewriting().rewritten(cut) == cut


@given(st.binary(max_size=300))
def test_what_has_no_trace_of_the_site_stays_as_it_is(value: bytes) -> None:
    assert rewriting().rewritten(value) == value


@pytest.mark.parametrize(
    "hostile", [b"\\" * 50_000 + b"shop.test", b"a:1:{i:0;" * 20_000 + b"shop.test", b"%25" * 20_000 + b"shop.test"]
)
def test_a_value_made_to_take_for_ever_or_to_nest_for_ever_takes_neither(hostile: bytes) -> None:
    assert rewriting().rewritten(hostile) == hostile


def test_strings_inside_of_strings_are_walked_only_so_deep() -> None:
    value: Any = b"http://shop.test:8102"
    for _ in range(200):
        value = Nested(value)

    assert rewriting().rewritten(serialised(value)) == serialised(value)


def test_php_would_have_written_the_same_at_the_new_place_and_can_read_it() -> None:
    made = content.values(50, at=OLD, elsewhere=NEW)

    rewritten = [rewriting().rewritten(there) for there, _ in made]

    assert rewritten == [here for _, here in made]
    assert content.unreadable(rewritten) == []
