"""Settings: a bad or missing value stops the start with one clear line."""

import base64

import pytest

from chassis.config import BadSetting, load

KEY = base64.b64encode(b"k" * 32).decode()
REAL = {
    "DATABASE_URL": "postgresql://u:p@host/db",
    "BUS_URL": "amqp://u:p@host:5672/hall",
    "YWT_PEER_SECRET": "s" * 32,
    "YWT_LOOKUP_KEY": "l" * 32,
    "YWT_DATA_KEYS": f"v1:{KEY},v2:{KEY}",
}


def test_a_demo_hall_needs_no_settings_at_all(tmp_path):
    settings = load("filing", {"YWT_MODE": "demo", "YWT_VAR": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/filing.db"
    assert settings.bus_url == f"embedded:///{tmp_path}/bus.db"
    assert not settings.production
    assert all(len(key) == 32 for key in settings.data_keys.values())


def test_a_real_hall_reads_keys_in_order_and_peers_by_name():
    settings = load("filing", REAL | {"YWT_PEERS": "catalog=http://c:1/, identity=https://i"})
    assert settings.production
    assert list(settings.data_keys) == ["v1", "v2"]
    assert settings.peers == {"catalog": "http://c:1", "identity": "https://i"}


@pytest.mark.parametrize("missing", sorted(REAL))
def test_a_real_hall_does_not_start_without(missing):
    with pytest.raises(BadSetting, match=missing) as refused:
        load("filing", {name: value for name, value in REAL.items() if name != missing})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YWT_MODE", "live"),
        ("YWT_PORT", "eighty"),
        ("YWT_PORT", "-1"),
        ("YWT_PEERS", "catalog"),
        ("YWT_PEERS", "catalog=ftp://c"),
        ("YWT_DATA_KEYS", "v1:short"),
        ("YWT_DATA_KEYS", f":{KEY}"),
        ("YWT_PEER_SECRET", "short"),
        ("BUS_URL", "http://host"),
        ("YWT_LOG_LEVEL", "loud"),
        ("YWT_CLOCK_FILE", "/tmp/clock.json"),
    ],
)
def test_a_bad_value_is_named_in_one_line(name, value):
    with pytest.raises(BadSetting, match=name) as refused:
        load("filing", REAL | {name: value})
    assert "\n" not in str(refused.value)
