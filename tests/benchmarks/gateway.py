"""The gateway's hop beside nginx's, in one run: the same service asked directly, through nginx, through the gateway.

The service is the catalog as `make run` starts it (one process, SQLite, the demo city) and the page of an item. Load
comes from wrk. Many short rounds measure all ways one after the other, in turned order, because other work on the
machine comes and goes; medians of the rounds are shown, and the ratio is the median of the rounds' ratios.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.layout import Layout, default_ports
from tests.harness.processes import Program, free_port, wait_http
from tests.harness.provide import NoServer, apt_install, binary
from tests.support import PeerServer

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
BUSY, CALM = 16, 1  # connections: the service is always at work; nobody waits for anybody else
TARGET = 0.5
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream service {{ server 127.0.0.1:{upstream}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


def run() -> dict[str, Any]:
    """Bring the parts, measure in rounds, print the table."""
    need("nginx")
    with ExitStack() as open_parts:
        folder = Path(open_parts.enter_context(tempfile.TemporaryDirectory(prefix="ywt-bench-")))
        ports, programs, token = bring(folder, open_parts)
        item = json.loads(wait_http(f"http://127.0.0.1:{ports['direct']}/api/catalog/v1/items?limit=1"))["items"][0]
        urls = {way: f"http://127.0.0.1:{port}/api/catalog/v1/items/{item['code']}" for way, port in ports.items()}
        bytes_each = {way: len(wait_http(url)) for way, url in urls.items()}
        assert len(set(bytes_each.values())) == 1, bytes_each
        samples: dict[str, list[dict[str, float]]] = {}
        for number in range(ROUNDS + 1):  # the first one only warms up
            for login, bearer in (("nobody", None), ("token", token)):
                ways = list(urls.items())
                for way, url in ways if number % 2 else reversed(ways):  # none is always the first
                    before = cpu_seconds(programs[way])
                    busy = load(url, BUSY, 1 if number == 0 else SECONDS, bearer)
                    spent = cpu_seconds(programs[way]) - before
                    calm = load(url, CALM, 1 if number == 0 else SECONDS, bearer)
                    if number:
                        sample = {"rate": busy["rate"], "busy_p50": busy["p50"], "busy_p99": busy["p99"]}
                        sample["cpu"] = spent * 1000 / (busy["rate"] * SECONDS)
                        samples.setdefault(f"{way} {login}", []).append(
                            sample | {"p50": calm["p50"], "p99": calm["p99"], "calm_rate": calm["rate"]}
                        )
    result = summary(samples) | {
        "bytes": bytes_each["direct"],
        "rounds": ROUNDS,
        "seconds": SECONDS,
        "samples": samples,
    }
    show(result)
    return result


def need(name: str) -> Path:
    """The program of a Debian package, installed when it is missing and may be."""
    found = binary(name, "/usr/sbin")
    if found is None and apt_install(name):
        found = binary(name, "/usr/sbin")
    if found is None:
        raise NoServer(f"the benchmark needs {name} (Debian package {name})")
    return found


def bring(folder: Path, open_parts: ExitStack) -> tuple[dict[str, int], dict[str, Program], str]:
    """Start catalog, nginx and gateway; their ports, the programs and a citizen's token."""
    key = Ed25519PrivateKey.generate()
    public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())) | {"kid": "bench"}
    issuer = PeerServer({"GET /api/identity/v1/jwks": {"keys": [public]}})
    open_parts.callback(issuer.close)
    ports = default_ports() | {name: free_port() for name in ("gateway", "catalog", "nginx")}
    extra = {
        "YWT_JWKS_URL": f"{issuer.url}/api/identity/v1/jwks",
        "YWT_RATE_PER_SECOND": "1000000",
        "YWT_RATE_BURST": "1000000",
    }
    layout = Layout(folder / "var", ports, extra=extra)
    programs: dict[str, Program] = {}
    for name, words in (("catalog", ["services.catalog", "all"]), ("gateway", ["gateway"])):
        programs[name] = Program(
            [sys.executable, "-m", *words], log=folder / f"{name}.log", env=layout.environment(name), cwd=ROOT
        )
        open_parts.enter_context(programs[name])
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, upstream=ports["catalog"], port=ports["nginx"]))
    command: list[str | Path] = [need("nginx"), "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    if os.geteuid() == 0:
        command += ["-g", "user root;"]  # its worker must reach our folder
    programs["nginx"] = open_parts.enter_context(Program(command, log=folder / "nginx.log"))
    wait_http(f"http://127.0.0.1:{ports['catalog']}/readyz", timeout=60)
    wait_http(f"http://127.0.0.1:{ports['gateway']}/readyz", timeout=30)
    claims = {"sub": "person:0f2a7c1e-8d3b-4c55-9a61-000000000001", "kind": "person", "level": 1, "aud": "hall"}
    claims["exp"] = int((datetime.now(UTC) + timedelta(hours=2)).timestamp())
    token = jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "bench"})
    ways = {"direct": "catalog", "nginx": "nginx", "gateway": "gateway"}
    return {way: ports[name] for way, name in ways.items()}, {way: programs[ways[way]] for way in ways}, token


def cpu_seconds(program: Program) -> float:
    """Processor time that a program and its children have used; what a hop costs however busy the machine is."""
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
    ticks = 0
    for pid in (program.pid, *children):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(url: str, connections: int, seconds: int, token: str | None) -> dict[str, float]:
    """Requests per second, median and 99th percentile in ms; every answer must be a 2xx."""
    if loader() == "python":
        command = [sys.executable, "-m", "tests.benchmarks.gateway_load", url, str(connections), str(seconds)]
        command += [token] if token else []
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {token}"] if token else []
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk met errors at {url}: {text}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),  # type: ignore[index]
        "p50": _ms(re.search(r"\n\s+50%\s+(\S+)", text)[1]),  # type: ignore[index]
        "p99": _ms(re.search(r"\n\s+99%\s+(\S+)", text)[1]),  # type: ignore[index]
    }


@cache
def loader() -> str:
    """wrk where it is or can be installed, else a plain client of ours."""
    with suppress(NoServer):
        need("wrk")
        return "wrk"
    return "python"


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def summary(samples: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians per way, what a hop adds to the direct way, and the gateway's share of nginx's requests/s."""
    ways = {
        name: {key: round(statistics.median(one[key] for one in many), 3) for key in many[0]}
        for name, many in samples.items()
    }
    for name, values in ways.items():
        direct = ways[f"direct {name.split()[1]}"]
        values["added_p50"] = round(values["p50"] - direct["p50"], 3)
        values["added_p99"] = round(values["p99"] - direct["p99"], 3)
    ratios = {}
    for login in ("nobody", "token"):
        rounds = zip(samples[f"gateway {login}"], samples[f"nginx {login}"], strict=True)
        ratios[login] = round(statistics.median(ours["rate"] / theirs["rate"] for ours, theirs in rounds), 3)
    return {"ways": ways, "gateway_to_nginx": ratios, "target": TARGET, "load_by": loader()}


def show(result: dict[str, Any]) -> None:
    """The table."""
    print(f"gateway beside nginx: page of an item ({result['bytes']} bytes), medians of {result['rounds']} rounds")
    columns = ("requests/s", "p50 ms", "p99 ms", "added p50", "added p99", "busy p99", "cpu ms")
    print(f"  {'':<16}" + "".join(f"{column:>12}" for column in columns))
    for name, one in result["ways"].items():
        values = [one[key] for key in ("p50", "p99", "added_p50", "added_p99", "busy_p99", "cpu")]
        print(f"  {name:<16}{one['rate']:>12.0f}" + "".join(f"{value:>12.2f}" for value in values))
    print(f"  requests/s and busy p99 with {BUSY} connections; p50, p99 and what a hop adds with {CALM}")
    print("  cpu ms: processor time a request of the service itself, of nginx, of the gateway")
    for login, ratio in result["gateway_to_nginx"].items():
        verdict = "reached" if ratio >= TARGET else "missed"
        print(f"  gateway / nginx, {login}: {ratio:.2f} (target {TARGET}: {verdict})")
