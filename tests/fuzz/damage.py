"""What can happen to the bytes of a message."""

import gzip
import json
from collections.abc import Callable
from random import Random

NOTHINGS = (b"", b"null", b"0", b'""', b"{}", b"[]", b"\0", b"<xml/>", b"NaN")
ENDLESS = (b"[", b'{"data":', b'{"a":[')


def damaged(random: Random, body: bytes) -> bytes:
    return random.choice(KINDS)(random, body)


def _flipped(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << random.randrange(8)]) + body[at + 1 :]


def _torn(random: Random, body: bytes) -> bytes:
    start, end = sorted(random.randrange(len(body)) for _ in range(2))
    return random.choice((body[:start], body[end:], body[:start] + body[end:]))


def _encoded(random: Random, body: bytes) -> bytes:
    """As it is, but not in the UTF-8 that JSON is in; or with lone surrogates, which that does not have."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    utf_8 = text.encode(errors="surrogatepass")
    return random.choice(
        (utf_8, b"\xef\xbb\xbf" + utf_8, text.encode("utf-16", "surrogatepass"), gzip.compress(body, mtime=0))
    )


def _twice(random: Random, body: bytes) -> bytes:
    return random.choice((body + body, body.replace(b'"data"', b'"data": {}, "data"'), body[:-1] + b"," + body[1:]))


def _wrapped(random: Random, body: bytes) -> bytes:
    return random.choice((b"[" + body + b"]", json.dumps(body.decode()).encode()))


def _replaced(random: Random, _body: bytes) -> bytes:
    endless = random.choice(ENDLESS) * 50_000
    return random.choice((random.choice(NOTHINGS), endless, random.randbytes(random.randrange(200))))


KINDS: tuple[Callable[[Random, bytes], bytes], ...] = (_flipped, _torn, _torn, _encoded, _twice, _wrapped, _replaced)
