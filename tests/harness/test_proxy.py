"""The wire does what its words say."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.harness.processes import eventually
from tests.harness.proxy import Proxy


class Echo:
    """A server that sends back what it gets and counts its connections."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = 0
        self.resets = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                side, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(side,), daemon=True).start()

    def _talk(self, side: socket.socket) -> None:
        self.open += 1
        try:
            while data := side.recv(65536):
                side.sendall(data)
        except ConnectionResetError:
            self.resets += 1
        except OSError:
            pass
        finally:
            side.close()
            self.open -= 1


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def wire(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as proxy:
        yield proxy


def dial(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def ask(client: socket.socket, words: bytes = b"hello") -> bytes:
    client.sendall(words)
    return client.recv(1024)


def test_a_whole_wire_passes_bytes_both_ways_and_the_end_too(wire: Proxy, echo: Echo) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(10) == b""
    eventually(lambda: wire.connections == 0 and echo.open == 0)
    assert echo.resets == 0


def test_a_large_load_arrives_unchanged(wire: Proxy) -> None:
    load = bytes(range(256)) * 16384  # 4 MiB
    with closing(dial(wire)) as client:
        threading.Thread(target=client.sendall, args=(load,), daemon=True).start()
        back = bytearray()
        while len(back) < len(load):
            back += client.recv(65536)
        assert bytes(back) == load


def test_cut_resets_both_sides_and_lets_new_connections_through(wire: Proxy, echo: Echo) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        assert wire.cut() == 1
        with pytest.raises(ConnectionResetError):
            client.recv(10)
        eventually(lambda: echo.resets == 1)
    with closing(dial(wire)) as again:
        assert ask(again) == b"hello"


def test_cut_resets_a_connection_whose_reader_is_stuck(wire: Proxy) -> None:
    with closing(dial(wire)) as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            while True:  # nobody reads the echo: every buffer fills
                client.sendall(b"x" * 65536)
        wire.cut()
        client.settimeout(5)
        with pytest.raises(ConnectionError):
            while client.recv(65536):
                pass
            client.sendall(b"x")


def test_a_frozen_wire_holds_bytes_until_it_thaws(wire: Proxy) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        wire.freeze()
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            ask(client, b"later")
        wire.thaw()
        client.settimeout(5)
        assert client.recv(10) == b"later"


def test_a_frozen_wire_can_be_cut(wire: Proxy) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        wire.freeze()
        wire.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)


def test_refuse_turns_new_clients_away_and_keeps_the_old(wire: Proxy) -> None:
    with closing(dial(wire)) as old:
        assert ask(old) == b"hello"
        wire.refuse()
        with pytest.raises(ConnectionRefusedError):
            dial(wire)
        assert ask(old) == b"hello"
        wire.accept()
        with closing(dial(wire)) as new:
            assert ask(new) == b"hello"


def test_half_open_leaves_the_client_without_a_word(wire: Proxy, echo: Echo) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        assert wire.half_open() == 1
        eventually(lambda: echo.open == 0)
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            ask(client)
        with closing(dial(wire)) as new:
            assert ask(new) == b"hello"
    eventually(lambda: wire.connections == 0)


def test_delay_holds_every_chunk_in_both_directions(wire: Proxy) -> None:
    with closing(dial(wire)) as client:
        assert ask(client) == b"hello"
        wire.delay(0.2)
        begun = time.monotonic()
        assert ask(client) == b"hello"
        assert time.monotonic() - begun >= 0.4
        wire.delay(0)
        begun = time.monotonic()
        assert ask(client) == b"hello"
        assert time.monotonic() - begun < 0.2


def test_a_server_that_is_away_resets_the_client(wire: Proxy, echo: Echo) -> None:
    echo.listener.shutdown(socket.SHUT_RDWR)
    echo.listener.close()
    with pytest.raises(ConnectionResetError), closing(dial(wire)) as client:  # perhaps already while dialling
        client.recv(10)


def test_a_server_that_resets_is_heard_by_the_client(echo: Echo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, Proxy(listener.getsockname()[1]) as proxy:
        with closing(dial(proxy)) as client:
            server, _ = listener.accept()
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            server.close()
            with pytest.raises(ConnectionResetError):
                client.recv(10)
        eventually(lambda: proxy.connections == 0)


def test_a_closed_proxy_refuses() -> None:
    proxy = Proxy(9).start()
    proxy.close()
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
