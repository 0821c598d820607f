"""Pictures for tests, made here: good ones, large ones, and such as pretend to be."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import httpx2
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from tests.integration.intake.harness import Served

QUADRANTS = {(0, 0): (200, 0, 0), (1, 0): (0, 200, 0), (0, 1): (0, 0, 200), (1, 1): (255, 255, 255)}
SECRET = b"Zhangsan was here"
T = Image.Transpose
STORED_AS = {1: None, 2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_90,
             7: T.TRANSVERSE, 8: T.ROTATE_270}  # fmt: skip
"""By EXIF orientation: how a camera held that way turns an upright picture when it stores it."""


def a_picture(size: tuple[int, int] = (64, 32), shade: int = 0) -> Image.Image:
    """Four quarters in four colours, so that one sees how it stands; ``shade`` makes it another picture."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for (column, row), (red, green, blue) in QUADRANTS.items():
        image.paste((red, green, blue - shade if blue else shade), (column * width, row * height, size[0], size[1]))
    return image


def file_of(image: Image.Image, format: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **more)
    return out.getvalue()


def a_jpeg(shade: int = 0) -> bytes:
    return file_of(a_picture(shade=shade), "JPEG", quality=95)


def with_metadata(orientation: int = 1) -> bytes:
    """A JPEG as a phone writes it: position, orientation, a comment, XMP, a profile."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (39.0, 54.0, 20.0)
    stored = STORED_AS[orientation]
    image = a_picture() if stored is None else a_picture().transpose(stored)
    return file_of(image, "JPEG", quality=95, exif=exif, comment=SECRET, xmp=SECRET, icc_profile=SECRET)


def a_png_with_texts() -> bytes:
    texts = PngInfo()
    texts.add_text("Author", SECRET.decode(), zip=True)
    return file_of(a_picture(), "PNG", pnginfo=texts)


def moving(format: str) -> bytes:
    """The first frame is the picture, the second black."""
    return file_of(a_picture(), format, save_all=True, append_images=[Image.new("RGB", (64, 32))], lossless=True)


def a_png_of_size(width: int, height: int) -> bytes:
    """Says that it is that large, and is a few bytes long."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return _png((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)))


def a_png_with_a_text_bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    bomb = b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000)
    return _png((b"IHDR", header), (b"zTXt", bomb), (b"IDAT", zlib.compress(b"\0\0")))


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    written = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (*chunks, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def a_jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose header says that."""
    raw = a_jpeg()
    at = raw.index(b"\xff\xc0") + 5
    return raw[:at] + struct.pack(">HH", height, width) + raw[at + 4 :]


def a_jpeg_of_many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again: each is a walk over the whole picture."""
    raw = file_of(a_picture((2000, 2000)), "JPEG", progressive=True)
    last = raw.rindex(b"\xff\xda")
    return raw[:last] + raw[last:-2] * 1000 + raw[-2:]


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>" * 10)
    return out.getvalue()


def upload(
    served: Served, raw: bytes, name: str = "photo.jpg", media_type: str = "image/jpeg", **headers: str
) -> httpx2.Response:
    return served.client.post("/api/v1/photos", files={"photo": (name, raw, media_type)}, headers=headers)


def seen(served: Served, view: Mapping[str, Any], size: str = "link") -> Image.Image:
    """The picture behind a link of an upload's answer or a ticket's view."""
    answer = served.client.get(view[size])
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "image/jpeg"
    return Image.open(io.BytesIO(answer.content))


def stands_upright(image: Image.Image) -> bool:
    """Every quarter has its colour, as far as JPEG keeps colours."""
    for (column, row), colour in QUADRANTS.items():
        pixel = image.getpixel((image.width * (1 + 2 * column) // 4, image.height * (1 + 2 * row) // 4))
        if any(abs(is_now - was) > 30 for is_now, was in zip(pixel, colour, strict=True)):
            return False
    return True
