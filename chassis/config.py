"""Settings of one process, typed, from the environment; a bad or missing value stops the start with one clear line."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(Exception):
    """One clear line about what is wrong in the environment."""


@dataclass(frozen=True)
class Settings:
    """Everything a service process needs to know about its surroundings."""

    service: str
    mode: str  # production | demo | test
    database_url: str
    bus_url: str  # embedded:///path/bus.db | amqp://user:password@host:port/vhost
    host: str
    port: int
    peers: Mapping[str, str]  # service name -> base URL
    jwks_url: str  # where the keys of the token issuer are published
    peer_secret: str  # signs the short tokens between services
    callback_secret: str  # what outside carriers send or sign their call-backs with; empty = none is admitted
    data_keys: Mapping[str, bytes]  # version -> 32-byte key of encrypted columns; the last one encrypts
    lookup_key: bytes  # keyed hash of identifiers
    files_path: Path
    city: Path | None  # folder of the city to load at the start of `all`
    clock_file: Path | None  # demo and test halls only
    rule_pack: str
    web_threads: int
    web_workers: int
    db_connections: int
    log_level: str
    metrics_port: int  # of the worker process; 0 = none
    telemetry_url: str  # OTLP collector; empty = no export

    @property
    def production(self) -> bool:
        """Whether demo doors (time machine, simulators) must stay shut."""
        return self.mode == "production"


def load(service: str, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a service; BadSetting names the variable, what is wrong and an example."""
    env = os.environ if environ is None else environ
    mode = _choice(env, "YWT_MODE", ("production", "demo", "test"), "production")
    var = Path(env.get("YWT_VAR", "var"))
    production = mode == "production"
    clock_file = env.get("YWT_CLOCK_FILE", "")
    if production and clock_file:
        raise BadSetting("YWT_CLOCK_FILE must not be set in production mode: the clock of a real hall does not travel")
    database_url = env.get("DATABASE_URL") or (None if production else f"sqlite:///{var}/{service}.db")
    if not database_url:
        raise BadSetting("DATABASE_URL is missing, for example postgresql://user:password@host:5432/filing")
    bus_url = env.get("BUS_URL") or (None if production else f"embedded:///{var}/bus.db")
    if not bus_url:
        raise BadSetting("BUS_URL is missing, for example amqp://user:password@host:5672/hall")
    if not bus_url.startswith(("embedded:///", "amqp://", "amqps://")):
        raise BadSetting("BUS_URL must begin with embedded:///, amqp:// or amqps://")
    return Settings(
        service=service,
        mode=mode,
        database_url=database_url,
        bus_url=bus_url,
        host=env.get("YWT_HOST", "127.0.0.1"),
        port=_number(env, "YWT_PORT", 8000),
        peers=_peers(env.get("YWT_PEERS", "")),
        jwks_url=env.get("YWT_JWKS_URL", ""),
        peer_secret=_secret(env, "YWT_PEER_SECRET", production),
        callback_secret=_optional_secret(env, "YWT_CALLBACK_SECRET", production),
        data_keys=_keys(env, production),
        lookup_key=_secret(env, "YWT_LOOKUP_KEY", production).encode(),
        files_path=Path(env.get("YWT_FILES", str(var / "files" / service))),
        city=Path(env["YWT_CITY"]) if env.get("YWT_CITY") else None,
        clock_file=Path(clock_file) if clock_file else None,
        rule_pack=env.get("YWT_RULE_PACK", "tianjin-2019"),
        web_threads=_number(env, "YWT_WEB_THREADS", 8),
        web_workers=_number(env, "YWT_WEB_WORKERS", 1),
        db_connections=_number(env, "YWT_DB_CONNECTIONS", 12),
        log_level=_choice(env, "YWT_LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
        metrics_port=_number(env, "YWT_METRICS_PORT", 0),
        telemetry_url=env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
    )


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = env.get(name, default)
    if value not in allowed:
        raise BadSetting(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
    return value


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdigit():
        raise BadSetting(f"{name} is {text!r}; it must be a whole number, for example {default}")
    return int(text)


def _secret(env: Mapping[str, str], name: str, production: bool) -> str:
    value = env.get(name, "")
    if production and len(value) < 32:
        raise BadSetting(f"{name} needs at least 32 random characters, for example from: openssl rand -hex 32")
    return value or f"only-for-a-demo-hall-{name.lower()}"


def _optional_secret(env: Mapping[str, str], name: str, production: bool) -> str:
    """As `_secret`, but a production hall without it starts, and the door that it opens stays shut."""
    return "" if production and not env.get(name) else _secret(env, name, production)


def _peers(text: str) -> dict[str, str]:
    peers = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, sign, url = pair.partition("=")
        if not sign or not url.startswith(("http://", "https://")):
            raise BadSetting(f"YWT_PEERS has {pair!r}; each entry is name=http://host:port, parted by commas")
        peers[name] = url.rstrip("/")
    return peers


def _keys(env: Mapping[str, str], production: bool) -> dict[str, bytes]:
    text = env.get("YWT_DATA_KEYS", "")
    if not text:
        if production:
            raise BadSetting("YWT_DATA_KEYS is missing: version:base64-of-32-bytes, several parted by commas")
        return {"demo": b"only-for-a-demo-hall-32-bytes-xx"}
    keys = {}
    for pair in text.split(","):
        version, _, encoded = pair.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not version or len(key) != 32:
            raise BadSetting(f"YWT_DATA_KEYS: the key of version {version!r} is not base64 of 32 bytes")
        keys[version] = key
    return keys
