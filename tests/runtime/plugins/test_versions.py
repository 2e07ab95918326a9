"""Versions are ordered as PHP's ``version_compare`` orders them, on which every example here was tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.plugins.versions import compare

ASCENDING = (
    "",
    "1.foo",
    "1.0-dev",
    "1.0.0alpha1",
    "1.0.0-a2",
    "1.0.0-beta",
    "1.0.0b2",
    "1.0.0-RC1",
    "1.0.0rc2",
    "1.0.0",
    "1.0.0.0",
    "1.0.0-pl1",
    "1.0.0p2",
    "1.0.1",
    "1.2",
    "1.2.0",
    "1.2.9",
    "1.2.10",
    "1.10",
    "5.7.2",
    "6",
    "6.0-beta",
    "2026.01.02",
    "99999999999999999998",
)
EQUAL = (
    ("1.0", "1-0"),
    ("1.0_0", "1.0+0"),
    ("1.0rc1", "1.0.rc.1"),
    ("1.0a", "1.0alpha"),
    ("1.0-b", "1.0-beta"),
    ("1.0p1", "1.0patch1"),
    ("1.07", "1.7"),
    ("1.foo", "1.xyz"),
    ("9" * 19, "9" * 5000),
)
PARTS = st.sampled_from(["0", "1", "2", "10", "007", "dev", "a", "alpha", "b", "beta", "RC", "rc", "p", "pl", "foo", "B"])
VERSIONS = st.lists(st.tuples(PARTS, st.sampled_from([".", "-", "_", "+", ""])), max_size=5).map(
    lambda parts: "".join(part + separator for part, separator in parts)
)


@pytest.mark.parametrize("place", range(len(ASCENDING)))
def test_a_version_is_newer_than_all_before_it_and_older_than_all_after(place: int) -> None:
    version = ASCENDING[place]

    assert [compare(version, other) for other in ASCENDING] == [
        (place > number) - (place < number) for number in range(len(ASCENDING))
    ]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_separators_leading_zeros_and_long_and_short_words_make_no_difference(one: str, other: str) -> None:
    assert (compare(one, other), compare(other, one)) == (0, 0)


@given(one=VERSIONS, other=VERSIONS)
def test_the_comparison_is_the_same_from_either_side(one: str, other: str) -> None:
    assert compare(one, other) == -compare(other, one)


@given(one=VERSIONS, other=VERSIONS, third=VERSIONS)
def test_what_is_older_than_an_older_one_is_older(one: str, other: str, third: str) -> None:
    if compare(one, other) <= 0 and compare(other, third) <= 0:
        assert compare(one, third) <= 0


@given(text=st.text(max_size=60))
def test_whatever_a_site_calls_a_version_can_be_compared(text: str) -> None:
    assert (compare(text, text), compare(text, "1.0")) in {(0, -1), (0, 0), (0, 1)}


@given(version=VERSIONS.map(lambda version: f"{version}.3"))
def test_a_patch_is_newer_and_a_candidate_older_than_what_it_is_of(version: str) -> None:
    assert [compare(version + suffix, version) for suffix in (".1", ".0", "-pl1", "-rc1", "-beta", "-dev")] == [
        1,
        1,
        1,
        -1,
        -1,
        -1,
    ]
