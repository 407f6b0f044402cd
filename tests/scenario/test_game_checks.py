"""Each rule about stakes, exposures and the focus has a file that breaks it: the place, and what is said."""

# ruff: noqa: E501 - a fault, its place and its message stand on one line

from __future__ import annotations

import re

import pytest
from games import GAME, scenario, spoil

from halys.errors import FileError
from halys.scenario.game_checks import MEASURED

RANGE = "{low: 0, high: 3, source: own}"


def problems(text: str) -> list[tuple[str, str]]:
    """Path and message of every problem; each must have its line and column."""
    with pytest.raises(FileError) as caught:
        scenario(text)
    found = []
    for problem in caught.value.problems:
        place = re.fullmatch(r"f\.yaml:\d+:\d+ › (\S+)", problem.where)
        assert place, problem.where
        found.append((place[1], problem.message))
    return found


def refused(text: str, path: str, *told: str) -> None:
    """One problem at this path, whose message says these words."""
    ((at, message),) = problems(text)
    assert at == path
    for words in told:
        assert words in message, message


def test_the_game_these_tests_spoil_is_valid() -> None:
    assert len(scenario().histories) == 4


class TestStakes:
    @pytest.mark.parametrize(
        ("old", "new", "path", "told"),
        [
            (RANGE, "3", "stakes.undefeated.percent_of_income", "a stake is a range, not 3"),
            (RANGE, "{value: 3, high: 3, source: own}", "stakes.undefeated.percent_of_income.low", "missing"),
            (RANGE, "{low: 0, high: 3}", "stakes.undefeated.percent_of_income.source", "missing"),
            (RANGE, "{low: 3, high: 0, source: own}", "stakes.undefeated.percent_of_income", "low must not exceed high"),
            (RANGE, "{low: 3, high: 3, source: own}", "stakes.undefeated.percent_of_income", "low and high are both 3"),
            (RANGE, "{value: 4, low: 0, high: 3, source: own}", "stakes.undefeated.percent_of_income", "above its own high"),
            (RANGE, "{value: -1, low: 0, high: 3, source: own}", "stakes.undefeated.percent_of_income", "below its own low"),
            (RANGE, "{low: 0, high: x, source: own}", "stakes.undefeated.percent_of_income.high", "'x'"),
            (RANGE, "{low: 0, high: 1.0e+9, source: own}", "stakes.undefeated.percent_of_income", "in % of the actor's income"),
            (RANGE, "{low: 0, high: 3, source: owl}", "stakes.undefeated.percent_of_income.source", "source 'owl' is not listed"),
            (RANGE, "{low: 0, high: 3, source: own, sauce: x}", "stakes.undefeated.percent_of_income.sauce", "Nearest: 'source'"),
            ("actor: china, accrual", "actor: chin, accrual", "stakes.undefeated.actor", "Nearest: 'china'"),
            ("actor: china, accrual: flow", "actor: china, accrual: often", "stakes.undefeated.accrual", "'flow'"),
            ("{loss_of: russia, percent: 5}", "{loss_of: rusia, percent: 5}", "stakes.punish.outcome.loss_of", "Nearest: 'russia'"),
            ("{loss_of: russia, percent: 5}", "{loss_of: usa, percent: 5}", "stakes.punish.outcome.loss_of", "real income of USA is in its payoff already"),
            ("{loss_of: russia, percent: 5}", "{loss_of: russia, percent: 0}", "stakes.punish.outcome.percent", "greater than 0"),
            ("{loss_of: russia, percent: 5}", "{loss_of: russia, per: 5, percent: 1}", "stakes.punish.outcome.per", "Allowed here: loss_of, percent"),
            ("outcome: {loss_of: russia, percent: 5}", "sources: [owl], outcome: {loss_of: russia, percent: 5}", "stakes.punish.sources[0]", "'owl'"),
            (", outcome: {loss_of: russia, percent: 5}", "", "stakes.punish", "nothing exposes stake 'punish'"),
            (", outcome: {loss_of: russia, percent: 5}", ", outcom: {}, outcome: {loss_of: russia, percent: 5}", "stakes.punish.outcom", "Nearest: 'outcome'"),
        ],
    )  # fmt: skip
    def test_refused(self, old: str, new: str, path: str, told: str) -> None:
        refused(spoil(old, new), path, told)

    def test_an_exposure_of_zero_exposes_nothing(self) -> None:
        text = spoil(", outcome: {loss_of: russia, percent: 5}", "").replace(
            "resolve: 1, undefeated: 0", "resolve: 1, punish: 0"
        )
        refused(text, "stakes.punish", "nothing exposes")

    @pytest.mark.parametrize("word", MEASURED)
    def test_what_the_model_measures_is_no_stake(self, word: str) -> None:
        label = f"China's {word.capitalize()}, safe"
        told = (f"'{word}' names what the model measures", "would count twice", "Name the political value instead")
        refused(spoil("label: Russia is not defeated", f'label: "{label}"'), "stakes.undefeated.label", *told)
        id = word.replace(" ", "-")
        refused(re.sub(r"\bundefeated\b", f"safe-{id}", GAME), f"stakes.safe-{id}", *told)

    @pytest.mark.parametrize(
        "label", ["A hard trade-off", "Outputs of diplomacy", "Importance", "Exporters of arms", "Grownups"]
    )
    def test_other_words_are_free(self, label: str) -> None:
        scenario(spoil("label: Russia is not defeated", f"label: {label}"))


class TestDiscounting:
    LINE = "discounting: {rate: {value: 0.03, low: 0.01, high: 0.07, source: own}, years: 20}\n"

    def test_needed_where_a_stake_accrues_once(self) -> None:
        refused(spoil(self.LINE, ""), "stakes.resolve.accrual", "Add `discounting:")

    def test_not_needed_for_flows(self) -> None:
        scenario(spoil(self.LINE, "").replace("accrual: once", "accrual: flow"))

    @pytest.mark.parametrize(
        ("given", "path", "told"),
        [
            ("{rate: 0, years: 20}", "discounting.rate", "greater than 0 and less than 1"),
            ("{rate: 1, years: 20}", "discounting.rate", "greater than 0 and less than 1"),
            ("{rate: 3, years: 20}", "discounting.rate", "(0.03 is 3 %)"),
            ("{rate: {value: 0.03, low: 0, high: 0.07}, years: 20}", "discounting.rate", "low of the number is 0"),
            ("{rate: 0.03, years: 0}", "discounting.years", "greater than 0"),
            ("{rate: 0.03, years: -1}", "discounting.years", "greater than 0"),
            ("{rate: 0.03}", "discounting.years", "missing"),
            ("{rate: 0.03, years: 20, year: 1}", "discounting.year", "Allowed here: rate, years. Nearest: 'years'"),
        ],
    )
    def test_refused(self, given: str, path: str, told: str) -> None:
        refused(spoil(self.LINE, f"discounting: {given}\n"), path, told)


class TestExposures:
    @pytest.mark.parametrize(
        ("new", "told"),
        [
            ("undefeated: 0.5", "the exposure is 0.5 without range and source; a plain one is -1, 0 or 1"),
            ("undefeated: 2", "it must be between -1 and 1"),
            ("undefeated: {value: 0.5}", "it needs low, high and source; low, high, source missing"),
            ("undefeated: {value: 0.5, low: 0, high: 1}", "source missing"),
            ("undefeated: {value: 0.5, low: 0, high: 1.5, source: own}", "high of the number is 1.5"),
            ("undefeated: '1'", "plain number"),
        ],
    )
    def test_what_is_no_exposure(self, new: str, told: str) -> None:
        refused(spoil("resolve: 1, undefeated: 0", new), "moves.allies.join.exposures.undefeated", told)

    def test_unknown_stake(self) -> None:
        refused(
            spoil("resolve: 1, undefeated: 0", "resolv: 1"),
            "moves.allies.join.exposures.resolv",
            "stake 'resolv' is not listed",
            "Nearest: 'resolve'",
        )
        text = spoil("exposures: {undefeated: {value: -0.25", "exposures: {x: 0, undefeated: {value: -0.25")
        refused(text, "moves.usa.banks.cases[0].exposures.x", "It has undefeated, resolve, punish.")

    def test_a_stake_of_the_outcome_is_left_to_the_outcome(self) -> None:
        refused(
            spoil("resolve: 1, undefeated: 0", "punish: 1"), "moves.allies.join.exposures.punish", "has an `outcome`"
        )

    def test_a_sum_that_leaves_the_range_names_the_history_and_its_terms(self) -> None:
        refused(
            spoil("resolve: 1, undefeated: 0", "resolve: 1, undefeated: 1"),
            "moves.allies.join.exposures.undefeated",
            "the exposure of stake 'undefeated' is 1.25 at history china=arms/usa=banks/allies=join: ",
            "+0.5 by moves.china.arms, -0.25 by moves.usa.banks.cases[0], +1 by moves.allies.join. The sum must stay",
        )

    def test_the_same_sum_at_several_histories_is_told_once(self) -> None:
        text = spoil("exposures: {undefeated: help}", "exposures: {undefeated: help, resolve: -1}")
        refused(
            text.replace("label: Banks cut off", "label: Banks cut off\n      exposures: {resolve: -1}").replace("warning: {label: Warning, exposures: {resolve: -1}}", "warning: {label: Warning}")
            .replace("resolve: 1, undefeated: 0", "undefeated: 0"),
            "moves.usa.banks.exposures.resolve", "is -2 at history china=arms/usa=banks/allies=stay and 1 more",
        )  # fmt: skip

    def test_rounding_is_no_fault(self) -> None:
        tenth = "{value: 0.1, low: 0, high: 0.2, source: own}"
        nine = "{value: 0.9, low: 0.8, high: 1, source: own}"
        text = spoil(
            "exposures: {undefeated: {value: -0.25, low: -0.5, high: 0, source: own}}",
            f"exposures: {{resolve: {tenth}}}",
        )
        scenario(text.replace("resolve: 1, undefeated: 0", f"resolve: {nine}"))

    def test_a_case_needs_something(self) -> None:
        text = spoil(", exposures: {undefeated: {value: -0.25, low: -0.5, high: 0, source: own}}", "")
        refused(text, "moves.usa.banks.cases[0]", "a case needs measures, exposures or a probability")


class TestFocus:
    @pytest.mark.parametrize(
        ("old", "new", "path", "told"),
        [
            ("stage: china\n", "stage: chin\n", "focus.stage", "Nearest: 'china'"),
            ("line: [arms]", "line: [army]", "focus.line[0]", "it has none, arms"),
            ("line: [arms]", "line: []", "focus.line", "1 or more entries"),
            ("line: [arms]", "line: [arms, none]", "focus.line", "holds every move of stage 'china'"),
            ("reply: usa", "reply: us", "focus.reply", "Nearest: 'usa'"),
            ("reply: usa", "reply: china", "focus.reply", "must be another stage after 'china'"),
            ("no_reply: [warning]", "no_reply: [warn]", "focus.no_reply[0]", "it has warning, banks"),
            ("no_reply: [warning]", "no_reply: [warning, banks]", "focus.no_reply", "every move of stage 'usa'"),
            ("no_reply: [warning]", "no_reply: []", "focus.reply", "needs `no_reply`"),
            ("  reply: usa\n", "", "focus.no_reply", "needs `reply`"),
            ("joins: {allies: join}", "joins: {}", "focus.partners[0]", "does not say which move of 'allies'"),
            ("joins: {allies: join}", "joins: {allies: joins}", "focus.joins.allies", "it has stay, join"),
            ("joins: {allies: join}", "joins: {allies: join, usa: banks}", "focus.joins.usa", "not one of the `partners`"),
            ("partners: [allies]", "partners: [allies, usa]", "focus.partners[1]", "Later ones: allies."),
            ("partners: [allies]", "partners: [allies, ally]", "focus.partners[1]", "is not listed under `stages`"),
            ("target: russia", "target: rusia", "focus.target", "Nearest: 'russia'"),
            ("map: [undefeated, resolve]", "map: [undefeated, resolv]", "focus.map[1]", "Nearest: 'resolve'"),
            ("map: [undefeated, resolve]", "map: [resolve, resolve]", "focus.map[1]", "two different stakes"),
            ("map: [undefeated, resolve]", "map: [resolve]", "focus.map", "2 or more entries"),
            ("map: [undefeated, resolve]", "mapp: [resolve]", "focus.mapp", "Nearest: 'map'"),
        ],
    )  # fmt: skip
    def test_refused(self, old: str, new: str, path: str, told: str) -> None:
        refused(spoil(old, new), path, told)

    def test_a_stage_that_never_comes_up(self) -> None:
        refused(spoil("none: {label: No support, ends: true}", "none: {label: No support}").replace("id: usa, actor: usa}", "id: usa, actor: usa, when: {china: none}}").replace("id: allies, actor: usa, when: {usa: banks}", "id: allies, actor: usa, when: {usa: banks, china: arms}").replace("reply: usa", "reply: allies").replace("no_reply: [warning]", "no_reply: [stay]").replace("  partners: [allies]\n  joins: {allies: join}\n", ""),
                "focus.reply", "stage 'allies' comes up in no history")  # fmt: skip

    def test_only_stage_and_line_are_needed(self) -> None:
        start, end = GAME.index("  reply: usa"), GAME.index("stages:")
        assert scenario(GAME[:start] + GAME[end:]).file.focus is not None


class TestNamesThatAreKeysElsewhere:
    """Ids may be called like the keys under which the loader looks for codes and sources."""

    def test_moves_stages_and_stakes(self) -> None:
        text = (
            GAME.replace("usa: banks", "usa: source")
            .replace("    banks:", "    source:")
            .replace("resolve", "industries")
        )
        assert scenario(text).histories[2].id == "china=arms/usa=source/allies=stay"
        bad = text.replace("exporters: CHN, importers: all", "exporters: CHX, importers: all")
        refused(bad, "moves.usa.source.measures[0].exporters", "'CHX'")

    def test_conditions_on_a_stage_called_source(self) -> None:
        text = (
            GAME.replace("id: usa, ", "id: source, ")
            .replace("when: {usa:", "when: {source:")
            .replace("\n  usa:\n    warning", "\n  source:\n    warning")
        )
        assert scenario(text.replace("reply: usa", "reply: source")).histories[1].id == "china=arms/source=warning"


class TestStages:
    def test_orphans(self) -> None:
        found = problems(spoil("  - {id: allies, actor: usa, when: {usa: banks}}\n", ""))
        assert [path for path, _ in found] == ["focus.partners[0]", "moves.allies"]
        assert "'allies' is not the id of a stage" in found[1][1]
        found = problems(
            spoil("  - {id: usa, actor: usa}\n", "  - {id: usa, actor: usa}\n  - {id: extra, actor: usa}\n")
        )
        assert [path for path, _ in found] == ["stages[2].id"]


def test_all_at_once_in_the_order_of_lines() -> None:
    text = GAME.replace("actor: china, accrual", "actor: chin, accrual").replace("line: [arms]", "line: [army]")
    text = text.replace("target: russia", "target: rusia").replace("resolve: 1, undefeated: 0", "resolv: 1")
    assert [path for path, _ in problems(text)] == [
        "stakes.undefeated.actor",
        "focus.line[0]",
        "focus.target",
        "moves.allies.join.exposures.resolv",
    ]


def test_a_factor_that_makes_an_elasticity_too_large() -> None:
    refused(
        spoil("value: 1, low: 0.5, high: 2,", "value: 4, low: 0.5, high: 8,"),
        "horizon.trade_elasticity",
        "makes the trade elasticity of C19 259.4",
    )
    refused(
        spoil("value: 1, low: 0.5, high: 2,", "value: 1, low: 0.5, high: 8,"),
        "horizon.trade_elasticity_factor",
        "at its high end",
    )
