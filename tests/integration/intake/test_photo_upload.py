"""Uploading photos: what is taken is made anew, what is no photo is refused, and both harm nobody else."""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from PIL import Image

from deploy.local.ports import LOOPBACK
from services.intake import edge
from services.intake.shapes.words import PHOTO_BYTES
from tests.integration.intake import photo_makers as make
from tests.integration.intake.harness import Served, a_setting, serving, tickets
from tests.integration.intake.photo_makers import seen, stands_upright, upload
from tests.system import eventually

GOOD = {
    "a JPEG": make.a_jpeg,
    "a PNG": lambda: make.file_of(make.a_picture(), "PNG"),
    "a WebP": lambda: make.file_of(make.a_picture(), "WEBP", quality=95),
    "a lossless WebP": lambda: make.file_of(make.a_picture(), "WEBP", lossless=True),
    "a progressive JPEG": lambda: make.file_of(make.a_picture(), "JPEG", quality=95, progressive=True),
    "a JPEG for print": lambda: make.file_of(make.a_picture().convert("CMYK"), "JPEG", quality=95),
    "a PNG of few colours": lambda: make.file_of(make.a_picture().quantize(8), "PNG"),
    "a PNG with transparency": lambda: make.file_of(make.a_picture().convert("RGBA"), "PNG"),
    "a moving WebP": lambda: make.moving("WEBP"),
    "a moving PNG": lambda: make.moving("PNG"),
    "a PNG with texts": make.a_png_with_texts,
    "two in one file, as some phones do": lambda: make.file_of(
        make.a_picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 32))], quality=95
    ),
    "a JPEG with a ZIP behind it": lambda: make.a_jpeg() + make.a_zip(),
    **{f"a JPEG in orientation {o}": lambda o=o: make.with_metadata(o) for o in make.STORED_AS},
}
BAD = {
    "nothing": lambda: b"",
    "HTML": lambda: b"<!doctype html><script>alert(1)</script>",
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a ZIP": make.a_zip,
    "a PDF": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "a GIF": lambda: make.file_of(make.a_picture(), "GIF"),
    "a BMP": lambda: make.file_of(make.a_picture(), "BMP"),
    "a TIFF": lambda: make.file_of(make.a_picture(), "TIFF"),
    "HTML behind a JPEG's first bytes": lambda: make.a_jpeg()[:4] + b"<script>alert(1)</script>" * 100,
    "a JPEG behind HTML": lambda: b"<html>" + make.a_jpeg(),
    "half a JPEG": lambda: make.a_jpeg()[: len(make.a_jpeg()) // 2],
    "half a PNG": lambda: make.file_of(make.a_picture((600, 600)), "PNG")[:200],
    "half a WebP": lambda: make.file_of(make.a_picture((600, 600)), "WEBP")[:100],
    "a PNG of 2,500 megapixels": lambda: make.a_png_of_size(50_000, 50_000),
    "a PNG of 26 megapixels": lambda: make.a_png_of_size(26_000, 1_000),
    "a JPEG of 51 megapixels": lambda: make.a_jpeg_of_size(51_000, 1_000),
    "a JPEG of 4,000 megapixels": lambda: make.a_jpeg_of_size(65_000, 65_000),
    "a JPEG of a thousand scans": make.a_jpeg_of_many_scans,
    "a PNG with a hundred megabytes of text": make.a_png_with_a_text_bomb,
}


@pytest.mark.parametrize("said", GOOD)
def test_a_photo_stands_upright_and_is_a_jpeg(said: str, intake: Served) -> None:
    """Whatever the camera wrote: its first frame, the right way up, with its size in the answer."""
    answer = upload(intake, GOOD[said]())
    assert answer.status_code == 201, answer.text
    photo = seen(intake, answer.json())
    assert photo.format == "JPEG"
    assert (photo.width, photo.height) == (answer.json()["width"], answer.json()["height"]) == (64, 32)
    assert stands_upright(photo)


@pytest.mark.parametrize("said", BAD)
def test_what_is_no_photo_is_refused(said: str, intake: Served) -> None:
    """422 with the field, whatever its name and type pretend; nothing of ours shows."""
    answer = upload(intake, BAD[said]())
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["photo"]
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("raw", [make.with_metadata(6), make.a_png_with_texts(), make.a_jpeg() + make.a_zip()])
def test_nothing_but_pixels_is_kept(raw: bytes, intake: Served) -> None:
    """No position, no author, no comment, no profile, nothing behind the end: in the photo as in its thumbnail."""
    view = upload(intake, raw).json()
    for size in ("link", "thumbnail"):
        kept = intake.client.get(view[size]).content
        assert all(trace not in kept for trace in (make.SECRET, b"Exif", b"GPS", b"PK\x03\x04", b"script"))
        photo = seen(intake, view, size)
        assert not photo.getexif()
        assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_a_large_photo_is_kept_no_larger_than_needed(intake: Served) -> None:
    """The longer edge is bounded, on the thumbnail much more; exactly as many megapixels as may be are not too
    many."""
    transparent = make.a_picture((7_070, 3_535)).convert("RGBA")
    for raw in (
        make.file_of(make.a_picture((10_000, 5_000)), "JPEG"),
        make.file_of(transparent, "PNG", compress_level=1),
        make.file_of(transparent, "WEBP", lossless=True, method=0),
    ):
        view = upload(intake, raw).json()
        assert (view["width"], view["height"]) == seen(intake, view).size == (2560, 1280)
        assert seen(intake, view, "thumbnail").size == (480, 240)


def test_the_same_photo_is_one(intake: Served) -> None:
    """The id is of what is seen: other metadata, the same photo."""
    first, again = upload(intake, make.with_metadata(1)).json(), upload(intake, make.with_metadata(1)).json()
    plain = upload(intake, make.a_jpeg()).json()
    assert first["id"] == again["id"] == plain["id"]
    assert upload(intake, make.a_jpeg(shade=50)).json()["id"] != plain["id"]


def test_ten_megabytes_and_not_one_byte_more(intake: Served) -> None:
    """Up to the limit it is taken; beyond it 413, by the field, or by the body where that is longer still."""
    padding = b"\0" * (PHOTO_BYTES - len(make.a_jpeg()))
    assert upload(intake, make.a_jpeg() + padding).status_code == 201
    for raw, field in ((make.a_jpeg() + padding + b"\0", "photo"), (padding + b"\0" * 1_000_000, "body")):
        answer = upload(intake, raw)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_words_keep_their_own_limit(intake: Served) -> None:
    """Room for photos is there only where photos are taken, in a body of parts; elsewhere no such body is read."""
    large = "x" * 1_000_000
    assert intake.client.post("/api/v1/photos", data={"photo": large}).status_code == 413
    assert intake.client.post("/api/v1/tickets", files={"photo": large}).status_code == 415


def test_a_form_without_a_photo_is_told_so(intake: Served) -> None:
    """Another field, a text instead of a file, JSON, a broken form: 4xx, and the field's name where there is one."""
    for answer in (
        intake.client.post("/api/v1/photos", files={"picture": ("a.jpg", make.a_jpeg())}),
        intake.client.post("/api/v1/photos", data={"photo": "words"}),
        intake.client.post("/api/v1/photos", json={"photo": "words"}),
    ):
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["photo"])
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert intake.client.post("/api/v1/photos", content=b"--x\r\nbroken", headers=headers).status_code in (400, 422)


def test_many_at_once_and_tickets_in_between(intake: Served, uri: str) -> None:
    """Good, bad and dangerous ones together: each gets its own answer, and tickets go on being taken."""
    bomb, large = make.a_jpeg_of_many_scans(), make.file_of(make.a_picture((6000, 4000)), "PNG")
    sent = [bomb, large, b"<svg/>", *(make.a_jpeg(shade) for shade in range(10, 90, 10))]
    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(upload, intake, raw) for raw in sent]
        taken = [pool.submit(intake.submit, description=f"灯不亮 {number}") for number in range(20)]
        assert [answer.result().status_code for answer in answers] == [422, 201, 422] + [201] * 8
        assert {answer.result().status_code for answer in taken} == {201}
    assert len({answer.result().json().get("id") for answer in answers}) == 10
    assert len(tickets(uri)) == 20


def test_a_store_that_is_away_is_said_to_be(intake: Served, uri: str) -> None:
    """503 with Retry-After, for an upload and for a ticket that names a photo; one without photos is taken."""
    home = intake.settings.home
    with serving(a_setting(home, uri, photos="s3://photos?endpoint=http://127.0.0.1:9&region=cn-north-1")) as served:
        served.until("/readyz", 200)
        assert served.submit().is_success
        for answer in (upload(served, make.a_jpeg()), served.submit(photos=["0" * 64])):
            assert (answer.status_code, answer.json()["code"]) == (503, "photos_away")
            assert "Retry-After" in answer.headers


def test_so_many_uploads_at_a_time(intake: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is asked to come again, before its body is read; tickets without photos go on coming in."""
    monkeypatch.setattr(edge, "MOST_UPLOADS", 1)
    head = (
        "POST /api/v1/photos HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    )

    def refused() -> httpx2.Response | None:
        """While another is coming in slowly; it may have been the later of the two."""
        with socket.create_connection((LOOPBACK, intake.settings.port)) as slow:
            slow.sendall(head.encode())
            answer = upload(intake, make.a_jpeg())
            assert intake.submit().status_code == 201
        return answer if answer.status_code == 503 else None

    answer = eventually(refused)
    assert (answer.json()["code"], answer.headers["Retry-After"]) == ("busy", "5")
    eventually(lambda: upload(intake, make.a_jpeg()).status_code == 201)
