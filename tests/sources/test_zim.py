"""ZIM search and pages, on the built-in corpus and on one made from a folder."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from libzim.writer import Creator, Hint, Item, StringProvider

from tests.sources.site import pdf
from wideseek_cli.core.errors import NotFoundError, SourceUnreachableError, UsageError
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.offline.corpus import build_folder, zim_name
from wideseek_cli.sources.offline.factbook import REGIONS, Country, HtmlPage, plain
from wideseek_cli.sources.offline.write import ZimInfo, write_zim
from wideseek_cli.sources.offline.zim import ZimSource, open_archive


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("what is the capital of Peru", "Peru"),
        ("Paraguay capital", "Paraguay"),
        ("countries of South America", "Countries of South America"),
        ("South American countries", "Countries of South America"),
        ("list of European countries with their areas", "Countries of Europe"),
        ("capital of Niger", "Niger"),
        ("population of Nigeria 2025", "Nigeria"),
        ("Dominican Republic GDP", "Dominican Republic"),
        ("Democratic Republic of the Congo population", "Democratic Republic of the Congo"),
        ("who is the president of São Tomé and Príncipe?", "Sao Tome and Principe"),
        ("internet country code of Bolivia", "Bolivia"),
        ("Papua New Guinea's highest point", "Papua New Guinea"),
        ("Zorblax quux Paraguay flurb", "Paraguay"),
        ("Which countries are there in the Middle East?", "Countries of the Middle East"),
        ("PERU", "Peru"),
        ("Holland population", "Netherlands"),  # not Poland, misspelled
        ("Swaziland capital", "Eswatini"),
        ("Great Britain capital", "United Kingdom"),
        ("countries of the Caribbean", "Countries of Central America and the Caribbean"),
    ],
)
async def test_questions_find_their_page(factbook: ZimSource, query: str, title: str) -> None:
    result = await factbook.search(query, 3)
    assert result.hits[0].title == title
    assert result.engine == "zim:factbook"


@pytest.mark.parametrize(
    "query", ["", "???", "zzzyx qqqwv", "\x1b[31m", '"unbalanced', "NEAR/3 AND (", "*", "a" * 3000]
)
async def test_odd_queries(factbook: ZimSource, query: str) -> None:
    assert len((await factbook.search(query, 3)).hits) <= 3


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Kyrstan", "Kyrgyzstan"),
        ("Kyrstan facts", "Kyrgyzstan"),
        ("Paraguana", "Paraguay"),
        ("Paraguendo facts", "Paraguay"),
        ("Kuait", "Kuwait"),
        ("Azerbajian", "Azerbaijan"),
        ("Columbia capital", "Colombia"),  # a word that other pages have
    ],
)
async def test_a_misspelled_name_finds_what_is_spelled_alike(
    factbook: ZimSource, query: str, title: str
) -> None:
    assert (await factbook.search(query, 3)).hits[0].title == title


@pytest.mark.parametrize("query", ["Xqzzt", "Atlantis", "Belvania", "Marovia", "Corgard"])
async def test_a_name_like_no_other_finds_nothing(factbook: ZimSource, query: str) -> None:
    assert (await factbook.search(query, 3)).hits == ()


async def test_snippets_speak_of_the_query(factbook: ZimSource) -> None:
    hit = (await factbook.search("capital of Paraguay", 1)).hits[0]
    assert "Asunción" in hit.snippet
    assert len(hit.snippet) <= 400
    assert "\n" not in hit.snippet


async def test_every_country_is_first_for_its_own_name(
    factbook: ZimSource, countries: Sequence[Country]
) -> None:
    missed = []
    for country in countries[::21]:
        hits = (await factbook.search(f"{country.title} area and population", 1)).hits
        if not hits or hits[0].title != country.title:
            missed.append(country.title)
    assert missed == []


async def test_a_country_page(factbook: ZimSource) -> None:
    page = await factbook.fetch("zim://factbook/country/paraguay")
    assert (page.status, page.title, page.language) == (PageStatus.PAGE, "Paraguay", "en")
    assert "### Capital\n\n- name: Asunción" in page.text
    assert "### Area\n\n- total: 406,752 sq km" in page.text
    assert "### Internet country code\n\n.py" in page.text
    assert "- agricultural land: arable land: 11.5%" in page.text
    assert "&" not in page.text.replace("R&D", "")
    assert "zim://factbook/region/south-america" in page.links


async def test_region_pages_link_all_their_countries(
    factbook: ZimSource, countries: Sequence[Country]
) -> None:
    for region in REGIONS:
        inside = [c for c in countries if c.region == region]
        name = region.replace("-n-", "-and-")
        page = await factbook.fetch(f"zim://factbook/region/{name}")
        assert {f"zim://factbook/{c.path}" for c in inside} <= set(page.links)
        assert all(f"- {c.title}" in page.text for c in inside)


async def test_links_lead_to_pages(factbook: ZimSource) -> None:
    index = await factbook.fetch("zim://factbook/index")
    assert len(index.links) > 250
    for link in index.links[::40]:
        assert (await factbook.fetch(link)).status is PageStatus.PAGE


@pytest.mark.parametrize(
    "url",
    [
        "zim://factbook/country/atlantis",
        "zim://factbook/",
        "zim://factbook/%00",
        "zim://factbook/../etc/passwd",
    ],
)
async def test_pages_that_are_not_there(factbook: ZimSource, url: str) -> None:
    page = await factbook.fetch(url)
    assert (page.status, page.text) == (PageStatus.GONE, "")


async def test_many_at_once(factbook: ZimSource, countries: Sequence[Country]) -> None:
    names = [country.title for country in countries[:8]]
    results = await asyncio.gather(*(factbook.search(f"capital of {name}", 2) for name in names))
    assert [result.hits[0].title for result in results] == names


def test_countries(countries: Sequence[Country]) -> None:
    assert len(countries) == 256
    assert len({c.slug for c in countries}) == len({c.title for c in countries}) == 256
    assert sum(c.sovereign for c in countries) == 196
    peru = next(c for c in countries if c.title == "Peru")
    assert (peru.path, peru.long_name) == ("country/peru", "Republic of Peru")
    assert peru.sections["Government"]["Capital"]["name"] == "Lima"
    assert "none" not in {c.title for c in countries}


def test_plain() -> None:
    assert plain("R&iacute;o <em>Paran&aacute;</em><br><br>note:&nbsp;x") == "Río Paraná\nnote: x"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "my notes"
    (root / "sub").mkdir(parents=True)
    (root / "bees.md").write_text(
        "# Notes on bees\n\nBees make **honey**.\n\n| kind | legs |\n|---|---|\n| bee | 6 |\n"
    )
    (root / "sub" / "wasps.txt").write_bytes(
        "Wasps build paper nests à côté.\n\nThey <b>sting</b>.".encode("cp1252")
    )
    (root / "ants.html").write_text("<html><title>Ants</title><body><p>Ants live en été.</p></body></html>")
    (root / "report.pdf").write_bytes(pdf(["Moths fly by night"], "Moth report"))
    (root / "broken.pdf").write_bytes(b"%PDF-nothing")
    (root / "picture.png").write_bytes(b"\x89PNG")
    (root / ".hidden.txt").write_text("secret")
    (tmp_path / "outside.txt").write_text("outside")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    return root


async def test_a_folder_becomes_a_source(folder: Path, tmp_path: Path) -> None:
    built = build_folder(folder, tmp_path / "notes.zim")
    assert built.pages == 5
    assert sorted(line.split(":")[0] for line in built.skipped) == ["broken.pdf", "link.txt"]
    zim = ZimSource(built.path)
    assert zim.prefix == "zim://notes/"
    bees = (await zim.search("who makes honey", 1)).hits[0]
    assert (bees.title, bees.url) == ("Notes on bees", "zim://notes/bees.md")
    page = await zim.fetch(bees.url)
    assert "| bee | 6 |" in page.text
    assert (await zim.search("moths at night", 1)).hits[0].title == "Moth report"
    assert "## Page 1" in (await zim.fetch("zim://notes/report.pdf")).text
    wasps = await zim.fetch("zim://notes/sub/wasps.txt")
    assert "nests à côté.\n\nThey <b>sting</b>." in wasps.text
    assert "en été" in (await zim.fetch("zim://notes/ants.html")).text
    assert "zim://notes/sub/wasps.txt" in (await zim.fetch("zim://notes/index")).links


MIRRORED = """<html lang="en"><head><title>{0}</title><script>track()</script></head><body><h1>{0}</h1>
<p>{0} is a harbour town with a long quay and an old light. <img src="quay.jpg" alt="The quay"></p>
<p>Ferries go to <a href="//wiki.example/Low_Point">Low Point</a>, to <a href="Cape%20Ayr.html">Cape Ayr</a>
and <a href="https://elsewhere.example/Low_Point">elsewhere</a>.</p>
<table><tr><th>Pier</th><th>Length</th></tr><tr><td rowspan="2">North</td><td>12 m</td></tr><tr><td>9 m</td>
</tr></table></body></html>"""


async def test_pages_keep_their_links_and_tables_but_no_pictures(tmp_path: Path) -> None:
    root = tmp_path / "site"
    root.mkdir()
    for name in ("Cape Ayr", "Low Point", "Old Head"):
        (root / f"{name}.html").write_text(MIRRORED.format(name))
    zim = ZimSource(build_folder(root, tmp_path / "site.zim").path)
    page = await zim.fetch("zim://site/Old%20Head.html")
    assert {"zim://site/Low%20Point.html", "zim://site/Cape%20Ayr.html"} < set(page.links)
    assert "https://elsewhere.example/Low_Point" in page.links
    assert "| North | 9 m |" in page.text
    item = open_archive(tmp_path / "site.zim").get_entry_by_path("Old Head.html").get_item()
    stored = bytes(item.content).decode()
    assert "script" not in stored
    assert "quay.jpg" not in stored
    assert 'rowspan="2"' in stored


async def test_a_build_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    root, out = tmp_path / "site", tmp_path / "site.zim"
    root.mkdir()
    for number in range(12):
        (root / f"{number:02}.html").write_text(MIRRORED.format(f"Town {number}"))

    def stop(done: int, total: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_folder(root, out, stop)
    assert not out.exists()
    kept = tmp_path / ".site.zim.part"
    with closing(sqlite3.connect(kept)) as rows:
        assert rows.execute("SELECT count(*) FROM pages").fetchone() == (8,)
        rows.execute("UPDATE pages SET title = 'from the part' WHERE name = ?", (b"03.html",))
        rows.commit()
    (root / "05.html").write_text(MIRRORED.format("Another town"))
    steps: list[tuple[int, int]] = []
    assert build_folder(root, out, lambda *step: steps.append(step)).pages == 13
    assert steps[-1] == (12, 12)
    assert not kept.exists()
    archive = open_archive(out)
    assert archive.get_entry_by_path("03.html").title == "from the part"
    assert archive.get_entry_by_path("05.html").title == "Another town"


async def test_a_long_page_that_has_all_words_by_chance_is_not_first(tmp_path: Path) -> None:
    root = tmp_path / "site"
    root.mkdir()
    chatter = "Of prisons and men and women, what opened in which year, Ardovia and its capacity for talk. "
    (root / "talk.html").write_text(f"<title>Andolia</title><h1>Andolia</h1><p>{chatter * 30}</p>")
    labels = "<tr><th>Name</th><th>Opened</th><th>Capacity</th></tr>"
    table = f"{labels}<tr><td>Kells</td><td>1902</td><td>40</td></tr>"
    (root / "list.html").write_text(
        f"<title>Correctional facilities of Ardovia</title><h1>Correctional facilities of Ardovia</h1>"
        f"<p>There is one prison in Ardovia today, and it holds few.</p><table>{table}</table>"
    )
    for number in range(8):
        (root / f"{number}.html").write_text(
            f"<title>Ardovia cup {number}</title><p>Ardovia won the cup again.</p>"
        )
    zim = ZimSource(build_folder(root, tmp_path / "site.zim").path)
    question = (
        "List the prisons of Ardovia with the year they opened, whether they hold men or women, and capacity"
    )
    assert (await zim.search(question, 1)).hits[0].title == "Correctional facilities of Ardovia"


async def test_the_list_of_all_documents_is_not_found_by_their_titles(folder: Path, tmp_path: Path) -> None:
    zim = ZimSource(build_folder(folder, tmp_path / "notes.zim").path)
    hits = (await zim.search("bees, ants and wasps", 5)).hits
    assert {hit.title for hit in hits} <= {"Notes on bees", "Ants", "wasps"}


def test_what_is_left_of_another_build_is_of_no_use(tmp_path: Path) -> None:
    root, out = tmp_path / "site", tmp_path / "site.zim"
    root.mkdir()
    (root / "a.html").write_text(MIRRORED.format("Town"))
    for rest in (b"no database" * 500, b""):
        (tmp_path / ".site.zim.part").write_bytes(rest)
        assert build_folder(root, out).pages == 2


def test_folders_that_make_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to build from"):
        build_folder(tmp_path, tmp_path / "x.zim")
    with pytest.raises(NotFoundError, match="is not a folder"):
        build_folder(tmp_path / "no", tmp_path / "x.zim")


async def test_a_file_without_a_full_text_index_is_searched_by_title(tmp_path: Path) -> None:
    path = tmp_path / "plain.zim"
    titles = {"country/angola": "Angola", "region/africa": "Countries of Africa", "country/ghana": "Ghana"}
    made = [
        HtmlPage(where, title, f"<h1>{title}</h1><p>It exports oil.</p>") for where, title in titles.items()
    ]
    write_zim(made, path, ZimInfo("Plain", "no index", index=False, main_path="region/africa"))
    zim = ZimSource(path)
    assert (await zim.search("Angola capital", 1)).hits[0].title == "Angola"
    assert (await zim.search("countries of Africa", 1)).hits[0].title == "Countries of Africa"
    assert (await zim.search("oil production", 1)).hits == ()


class _Article(Item):  # type: ignore[misc]
    """A page as libzim wants it."""

    def __init__(self, path: str, title: str, html: str) -> None:
        super().__init__()
        self._path, self._title, self._html = path, title, html

    def get_path(self) -> str:
        return self._path

    def get_title(self) -> str:
        return self._title

    def get_mimetype(self) -> str:
        return "text/html"

    def get_contentprovider(self) -> StringProvider:
        return StringProvider(self._html)

    def get_hints(self) -> dict[Hint, int]:
        return {Hint.FRONT_ARTICLE: 1}


async def test_a_redirect_is_a_name_of_its_page(tmp_path: Path) -> None:
    """As Wikipedia's are: `USA` leads to United States, and other pages hold the word more often."""
    texts = {
        "Lithuania": "Lithuania and the USA: the USA has an embassy. Population 3 million.",
        "United_States": "The United States is a country with a population of 340 million. "
        + "Much more. " * 300,
    }
    with Creator(tmp_path / "wiki.zim").config_indexing(True, "eng") as creator:
        creator.set_mainpath("Lithuania")
        for path, text in texts.items():
            title, html = path.replace("_", " "), f"<p>{text}</p>"
            creator.add_item(_Article(path, title, html))
        creator.add_redirection("USA", "USA", "United_States", {Hint.FRONT_ARTICLE: True})
    zim = ZimSource(tmp_path / "wiki.zim")
    hits = (await zim.search("USA population", 2)).hits
    assert [hit.title for hit in hits] == ["United States", "Lithuania"]
    assert hits[0].url == "zim://wiki/United_States"


@pytest.mark.parametrize("query", ["巴拉圭的首都是什么", "巴拉圭 首都", "请列出巴拉圭的面积和首都"])
async def test_chinese_questions(tmp_path: Path, query: str) -> None:
    texts = {
        "巴拉圭": "巴拉圭是南美洲的内陆国家，首都是亚松森，面积为406752平方公里。",
        "秘鲁": "秘鲁是南美洲西部的国家，首都是利马，面积为1285216平方公里。",
        "首都": "首都是一个国家的政治中心。",
    }
    made = [HtmlPage(f"A/{title}", title, f"<h1>{title}</h1><p>{text}") for title, text in texts.items()]
    write_zim(made, tmp_path / "zh.zim", ZimInfo("中文", "百科", language="zho", main_path="A/首都"))
    zim = ZimSource(tmp_path / "zh.zim")
    hit = (await zim.search(query, 2)).hits[0]
    assert (hit.title, hit.url) == ("巴拉圭", "zim://zh/A/%E5%B7%B4%E6%8B%89%E5%9C%AD")
    assert "亚松森" in hit.snippet
    assert "亚松森" in (await zim.fetch(hit.url)).text


def test_files_that_are_no_zim(tmp_path: Path) -> None:
    for name in ("no.zim", "n" * 300):
        with pytest.raises(NotFoundError, match="no ZIM file"):
            ZimSource(tmp_path / name)
    (tmp_path / "bad.zim").write_bytes(b"not a zim at all" * 100)
    with pytest.raises(SourceUnreachableError, match="not a ZIM file"):
        ZimSource(tmp_path / "bad.zim")


async def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    """Zeros over some hundred bytes: in the text of the pages, in the index, or where neither is met."""
    whole = tmp_path / "whole.zim"
    made = [
        HtmlPage(
            f"p{n}", f"Page {n}", f"<h1>Page {n}</h1><p>{n} honey {random.Random(n).randbytes(400).hex()}"
        )
        for n in range(40)
    ]
    write_zim(made, whole, ZimInfo("Pages", "of honey", main_path="p0"))
    data, told = whole.read_bytes(), set()
    for start in range(0, len(data), 2_000):
        path = tmp_path / f"at-{start}.zim"
        path.write_bytes(data[:start] + bytes(300) + data[start + 300 :])
        try:
            zim = ZimSource(path)
            told.update(bool(hit.snippet) for hit in (await zim.search("honey", 3)).hits)
        except SourceUnreachableError as error:
            told.add("damaged" if "is damaged" in str(error) else "not opened")
            continue
        page = await zim.fetch(f"{zim.prefix}p7")
        told.add(f"{page.status.value} {'damaged' if 'is damaged' in page.reason else ''}")
    assert told >= {True, False, "damaged", "page ", "gone damaged"}


def test_names_that_no_address_can_hold_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"  # as Latin-1 has it
    try:
        folder.mkdir()
        for name in ("caf\udce9.txt", "café au lait.txt"):
            (folder / name).write_text("hello world")
        (folder / "red\x1b[31m.txt").write_text("")
    except OSError as error:  # a Mac has no such names
        pytest.skip(str(error))
    built = build_folder(folder, tmp_path / "x.zim")
    assert built.pages == 2
    assert [line.partition(":")[0] for line in built.skipped] == [
        "caf?.txt",
        "red.txt",
    ]  # the one has no text


def test_zim_names() -> None:
    assert zim_name(Path("/x/wikipedia_en_all_2024-01.zim")) == "wikipedia_en_all_2024-01"
    assert zim_name(Path("my notes (1).zim")) == "my-notes-1"
    assert zim_name(Path("….zim")) == "zim"
