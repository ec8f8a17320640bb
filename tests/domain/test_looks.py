"""A chain of looks tells of whatever was done to it; a whole one tells of nothing."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.cast import NOW
from webapp.domain.looks import Anchor, Fault, Finding, Head, Sealed, check, seal, seal_of_leaving

KEY = "5e" * 32
PAGES = st.sampled_from(["care_plan", "before_session", "sessions", "promises\n1"])


def chain(pages: list[str], client_id: int = 7) -> tuple[Head, list[Sealed]]:
    head, looks = Head(client_id), []
    for number, page in enumerate(pages):
        at = NOW + timedelta(minutes=number)
        mac = seal(KEY, head, 5, at, page)
        head = Head(client_id, head.seq + 1, mac)
        looks.append(Sealed(head.seq, 5, at, page, mac))
    return head, looks


LONG = st.lists(PAGES, min_size=2, max_size=12)


@given(st.lists(PAGES, max_size=12), st.data())
def test_a_whole_chain_has_no_fault_whatever_its_anchor(pages: list[str], data: st.DataObject) -> None:
    head, looks = chain(pages)
    anchored = data.draw(st.sampled_from([None, *looks]))
    anchor = Anchor(anchored.seq, anchored.seal, NOW) if anchored else None
    assert list(check(KEY, head, looks, anchor)) == []


@given(LONG, st.data())
def test_any_one_change_is_found(pages: list[str], data: st.DataObject) -> None:
    head, looks = chain(pages)
    n = data.draw(st.integers(0, len(looks) - 1))
    one, other = looks[n], data.draw(st.sampled_from([look for look in looks if look.seq != looks[n].seq]))
    rest = [look for look in looks if look.seq not in (one.seq, other.seq)]
    changed = {
        "edited": [replace(look, page=f"{look.page}x") if look is one else look for look in looks],
        "by another": [replace(look, by_id=6) if look is one else look for look in looks],
        "by nobody": [replace(look, by_id=None) if look is one else look for look in looks],
        "earlier": [replace(look, at=look.at - timedelta(microseconds=1)) if look is one else look for look in looks],
        "taken out": [look for look in looks if look is not one],
        "exchanged": sorted([*rest, replace(one, seq=other.seq), replace(other, seq=one.seq)], key=lambda two: two.seq),
        "one more": [*looks, replace(looks[-1], seq=looks[-1].seq + 1)],
    }
    for what, found in changed.items():
        assert list(check(KEY, head, found)), what
    assert list(check("5f" * 32, head, looks))
    assert list(check(KEY, replace(head, client_id=8), looks)), "in the chain of another client"


def test_a_seal_is_over_all_it_says_and_over_the_one_before() -> None:
    head = Head(7, 3, "ab")
    said = {
        seal(key, Head(*of), by, at, page)
        for key, of, by, at, page in (
            (KEY, (7, 3, "ab"), 5, NOW, "plan"),
            ("5f" * 32, (7, 3, "ab"), 5, NOW, "plan"),
            (KEY, (8, 3, "ab"), 5, NOW, "plan"),
            (KEY, (7, 4, "ab"), 5, NOW, "plan"),
            (KEY, (7, 3, "ac"), 5, NOW, "plan"),
            (KEY, (7, 3, "ab"), 6, NOW, "plan"),
            (KEY, (7, 3, "ab"), 5, NOW + timedelta(microseconds=1), "plan"),
            (KEY, (7, 3, "ab"), 5, NOW, "plans"),
        )
    }
    assert len(said) == 8
    heads = (head, Head(8, 3, "ab"), Head(7, 2, "ab"), Head(7, 3, ""))
    left = [*(seal_of_leaving(KEY, one, NOW) for one in heads), seal_of_leaving(KEY, head, NOW + timedelta(1))]
    assert len({*left, *said}) == 13


def test_neighbours_with_the_same_fault_are_told_together_and_each_fault_by_its_name() -> None:
    head, looks = chain(["care_plan"] * 9)
    found = [replace(look, page="x") if look.seq in (2, 3, 7) else look for look in looks if look.seq not in (5, 9)]
    assert list(check(KEY, head, found)) == [
        Finding(Fault.CHANGED, 7, 2, 3),
        Finding(Fault.MISSING, 7, 5, 5),
        Finding(Fault.CHANGED, 7, 7, 7),
        Finding(Fault.CUT, 7, 9, 9),
    ]
    shorter = Head(7, 8, looks[7].seal)
    assert list(check(KEY, shorter, looks)) == [Finding(Fault.EXTRA, 7, 9, 9)]
    assert list(check(KEY, replace(head, seal="x"), looks)) == [Finding(Fault.HEAD, 7, 9, 9)]
    assert list(check(KEY, shorter, looks[:8], Anchor(9, looks[8].seal, NOW))) == [Finding(Fault.CUT, 7, 9, 9, NOW)]
    assert list(check(KEY, head, looks, Anchor(4, "x", NOW))) == [Finding(Fault.ANCHOR, 7, 4, 4, NOW)]
    last = [*looks[:8], replace(looks[8], page="x")]
    assert list(check(KEY, head, last)) == [Finding(Fault.CHANGED, 7, 9, 9)]


@given(LONG, st.text(max_size=70), st.data())
def test_whatever_stands_in_the_place_of_a_seal_is_found(pages: list[str], other: str, data: st.DataObject) -> None:
    head, looks = chain(pages)
    n = data.draw(st.integers(0, len(looks) - 1))
    assume(other != looks[n].seal)
    found = list(check(KEY, head, [replace(look, seal=other) if look is looks[n] else look for look in looks]))
    assert found[0] == Finding(Fault.CHANGED, 7, n + 1, min(n + 2, len(looks)))
