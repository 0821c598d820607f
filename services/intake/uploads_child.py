"""Makes a picture from outside anew: ``python -I uploads_child.py``, the picture on stdin.

A process of its own, because decoders are where hostile pictures strike: what one can do, it does to this process,
within limits, and then the process ends. It knows no secret, and imports nothing of ours.

On stdout: a line of JSON, ``{"width", "height", "bytes": [photo's, thumbnail's]}``, and the two JPEGs; or
``{"wrong": one of UNREADABLE, TOO_LARGE}``.
"""

import json
import os
import resource
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS, MOST_PIXELS_WHOLE = 50_000_000, 25_000_000
"""*Assumption.* Phones make JPEGs of 12 to 50 million. The others cannot be decoded smaller than they are: a WebP of 25
million takes 450 MB."""
MOST_SCANS = 100
"""A progressive JPEG has some ten; each costs a walk over the whole picture, and may be a few bytes long."""
PHOTO_EDGE, THUMBNAIL_EDGE = 2560, 480
"""Pixels of the longer edge. *Assumption*: one can read a meter on the one, and tell on the other what it shows."""
QUALITY = 85
MEMORY_BYTES = 768 << 20
CPU_SECONDS = 10

UNREADABLE = "Must be a JPEG, PNG or WebP picture that can be read."
TOO_LARGE = "At most 50 megapixels as a JPEG, 25 otherwise."


class Wrong(Exception):
    """Why it is refused."""


def main() -> None:
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory ends, it is this process that ends
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    warnings.simplefilter("ignore")
    try:
        photo = clean(sys.stdin.buffer.read())
    except Wrong as wrong:
        _say({"wrong": str(wrong)})
        return
    jpegs = [_jpeg(photo), _jpeg(_within(photo.copy(), THUMBNAIL_EDGE))]
    _say({"width": photo.width, "height": photo.height, "bytes": [len(each) for each in jpegs]}, *jpegs)


def _say(answer: dict[str, Any], *jpegs: bytes) -> None:
    sys.stdout.buffer.write(b"".join((json.dumps(answer).encode(), b"\n", *jpegs)))


def clean(raw: bytes) -> Image.Image:
    """The picture itself and nothing else: upright, on white, no larger than needed. Raises ``Wrong``."""
    if raw.count(b"\xff\xda") > MOST_SCANS and raw.startswith(b"\xff\xd8"):
        raise Wrong(UNREADABLE)
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > (MOST_PIXELS_WHOLE if image.format in ("PNG", "WEBP") else MOST_PIXELS):
                raise Wrong(TOO_LARGE)
            return _bare(_upright(_within(image, PHOTO_EDGE)))
    except Image.DecompressionBombError:
        raise Wrong(TOO_LARGE) from None
    except Wrong:
        raise
    except Exception:  # whatever a decoder says of what it cannot read
        raise Wrong(UNREADABLE) from None


def _within(image: Image.Image, edge: int) -> Image.Image:
    """Changes ``image`` where it can. A JPEG is decoded at the size that is needed, which saves most of the time."""
    image.draft(None, (edge, edge))
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # 16 bits of grey
    elif image.mode not in ("L", "RGB", "RGBA"):
        transparent = "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa")
        image = image.convert("RGBA" if transparent else "RGB")
    image.thumbnail((edge, edge), reducing_gap=2)
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged metadata turns nothing
        return image


def _bare(image: Image.Image) -> Image.Image:
    """The pixels on a new sheet: no comment, no profile, no position comes along."""
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return sheet


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
