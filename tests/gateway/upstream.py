"""A service that behaves as the test wants: `python -m tests.gateway.upstream PORT`. What it does stands in the path.

It notes on standard output what it was asked, line by line, so that a test can count.
"""

import hashlib
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BLOCK = bytes(range(256)) * 256


class Handler(BaseHTTPRequestHandler):
    """`/api/<service>/v1/<what>?<how>`; anything else is told back as JSON."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    served = 0  # on this connection

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            note("gone")
            self.close_connection = True

    def answer(self) -> None:
        target = self.requestline.split(" ")[1]
        parts = urlsplit(target)
        how = {key: values[0] for key, values in parse_qs(parts.query).items()}
        what = parts.path.rpartition("/")[2]
        self.served += 1
        note(f"{self.command} {target}")
        act = getattr(self, f"on_{what.replace('.', '_').replace('-', '_')}", None)
        if act is None:
            self.tell(target)
        else:
            act(how)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def tell(self, target: str) -> None:
        """Everything about the request."""
        size, digest = self.read_body()
        self.send_json(
            {
                "service": os.environ["UPSTREAM"],
                "method": self.command,
                "target": target,
                "headers": [[name, value] for name, value in self.headers.items()],
                "size": size,
                "sha256": digest,
                "served": self.served,
            }
        )

    def read_body(self) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        for piece in self.pieces():
            digest.update(piece)
            size += len(piece)
        if size:
            note(f"whole body {size}")
        return size, digest.hexdigest()

    def pieces(self) -> Any:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while length := int(self.rfile.readline().strip() or b"x", 16):
                yield self.exactly(length)
                self.exactly(2)
            self.exactly(2)
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            piece = self.exactly(min(left, 65_536))
            left -= len(piece)
            yield piece

    def exactly(self, length: int) -> bytes:
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionError
        return data

    def send_json(self, value: Any, status: int = 200, **headers: str) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # --- behaviours ------------------------------------------------------------------------------------------------

    def on_download(self, how: dict[str, str]) -> None:
        """So many bytes, with Content-Length or in chunks."""
        left, chunked = int(how["bytes"]), "chunked" in how
        self.send_response(200)
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(left))))
        self.end_headers()
        while left:
            piece = BLOCK[: min(left, len(BLOCK))]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            left -= len(piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def on_stuck(self, how: dict[str, str]) -> None:
        """The head and a part of the body, then nothing until the process is killed."""
        self.send_response(200)
        self.send_header(*(("Transfer-Encoding", "chunked") if "chunked" in how else ("Content-Length", "1000000")))
        if "close" in how:
            self.send_header("Connection", "close")
        self.end_headers()
        piece = BLOCK[: int(how.get("bytes", "0"))]
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if "chunked" in how and piece else piece)
        self.wfile.flush()
        note("stuck")
        time.sleep(60)

    def on_until_close(self, how: dict[str, str]) -> None:
        """A body without length, that ends with the connection."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        self.close_connection = True

    def on_slow(self, how: dict[str, str]) -> None:
        time.sleep(float(how["seconds"]))
        self.send_json("late")

    def on_early(self, how: dict[str, str]) -> None:
        """Refuse before the body was read, and close."""
        self.send_json({"refused": "early"}, 413)
        self.close_connection = True

    def on_drop_second(self, how: dict[str, str]) -> None:
        """The second request on a connection is taken and not answered: as when the process dies in that moment."""
        if self.served > 1:
            self.close_connection = True
            return
        self.tell("first")

    def on_twice(self, how: dict[str, str]) -> None:
        """More than was asked for."""
        one = b"HTTP/1.1 200 OK\r\nX-Extra: 1\r\nContent-Length: 3\r\n\r\none"
        self.wfile.write(one + one.replace(b"one", b"two").replace(b"Extra", b"Stolen"))

    def on_garbage(self, how: dict[str, str]) -> None:
        self.wfile.write(b"this is no HTTP\r\n\r\n")

    def on_status(self, how: dict[str, str]) -> None:
        """An answer without body."""
        self.read_body()
        self.send_response(int(how["status"]))
        self.send_header("ETag", '"7"')
        self.end_headers()

    def on_headers(self, how: dict[str, str]) -> None:
        """Headers of one connection, doubled headers, an own request id."""
        self.send_response(200)
        for name, value in (
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Upgrade", "h2c"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
            ("X-Request-ID", "chosen-by-the-service"),
            ("Content-Length", "0"),
        ):
            self.send_header(name, value)
        self.end_headers()

    def on_ended(self, how: dict[str, str]) -> None:
        """The caller's login is over, though no gateway knows it yet."""
        self.read_body()
        self.send_json({"type": "/problems/login-needed"}, 401)

    on_export = on_acceptance = on_ended  # what pages ask of identity and filing

    def on_closure(self, how: dict[str, str]) -> None:
        """The login is good, the password is not."""
        self.read_body()
        self.send_json({"type": "/problems/identity.login-failed", "detail": "账号或密码不正确"}, 401)

    def on_readyz(self, how: dict[str, str]) -> None:
        self.send_json({"status": "ready"})

    def on_openapi_json(self, how: dict[str, str]) -> None:
        self.send_json(json.loads(Path(os.environ["UPSTREAM_OPENAPI"]).read_text()))

    def on_jwks(self, how: dict[str, str]) -> None:
        self.send_json(json.loads(Path(os.environ["UPSTREAM_JWKS"]).read_text()))

    def log_message(self, *args: Any) -> None:
        """Only the notes."""


def note(line: str) -> None:
    """One line of what happened."""
    os.write(1, f"{line}\n".encode())  # in one piece: requests come at the same moment


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 64
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
