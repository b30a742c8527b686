"""Photo evidence of an inspector: uploaded first, then named in points and findings as `photo:<id>` (SUP-11)."""

import base64
import hashlib
from typing import Any

from chassis import media
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.supervision import pushes
from services.supervision.models import Photo, database

SUPERVISING, APPROVING = ("supervisor", "coordinator"), ("coordinator", "credit_admin", "reviewer", "decider")
MOST = 8 * 1024 * 1024


def keep(case_no: str, name: str, content: bytes) -> Any:
    """Keep a photo about a case whose file was pushed to the caller's office, told by its content."""
    mime = media.kind_of(content, (media.JPEG, media.PNG))
    if mime is None or len(content) > MOST:
        raise Refusal(
            "supervision.photo",
            status=422,
            rule="SUP-11",
            zh="照片须为 jpg 或 png 格式，不超过 8 MB。",
            en="A photo is a jpg or png of at most 8 MB.",
            next_zh="请重新拍照后上传。",
            next_en="Take it again.",
        )
    with database.transaction():
        file = pushes.known(case_no=case_no)
        if file is None:
            raise forbidden("no file of this case was pushed to your office")
        return Photo.create(
            case_no=case_no,
            org=file.org,
            approving_org=file.approving_org,
            item_code=file.item_code,
            taken_by=actor().id,
            name=name,
            mime=mime,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=base64.b64encode(content).decode(),
        )


def read(case_no: str, photo_id: str) -> tuple[bytes, str]:
    """The photo and its media type, for the office that took it and for the approving side that judges by it."""
    photo = Photo.get_or_refuse((Photo.id == photo_id) & (Photo.case_no == case_no))
    sides = ((photo.org, SUPERVISING), (photo.approving_org, APPROVING))
    if not any(actor().has_role(role, org, photo.item_code) for org, roles in sides for role in roles):
        raise forbidden("not a file of your office")
    return base64.b64decode(photo.content), photo.mime
