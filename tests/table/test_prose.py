"""Proof over prose: pages as people write them, English and Chinese, by hand; each wrong cell is a trap."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.markdown import parse_table
from wideseek_cli.table.model import CellStatus, Document, Table

HARVARD = Document(
    "https://example.org/harvard",
    "Harvard University - Example Encyclopedia",
    """# Harvard University

Harvard University is a private research university in Cambridge, Massachusetts. It was founded on
October 28, 1636 as Harvard College and named for its first benefactor, John Harvard. The university's
endowment was valued at $50.7 billion in 2023, the largest of any academic institution.

## History

Henry Dunster became its first president in 1640. The college moved into its first brick hall in 1642,
and a divinity school followed in 1816.

## Students

In the fall of 2022 the university enrolled 7,240 undergraduates and 23,731 students in all. Its teams are
known as the Harvard Crimson. Yale University, its old rival, is in New Haven.
""",
)
YALE = Document(
    "https://example.org/yale",
    "Yale University",
    """# Yale University

Yale is a private Ivy League research university in New Haven, Connecticut. Established in 1701 as the
Collegiate School, it is the third-oldest institution of higher education in the United States,
after Harvard (1636).
It moved to New Haven in 1716. Its endowment was $40.7 billion as of 2023.

| Fact | Value |
| --- | --- |
| Established | October 9, 1701 |
| Students | 14,776 |
| Undergraduates | 6,645 |
| Nickname | Bulldogs |
| Location | New Haven, Connecticut |
""",
)
IVY = Document(
    "https://example.org/ivy",
    "Ivy League",
    """# Ivy League

The Ivy League is a group of eight private universities in the Northeastern United States: Brown University,
Columbia University, Cornell University, Dartmouth College, Harvard University, the University of
Pennsylvania, Princeton University, and Yale University.

| Institution | Location | Founded | Undergraduates | Athletic nickname |
| --- | --- | --- | ---: | --- |
| Brown University | Providence, Rhode Island | 1764 | 7,349 | Bears |
| Columbia University | New York City | 1754 | 8,148 | Lions |
| Cornell University | Ithaca, New York | 1865 | 15,503 | Big Red |
| Dartmouth College | Hanover, New Hampshire | 1769 | 4,556 | Big Green |
| Princeton University | Princeton, New Jersey | 1746 | 5,321 | Tigers |

Cornell University was founded in 1865; Dartmouth College opened its doors in 1769.
""",
)
PENN = Document(
    "https://example.org/search?q=penn",
    "University of Pennsylvania",
    "The University of Pennsylvania is an Ivy League university in Philadelphia. Benjamin Franklin founded "
    "it in 1740. Columbia University, in New York, was founded in 1754.",
    kind="snippet",
)
ENGLISH = (HARVARD, YALE, IVY, PENN)

CHINESE = (
    Document(
        "https://example.cn/pku",
        "北京大学",
        """# 北京大学

北京大学创办于1898年，初名京师大学堂，位于北京市海淀区。学校现有本科生16,372人，研究生28,000余人。
1912年改为现名，首任校长为严复。

## 邻校

清华大学始建于1911年，与北京大学相邻。
""",
    ),
    Document(
        "https://example.cn/fudan",
        "复旦大学_百科",
        """# 复旦大学

- 成立时间：1905年9月14日
- 所在地：上海市
- 校训：博学而笃志，切问而近思
- 占地面积：244.99万平方米
""",
    ),
    Document(
        "https://example.cn/list",
        "中国大学一览",
        """# 中国大学一览

| 学校 | 城市 | 成立时间 | 在校生 |
| --- | --- | --- | --- |
| 南京大学 | 南京 | 1902年 | 3.9万 |
| 浙江大学 | 杭州 | 1897年 | 6.7万 |
""",
    ),
)


def judged(columns: str, rows: str, documents: tuple[Document, ...]) -> Table:
    spec = parse_columns(columns)
    header = "| " + " | ".join(c.name for c in spec) + " |\n|---|\n"
    table = parse_table(header + rows, spec)
    assert table is not None
    return prove(table, documents)


PARTED = (
    Document("x", "Chile", "# Chile\n\nAfter Bolivia, Peru, and Cuba went their ways, much was left.\n"),
)
RIGHT = [
    ("name, founded:int", "Harvard University | 1636", ENGLISH),
    ("name, founded:date", "Harvard University | 28 Oct 1636", ENGLISH),
    ("name, city", "Harvard University | Cambridge", ENGLISH),
    ("name, location", "Harvard University | Cambridge, Massachusetts", ENGLISH),
    ("name, endowment (USD)", "Harvard University | $50.7 billion", ENGLISH),
    ("name, undergraduates:int", "Harvard University | 7240", ENGLISH),
    ("name, students:int", "Harvard University | 23,731", ENGLISH),
    ("name, first president", "Harvard University | Henry Dunster", ENGLISH),
    ("name, founding year:int", "Yale University | 1701", ENGLISH),
    ("university, year founded:int", "Yale | 1701", ENGLISH),
    ("name, established:date", "Yale University | 1701-10-09", ENGLISH),
    ("name, undergraduates:int", "Yale University | 6,645", ENGLISH),
    ("name, nickname", "Yale University | Bulldogs", ENGLISH),
    ("name, city", "Yale University | New Haven", ENGLISH),
    ("name, founded:int", "Brown University | 1764", ENGLISH),
    ("name, city", "Columbia University | New York City", ENGLISH),
    ("name, undergraduates:int", "Cornell University | 15503", ENGLISH),
    ("name, nickname", "Dartmouth College | Big Green", ENGLISH),
    ("name, founded:int", "University of Pennsylvania | 1740", ENGLISH),
    ("name, founder", "University of Pennsylvania | Benjamin Franklin", ENGLISH),
    ("name, city", "University of Pennsylvania | Philadelphia", ENGLISH),
    ("name, founded:int", "Columbia University | 1754", ENGLISH),
    ("学校, 成立时间:date", "北京大学 | 1898年", CHINESE),
    ("学校, 创办年份:int", "北京大学 | 1898", CHINESE),
    ("学校, 本科生人数:int", "北京大学 | 16372", CHINESE),
    ("学校, 所在地", "北京大学 | 北京市海淀区", CHINESE),
    ("学校, 成立时间:date", "清华大学 | 1911", CHINESE),
    ("学校, 成立时间:date", "复旦大学 | 1905-09-14", CHINESE),
    ("学校, 城市", "复旦大学 | 上海市", CHINESE),
    ("学校, 城市", "南京大学 | 南京", CHINESE),
    ("学校, 成立年份:int", "浙江大学 | 1897", CHINESE),
    ("学校, 在校生人数:int", "浙江大学 | 67000", CHINESE),
]
WRONG = [
    ("name, founded:int", "Harvard University | 1640", ENGLISH),  # the first president's year
    ("name, founded:int", "Harvard University | 1816", ENGLISH),  # a school's year
    ("name, founded:int", "Harvard University | 1701", ENGLISH),  # the rival's
    ("name, city", "Harvard University | New Haven", ENGLISH),
    ("name, undergraduates:int", "Harvard University | 23,731", ENGLISH),  # all students
    ("name, students:int", "Harvard University | 2022", ENGLISH),
    ("name, endowment", "Harvard University | $40.7 billion", ENGLISH),
    ("name, founded:int", "Yale University | 1636", ENGLISH),  # Harvard's, on Yale's page
    ("name, founded:int", "Yale University | 1716", ENGLISH),  # when it moved
    ("name, students:int", "Yale University | 6,645", ENGLISH),
    ("name, founded:int", "Brown University | 1769", ENGLISH),  # the row of another
    ("name, undergraduates:int", "Cornell University | 4,556", ENGLISH),
    ("name, city", "Dartmouth College | Ithaca", ENGLISH),
    ("name, founded:int", "Dartmouth College | 1865", ENGLISH),
    ("name, founded:int", "University of Pennsylvania | 1754", ENGLISH),
    ("name, nickname", "Princeton University | Lions", ENGLISH),
    ("country, adjective", "Peru | Cuba", PARTED),  # names in a row say nothing of each other
    ("country, adjective", "Bolivia | Cuba", PARTED),
    ("name, city", "University of Pennsylvania | Boston", ENGLISH),
    ("学校, 成立时间:date", "北京大学 | 1911", CHINESE),
    ("学校, 成立时间:date", "北京大学 | 1912", CHINESE),
    ("学校, 成立时间:date", "清华大学 | 1898", CHINESE),
    ("学校, 本科生人数:int", "北京大学 | 28000", CHINESE),
    ("学校, 成立时间:date", "复旦大学 | 1902", CHINESE),
    ("学校, 城市", "浙江大学 | 南京", CHINESE),
    ("学校, 在校生人数:int", "南京大学 | 67000", CHINESE),
]


@pytest.mark.parametrize(("columns", "row", "documents"), WRONG)
def test_a_trap_is_not_proved(columns: str, row: str, documents: tuple[Document, ...]) -> None:
    cell = judged(columns, row, documents).rows[0].cells[1]
    assert cell.status is not CellStatus.PROVED, cell
