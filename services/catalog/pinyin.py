"""Pinyin of names, and what a run of letters may be when it is read as pinyin (CAT-03)."""

import gc
import sys
from functools import lru_cache

MOST_READINGS = 8
LONGEST = 6  # zhuang
_TABLE = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha
chai chan chang chao che chen cheng chi chong chou chu chuai chuan chuang chui chun chuo ci cong cou cu cuan cui cun
cuo da dai dan dang dao de deng di dian diao die ding diu dong dou du duan dui dun duo e ei en er fa fan fang fei fen
feng fou fu ga gai gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei
hen heng hong hou hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka
kai kan kang kao ke ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian
liang liao lie lin ling liu long lou lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min
ming miu mo mou mu n na nai nan nang nao ne nei nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nuo nv
nve o ou pa pai pan pang pao pei pen peng pi pian piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing
qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru ruan rui run ruo sa sai san sang sao se sen seng sha
shai shan shang shao she shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun
suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen weng wo wu
xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying yo yong you yu yuan yue
yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhen zheng zhi zhong zhou zhu zhua zhuai zhuan
zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo
"""
SYLLABLES = frozenset(_TABLE.split())
BEGINNINGS = frozenset(syllable[:length] for syllable in SYLLABLES for length in range(1, len(syllable)))


@lru_cache(maxsize=4096)
def of(run: str) -> list[str]:
    """The syllables of a run of Chinese; what has no reading stays as it is."""
    from pypinyin import lazy_pinyin  # its dictionaries take a second to read: only who publishes needs them

    return lazy_pinyin(run)


def forget() -> None:
    """Give the dictionaries' memory back, which is as much as that of a whole service; the next reader loads them."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pypinyin"]:
        del sys.modules[name]
    gc.collect()


def readings(letters: str) -> list[tuple[list[str], str]]:
    """Ways to part letters into whole syllables and the beginning of one that is still being typed (often empty)."""
    found: list[tuple[list[str], str]] = []

    def read(syllables: list[str], place: int) -> None:
        rest = letters[place:]
        if len(found) == MOST_READINGS:
            return
        if not rest:
            found.append((syllables, ""))
        for length in range(min(LONGEST, len(rest)), 0, -1):
            if rest[:length] in SYLLABLES:
                read([*syllables, rest[:length]], place + length)
        if rest in BEGINNINGS and len(found) < MOST_READINGS:
            found.append((syllables, rest))

    read([], 0)
    return found
