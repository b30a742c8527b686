"""What kind of file something is, told by its content and not by its name."""

from collections.abc import Collection

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
_HEADS = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}


def kind_of(content: bytes, kinds: Collection[str]) -> str | None:
    """The media type, when it is one of these; else None."""
    return next((kind for kind in kinds if content.startswith(_HEADS[kind])), None)
