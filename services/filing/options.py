"""What a deployment sets for its own filing, beside the settings that every service has."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chassis.config import BadSetting

# Where Debian's packages lay a Chinese font with TrueType outlines; the first that is there is taken.
KNOWN_FONTS = (
    Path("/usr/share/fonts/truetype/arphic/uming.ttc"),  # fonts-arphic-uming, a Song face
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),  # fonts-wqy-zenhei
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),  # fonts-wqy-microhei
)


@dataclass(frozen=True)
class Options:
    """Filing's own settings."""

    font: Path | None  # of the printed documents; None when there is none on this machine
    public_url: str  # where people reach the hall: the QR code on a document leads there
    seals: Path  # folder of the organisations' seals (PKCS#12)
    seal_password: str
    payment_url: str  # page of the payment provider, with {payment_no} and {amount_fen} where they belong
    payment_secret: str = field(repr=False)  # what we sign refunds with; the provider signs its reports with the same
    courier_notice: str  # hall-wide advice to have things brought by courier; empty when there is none (FIL-99)


def load(env: Mapping[str, str]) -> Options:
    """Read the settings; BadSetting names the variable, what is wrong and an example."""
    named = env.get("YWT_PDF_FONT", "")
    if named and not Path(named).is_file():
        raise BadSetting(
            f"YWT_PDF_FONT is {named!r}, which is not there; name a TrueType font such as {KNOWN_FONTS[0]}"
        )
    url = env.get("YWT_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise BadSetting(f"YWT_PUBLIC_URL is {url!r}; it must be an address such as https://hall.example")
    return Options(
        font=Path(named) if named else next((path for path in KNOWN_FONTS if path.is_file()), None),
        public_url=url,
        seals=Path(env.get("YWT_SEALS") or Path(env.get("YWT_VAR", "var")) / "seals"),
        seal_password=env.get("YWT_SEAL_PASSWORD", ""),
        payment_url=env.get("YWT_PAYMENT_URL", ""),
        payment_secret=env.get("YWT_CALLBACK_SECRET", ""),
        courier_notice=env.get("YWT_COURIER_NOTICE", ""),
    )


current = load(os.environ)
