"""Masking: what tells who a person is goes, what the matter is stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.masking import HIDDEN, mask

GOES = [
    ("请打 13812345678", "请打 ●●●"),
    ("请打138-1234-5678谢谢", "请打●●●谢谢"),
    ("电话 138 1234 5678。", "电话 ●●●。"),
    ("电话 +86 13812345678", "电话 ●●●"),
    ("电话 8613812345678", "电话 ●●●"),
    ("１３８１２３４５６７８", "●●●"),
    ("一三八幺二三四五六七八", "●●●"),
    ("座机 010-69245678", "座机 ●●●"),
    ("座机 (0710)3512345", "座机 ●●●"),
    ("热线 400-820-1234", "热线 ●●●"),
    ("身份证 110101199003071234", "身份证 ●●●"),
    ("身份证 11010119900307123X, 谢谢", "身份证 ●●●, 谢谢"),
    ("卡号 6222 0202 0001 2345 678", "卡号 ●●●"),
    ("写信 a.b-c@loumen.example 给我", "写信 ●●● 给我"),
    ("邮箱zhang@loumen.example。", "●●●。"),
    ("a@loumen.example或b@loumen.example", "●●●"),
    ("(0710)3512345a@loumen.example", "●●●"),
    ("138 1234 5678@loumen.example", "●●●"),
    ("a@13812345678.example", "●●●"),
    ("加微信 wxid_abc123", "加微信 ●●●"),
    ("微信号：Lao_Li-88 联系", "微信号：●●● 联系"),
    ("我的vx是abc12345", "我的vx是●●●"),
    ("WeChat: resident88", "WeChat: ●●●"),
    ("QQ 123456", "QQ ●●●"),
]
STAYS = [
    "楼上漏水泡了楼顶",
    "3号楼2单元502室",
    "大门到马路有30厘米台阶",
    "2026-03-02 10:30 以后一直没水",
    "2026年3月2日上午10点",
    "电梯停在12-13层之间",
    "打了 110 和 12345",
    "请在微信群里通知",
    "一百二十三户里一二楼最严重",
    "楼道堆物 1234.56 元",
    "京A12345 占了消防通道",
]


@pytest.mark.parametrize(("text", "masked"), GOES)
def test_what_identifies_goes(text: str, masked: str) -> None:
    """Each row: what a resident wrote, and what others read."""
    assert mask(text) == masked


@pytest.mark.parametrize("text", STAYS)
def test_what_the_matter_is_stays(text: str) -> None:
    """Flats, dates, sizes, short numbers and words are no one's data."""
    assert mask(text) == text


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mobile_number_never_survives(around: str, number: str) -> None:
    """Whatever stands around it."""
    assert number not in mask(f"{around} {number} {around}")


@given(st.text(st.sampled_from("0123456789 -+@.aZ微信q㈠号：●一二三四五六七八九〇\n"), max_size=60))
def test_no_long_number_survives_and_nothing_grows(text: str) -> None:
    """No run of seven digits is left, and a masked text is never longer than the text."""
    masked = mask(text)
    assert not re.search(r"\d{7}", masked)
    assert len(masked) <= len(text)


@given(st.text(st.sampled_from("ab12(-.@＠ 漏或●"), max_size=60))
def test_no_address_survives(text: str) -> None:
    """However addresses, numbers and words run into each other."""
    assert not re.search(r"[\w.%+-]+\s?[@＠]\s?[A-Za-z0-9-]+\.[A-Za-z0-9-]+", mask(text))


@given(
    st.text(
        st.characters(
            exclude_categories=("Nd", "Cs"), exclude_characters="@＠〇零○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
        ),
        max_size=60,
    )
)
def test_words_without_digits_stay(text: str) -> None:
    """Unless an account is named, a text without numbers and addresses is left alone."""
    if not re.search("微信|威信|薇信|wechat|weixin|vx|wx|qq", text, re.IGNORECASE):
        assert mask(text) == text


@given(st.text(max_size=60))
def test_masking_hides_with_one_sign_only(text: str) -> None:
    """Nothing but the sign is ever added."""
    assert set(mask(text)) <= set(text) | set(HIDDEN)
