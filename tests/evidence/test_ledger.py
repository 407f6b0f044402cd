"""What is read from claims and sources without numbers."""

from __future__ import annotations

from halys.evidence import Claim, Conflict, Group, Ledger, by_day, find_circles, find_conflicts


def claim(id: str, sources: str = "paper", **others) -> Claim:
    fields = {"text": id, "speaker": "who", "side": "usa", "date": "2022-03-13", "stance": "asserts"}
    return Claim(id=id, sources=tuple(sources.split()), **{**fields, **others})


def ledger(*claims: Claim, **groups: str) -> Ledger:
    made = {name: Group(name, "q", tuple(members.split())) for name, members in groups.items()}
    return Ledger({c.id: c for c in claims}, made)


def test_reports_are_the_sources_that_carry_a_group():
    found = ledger(claim("a", "x y"), claim("b", "y z"), claim("c", "w"), g="a b", h="c")
    assert found.sources_of("g") == ("x", "y", "z")
    assert (found.reports("g"), found.reports("h")) == (3, 1)
    assert found.sources() == ("x", "y", "z", "w")


def test_what_only_repeats_another_claim_is_no_report():
    found = ledger(claim("a", "x"), claim("b", "y", repeats="a"), claim("c", "z", repeats="b"), g="a b c")
    assert found.sources_of("g") == ("x",)
    assert ledger(claim("b", "y", repeats="a"), g="b").sources_of("g") == ("y",)  # what it repeats is not there


def test_without_a_source():
    """Claims that it alone carries are gone, with the groups that are left empty."""
    found = ledger(claim("a", "x"), claim("b", "x y"), claim("c", "y"), g="a b", h="a", i="c").without("x")
    assert list(found.claims) == ["b", "c"]
    assert found.claims["b"].sources == ("y",)
    assert {name: group.claims for name, group in found.groups.items()} == {"g": ("b",), "i": ("c",)}


def test_a_copy_speaks_for_itself_where_the_original_was_never_read():
    found = ledger(claim("a", "x"), claim("b", "y", repeats="a"), g="a b")
    assert found.without("x").sources_of("g") == ("y",)


def test_what_was_read_in_one_place_is_one_report_and_is_lost_with_it():
    """An article that quotes two papers: three sources, one report."""
    claims = {c.id: c for c in (claim("a", "times article"), claim("b", "herald"), claim("c", "other"))}
    made = Ledger(claims, {"g": Group("g", "q", ("a", "b"))}, {"times": "article", "herald": "times"})
    assert made.read_in("herald") == "article"
    assert made.sources_of("g") == ("times", "article", "herald")
    assert made.reports("g") == 1
    assert list(made.without("article").claims) == ["c"]
    assert list(made.without("herald").claims) == ["a", "c"]


def test_a_month_comes_after_its_days():
    said = claim("said", date="2022-03")
    denied = claim("denied", side="china", date="2022-03-14", stance="denies", denies=("said",))
    earlier = claim("earlier", date="2022-03-01", denies=("said",))
    assert [c.second for c in find_conflicts([denied, said, earlier])] == ["earlier", "denied"]
    assert sorted(["2022-03", "2022-02-24", "2022", "2022-03-14"], key=by_day) == [
        "2022-02-24",
        "2022-03-14",
        "2022-03",
        "2022",
    ]


def test_conflicts():
    said = claim("said", date="2022-03-13")
    denied = claim("denied", side="china", date="2022-03-14", stance="denies", denies=("said",))
    ours = claim("ours", side="china", stance="readout", event="call", date="2022-06-15")
    theirs = claim("theirs", side="russia", stance="readout", event="call", date="2022-06-15")
    again = claim("again", side="russia", stance="readout", event="call", date="2022-06-16")
    other = claim("other", side="usa", stance="readout", event="talks", date="2022-06-15")
    assert find_conflicts([denied, said, ours, theirs, again, other]) == (
        Conflict("denial", "said", "denied"),
        Conflict("readouts", "ours", "theirs"),
        Conflict("readouts", "ours", "again"),
    )


def test_circles():
    assert find_circles({"a": ["b"], "b": ["c"], "c": []}) == ()
    assert find_circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == (("a", "b", "c"),)
    assert find_circles({"a": ["a"]}) == (("a",),)
    assert find_circles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}) == (("a", "b"), ("c", "d"))
