"""Settings that only the gateway has; a bad value stops the start with one clear line."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from chassis.config import BadSetting, Settings

NOT_FOR_THE_PUBLIC = {"sms", "ems", "verifier", "payment"}


@dataclass(frozen=True)
class GatewaySettings:
    """Limits of the front door."""

    services: Mapping[str, str]  # name in the path -> base URL
    per_second: float  # requests of one caller, in the long run
    burst: int  # and at once
    answer_seconds: float  # how long a service may take
    client_seconds: float  # how long a client may take for its next bytes, or to take 64 KiB of an answer
    most_at_once: int  # requests to one service, so that a hanging one leaves threads for the others
    behind_proxy: bool  # believe X-Forwarded-For and -Proto, because our own proxy stands in front


def load(settings: Settings, environ: Mapping[str, str] | None = None) -> GatewaySettings:
    """Read them; BadSetting names the variable and what is wrong."""
    env = os.environ if environ is None else environ
    services = {name: url for name, url in settings.peers.items() if name not in NOT_FOR_THE_PUBLIC}
    for name, url in services.items():
        if not url.startswith("http://"):
            raise BadSetting(f"YWT_PEERS: the gateway speaks plain HTTP to services, but {name} is {url}")
    return GatewaySettings(
        services=services,
        per_second=_number(env, "YWT_RATE_PER_SECOND", 50.0),
        burst=int(_number(env, "YWT_RATE_BURST", 200)),
        answer_seconds=_number(env, "YWT_ANSWER_SECONDS", 65.0),  # a little more than a service gives itself
        client_seconds=_number(env, "YWT_CLIENT_SECONDS", 30.0),
        most_at_once=max(1, settings.web_threads * 3 // 4),
        behind_proxy=env.get("YWT_BEHIND_PROXY", "") == "1",
    )


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise BadSetting(f"{name} is {text!r}; it must be a number above 0, for example {default:g}")
    return value
