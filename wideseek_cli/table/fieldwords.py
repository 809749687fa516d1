"""The words that label what people tabulate: which of them mean the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.values.words import words

Phrase = tuple[str, ...]

_LONG_ENOUGH = 4  # letters that Asia and Asian share


def _listed(lines: str) -> list[tuple[str, list[str]]]:
    rows = re.sub(r"\|\s*\n", "|", lines.strip()).splitlines()
    return [(row[: -len(row.lstrip("!~ "))], row.lstrip("!~ ").split("|")) for row in rows]


# Words that name one thing. `!`: prose that states such a value nearly always says the word as well. `~`: a
# word of stories (`his wife`), which claims no figure or name beside it for itself.
_GROUPS = _listed("""
    area | surface | fläche | superficie |
     square kilometers | square kilometres | square miles | sq km | sq mi | 面积 | 占地
    population | inhabitants | residents | people | bevölkerung | einwohner | einwohnerzahl | habitants |
     población | habitantes | 人口 | 居民
    ! capital | capital city | hauptstadt | capitale | 首都 | 首府 | 省会
    founded | founding | foundation | establishment | established | inception | started | formed | created |
    incorporated | gegründet | gründung | fondée | fondé | fondation | fundada | fundado | fundación |
     成立 | 创立 | 创办 | 建校 | 建立 | 创建 | 设立 | 始建
    ! independence | independent | 独立
    city | town | location | located | place | municipality | headquarters | headquartered | based |
     城市 | 所在地 | 位于 | 地点 | 总部
    ! language | languages | speak | spoken | 语言 | 官方语言
    ! currency | monetary unit | money | 货币
    height | elevation | tall | tallest | altitude | metres high | meters high | feet high | 高度 | 海拔
    length | long | 长度 | 全长
    ! president | chancellor | 总统 | 校长 | 主席
    ! chief executive | ceo | 首席执行官
    ! head of government | prime minister | 总理 | 首相
    ! director | directed | 导演
    ! author | writer | written by | 作者
    ! religion | religions | religious | faith | 宗教
    born | birth | birthdate | dob | 出生 | 生于
    ~ birthplace | birth place | place of birth | birth city | city of birth | born | 出生地 | 出生 | 生于
    died | death | 去世 | 逝世
    ~ place of death | death place | died | 逝世地
    !~ spouse | spouses | husband | wife | married | 配偶 | 妻子 | 丈夫
    ~ alma mater | graduated from | graduate of | studied at | educated at | attended | 母校 | 毕业
    ~ employer | works at | worked at | works for | worked for | employed by
    ~ owner | owned by
    producer | produced by
    architect | designer | designed by
    distributor | distributed by
    publisher | published by
    developer | developed by
    ~ creator | created by
    ~ music | music by | composed
    ~ party | political party | member of the
    ~ university | studied at | graduated from
    ~ composer | composed | music by | 作曲
    ~ lead actor | main cast | starring | stars | starred | 主演
    ! mayor | maire | bürgermeister | oberbürgermeister | alcalde | 市长
    ~ parent company | parent | owned by | subsidiary of | 母公司
    ~ nationality | citizenship | citizen | 国籍
    gdp | gross domestic product | 国内生产总值
    students | student body | enrollment | enrolment | enrolled | 学生 | 在校生
    employees | employ | staff | workforce | 员工 | 雇员
    revenue | turnover | sales | 营收 | 收入
    released | release | published | publication | premiere | premiered | 发布 | 上映 | 出版
    ! winner | won | champion | 冠军 | 获胜者
    website | url | homepage | web site | 官网 | 网址 | 网站
    founder | founders | founded by | started by | 创始人 | 创办人
    coastline | coast | 海岸线
    ! nickname | nicknamed | 昵称 | 别称
    ! motto | 校训 | 格言
    endowment | 捐赠基金
    opened | opening | opens | inaugurated | 启用 | 开放 | 通车 | 开业
    completed | completion | construction | built | 竣工 | 建成
    literacy | literate | 识字率
    unemployment | unemployed | 失业率
    exports | exported | 出口
    imports | imported | 进口
    airports | airfields | 机场
    railways | railroads | rail | 铁路
    roadways | roads | highways | 公路
    border | borders | boundaries | neighbours | neighbors | 接壤 | 边界 | 邻国
    government type | political system | 政体
    time zone | time difference | utc offset | 时区
    climate | 气候
    terrain | 地形
    continent | 大洲
    life expectancy | 预期寿命
    median age | 年龄中位数
    internet country code | top level domain | tld | 域名
    acceptance rate | admission rate | 录取率
    athletic conference | conference | 赛区
    depth | deep | 深度
    width | wide | 宽度
    speed | 速度
    weight | mass | 重量 | 质量
    price | cost | 价格
    rank | ranking | ranked | 排名
    abbreviation | acronym | 简称 | 缩写
    phone | telephone | 电话
    undergraduates | undergraduate students | undergraduate | 本科生 | 本科
    postgraduates | graduate students | postgraduate students | 研究生
""")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word's stem, roughly; other words as they are."""
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for tail in ("ing", "ed"):
        if word.endswith(tail) and len(word) - len(tail) > 3:
            return word[: -len(tail)]
    return word[:-1] if word.endswith("e") else word


def alike(word: str, other: str) -> bool:
    """Equal but for the ending: countries and country, Asia and Asian, Canada and Canadian (but not Niger and
    Nigeria)."""
    short, long = sorted((stem(word), stem(other)), key=len)
    base = short if long.startswith(short) else short.rstrip("aeiouy")
    ending = long[len(base) :] if long.startswith(base) else "other"
    return not ending or (
        len(base) >= _LONG_ENOUGH and ending in ("n", "an", "ian", "ean", "ish", "es", "ic", "ern")
    )


@lru_cache(maxsize=65536)
def stems(text: str) -> Phrase:
    """The stems of a label's words."""
    return tuple(stem(w) for w in words(text))


@dataclass(frozen=True)
class Group:
    """Spellings of one thing that columns ask for."""

    phrases: frozenset[Phrase]
    says_so: bool  # prose that states the value says the word too
    claims: bool  # the word claims the values beside it


GROUPS = tuple(
    Group(frozenset(stems(w) for w in spelled), "!" in marks, "~" not in marks) for marks, spelled in _GROUPS
)
GROUP_OF: dict[Phrase, list[int]] = {}
for _number, _group in enumerate(GROUPS):
    for _phrase in _group.phrases:
        GROUP_OF.setdefault(_phrase, []).append(_number)
LONGEST = max(len(phrase) for phrase in GROUP_OF)
