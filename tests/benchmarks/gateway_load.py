"""Load without wrk: `python -m tests.benchmarks.gateway_load URL CONNECTIONS SECONDS [TOKEN]` prints rate, p50, p99."""

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit


def main(url: str, connections: int, seconds: float, token: str = "") -> None:
    """Ask as fast as the answers come, one thread a connection."""
    parts = urlsplit(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    until = time.perf_counter() + seconds
    took: list[float] = []
    failed: list[str] = []

    def ask() -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        while (began := time.perf_counter()) < until:
            connection.request("GET", parts.path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status >= 300:
                failed.append(str(answer.status))

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed or not took:
        sys.exit(f"{len(failed)} bad answers from {url}, for example {failed[:1]}")
    took.sort()
    share = {"p50": took[len(took) // 2] * 1000, "p99": took[len(took) * 99 // 100] * 1000}
    print(json.dumps({"rate": len(took) / seconds} | share))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:])
