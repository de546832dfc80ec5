"""Texts with tags, as BeautifulSoup gives them with the tags that have no meaning in a transcription taken out."""

import pytest

from crowdarrow.extraction.extractors.marked_text import plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain & simple", "plain & simple"),
        ("caf\u00e9 &eacute; &nbsp;x", "caf \u00e9  x"),
        ("<sl>the</sl> <b>bold</b>", "<sl>the</sl> bold"),
        ("a <sl> </sl> b", "a   b"),
        ("<sw-ex>open <sl>both", "<sw-ex>open <sl>both</sl></sw-ex>"),
        ("<label>a</sl></label>b", "<label>a</label>b"),
        ("<SL class='x  y'>a</SL>", '<sl class="x y">a</sl>'),
        ("a<br>b<br/>c", "abc"),
        ("1 < 2 &lt; 3 <i></i>", "1 < 2 < 3 "),
        ("<i>&foo; &copy; &#65; &#x42; &#128;</i>", "&foo \u00a9 A B \u20ac"),
        ("<i>a</i>\n  \n<i>b</i>", "a\nb"),
        ("<!-- note --><graphic>seal</graphic>", "<!-- note --><graphic>seal</graphic>"),
        ("<sl><script>x</script></sl>y", "xy"),
        ("<xml><w>1</w></xml><style>p {}</style><p>Hello\n<b>x</b> &amp; y</p>", "1Hellox & y"),
    ],
)
def test_text(text: str, expected: str) -> None:
    assert plain_text(text) == expected
