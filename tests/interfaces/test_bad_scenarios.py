"""Files that cannot be used: one clear message for each fault, with its line and column, and the right exit code."""

# ruff: noqa: E501 - a fault, its place and its message stand on one line

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from commands import HEAD, SMALL, Answer, halys, tree, write

import halys as package

MEASURE = "{instrument: ban, exporters: EU27, importers: RUS, industries: C28, coverage: {value: 0.5, source: own}}"
AT = "in_force.machines.measures[0]"
STAGES = """\
stages:
  - {id: first, actor: russia}
  - {id: second, actor: russia, when: {first: [a]}}
moves:
  first:
    a: {label: A}
    b: {label: B}
  second:
    c: {label: C, supersede: [machines]}
    d: {label: D, when: {first: a}, cases: [{when: {first: a}, measures: [MEASURE]}]}
""".replace("MEASURE", MEASURE)
FULL = SMALL + STAGES

PLACED = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+)(?: › (?P<path>\S+))?: (?P<message>.+)$")


def checked(text: str, *, name: str = "f.yaml") -> Answer:
    """`halys check` of a file with this text; a refusal must also be a refusal of `run`, and the same as JSON."""
    write(Path.cwd(), text, name)
    answer = halys("check", name)
    if answer.code:
        assert answer.out == ""
        before = tree(Path.cwd())
        assert halys("run", name).err.removeprefix("solving 1 equilibria\n").endswith(answer.err)
        assert tree(Path.cwd()) == before
        error = halys("check", name, "--json").error
        assert error["exit_code"] == answer.code
        assert error["message"] in answer.err
    return answer


def only(text: str) -> re.Match[str]:
    """The one problem of a file, taken apart."""
    answer = checked(text)
    assert answer.code == 2, answer
    assert answer.err.startswith("halys: ")
    (line,) = answer.err.removeprefix("halys: ").splitlines()
    found = PLACED.match(line)
    assert found, line
    assert found["file"] == "f.yaml"
    return found


def place_of(text: str, part: str) -> tuple[int, int]:
    index = text.index(part)
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


def refused(text: str, part: str, path: str, *told: str) -> None:
    """One problem, at the place of `part`, at this path, whose message says these words."""
    found = only(text)
    assert (int(found["line"]), int(found["column"])) == place_of(text, part)
    assert found["path"] == path
    for words in told:
        assert words in found["message"], found["message"]


def test_the_file_these_tests_spoil_is_valid() -> None:
    answer = checked(FULL)
    assert answer.code == 0, answer.err
    assert "3 histories" in answer.out


class TestMeasures:
    @pytest.mark.parametrize(
        ("measure", "part", "path", "told"),
        [
            # names
            ("ban, exporters: GRB, importers: RUS, coverage: 1", "GRB", ".exporters", "'GBR'"),
            ("ban, exporters: EU28, importers: RUS, coverage: 1", "EU28", ".exporters", "Nearest: 'EU27'"),
            ("ban, exporters: [CHN, NO], importers: RUS, coverage: 1", "NO]", ".exporters[1]", "Nearest: 'NOR'"),
            ("ban, exporters: NO, importers: RUS, coverage: 1", "NO,", ".exporters", "Nearest: 'NOR'"),
            ("ban, exporters: CHN, importers: Russia, coverage: 1", "Russia,", ".importers", "'RUS'"),
            ("ban, exporters: CHN, importers: RUS, industries: C99, coverage: 1", "C99", ".industries", "Nearest: 'C29'"),
            ("ban, exporters: CHN, importers: RUS, industries: [C28, CHN], coverage: 1", "CHN]", ".industries[1]", "economy"),
            ("ban, exporters: goods, importers: RUS, coverage: 1", "goods", ".exporters", "group of industries"),
            ("transfer, payers: XX, recipients: RUS, amount: 1", "XX", ".payers", "halys world --codes"),
            ("transfer, payers: CHN, recipients: RUSS, amount: 1", "RUSS", ".recipients", "'RUS'"),
            ("productivity, economies: UKRAINE, factor: 0.9", "UKRAINE", ".economies", "'UKR'"),
            ("ban, exporters: [], importers: RUS, coverage: 1", "[]", ".exporters", "empty list"),
            ("ban, exporters: 5, importers: RUS, coverage: 1", "5, importers", ".exporters", "Write text"),
            ("ban, exporters: {CHN: 1}, importers: RUS, coverage: 1", "{CHN", ".exporters", "a mapping"),
            ("ban, exporters: '', importers: RUS, coverage: 1", "''", ".exporters", ""),
            # numbers out of bounds
            ("tariff, exporters: CHN, importers: RUS, rate: -0.1", "-0.1", ".rate", "-0.1; it must be 0 or more"),
            ("export_tax, exporters: CHN, importers: RUS, rate: -1", "-1", ".rate", "0 or more, as a fraction"),
            ("ban, exporters: CHN, importers: RUS, coverage: 1.5", "1.5", ".coverage", "between 0 and 1"),
            ("ban, exporters: CHN, importers: RUS, reduction: -0.5", "-0.5", ".reduction", "between 0 and 1"),
            ("trade_cost, exporters: CHN, importers: RUS, factor: 0.9", "0.9", ".factor", "it must be 1 or more"),
            ("transfer, payers: CHN, recipients: RUS, amount: -1", "-1", ".amount", "0 or more, in billion"),
            ("productivity, economies: UKR, factor: 0", "0}", ".factor", "greater than 0"),
            # no numbers
            ("tariff, exporters: CHN, importers: RUS, rate: '0.1'", "'0.1'", ".rate", "plain number such as 0.25"),
            ("tariff, exporters: CHN, importers: RUS, rate: true", "true", ".rate", "true is not allowed"),
            ("tariff, exporters: CHN, importers: RUS, rate: .nan", ".nan", ".rate", "finite number"),
            ("tariff, exporters: CHN, importers: RUS, rate: .inf", ".inf", ".rate", "finite number"),
            ("tariff, exporters: CHN, importers: RUS, rate: 1e999", "1e999", ".rate", ""),
            ("tariff, exporters: CHN, importers: RUS, rate: 25 %", "25 %", ".rate", "'25 %' is not allowed"),
            ("tariff, exporters: CHN, importers: RUS, rate: [0.1]", "[0.1]", ".rate", "a list of 1"),
            ("tariff, exporters: CHN, importers: RUS, rate: ", None, ".rate", ""),
            ("tariff, exporters: CHN, importers: RUS, rate: {value: '1'}", "'1'", ".rate.value", "number"),
            ("tariff, exporters: CHN, importers: RUS, rate: {value: .inf}", ".inf", ".rate.value", "finite"),
            # ranges
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, low: 0.8, high: 0.2}", "{value", ".coverage", "low must not exceed high"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.9, low: 0, high: 0.8}", "{value", ".coverage", "above its own high 0.8"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.1, low: 0.2, high: 0.8}", "{value", ".coverage", "below its own low 0.2"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, low: 0, high: 1.8}", "{value", ".coverage", "1.8; it must be between 0 and 1"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, distribution: uniform}", "{value", ".coverage", "needs low and high"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, distribution: flat}", "flat", ".coverage.distribution", "'uniform'"),
            ("ban, exporters: CHN, importers: RUS, coverage: {low: 0.1, high: 0.2}", "{low", ".coverage.value", "'value' is missing"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, source: owl}", "owl", ".coverage.source", "Nearest: 'own'"),
            ("ban, exporters: CHN, importers: RUS, coverage: {value: 0.5, sauce: own}", "sauce", ".coverage.sauce", "Nearest: 'source'"),
            # fields
            ("ban, exporters: CHN, importers: RUS", "{instrument", "", "none given"),
            ("ban, exporters: CHN, importers: RUS, coverage: 0.1, reduction: 0.1", "{instrument", "", "two given"),
            ("ban, exporters: CHN, coverage: 1", "{instrument", ".importers", "'importers' is missing"),
            ("ban, exporters: CHN, importers: RUS, coverag: 1", "coverag", ".coverag", "Nearest: 'coverage'"),
            ("tariff, exporters: CHN, importers: RUS, factor: 2, rate: 0", "factor", ".factor", "Allowed here:"),
            ("bann, exporters: CHN, importers: RUS, coverage: 1", "bann", ".instrument", "Nearest: 'ban'"),
            ("Ban, exporters: CHN, importers: RUS, coverage: 1", "Ban", ".instrument", "Nearest: 'ban'"),
            # effects
            ("ban, exporters: CHN, importers: CHN, coverage: 1", "{instrument", "", "sales at home are never hit"),
            ("transfer, payers: EU27, recipients: DEU, amount: 1", "{instrument", "", "DEU both as payer and as recipient"),
            ("ban, exporters: all, importers: LUX, industries: C19, reduction: 0.5", "{instrument", "", "supply all of it"),
        ],
    )  # fmt: skip
    def test_refused(self, measure: str, part: str | None, path: str, told: str) -> None:
        text = SMALL.replace(MEASURE, f"{{instrument: {measure}}}")
        assert text != SMALL
        head = text.index("{instrument")
        if part is None:
            assert only(text)["path"] == AT + path
            return
        index = text.index(part, head if part.startswith("{instrument") else head + len("{instrument: "))
        line, column = text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
        found = only(text)
        assert found["path"] == AT + path
        assert (int(found["line"]), int(found["column"])) == (line, column)
        assert told in found["message"], found["message"]

    @pytest.mark.parametrize("measure", ["ban", "[]", "3", "null", "true"])
    def test_what_is_no_mapping(self, measure: str) -> None:
        text = SMALL.replace(MEASURE, measure)
        found = only(text)
        assert found["path"] == AT
        assert "mapping" in found["message"]

    def test_without_instrument(self) -> None:
        found = only(SMALL.replace("instrument: ban, ", ""))
        assert found["path"] == f"{AT}.instrument"
        assert "missing" in found["message"]

    @pytest.mark.parametrize("bound", ["0", "1", "0.0", "1.0", "1e-300"])
    def test_bounds_are_allowed(self, bound: str) -> None:
        assert checked(SMALL.replace("value: 0.5", f"value: {bound}")).code == 0

    def test_every_message_says_what_to_write(self) -> None:
        """Rule of the conventions: where, what was given, what is allowed, what to do."""
        for given in ("-1", "2", "'x'", "[]"):
            message = only(SMALL.replace("{value: 0.5, source: own}", given))["message"]
            assert re.search(r"must be|Write", message), message


class TestStructure:
    @pytest.mark.parametrize(
        ("old", "new", "part", "path", "told"),
        [
            ("schema_version: 1", "schema_version: 2", "2", "schema_version", "reads up to 1"),
            ("schema_version: 1", "schema_version: 99999999999", "99999999999", "schema_version", "Install a newer Halys"),
            ("schema_version: 1", "schema_version: 0", "0", "schema_version", "1"),
            ("schema_version: 1", "schema_version: '1'", "'1'", "schema_version", "1"),
            ("schema_version: 1", "schema_version: true", "true", "schema_version", "1"),
            ("schema_version: 1", "schema_version: null", "null", "schema_version", "1"),
            ("schema_version: 1", "schema_version: 1.5", "1.5", "schema_version", "1"),
            ("schema_version: 1\n", "", "id", "schema_version", "'schema_version' is missing"),
            ("id: small", "id: Small One", "Small One", "id", ""),
            ("id: small", "id: 2022", "2022", "id", "quotes"),
            ("id: small", "id: ''", "''", "id", ""),
            ("id: small", "id: ../../etc", "../../etc", "id", ""),
            ("id: small", "world: icio-2021\nid: small", "icio-2021", "world", "icio-2022"),
            ("id: small", "closures: [fixd]\nid: small", "fixd", "closures[0]", "Nearest: 'fixed'"),
            ("id: small", "closures: []\nid: small", "[]", "closures", "empty list"),
            ("id: small", "closures: fixed\nid: small", "fixed", "closures", "list"),
            ("id: small", "notes: one\nid: small", "one", "notes", "list"),
            ("id: small", "colour: red\nid: small", "colour", "colour", "unknown key 'colour'"),
            ("title:", "titel: x\ntitle:", "titel", "titel", "Nearest: 'title'"),
            ("title: A small scenario", "title: ''", "''", "title", ""),
            ("title: A small scenario", "title: 5", "5", "title", "Write text"),
            ("economies: RUS}", "economies: RUSS}", "RUSS", "actors.russia.economies", "'RUS'"),
            ("economies: RUS}", "economies: [RUS, NO]}", "NO]", "actors.russia.economies[1]", "Nearest: 'NOR'"),
            ("economies: RUS}", "economies: goods}", "goods", "actors.russia.economies", "group of industries"),
            ("economies: RUS}", "economies: []}", "[]", "actors.russia.economies", "empty list"),
            ("economies: RUS}", "economies: RUS}\n  ussr: {label: U, economies: [KAZ, RUS]}", "[KAZ", "actors.ussr.economies", "RUS belongs to actor 'russia' already"),
            ("economies: RUS}", "economies: RUS}\n  Kasakhstan: {label: U, economies: KAZ}", "Kasakhstan", "actors.Kasakhstan", ""),
            ("label: Embargo on machines", "label: Embargo\n    sources: [owl]", "owl", "in_force.machines.sources[0]", "Nearest: 'own'"),
            ("label: Embargo on machines", "label: Embargo\n    sources: own", "own\n", "in_force.machines.sources", "list"),
            ("label: Embargo on machines", "label: Embargo\n    supersede: [x]", "supersede", "in_force.machines.supersede", "unknown key"),
            ('date: "2026"', "date: 2026", "2026", "sources.own.date", "quotes"),
            ('date: "2026"', 'date: "2026-1"', '"2026-1"', "sources.own.date", ""),
            ("publisher: The author, ", "", "{title", "sources.own.publisher", "missing"),
            ("id: small", "horizon: {name: medium}\nid: small", "medium", "horizon.name", "'long'"),
            ("id: small", "horizon: {trade_elasticity: -1}\nid: small", "-1", "horizon.trade_elasticity", ""),
            ("id: small", "horizon: {trade_elasticity: 0}\nid: small", "0}", "horizon.trade_elasticity", ""),
            ("id: small", "beside: {name: short, trade_elasticity: 0}\nid: small", "0}", "beside.trade_elasticity", "greater than 0"),
            ("id: small", "beside: {name: long}\nid: small", "beside", "beside", "both of the long run"),
            ("id: small", "horizon: {input_substitution: -1}\nid: small", "-1", "horizon.input_substitution", "0 or more"),
            ("id: small", "horizon: {factors: stuck}\nid: small", "stuck", "horizon.factors", "specific"),
            ("id: small", "horizon: {factors: 1}\nid: small", "1}", "horizon.factors", "greater than 1"),
            ("id: small", "horizon: {trade_elasticity_set: mine}\nid: small", "mine", "horizon.trade_elasticity_set", ""),
            ("id: small", "horizon: {trade_elasticity: {C99: 4}}\nid: small", "{C99", "horizon.trade_elasticity", "C99"),
        ],
    )  # fmt: skip
    def test_refused(self, old: str, new: str, part: str, path: str, told: str) -> None:
        text = SMALL.replace(old, new, 1)
        assert text != SMALL
        found = only(text)
        assert found["path"] == path
        assert told in found["message"], found["message"]
        assert (int(found["line"]), int(found["column"])) == place_of(text, part)

    @pytest.mark.parametrize(
        ("old", "new", "part", "path", "told"),
        [
            ("first:\n    a: {label: A}\n    b: {label: B}\n  second:", "second:", "first,", "stages[0].id", "has no moves"),
            ("first:\n    a: {label: A}\n    b: {label: B}", "first: {}", "first,", "stages[0].id", "has no moves"),
            ("  - {id: second, actor: russia, when: {first: [a]}}\n", "", "second:", "moves.second", "is not the id of a stage"),
            ("id: second", "id: first", "first, actor: russia, when", "stages[1].id", "twice"),
            ("{id: first, actor: russia}", "{id: first, actor: rusia}", "rusia", "stages[0].actor", "Nearest: 'russia'"),
            ("when: {first: [a]}}", "when: {frist: [a]}}", "frist", "stages[1].when.frist", "is not an earlier stage"),
            ("when: {first: [a]}}", "when: {first: [a, z]}}", "z]", "stages[1].when.first[1]", "it has a, b"),
            ("when: {first: [a]}}", "when: {first: []}}", "[]}}", "stages[1].when.first", "empty list"),
            ("when: {first: [a]}}", "when: {second: [c]}}", "second: [c]", "stages[1].when.second", "not an earlier stage"),
            ("a: {label: A}", "a: {label: A, when: {second: c}}", "second: c}", "moves.first.a.when.second", "no stage comes before"),
            ("when: {first: a}, cases", "when: {first: z}, cases", "z}, cases", "moves.second.d.when.first", "it has a, b"),
            ("[{when: {first: a}", "[{when: {first: z}", "z}, measures", "moves.second.d.cases[0].when.first", "it has a, b"),
            ("[{when: {first: a}, measures", "[{measures", "{measures", "moves.second.d.cases[0].when", "missing"),
            ("supersede: [machines]", "supersede: [machine]", "machine]", "moves.second.c.supersede[0]", "Nearest: 'machines'"),
            ("supersede: [machines]", "supersede: [first.z]", "first.z", "moves.second.c.supersede[0]", "'first.a'"),
            ("supersede: [machines]", "supersede: machines", "machines}", "moves.second.c.supersede", "list"),
            ("a: {label: A}", "a: {labell: A, label: A}", "labell", "moves.first.a.labell", "Nearest: 'label'"),
            ("a: {label: A}", "a: {}", "{}", "moves.first.a.label", "missing"),
            ("a: {label: A}", "a: text", "text", "moves.first.a", "mapping"),
            ("a: {label: A}", "a: null", "null", "moves.first.a", "mapping"),
        ],
    )  # fmt: skip
    def test_stages_and_moves(self, old: str, new: str, part: str, path: str, told: str) -> None:
        text = FULL.replace(old, new, 1)
        assert text != FULL
        answer = checked(text)
        assert answer.code == 2
        found = [m for m in map(PLACED.match, answer.err.removeprefix("halys: ").splitlines()) if m]
        (one,) = (m for m in found if m["path"] == path)
        assert told in one["message"], one["message"]
        assert (int(one["line"]), int(one["column"])) == place_of(text, part) or "first:" in old
        assert "it has ." not in answer.err, "an empty list of what is there"

    def test_a_moved_condition_on_itself_is_no_way_round(self) -> None:
        """`supersede` may name an earlier stage or its own, not a later one."""
        text = FULL.replace("a: {label: A}", "a: {label: A, supersede: [second.c]}")
        assert "neither a programme in force nor" in only(text)["message"]

    def test_too_many_histories(self) -> None:
        stages = "stages:\n" + "".join(f"  - {{id: s{n}, actor: russia}}\n" for n in range(20))
        moves = "moves:\n" + "".join(f"  s{n}: {{a: {{label: A}}, b: {{label: B}}}}\n" for n in range(20))
        found = only(SMALL + stages + moves)
        assert found["path"] == "stages"
        assert "more than 20,000 histories" in found["message"]

    def test_every_fault_at_once_in_the_order_of_lines(self) -> None:
        text = (
            FULL.replace("economies: RUS", "economies: RUSS")
            .replace("exporters: EU27", "exporters: [EU28, NO]")
            .replace("source: own", "source: owl")
            .replace("actor: russia}", "actor: rusia}")
            .replace("supersede: [machines]", "supersede: [machine]")
            .replace("when: {first: a}", "when: {first: z}")
        )
        answer = checked(text)
        assert answer.code == 2
        head, *lines = answer.err.splitlines()
        assert head == f"halys: {len(lines)} problems"
        found = [PLACED.match(line) for line in lines]
        assert all(found)
        places = [(int(m["line"]), int(m["column"])) for m in found if m]
        assert places == sorted(places)
        assert len(places) == len(set(places)) == 11
        problems = halys("check", "f.yaml", "--json").error["problems"]
        assert [f"{p['where']}: {p['message']}" for p in problems] == lines

    def test_faults_of_the_schema_at_once_in_the_order_of_lines(self) -> None:
        text = (
            FULL.replace("title: A small", "titel: A small")
            .replace("value: 0.5", "value: -1")
            .replace("label: B", "x: B")
        )
        found = [PLACED.match(line) for line in checked(text).err.splitlines()[1:]]
        places = [(int(m["line"]), int(m["column"])) for m in found if m]
        assert places == sorted(places)
        assert len(places) >= 5

    @pytest.mark.parametrize("name", ["f.yaml", "sub/f.yaml", "ü b.yaml", "a:b.yaml"])
    def test_the_file_is_named_as_it_was_given(self, name: str) -> None:
        Path("sub").mkdir()
        answer = checked(SMALL.replace("RUS}", "XX}"), name=name)
        assert answer.err.startswith(f"halys: {name}:8:")

    def test_problems_keep_their_order_where_the_name_holds_colons(self) -> None:
        text = SMALL.replace("RUS}", "XX}").replace("EU27", "EU28")
        lines = checked(text, name="a:1:2 › b.yaml").err.splitlines()[1:]
        assert "actors" in lines[0]
        assert "in_force" in lines[1]


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "empty"),
            ("# only a comment\n", "empty"),
            ("---\n", "empty"),
            ("just text\n", "mapping"),
            ("- a\n- b\n", "mapping"),
            ("a: [1, 2\n", ""),
            ("a: b: c\n", ""),
            ("a:\n\t- b\n", ""),
            ("a: 'open\n", ""),
            ("a: 1\n b: 2\n", ""),
            ("a: 1\na: 2\n", "a"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("a: !!python/object:os.system x\n", ""),
            ("a: *nosuch\n", "nosuch"),
            ("a: &a [*a]\n", ""),
            ("a: " + "[" * 100 + "]" * 100, "60 levels"),
            ("a: \x00\n", "NUL"),
            ("a: \x07\n", "U+0007"),
        ],
    )
    def test_refused(self, text: str, told: str) -> None:
        answer = checked(text)
        assert answer.code == 2
        assert re.match(r"halys: (\d+ problems\n)?f\.yaml:\d+:\d+", answer.err), answer.err
        assert told in answer.err

    def test_duplicate_key_names_both_places(self) -> None:
        text = SMALL.replace("id: small", "id: small\nid: other")
        answer = checked(text)
        assert answer.code == 2
        assert "f.yaml:3:1 › id" in answer.err
        assert "2" in answer.err.split("› id", 1)[1]

    def test_bomb_of_aliases(self) -> None:
        levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
        answer = checked(f"l0: &l0 [x, x, x]\n{levels}")
        assert answer.code == 2
        assert "f.yaml:" in answer.err

    def test_binary(self) -> None:
        for content in (b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfea\x00", bytes(range(256)), b"a: \xe9\n"):
            Path("f.yaml").write_bytes(content)
            answer = halys("check", "f.yaml")
            assert answer.code == 2
            assert re.match(r"halys: f\.yaml:\d+:\d+: .*(UTF-8|UTF-16)", answer.err), answer.err
            assert halys("check", "f.yaml", "--json").error["kind"] == "file"

    def test_windows_line_ends_and_byte_order_mark(self) -> None:
        Path("f.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
        assert halys("check", "f.yaml").code == 0
        Path("f.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").replace("RUS}", "XX}").encode())
        assert halys("check", "f.yaml").err.startswith("halys: f.yaml:8:38 › actors.russia.economies")

    def test_huge(self) -> None:
        Path("f.yaml").write_text(SMALL + "#" * 3_000_000)
        answer = halys("check", "f.yaml")
        assert answer.code == 2
        assert "bytes" in answer.err


class TestFiles:
    @pytest.mark.parametrize("command", ["run", "check"])
    def test_no_such_name_shows_the_bundled_ones(self, command: str) -> None:
        answer = halys(command, "nosuch")
        assert answer.code == 2
        assert "neither a file nor a bundled scenario" in answer.err
        assert "rome-2022" in answer.err
        assert halys(command, "nosuch", "--json").error["kind"] == "unknown-name"
        assert "Nearest: 'rome-2022'" in halys(command, "rome-2021").err

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ("nosuch.yaml", "no such file"),
            ("a/b/nosuch", "no such file"),
            (".", "this is a folder"),
            ("/", "this is a folder"),
            ("/dev/null", "not a regular file"),
            ("", "no file name"),
            ("a\0b.yaml", "character"),
            ("x" * 300 + ".yaml", ""),
        ],
    )
    def test_what_is_no_file(self, given: str, told: str, empty_folder: Path) -> None:
        answer = halys("run", given)
        assert answer.code == 2
        assert told in answer.err
        assert halys("run", given, "--json").error["exit_code"] == 2
        assert tree(empty_folder) == {}

    def test_a_long_name_that_is_no_path(self) -> None:
        answer = halys("run", "x" * 300)
        assert answer.code == 2

    def test_a_file_wins_over_nothing_and_needs_no_ending(self, small: Path) -> None:
        small.rename("plain")
        assert halys("check", "plain").code == 0

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable(self, small: Path) -> None:
        small.chmod(0)
        answer = halys("check", small)
        assert answer.code == 2
        assert "no permission to read" in answer.err

    def test_unreadable_by_the_disk(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(self: Path, *args: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
        answer = halys("check", small)
        assert answer.code == 2
        assert "no permission to read" in answer.err

    def test_pipe_does_not_hang(self) -> None:
        os.mkfifo("pipe.yaml")
        answer = halys("check", "pipe.yaml")
        assert answer.code == 2
        assert "not a regular file" in answer.err


class TestInfeasible:
    def test_last_supplier(self) -> None:
        """German mines dig no metal ores: all of B07 in use is bought abroad."""
        text = SMALL.replace(MEASURE, "{instrument: ban, exporters: all, importers: DEU, industries: B07, coverage: 1}")
        answer = checked(text)
        assert answer.code == 3
        assert "the last supplier of a product in use is cut off: B07 in DEU" in answer.err
        assert "history in-force, closure fixed" in answer.err
        assert "a coverage below 1" in answer.err
        assert halys("check", "f.yaml", "--json").error["kind"] == "infeasible"

    def test_last_supplier_with_a_leak_is_possible(self) -> None:
        text = SMALL.replace(
            MEASURE, "{instrument: ban, exporters: all, importers: DEU, industries: B07, coverage: 0.99}"
        )
        write(Path.cwd(), text)
        assert halys("run", "small.yaml").code == 0

    def test_several_products_are_listed(self) -> None:
        text = SMALL.replace(
            MEASURE, "{instrument: ban, exporters: all, importers: [LUX, MLT], industries: goods, coverage: 1}"
        )
        answer = checked(text)
        assert answer.code == 3
        assert "A03 in LUX" in answer.err

    def cut_off(self, closure: str) -> str:
        bans = (
            "{instrument: ban, exporters: all, importers: RUS, coverage: 1}\n"
            "      - {instrument: ban, exporters: RUS, importers: all, coverage: 1}"
        )
        return SMALL.replace(MEASURE, bans).replace("id: small", f"id: small\nclosures: [{closure}]")

    def test_surplus_without_trade(self) -> None:
        """The one that is cut off is named, not the 79 others."""
        answer = checked(self.cut_off("fixed"))
        assert answer.code == 3
        assert "RUS is cut off from all trade but must run a surplus" in answer.err
        assert "balanced" in answer.err

    def test_autarky_without_deficits(self) -> None:
        write(Path.cwd(), self.cut_off("balanced"))
        answer = halys("run", "small.yaml")
        assert answer.code == 0, answer.err

    def test_the_history_at_fault_is_named(self) -> None:
        """`check` refuses; `run` keeps the other histories and says which has no equilibrium."""
        bad = "{instrument: ban, exporters: all, importers: DEU, industries: B07, coverage: 1}"
        text = FULL.replace("b: {label: B}", f"b: {{label: B, measures: [{bad}]}}")
        write(Path.cwd(), text)
        refused_by_check, run = halys("check", "small.yaml"), halys("run", "small.yaml", "--table")
        assert refused_by_check.code == 3
        assert "history first=b" in refused_by_check.err
        assert run.code == 3
        assert "first=b" in run.out
        assert "history first=b, closure fixed: no equilibrium" in run.err
        assert "The other histories are kept" in run.err
        summary = halys("run", "small.yaml", "--json").record
        assert [failure["histories"] for failure in summary["failures"]] == [["first=b"]]


def test_python_raises_the_same(empty_folder: Path) -> None:
    from halys.errors import FileError

    write(empty_folder, HEAD.replace("RUS}", "[XX, NO]}"), "f.yaml")
    with pytest.raises(FileError) as caught:
        package.load_scenario("f.yaml")
    assert [p.where for p in caught.value.problems] == [
        "f.yaml:8:39 › actors.russia.economies[0]",
        "f.yaml:8:43 › actors.russia.economies[1]",
    ]
