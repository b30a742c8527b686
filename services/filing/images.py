"""Photographed papers are made smaller, so that they pass the limit of their material (FIL-07).

The original is removed by the caller, once the small copy has been read again and has its row. Where a picture was
taken (EXIF) is not kept.
"""

import hashlib
import io
import warnings
from typing import Any

from services.filing import storage

LARGEST = 50 * 1024 * 1024  # of a photograph that comes in
SIDE = 2480  # a page of A4 at 300 dots per inch
MOST_PIXELS = 24_000_000  # in memory at once; a JPEG is read at a fraction of its size
_ENDINGS = (".jpg", ".jpeg", ".png")
_TRIES = ((SIDE, 85), (SIDE, 70), (1754, 75), (1754, 60), (1240, 60), (1240, 40))


def is_image(name: str) -> bool:
    """Whether a file of this name can be made smaller."""
    return name.lower().endswith(_ENDINGS)


def shrink(original: storage.Received, name: str, *, below: int) -> tuple[storage.Received, str]:
    """A JPEG of the original below the limit, and its name; refused when there is none. The original stays."""
    folder = original.path.partition("/")[0]
    data = _encode(original, below)
    if data is None:
        raise storage.too_large(below)
    small = storage.keep(folder, data, "image/jpeg")
    try:
        written = hashlib.sha256(storage.locate(small.path).read_bytes()).hexdigest()
        if written != small.sha256 or _open(small.path).size == (0, 0):
            raise OSError("the small copy is not what was written")
    except BaseException:
        storage.remove(small.path)
        raise
    return small, f"{name.rpartition('.')[0]}.jpg"


def _encode(original: storage.Received, below: int) -> bytes | None:
    from PIL import ImageOps

    picture = _open(original.path)
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    for side, quality in _TRIES:
        copy = picture.copy()
        copy.thumbnail((side, side))
        out = io.BytesIO()
        copy.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() < below:
            return out.getvalue()
    return None


def _open(path: str) -> Any:
    """The picture, read in full; a broken or monstrous one is refused. Pillow is loaded when it is needed."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(storage.locate(path), formats=("JPEG", "PNG")) as picture:
                picture.draft("RGB", (SIDE, SIDE))
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture.load()
                return picture.copy()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise storage.refused(
                "image-unreadable",
                "图片损坏或尺寸过大，无法处理。",
                "The picture is broken or too large to be worked on.",
            ) from None
