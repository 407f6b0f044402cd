# ruff: noqa: E501 (files and messages read better in one line)
"""Dossiers from files, what of them is refused, and posteriors as numbers of a scenario."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halys.answer.evidence import describe_evidence
from halys.answer.tracing import count_bases, trace_numbers
from halys.errors import FileError, UnknownNameError
from halys.scenario.document import parse_document
from halys.scenario.dossier import Dossier
from halys.scenario.dossier_load import bundled_dossiers, check_dossier, load_dossier
from halys.scenario.load import bundled_scenarios, check_document, load_scenario

HEAD = """\
dossier_version: 1
id: mine
title: Who asked whom
sources:
  times: {title: A request, publisher: The Times, date: "2022-03-14"}
  herald: {title: The request, publisher: The Herald, date: "2022-03-15"}
  own: {title: Own judgement, publisher: The author, date: "2022-06"}
"""
LEDGER = """\
sides:
  usa: {label: USA}
  russia: {label: Russia}
speakers:
  officials: {label: Officials, side: usa}
  kremlin: {label: The Kremlin, side: russia, interest: [asked]}
events:
  talks: {label: Talks, date: "2022-03-14", kind: talks, sides: [usa], sources: [times]}
claims:
  request: {text: It asked., speaker: officials, date: "2022-03-13", stance: asserts, about: [russia], sources: [times, herald]}
  denial: {text: It did not., speaker: kremlin, date: "2022-03-14", stance: denies, denies: [request], sources: [times]}
  hint: {text: It was seen., speaker: officials, date: "2022-03-14", stance: asserts, event: talks, sources: [herald]}
questions:
  asked:
    label: Did it ask?
    about: russia
    outcomes: [arms, money, nothing]
    hypotheses:
      yes: {label: It asked, prior: {value: 0.5, low: 0.4, high: 0.6, source: own}, covers: [arms, money]}
      no: {label: It did not, prior: rest, covers: [nothing]}
groups:
  leaked:
    label: Officials say so
    question: asked
    claims: [request]
    likelihood: {"yes": {value: 0.6, low: 0.4, high: 0.8, source: own}, "no": {value: 0.2, low: 0.1, high: 0.4, source: own}}
  denied: {label: It is denied, question: asked, claims: [denial]}
  seen:
    label: It was seen
    question: asked
    claims: [hint]
    likelihood: {"yes": {value: 0.5, low: 0.4, high: 0.6, source: own}, "no": {value: 0.25, low: 0.2, high: 0.3, source: own}}
    trust: {value: 0.5, low: 0.2, high: 0.8, source: own}
votes:
  assembly: {label: A vote, date: "2022-03-02", positions: {usa: for, russia: against}, sources: [times]}
"""
FILE = (HEAD + LEDGER).replace("      yes:", '      "yes":').replace("      no:", '      "no":')


def read(text: str = FILE) -> Dossier:
    return check_dossier(parse_document(text, "mine.yaml"))


def faults(text: str) -> list[str]:
    with pytest.raises(FileError) as error:
        read(text)
    return [str(problem) for problem in error.value.problems]


def test_posteriors_by_hand():
    """0.6 against 0.2, carried by two papers that copy one leak; the denial says nothing; 0.5 against 0.25 half trusted."""
    q = 0.5 * 0.5 + 0.5 * 0.25
    odds = (0.6 / 0.2) * (0.5 * 0.5 + 0.5 * q) / (0.5 * 0.25 + 0.5 * q)
    belief = read().beliefs["asked"]
    assert belief.value[0] == pytest.approx(odds / (1 + odds), rel=1e-12)
    assert belief.value.sum() == pytest.approx(1.0)
    assert belief.low[0] < belief.inner_low[0] < belief.value[0] < belief.inner_high[0] < belief.high[0]


def test_a_denial_by_an_interested_party_moves_nothing():
    without = FILE.replace("  denied: {label: It is denied, question: asked, claims: [denial]}\n", "")
    np.testing.assert_array_equal(read(without).beliefs["asked"].value, read().beliefs["asked"].value)
    (entry,) = (g for g in describe_evidence(read())["questions"][0]["groups"] if g["id"] == "denied")
    assert entry["by_default"]
    assert set(entry["times"].values()) == {1.0}


def test_leaving_a_source_out_is_the_dossier_without_it():
    """Without the Herald the leak has one paper and the sighting none."""
    left = read().without_each_source("asked")
    assert list(left) == ["times", "herald"]
    text = FILE.replace("sources: [times, herald]", "sources: [times]")
    text = text[: text.index("  seen:")] + text[text.index("votes:") :]
    text = "".join(line for line in text.splitlines(True) if not line.startswith("  hint:"))
    np.testing.assert_allclose(left["herald"].value, read(text).beliefs["asked"].value, rtol=1e-12)


def test_conflicts_and_record():
    record = describe_evidence(read())
    assert record["conflicts"] == [{"kind": "denial", "first": "request", "second": "denial", "event": None}]
    assert [claim["id"] for claim in record["claims"]] == ["request", "denial", "hint"]
    assert record["votes"][0]["positions"] == {"USA": "for", "Russia": "against"}
    (question,) = record["questions"]
    assert [h["prior"]["value"] for h in question["hypotheses"]] == [0.5, 0.5]
    first = question["sensitivity"][0]
    assert first["group"] == "leaked"
    assert record["sources"][0]["claims"] == ["request", "denial"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("speaker: officials, date: \"2022-03-13\"", "speaker: official, date: \"2022-03-13\"", "mine.yaml:17:39 › claims.request.speaker: speaker 'official' is not listed under `speakers`. Nearest: 'officials'"),
        ("sources: [times, herald]", "sources: [times, tribune]", "claims.request.sources[1]: source 'tribune' is not listed under `sources`"),
        ("about: [russia]", "about: [moscow]", "side 'moscow' is not listed under `sides`"),
        ("denies: [request]", "denies: [requests]", "claim 'requests' is not listed under `claims`"),
        ("denies: [request]", "denies: [denial]", "the claim denies itself"),
        ("event: talks", "event: talk", "event 'talk' is not listed under `events`"),
        ("interest: [asked]", "interest: [ask]", "question 'ask' is not listed under `questions`"),
        ('date: "2022-03-13", stance', 'date: "2999-01-01", stance', "2999-01-01 lies in the future"),
        ('date: "2022-03-13", stance', 'date: "2022-02-30", stance', "'2022-02-30' is not a date"),
        ('date: "2022-03-13", stance', 'date: "2022-04-13", stance', "'times' is of 2022-03-14, before the claim of 2022-04-13"),
        ("stance: asserts, event: talks", "stance: readout", "a readout is of an event"),
        ('date: "2022-03-14", kind', 'date: "2022-03-15", kind', None),
        ("value: 0.6, low: 0.4, high: 0.8", "value: 0, low: 0, high: 0.8", "greater than 0 and at most 1"),
        ("value: 0.6, low: 0.4, high: 0.8", "value: 1.2, low: 0.4, high: 1.4", "greater than 0 and at most 1"),
        ("value: 0.6, low: 0.4, high: 0.8", "value: 0.6, low: 0.7, high: 0.8", "low"),
        ("value: 0.6, low: 0.4, high: 0.8, source: own", "value: 0.6", "it is a judgement: it needs low, high and source"),
        ("value: 0.6, low: 0.4, high: 0.8, source: own", "value: 0.6, low: 0.4, high: 0.8, source: mine", "source 'mine' is not listed"),
        ('"yes": {value: 0.6', '"maybe": {value: 0.6', "hypothesis 'maybe' is not listed"),
        ("covers: [nothing]", "covers: [nothing, arms]", "yes and no overlap: both cover 'arms'"),
        ("covers: [arms, money]", "covers: [arms]", "no hypothesis covers 'money'"),
        ("covers: [arms, money]", "covers: [arms, money, men]", "outcome 'men' is not listed"),
        ("prior: rest", "prior: {value: 0.6, low: 0.5, high: 0.7, source: own}", "the priors sum to 1.1"),
        ("prior: {value: 0.5, low: 0.4, high: 0.6, source: own}", "prior: rest", "yes and no are both `rest`"),
        ("claims: [hint]", "claims: [request]", "'request' would count twice: it is in the group 'leaked' of the same question too"),
        ("event: talks, sources: [herald]", "event: talks, repeats: request, sources: [herald]", "'hint' would count twice: 'request', which it repeats, is in the group 'leaked'"),
        ("question: asked, claims: [denial]", "question: answered, claims: [denial]", "question 'answered' is not listed"),
        ("claims: [denial]}", "claims: [hint]}", "`likelihood` is missing"),
        ("claims: [denial]}", "claims: [denial], likelihood: {\"yes\": 1, \"no\": {value: 0.9, low: 0.8, high: 1, source: own}}}", "move nothing by default"),
        ("positions: {usa: for", "positions: {us: for", "side 'us' is not listed"),
        ("stance: asserts, event: talks", "stance: asserts, signal: leak, event: talks", "is a move of the game already (signal: leak)"),
        ("kind: talks", "kind: chat", "'chat'"),
        ('title: The request, publisher: The Herald', 'via: tribune, title: The request, publisher: The Herald', "'herald' was read via source 'tribune' is not listed"),
        ('title: The request, publisher: The Herald', 'via: herald, title: The request, publisher: The Herald', "herald via herald: a circle"),
        ("value: 0.6, low: 0.4, high: 0.8, source: own", "value: 0.6, low: 0.4, high: 0.8, distribution: pert, source: own", "a distribution has no effect here"),
        ("dossier_version: 1", "dossier_version: 2", "dossier_version"),
    ],
)  # fmt: skip
def test_refusals(old, new, told):
    assert old in FILE
    text = FILE.replace(old, new, 1)
    if told is None:
        read(text)
        return
    assert any(told in fault for fault in faults(text)), faults(text)


def test_circles_are_named():
    text = FILE.replace("event: talks, sources: [herald]", "repeats: request, sources: [herald]")
    text = text.replace("sources: [times, herald]}", "repeats: hint, sources: [times, herald]}")
    assert any("request repeats hint repeats request: a circle" in fault for fault in faults(text))


def test_posteriors_of_one_name():
    other = "  asked-yes:\n    label: Another\n    about: russia\n    hypotheses:\n      a: {label: A, prior: {value: 0.5, low: 0.4, high: 0.6, source: own}}\n      b: {label: B, prior: rest}\n"
    read(FILE.replace("groups:\n", f"{other}groups:\n"))
    clash = (
        other.replace("      a: ", "      x: ")
        .replace("  asked-yes:", "  asked-no:")
        .replace("      b: ", "      way: ")
    )
    text = (
        FILE.replace("groups:\n", f"{clash}groups:\n")
        .replace('      "no": {label', "      no-way: {label")
        .replace('"no": {value', '"no-way": {value')
    )
    assert any("asked-no-way is the name of a posterior of the question 'asked' too" in fault for fault in faults(text))


def test_a_second_id_and_an_empty_file():
    twice = FILE.replace(
        "  hint: {",
        '  request: {text: Again., speaker: officials, date: "2022-03-13", stance: asserts, sources: [times]}\n  hint: {',
    )
    with pytest.raises(FileError, match="request"):
        read(twice)
    with pytest.raises(FileError):
        read("")
    assert any("claims" in fault for fault in faults(HEAD))
    assert any("claims" in fault for fault in faults(HEAD + "claims: {}\n"))


def test_odd_likelihoods_are_doubted():
    same = FILE.replace("value: 0.2, low: 0.1, high: 0.4", "value: 0.6, low: 0.4, high: 0.8")
    assert any("moves nothing" in w for w in read(same).warnings)
    heavy = FILE.replace("value: 0.2, low: 0.1, high: 0.4", "value: 0.002, low: 0.001, high: 0.004")
    assert any("decides almost alone" in w for w in read(heavy).warnings)
    both = FILE.replace("    claims: [request]\n", "    claims: [request]\n    one_of: news\n").replace(
        "    claims: [hint]\n", "    claims: [hint]\n    one_of: news\n"
    )
    assert any("sum to 1.1, more than 1" in w for w in read(both).warnings)


# Scenarios -----------------------------------------------------------------------------------------------------------

SCENARIO = """\
schema_version: 1
id: asks
title: What if it asked
question: Does Washington act?
world: icio-2022
sources:
  times: {title: A request, publisher: The Times, date: "2022-03-14"}
  herald: {title: The request, publisher: The Herald, date: "2022-03-15"}
  own: {title: Own judgement, publisher: The author, date: "2022-06"}
actors:
  usa: {label: USA, economies: USA}
stakes:
  order: {label: Order, actor: usa, accrual: flow, percent_of_income: {low: 0, high: 1, source: own}}
stages:
  - {id: truth, chance: true, hidden_from: [usa]}
  - {id: answer, actor: usa, question: "Does it act?"}
moves:
  truth:
    asked: {label: It asked, mapping: No measure., probability: belief-asked-yes}
    not-asked: {label: It did not, mapping: No measure., probability: rest}
  answer:
    waits: {label: Waits, mapping: No measure.}
    acts:
      label: Acts
      mapping: A tariff.
      cases:
        - {when: {truth: asked}, exposures: {order: 1}}
        - {when: {truth: not-asked}, exposures: {order: -1}}
      measures: [{instrument: tariff, exporters: RUS, importers: USA, industries: goods, rate: {value: 0.1, source: own}}]
"""
INLINE = SCENARIO + "evidence:\n" + "".join(f"  {line}\n" for line in FILE[FILE.index("sides:") :].splitlines())


def test_a_posterior_is_a_number_of_the_scenario():
    scenario = check_document(parse_document(INLINE, "asks.yaml"))
    assert scenario.dossier is not None
    belief = scenario.dossier.beliefs["asked"]
    number = scenario.file.moves["truth"]["asked"].probability
    assert number.value == pytest.approx(belief.value[0])
    assert (number.low, number.high) == pytest.approx((belief.inner_low[0], belief.inner_high[0]))
    assert "belief-asked-yes" in {unknown.id for unknown in scenario.unknowns}
    traced = {entry["name"]: entry for entry in trace_numbers(scenario)}
    assert traced["belief-asked-yes"]["claims"] == ["request", "denial", "hint"]
    assert count_bases(list(traced.values()))["orphan"] == 0
    moved = scenario.with_unknown("belief-asked-yes", 0.25)
    assert moved.game_tree().nodes[0].probabilities == pytest.approx((0.25, 0.75))


def test_the_same_from_a_file_beside_it(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "asks.yaml").write_text(SCENARIO + "dossier: mine.yaml\n", encoding="utf-8")
    beside = load_scenario(tmp_path / "asks.yaml")
    inline = check_document(parse_document(INLINE, "asks.yaml"))
    assert beside.file.moves["truth"]["asked"] == inline.file.moves["truth"]["asked"]
    assert beside.dossier_file == "mine.yaml"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("belief-asked-yes", "belief-asked-maybe", "is no posterior of the evidence: belief-QUESTION-HYPOTHESIS. Nearest: 'belief-asked-yes'"),
        ("event: talks, sources: [herald]", "event: talks, sources: [herald], signal: leak", "is a move of the game already (signal: leak)"),
        ("stance: denies, denies: [request]", "stance: denies, denies: [request], signal: leak", "is a move of the game already (signal: leak)"),
        ("evidence:\n", "dossier: mine.yaml\nevidence:\n", "evidence and dossier are both given"),
        ("speaker: kremlin", "speaker: cremlin", "evidence.claims.denial.speaker: speaker 'cremlin' is not listed under `speakers`"),
        ("stance: denies", "stance: refuses", "evidence.claims.denial.stance"),
        ("stakes:\n", "assumptions:\n  belief-asked-yes: {label: Mine, value: 0.5, low: 0, high: 1, source: own}\nstakes:\n", "'belief-asked-yes' is a posterior of the evidence. Rename it"),
    ],
)  # fmt: skip
def test_refusals_in_a_scenario(old, new, told):
    text = INLINE.replace(old, new, 1)
    with pytest.raises(FileError) as error:
        check_document(parse_document(text, "asks.yaml"))
    assert told in str(error.value)


def test_a_signal_is_a_stage():
    ungrouped = '  extra: {text: More., speaker: officials, date: "2022-03-13", stance: asserts, sources: [times], signal: STAGE}'
    text = INLINE.replace("  claims:\n", f"  claims:\n  {ungrouped}\n")
    check_document(parse_document(text.replace("STAGE", "answer"), "asks.yaml"))
    with pytest.raises(FileError, match=r"evidence.claims.extra.signal: signal 'leak' is not listed under `stages`"):
        check_document(parse_document(text.replace("STAGE", "leak"), "asks.yaml"))


def test_a_posterior_needs_evidence(tmp_path: Path):
    with pytest.raises(FileError, match="neither `evidence` nor `dossier`"):
        check_document(parse_document(SCENARIO, "asks.yaml"))
    with pytest.raises(FileError, match="is not beside the scenario"):
        check_document(parse_document(SCENARIO + "dossier: ../mine.yaml\n", str(tmp_path / "asks.yaml")))
    with pytest.raises(FileError, match="dossier: 'nowhere' is neither a file nor a bundled dossier"):
        check_document(parse_document(SCENARIO + "dossier: nowhere\n", str(tmp_path / "asks.yaml")))
    (tmp_path / "mine.yaml").write_text(FILE.replace("speaker: kremlin", "speaker: cremlin"), encoding="utf-8")
    with pytest.raises(FileError, match=r"mine\.yaml:18:\d+ › claims.denial.speaker"):
        check_document(parse_document(SCENARIO + "dossier: mine.yaml\n", str(tmp_path / "asks.yaml")))


def test_a_dossier_is_no_scenario(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    with pytest.raises(FileError, match="this is a dossier, not a scenario"):
        load_scenario(tmp_path / "mine.yaml")


# What comes along ----------------------------------------------------------------------------------------------------


def test_the_bundled_dossier():
    assert "rome-to-beijing" in bundled_dossiers()
    dossier = load_dossier("rome-to-beijing")
    assert len(dossier.spec.claims) >= 60
    assert {"time-2022", "rferl-2022", "reuters-2022", "phone-call-2022", "nyt-2024"} <= {
        s for c in dossier.spec.claims.values() for s in c.sources
    }
    kinds = [conflict.kind for conflict in dossier.conflicts]
    assert kinds.count("denial") >= 2
    assert "readouts" in kinds
    assert any({f.value for f in c.figures} >= {300, 640} for c in dossier.spec.claims.values())
    assert len(dossier.spec.questions) == 4


def test_unknown_dossiers_are_named():
    with pytest.raises(UnknownNameError, match="Nearest: 'rome-to-beijing'"):
        load_dossier("rome-to-bejing")


@pytest.mark.parametrize("name", bundled_scenarios())
def test_no_bundled_scenario_has_an_orphan(name):
    scenario = load_scenario(name)
    traced = trace_numbers(scenario)
    assert count_bases(traced)["orphan"] == 0
