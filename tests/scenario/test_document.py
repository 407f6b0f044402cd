"""The reader of YAML files: what it reads, what it refuses, and the places it names."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from halys.errors import FileError, HalysError, StorageError
from halys.scenario import document as module
from halys.scenario.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, parse_document, read_document

ROME = """\
# a comment
name: Rome
moves:
  china:
    measures:
      - kind: ban
        exporters: [CHN, "NO"]
      - kind: tariff
        rate: 0.25
    empty:
"""


def refused(text: str | bytes) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse_document(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def only(text: str | bytes) -> str:
    problems = refused(text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.fixture(params=["C", "Python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers: the C one, and the one of builds without it."""
    if request.param == "Python":
        monkeypatch.setattr(module, "_LOADER", yaml.SafeLoader)
    return str(request.param)


class TestPlaces:
    def test_values_keys_and_items(self) -> None:
        document = parse_document(ROME, "rome.yaml")
        assert document.where(("name",)) == "rome.yaml:2:7 › name"
        assert document.key_where(("name",)) == "rome.yaml:2:1 › name"
        path = ("moves", "china", "measures", 1, "rate")
        assert document.where(path) == "rome.yaml:9:15 › moves.china.measures[1].rate"
        assert document.key_where(path) == "rome.yaml:9:9 › moves.china.measures[1].rate"
        path = ("moves", "china", "measures", 0, "exporters", 1)
        assert document.where(path) == "rome.yaml:7:26 › moves.china.measures[0].exporters[1]"
        assert document.key_where(path) == document.where(path)

    def test_root(self) -> None:
        document = parse_document(ROME, "rome.yaml")
        assert document.where(()) == document.key_where(()) == "rome.yaml:1:1"

    def test_missing_path_is_placed_at_its_nearest_ancestor(self) -> None:
        document = parse_document(ROME, "rome.yaml")
        assert document.where(("year",)) == "rome.yaml:1:1 › year"
        path: tuple[str | int, ...] = ("moves", "china", "measures", 1, "base", "x")
        assert document.where(path) == "rome.yaml:8:9 › moves.china.measures[1].base.x"
        assert document.key_where(path) == document.where(path)
        assert document.where(("moves", "china", "measures", 7)).startswith("rome.yaml:6:7 ›")
        assert document.where(("moves", "china", "measures", -1)).startswith("rome.yaml:6:7 ›")
        assert document.where(("name", "x")).startswith("rome.yaml:2:7 ›")

    def test_empty_value(self) -> None:
        document = parse_document(ROME, "rome.yaml")
        assert document.where(("moves", "china", "empty")) == "rome.yaml:10:11 › moves.china.empty"

    def test_odd_keys_are_quoted_in_the_path(self) -> None:
        document = parse_document("'a.b': {'': {über-x: 1}}", "f")
        assert document.where(("a.b", "", "über-x")) == "f:1:22 › 'a.b'.''.über-x"

    def test_columns_count_characters_and_every_kind_of_line_end(self) -> None:
        document = parse_document("é: é\r\nb: {ö: 1, c: 2}\rd: 1\n".encode(), "f")
        assert document.where(("b", "c")) == "f:2:14 › b.c"
        assert document.where(("d",)) == "f:3:4 › d"

    def test_aliases(self) -> None:
        document = parse_document("a: &x {k: [1]}\nb: *x\n", "f")
        assert document.where(("b",)) == "f:2:4 › b"
        assert document.where(("b", "k", 0)) == "f:1:12 › b.k[0]"

    def test_problem(self) -> None:
        document = parse_document(ROME, "rome.yaml")
        assert str(document.problem(("name",), "bad.")) == "rome.yaml:2:7 › name: bad."
        assert str(document.problem(("name",), "bad.", at_key=True)) == "rome.yaml:2:1 › name: bad."


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("", None),
            ("~", None),
            ("null", None),
            ("NULL", None),
            ("nULL", "nULL"),
            ("true", True),
            ("FALSE", False),
            ("NO", "NO"),
            ("yes", "yes"),
            ("on", "on"),
            ("off", "off"),
            ("y", "y"),
            ("1", 1),
            ("-17", -17),
            ("+3", 3),
            ("010", 10),
            ("0o17", 15),
            ("0x1F", 31),
            ("0b11", "0b11"),
            ("1_000", "1_000"),
            ("1:30", "1:30"),
            ("2022-03-14", "2022-03-14"),
            ("1.5", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("-1.5E-2", -0.015),
            (".inf", float("inf")),
            ("-.INF", float("-inf")),
            ("inf", "inf"),
            ("nan", "nan"),
            (".", "."),
            ("1e", "1e"),
            ("١", "١"),  # a digit, but not one of YAML
            ("'1'", "1"),
            ('"true"', "true"),
            ("''", ""),
            ("|-\n  12", "12"),
            (">-\n  null", "null"),
            ("!!str 12", "12"),
            ("! 12", "12"),
            ("!!int '12'", 12),
            ("!!float 1", 1.0),
            ("!!bool true", True),
            ("!!null ''", None),
            ("!!seq [1]", [1]),
            ("!!map {b: 1}", {"b": 1}),
            ("'<<'", "<<"),
        ],
    )
    def test_core_schema(self, text: str, value: object, loader: str) -> None:
        found = parse_document(f"a: {text}\n", "f").data["a"]
        assert (found, type(found)) == (value, type(value))

    def test_nan(self) -> None:
        found = parse_document("a: .nan", "f").data["a"]
        assert found != found

    def test_thirty_digits_are_read(self) -> None:
        assert parse_document("a: -" + "9" * 30, "f").data == {"a": -(10**30) + 1}

    def test_plain_data(self, loader: str) -> None:
        data = parse_document(ROME, "f").data
        measures = [{"kind": "ban", "exporters": ["CHN", "NO"]}, {"kind": "tariff", "rate": 0.25}]
        assert data == {"name": "Rome", "moves": {"china": {"measures": measures, "empty": None}}}
        assert list(data) == ["name", "moves"]

    def test_aliased_values_are_equal_but_independent(self) -> None:
        data = parse_document("a: &x [1, [2]]\nb: *x\nc: &k word\n*k : 1\n", "f").data
        assert data == {"a": [1, [2]], "b": [1, [2]], "c": "word", "word": 1}
        data["a"][1].append(3)
        assert data["b"] == [1, [2]]

    def test_text_and_markers(self) -> None:
        document = parse_document("\ufeff---\na: 1\n...\n".encode(), "f")
        assert document.data == {"a": 1}
        assert document.text == "---\na: 1\n...\n"
        assert document.where(("a",)) == "f:2:4 › a"
        assert parse_document("\ufeffa: 1", "f").where(("a",)) == "f:1:4 › a"


class TestRefusals:
    def test_all_problems_in_one_go_in_order(self) -> None:
        text = "a: 1\na: 2\nb: {1: x, true: [!foo y]}\n<<: {}\nc: *q\nn: " + "9" * 5000 + "\nd: {e: 1, e: 2}\n"
        problems = refused(text)
        assert [p.split(": ")[0] for p in problems] == [
            "f.yaml:2:1 › a",
            "f.yaml:3:5 › b",
            "f.yaml:3:11 › b",
            "f.yaml:3:18 › b.true[0]",
            "f.yaml:4:1 › '<<'",
            "f.yaml:5:4 › c",
            "f.yaml:6:4 › n",
            "f.yaml:7:11 › d.e",
        ]

    def test_faults_before_a_syntax_error_are_listed_too(self) -> None:
        first, second = refused("a: 1\na: 2\nb: [x\n")
        assert "twice" in first
        assert second.startswith("f.yaml:3:4: the '[' that opens here is not closed")

    def test_too_many_problems_are_cut_off(self) -> None:
        problems = refused("a: 1\n" * 5000)
        assert len(problems) == MAX_PROBLEMS + 1
        assert "there may be more faults" in problems[-1]

    def test_duplicate_key_names_the_first(self, loader: str) -> None:
        assert only("x:\n  a: 1\n  b: 2\n  'a': 3\n") == (
            "f.yaml:4:3 › x.a: the key 'a' is given twice, first at 2:3. Remove or rename one of them."
        )

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("x: {1: a}", ["f.yaml:1:5 › x: ", "1 without quotes is read as a number", "in quotes: '1'"]),
            ("2022: a", ["f.yaml:1:1: ", "number", "'2022'"]),
            ("false: a", ["f.yaml:1:1: ", "false without quotes is read as true/false", "'false'"]),
            ("~: a", ["read as nothing", "'~'"]),
            ("x:\n  ?\n  : 4", ["f.yaml:2:4 › x: ", "no key before the ':'"]),
            ("[a, b]: 1", ["f.yaml:1:1: ", "must be text, not a list of 2", "quotes"]),
            ("? {a: 1}\n: 2", ["f.yaml:1:3: ", "not a mapping (keys 'a')"]),
            ("a: &x [1]\n*x : 1", ["f.yaml:2:1: ", "not a list of 1"]),
        ],
    )
    def test_keys_must_be_text(self, text: str, parts: list[str], loader: str) -> None:
        assert all(part in only(text) for part in parts), only(text)

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("a: !!python/object:os.system x", ["f.yaml:1:4 › a: ", "'!!python/object:os.system'", "not supported"]),
            ("a: !foo [1]", ["f.yaml:1:4 › a: ", "the tag '!foo' is not supported", "Remove it"]),
            ("a: !!timestamp 2022-01-01", ["'!!timestamp' is not supported"]),
            ("a: !!int abc", ["'!!int' does not fit 'abc'"]),
            ("a: !!str [1]", ["'!!str' does not fit a list"]),
            ("a: !!seq {b: 1}", ["'!!seq' does not fit a mapping"]),
            ("a: !x!y z", ["f.yaml:1:4", "tag", "Put it in quotes"]),
            ("!foo a: 1", ["f.yaml:1:1: ", "'!foo'"]),
        ],
    )
    def test_tags(self, text: str, parts: list[str], loader: str) -> None:
        assert all(part in only(text) for part in parts), only(text)

    def test_tag_that_cannot_be_decoded(self, loader: str) -> None:
        assert only("a: 1\nb: !%C0%80 a").startswith("f.yaml:2:")

    def test_merge_key(self, loader: str) -> None:
        message = only("a: &x {b: 1}\nc:\n  <<: *x\n")
        assert message.startswith("f.yaml:3:3 › c.'<<': merge keys ('<<') are not supported. Write the keys out")

    def test_quoted_merge_key_is_text(self) -> None:
        assert parse_document("'<<': 1", "f").data == {"<<": 1}

    def test_aliases(self, loader: str) -> None:
        assert only("a: *nope").startswith("f.yaml:1:4 › a: the alias '*nope' refers to no anchor. Define '&nope'")
        recursive = only("a: &x\n  b: [*x]\n")
        assert recursive.startswith("f.yaml:2:7 › a.b[0]: the alias '*x' stands inside the value it refers to.")
        assert only("a: &x 1\nb: &x 2").startswith("f.yaml:2:4 › b: the anchor '&x' is defined a second time.")

    @pytest.mark.timeout(30)  # expanded it would never end
    def test_alias_bomb_is_refused(self, loader: str) -> None:
        lines = ["x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
        lines += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]" for i in range(1, 40)]
        message = only("\n".join(lines))
        assert message.startswith("f.yaml:5:")
        assert f"expanding the aliases gives more than {MAX_NODES:,} values" in message

    def test_aliases_below_the_limit_are_expanded(self) -> None:
        text = "a: &a [1, 2, 3]\nb: [" + ", ".join(["*a"] * 1000) + "]\n"
        assert parse_document(text, "f").data["b"] == [[1, 2, 3]] * 1000

    def test_too_many_values(self) -> None:
        text = "a:\n" + "- 1\n" * (MAX_NODES - 3)  # and the mapping, its key, and the list
        assert len(parse_document(text, "f").data["a"]) == MAX_NODES - 3
        assert f"f.yaml:{MAX_NODES - 1}:3 › a[{MAX_NODES - 3}]: the file has more than" in only(text + "- 1\n")

    def test_depth(self, loader: str) -> None:
        fits = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
        assert parse_document(fits, "f").data
        message = only("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)
        assert message.startswith(f"f.yaml:1:{MAX_DEPTH + 3} › a[0][0]")
        assert "nested deeper than 60 levels" in message

    def test_depth_through_aliases(self) -> None:
        half = MAX_DEPTH // 2
        text = f"a: &a {'[' * half}{']' * half}\nb: {'[' * half}*a{']' * half}\n"
        message = only(text)
        assert message.startswith(f"f.yaml:2:{half + 4} › b[0]")
        assert "the alias '*a' nests deeper than 60 levels" in message

    @pytest.mark.parametrize(
        "piece", ["[", "{", "- ", "? ", "{a: ", "[\n", "- - ", "[{a: ", "!!seq [", "&a [", "a:\n "]
    )
    @pytest.mark.timeout(60)  # in a time that grew with the square of the depth it would not end
    def test_very_deep_text_does_not_crash(self, piece: str) -> None:
        assert refused(piece * 100_000)

    def test_several_documents(self, loader: str) -> None:
        assert only("a: 1\n---\nb: 2\n").startswith("f.yaml:2:1: a second document starts here. One file holds one")

    @pytest.mark.parametrize(
        "text", ["", "\n\n", "# only\n# comments\n", "---\n", "---\n...\n", "null\n", b"\xef\xbb\xbf"]
    )
    def test_empty(self, text: str | bytes, loader: str) -> None:
        assert only(text) == "f.yaml:1:1: the file is empty. Write at least one 'key: value' line."

    @pytest.mark.parametrize(
        ("text", "place", "given"),
        [
            ("# c\n- a\n- b", "2:1", "a list of 2"),
            ("hello", "1:1", "'hello'"),
            ("12", "1:1", "12"),
            ("[]", "1:1", "an empty"),
        ],
    )
    def test_top_level(self, text: str, place: str, given: str) -> None:
        message = only(text)
        assert message.startswith(f"f.yaml:{place}: the file must be a mapping of 'key: value' lines")
        assert given in message

    def test_long_whole_number(self, loader: str) -> None:
        for number in ("9" * 31, "-" + "1" * 5000, "0x" + "f" * 40):
            assert only(f"a: {number}").startswith("f.yaml:1:4 › a: a whole number of more than 30 digits.")


class TestSyntax:
    @pytest.mark.parametrize(
        ("text", "place", "part"),
        [
            ("a:\n\t- b", "2:1", "a tab stands here. YAML indents with spaces only"),
            ("a: 1\n\tb: 2", "2:1", "a tab stands here"),
            ("a: |\n\tx", "2:1", "a tab stands here"),
            ("b: 1\na: 'x\nc: 2", "2:4", "the quote that opens here is never closed"),
            ("a: 'x\n---\n'", "1:4", "the quote that opens here is not closed before"),
            ("a: [1,\nb: 2", "1:4", "the '[' that opens here is not closed: the end of the file"),
            ("a: [x b: c: d]", "1:4", "':' in line 1 was met instead of ',' or ']'"),
            ("a: {b: 1, c", "1:4", "the '{' that opens here is not closed"),
            ("x:\n  : 4", "2:3", "The key before it is missing"),
            ("a: 1\nfoo\nb: 2", "2:1", "not a 'key: value' pair"),
            ("a: @x", "1:4", "a value cannot begin with '@'. Put the text in quotes"),
            ("a: `x`", "1:4", "a value cannot begin with '`'"),
            ("a: b: c", "1:5", "a ':' cannot stand here"),
            ("a:1\nb: 2", "2:2", "a space follows each ':'"),
            ("a: - b", "1:4", "a '-' cannot stand here"),
            ("a: *.yaml", "1:5", "Put other text in quotes"),
            ('a: "\\q"', None, "an unknown escape"),
            ("a:\n  - b\n c: 1", "3:2", "the block that begins in line 1 the same indentation"),
            ("- a\nb: 1", "2:1", "the same indentation"),
            ("a: [1]]", "1:7", "']' cannot stand here. Its opening bracket is missing"),
            ("a: 'don't'", "1:9", "It follows a closing quote"),
            ('é: 1\nb: "é" x', "2:8", "'x' cannot stand here"),
            ("a: ]", "1:4", "']' stands where a key or value must be"),
            ("a: {: 1}", "1:5", "':' stands where a key"),
            ("a: [", "1:5", "the end of the file stands where"),
            ("a: >x\n b", "1:5", "this is not valid YAML"),
        ],
    )
    def test_advice(self, text: str, place: str | None, part: str, loader: str) -> None:
        message = only(text)
        assert part in message
        assert place is None or message.startswith(f"f.yaml:{place}: ")


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_other_unicode(self, encoding: str) -> None:
        message = only("a: 1".encode(encoding))
        assert message.startswith("f.yaml:1:1: the file is UTF-16 or UTF-32 text.")
        assert "UTF-8" in message

    def test_nul(self) -> None:
        assert only(b"a: 1\nb: \0x").startswith("f.yaml:2:4: a NUL byte: it is a binary file or UTF-16 text.")
        assert "UTF-8" in only("a: 1".encode("utf-16-le"))

    def test_latin_1(self) -> None:
        message = only("é: 1\nb: ".encode() + b"\xe9t\xe9")
        assert message == "f.yaml:2:4: the byte 0xe9 is not UTF-8 text. Save the file with the encoding UTF-8."

    @pytest.mark.parametrize("char", ["\x07", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\ud800"])
    def test_invisible_characters(self, char: str, loader: str) -> None:
        message = only(f"a: 1\nb: x{char}\n")
        assert message.startswith(f"f.yaml:2:5: the invisible character U+{ord(char):04X} cannot stand")

    def test_invisible_characters_are_all_listed(self) -> None:
        assert [p.split(": ")[0] for p in refused("a\x07: 1\nb: \x01\x02")] == [
            "f.yaml:1:2",
            "f.yaml:2:4",
            "f.yaml:2:5",
        ]

    def test_printable_text_of_all_scripts(self) -> None:
        text = "a: Côte d'Ivoire 中国 🙂 \xa0"
        assert parse_document(text, "f").data == {"a": text[3:]}


class TestFiles:
    def test_read(self, tmp_path: Path) -> None:
        path = tmp_path / "rome.yaml"
        path.write_text(ROME, encoding="utf-8")
        document = read_document(path)
        assert document == parse_document(ROME, str(path))
        assert document.name == str(path)
        assert read_document(str(path)).text == ROME

    def test_name_is_the_path_as_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "x.yaml").write_text("a: 1\na: 2")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(FileError, match=r"^\./x\.yaml:2:1 › a: "):
            read_document("./x.yaml")

    @pytest.mark.parametrize("path", ["nothing.yaml", "no/such/folder.yaml"])
    def test_missing(self, path: str) -> None:
        with pytest.raises(FileError, match=f"^{path}: there is no such file. Check the spelling"):
            read_document(path)

    def test_no_name(self) -> None:
        with pytest.raises(FileError, match=r"^no file name was given"):
            read_document("")

    def test_file_used_as_folder(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_text("a: 1")
        with pytest.raises(FileError, match="there is no such file"):
            read_document(tmp_path / "x.yaml" / "y.yaml")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="this is a folder, not a file"):
            read_document(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(FileError, match="not a regular file"):
            read_document(tmp_path / "pipe")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
    def test_device(self) -> None:
        with pytest.raises(FileError, match=r"^/dev/zero: this is not a regular file"):
            read_document("/dev/zero")

    @pytest.mark.parametrize("path", ["a\0b", "a\ud800b"])
    def test_impossible_name(self, path: str) -> None:
        with pytest.raises(FileError, match=r"^a\\\w+b: ") as caught:
            read_document(path)
        str(caught.value).encode()  # can be printed

    def test_very_long_name(self) -> None:
        with pytest.raises(FileError, match="the path cannot be followed"):
            read_document("x" * 10_000)

    @pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
    def test_circular_link(self, tmp_path: Path) -> None:
        (tmp_path / "x").symlink_to(tmp_path / "x")
        with pytest.raises(FileError, match="the path cannot be followed"):
            read_document(tmp_path / "x")

    @pytest.mark.parametrize(
        ("code", "expected", "part"),
        [(errno.EACCES, FileError, "no permission to read"), (errno.EIO, StorageError, "could not be read")],
    )
    def test_faults_while_opening(
        self, code: int, expected: type[HalysError], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.yaml"
        path.write_text("a: 1")

        def fail(*_: Any) -> Any:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(Path, "open", fail)
        with pytest.raises(expected, match=part) as caught:
            read_document(path)
        assert str(path) in str(caught.value)

    def test_too_large_is_refused_before_reading(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "x.yaml"
        with path.open("wb") as stream:
            stream.truncate(MAX_BYTES + 1)
        monkeypatch.setattr(Path, "open", None)
        with pytest.raises(FileError, match=r"the file has 2,000,001 bytes; at most 2,000,000 are read"):
            read_document(path)

    def test_too_large_in_memory(self) -> None:
        assert "at most 2,000,000" in only("#" * (MAX_BYTES + 1))
        assert "at most 2,000,000" in only("é" * (MAX_BYTES // 2 + 1))
        assert parse_document("a: 1 #" + "x" * (MAX_BYTES - 6), "f").data == {"a": 1}


PIECES = st.sampled_from(
    [
        *"[]{}:,-?!&*|>'\"%@`#~\n\t \\",
        "a",
        "1",
        "a: ",
        "- ",
        "<<: ",
        "&x ",
        "*x",
        "!!int ",
        "!!",
        "\n  ",
        "---\n",
        "...\n",
        "null",
        *("\\u00", "\\ud800", "%C0", "!<", "\x00", "\ufeff", "\u2028", "9" * 40, "é", "1e999", "0x"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join))


def refusal(source: str | bytes) -> HalysError | None:
    try:
        parse_document(source, "f.yaml")
    except HalysError as error:
        return error
    return None


@given(TEXTS, st.integers(0, len(ROME)), st.integers(0, 12), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_text_raises_anything_but_halys_errors(piece: str, at: int, cut: int, alone: bool, raw: bool) -> None:
    text = piece if alone else ROME[:at] + piece + ROME[at + cut :]
    error = refusal(text.encode("utf-8", "surrogatepass") if raw else text)
    if error is not None:
        assert str(error).startswith("f.yaml:")
        assert str(error).encode()  # can be printed


@given(st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise_anything_but_halys_errors(raw: bytes) -> None:
    error = refusal(raw)
    assert error is None or str(error).startswith("f.yaml:")
