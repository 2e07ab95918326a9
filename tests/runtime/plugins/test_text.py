"""What strangers wrote becomes plain text, whatever it is, in a time that grows with its length only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.plugins.text import plain, text_of

TEXTS = {
    "<h4>1.2</h4><ul>\n<li>Fix &amp; <b>more</b></li>\n<li>Two</li>\n</ul>": "1.2\n\n- Fix & more\n- Two",
    "<p>One<br />two</p>\n\n<p>three</p>": "One\ntwo\n\nthree",
    "before<script>alert('x')</script>after": "beforeafter",
    "<STYLE>p {}</STYLE >shown<!-- not shown -->": "shown",
    "<script>never closed": "",
    "a < b & c > d <3": "a < b & c > d <3",
    "&lt;img src=x onerror=alert(1)&gt;": "<img src=x onerror=alert(1)>",
    "&#8211; &#x27; &nbsp;&copy;": "\u2013 ' ©",
    "tab\tand\u0000 bell\u0007 and half \ud800 a pair": "tab and bell and half a pair",
    "breaks off <a href='": "breaks off <a href='",
    f"&#{'9' * 5000};": f"&#{'9' * 5000};",
}


@pytest.mark.parametrize("html", TEXTS, ids=lambda html: html[:20].encode("ascii", "replace").decode())
def test_html_becomes_the_text_that_a_reader_sees(html: str) -> None:
    assert text_of(html) == TEXTS[html]


@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "  \n ", "<p></p>"])
def test_what_holds_no_text_is_none(value: object) -> None:
    assert plain(value, most=10) is None


def test_a_line_is_cut_to_its_length_after_its_tags_are_gone() -> None:
    assert plain("<b>Shop</b> &#8211; the\nbest", most=9) == "Shop \u2013 th"


@given(html=st.text(st.characters(), max_size=200) | st.text("<>/!-&;#ap 1\n", max_size=200))
def test_whatever_is_written_gives_text_that_can_be_stored_and_sent(html: str) -> None:
    text = text_of(html)

    assert json.loads(json.dumps(text, ensure_ascii=False).encode()) == text
    assert not any(character < " " and character != "\n" for character in text)
