"""The report: one page, no network, everything escaped, every mark resolved, and absent parts absent."""

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import halys
from halys.report.html import bundle, render_report
from halys.scenario.overrides import apply_overrides

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Reader(HTMLParser):
    """Elements with their attributes, the text of scripts, and whether tags close in order."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.scripts, self.words, self.stack, self.faults = [], [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)
        if tag == "script":
            self.scripts.append((dict(attributes), ""))

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif not self.stack or self.stack[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def render(made, **changes):
    parts = made._replace(**changes)
    return render_report(parts.scenario, parts.results, parts.game, parts.answer, parts.summary)


@pytest.fixture(scope="session")
def page(solved):
    return render_report(*solved)


@pytest.fixture(scope="session")
def read(page):
    return Reader(page)


def test_the_page_is_well_formed_and_its_ids_are_unique(page, read):
    assert page.startswith("<!DOCTYPE html>")
    assert not read.faults
    assert not read.stack
    ids = read.ids()
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_from_anywhere(page, read):
    loading = {"src", "srcset", "data", "poster", "action", "background", "formaction"}
    for tag, attributes in read.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not loading & set(attributes)
        if "href" in attributes:
            assert tag == "a"
            assert attributes["href"].startswith(("#", "https://", "http://"))
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    assert "url(" not in style
    assert "@import" not in style
    specs = [json.loads(text) for attributes, text in read.scripts if attributes.get("type") == "application/json"]
    assert "http" not in json.dumps(specs)
    assert '"url"' not in json.dumps(specs)


def test_links_outward_are_citations_of_sources(made, read):
    urls = {source.url for source in made.scenario.file.sources.values() if source.url}
    outward = {a["href"] for tag, a in read.elements if tag == "a" and not a["href"].startswith("#")}
    assert outward == urls


def test_the_policy_lets_only_these_scripts_run_and_no_network(read):
    policy = next(a["content"] for t, a in read.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    running = [text for attributes, text in read.scripts if "type" not in attributes]
    allowed = re.search(r"script-src ([^;]*);", policy)[1].split()
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in running]
    assert allowed == hashes


def test_the_script_and_the_shapes_stand_there_once_and_the_page_is_small(page, read):
    assert len(page.encode()) <= 4_000_000
    running = [text for attributes, text in read.scripts if "type" not in attributes]
    assert sum("window.vegaEmbed" in text and len(text) > 100_000 for text in running) == 1
    assert page.count('id="shapes"') == 1
    assert page.count('"type":"Topology"') == 2
    assert "\r" not in page


def test_the_map_has_a_caption_for_every_choice(read):
    blocks = {a["id"]: text for a, text in read.scripts if a.get("type") == "application/json"}
    captions, spec = json.loads(blocks["captions-map"]), json.loads(blocks["spec-map"])
    (pick,) = [p for p in spec["params"] if p["name"] == "pick"]
    assert len(captions) == len(pick["bind"]["options"])
    assert all("Largest losses" in caption for caption in captions)


def test_json_is_strict_and_every_chart_has_its_specification(read):
    specs = {}
    for attributes, text in read.scripts:
        if attributes.get("type") == "application/json":
            specs[attributes["id"]] = json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} in JSON"))
    wanted = {f"spec-{a['data-spec']}" for _, a in read.elements if "data-spec" in a}
    assert wanted == set(specs) - {"shapes", "captions-map"}
    assert len(wanted) >= 8
    for name in wanted:
        assert "$schema" not in specs[name]


def test_every_mark_leads_to_a_source_and_every_source_is_there(made, read):
    ids = set(read.ids())
    inward = [a["href"][1:] for tag, a in read.elements if tag == "a" and a["href"].startswith("#")]
    assert set(inward) <= ids
    assert sum(target.startswith("source-") for target in inward) > 20
    assert sum(name.startswith("source-") for name in ids) == len(made.scenario.file.sources)
    for source in made.scenario.file.sources.values():
        assert source.title in read.text


def test_every_number_of_a_measure_bears_a_mark(made, read, page):
    for number in ("1.0375", "1.096", "0.259", "0.44"):
        row = next(r for r in re.findall(r"<tr>.*?</tr>", page) if f">{number}<" in r)
        assert 'href="#source-' in row


def test_every_chart_has_words_and_a_label(read):
    figures = [a for t, a in read.elements if a.get("class", "").startswith("chart")]
    assert len(figures) >= 8
    assert all(a["role"] == "img" and a["aria-labelledby"] in read.ids() for a in figures)


def test_maps_bear_the_note_on_boundaries_and_paper_has_two(read):
    maps = [a["data-spec"] for _, a in read.elements if a.get("data-spec", "").startswith("map")]
    assert maps == ["map", "map-1", "map-2"]
    assert read.text.count("General Assembly resolution 68/262") == len(maps)


def test_the_matrix_has_every_history(made, read):
    labels = made.game["history_label"].values
    assert all(str(label) in read.text for label in labels)


def test_the_same_run_gives_the_same_bytes(solved, page):
    assert render_report(*solved) == page


HOSTILE = """</script><img src=x onerror="alert(1)">&amp;'`${x}"""


def test_hostile_words_stay_words(made):
    label = f"{HOSTILE} <b>bold</b>"
    answer = json.loads(json.dumps(made.answer).replace("Political backing", json.dumps(label)[1:-1]))
    file = made.scenario.file.model_copy(update={"title": HOSTILE, "question": HOSTILE, "notes": [HOSTILE]})
    made.game["history_label"].values[:] = HOSTILE
    scenario = type(made.scenario)(file, made.scenario.world, made.scenario.text, made.scenario.name)
    read = Reader(render(made, scenario=scenario, answer=answer))
    assert not read.faults
    assert not any(tag in ("img", "b") for tag, _ in read.elements)
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert HOSTILE in read.text
    ladder = next(text for a, text in read.scripts if a.get("id") == "spec-ladder")
    assert HOSTILE in json.dumps(json.loads(ladder), ensure_ascii=False).replace('\\"', '"')


def sections(page):
    return [a["id"] for tag, a in Reader(page).elements if tag == "section"]


def test_a_scenario_without_stages_has_map_payers_and_matrix(made):
    shown = sections(render(made, game=None, answer=None))
    assert {"map", "payers", "matrix", "numbers", "method", "sources"} <= set(shown)
    assert not {"ladder", "threat", "flips", "game", "decisions"} & set(shown)


@pytest.mark.parametrize(
    ("lacking", "section"),
    [("ladder", "ladder"), ("deterrence", "threat"), ("sensitivity", "flips"), ("map", "decisions"), ("tree", "game")],
)
def test_what_the_answer_lacks_is_absent(made, lacking, section):
    answer = {**made.answer, lacking: None}
    shown = sections(render(made, answer=answer))
    assert section not in shown
    assert len(shown) >= 8


def test_without_focus_and_stakes_the_rest_stands(made):
    answer = {**made.answer, "focus": None, "lines": [], "ladder": [], "deterrence": None, "map": None}
    shown = sections(render(made, answer=answer, results=made.results.isel(closure=[0])))
    assert {"answer", "map", "payers", "game", "matrix"} <= set(shown)


def test_histories_without_equilibrium_are_named(made):
    results = made.results.copy(deep=True)
    lost = 5
    for name in ("equivalent_variation", "real_income", "largest_residual"):
        results[name][:, lost] = np.nan
    history = str(results["equilibrium"].values[lost])
    told = [{"history": history, "closure": "fixed", "message": "spending would be negative"}]
    page = render(made, results=results, answer={**made.answer, "infeasible": told})
    read = Reader(page)
    assert "no equilibrium: spending would be negative" in read.text
    assert "Not drawn, for want of an equilibrium" in read.text
    assert "NaN" not in read.text


def test_residuals_beyond_the_tolerance_are_marked(made):
    results = made.results.copy(deep=True)
    results["largest_residual"][0, 2] = 1e-3
    assert "not converged" in Reader(render(made, results=results)).text


def test_one_economy_can_come_first(made):
    parts = (made.scenario, made.results, made.game, made.answer, made.summary)
    page = render_report(*parts, focus_economy="DEU")
    shown = sections(page)
    assert shown.index("economy") == shown.index("answer") + 2


def test_what_the_command_line_set_stands_under_the_title(made):
    assert "Changed from the scenario" not in render(made)
    done = apply_overrides(made.scenario.text, made.scenario.name, ["title=Another"])
    scenario = dataclasses.replace(made.scenario, text=done.text)
    read = Reader(render(made, scenario=scenario))
    assert f"Changed from the scenario as it comes: {done.changes[0]}" in read.text


def test_the_notes_of_scenario_and_world_stand_first(made):
    read = Reader(render(made))
    for note in (*made.scenario.file.notes, made.scenario.world.note):
        assert read.text.count(" ".join(note.split())) == 1
    assert sections(render(made))[:2] == ["answer", "cautions"]


def test_members_of_actors_and_economies_without_rank_are_named(made, read):
    for code in made.scenario.actor_economies["europe"]:
        assert made.scenario.world.name_of(code) in read.text
    assert "EU: its 27 economies" in read.text
    assert "Drawn but not ranked" in read.text


def test_costs_of_a_reply_are_said_to_be_against_none(made):
    assert "Cost of the reply to China" in Reader(render(made)).text


def test_one_economy_is_named(made):
    parts = (made.scenario, made.results, made.game, made.answer, made.summary)
    page = render_report(*parts, focus_economy="DEU")
    assert "Germany" in Reader(page).text


def test_the_block_of_the_terminal_opens_the_page(made):
    block = [
        {
            "id": "answer",
            "title": "Answer",
            "text": ["A sentence.", "It holds if “A threat carried out” is above 0.1."],
        },
        {"id": "who-pays", "title": "Who pays", "text": ["-0.5 % for all."]}
        | {
            "table": {
                "headings": ["First", "Second"],
                "columns": ["%", "bn"],
                "rows": [["China", "-1", "-2", "0", "+3"]],
            }
        },
    ]
    page = render(made, answer={**made.answer, "block": block})
    opening = re.search(r'<section class="opening".*?</section>', page, re.S)[0]
    assert '<p class="lead">A sentence.</p>' in opening
    assert "“A threat carried out”<sup" in opening
    assert "−0.5\u00a0% for all." in opening
    assert "(2) Second" in opening


def test_the_script_is_kept_and_made_again_when_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("HALYS_CACHE", str(tmp_path))
    calls = []
    monkeypatch.setattr(bundle, "_make", lambda: calls.append(1) or "window.vegaEmbed = 1;")
    make = bundle.javascript_bundle.__wrapped__
    assert make() == make() == "window.vegaEmbed = 1;"
    assert len(calls) == 1
    (file,) = (tmp_path / "charts").iterdir()
    file.write_text(file.read_text()[:-3])
    assert make() == "window.vegaEmbed = 1;"
    assert len(calls) == 2
    monkeypatch.setenv("HALYS_CACHE", "")
    assert make() == "window.vegaEmbed = 1;"
    assert len(calls) == 3


@pytest.mark.slow
def test_the_bundled_scenario_with_its_own_answer(tmp_path):
    halys.run("rome-2022", out=tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    read = Reader(page)
    assert len(page.encode()) <= 4_000_000
    assert not read.faults
    assert {a["href"][1:] for t, a in read.elements if t == "a" and a["href"][0] == "#"} <= set(read.ids())
    assert {"ladder", "threat", "flips", "map", "payers", "game", "decisions", "matrix"} <= set(sections(page))
