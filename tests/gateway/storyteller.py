"""One server for all services that answers every question as its OpenAPI document says, with the same words in every
free text: what nobody has chosen from a list, and what is no date or number."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CITY = Path(__file__).resolve().parents[2] / "deploy" / "city"
CHINESE = re.compile("[一-鿿]")
FORMATS = {"date": "2026-03-02", "date-time": "2026-03-02T10:00:00+08:00", "time": "10:00:00", "uuid": "0" * 32}
DEEPEST = 12
CODE = "000149032000"
REFUSED = {"type": "/problems/refused", "status": 422, "rule": "FIL-03"}


class Storyteller:
    """The documents of the services, and the words."""

    def __init__(self, documents: dict[str, dict[str, Any]], said: str, jwks: dict[str, Any]):
        self.documents, self.said, self.jwks = documents, said, jwks
        self.routes = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), operations, name)
            for name, document in documents.items()
            for path, operations in sorted(document["paths"].items(), key=lambda entry: entry[0].count("{"))
        ]
        guide = json.loads((CITY / "items" / f"{CODE}.json").read_text(encoding="utf-8"))
        text = {"text": "样例", "items": [CODE], "questions": [{"text": "样例", "yes": [CODE]}]}
        self.whole = {"guide": self.spoken(guide), "document": self.spoken(text), "form": {said: said}}
        self.whole["standard"] = self.spoken(guide["supervision"]["standard"])
        self.whole |= {"counts": {"accept": 1}, "year": 2026, "id": CODE}
        self.state = ""  # of every case, letter and record
        self.strict = False  # whether a change is refused as a schema would, for what it lacks and for what it holds
        ThreadingHTTPServer.request_queue_size = 64  # a page asks many things side by side
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def spoken(self, value: Any) -> Any:
        """A document with the words at the end of every Chinese text."""
        if isinstance(value, dict):
            return {name: self.spoken(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.spoken(part) for part in value]
        return value + self.said if isinstance(value, str) and CHINESE.search(value) else value

    def answer(self, method: str, path: str, sent: Any = None) -> tuple[int, Any]:
        """The JSON for a question; what would change something is refused with words in every field."""
        for pattern, operations, name in self.routes:
            if pattern.match(path) and method.lower() in operations:
                operation = operations[method.lower()]
                if method == "GET":
                    return 200, self._made(name, "", self._schema(operation["responses"]))
                body = self._resolved(name, self._schema({"200": operation.get("requestBody", {})}))
                if self.strict:
                    found = self._judged(name, body, sent)
                    return 422, REFUSED | {"next": "请改正后重新提交。", "fields": {"json": found} if found else {}}
                fields = {key: [self.said] for key in body.get("properties", ())}
                spoken = dict.fromkeys(("title", "detail", "detail_en", "next", "next_en", "article"), self.said)
                return 422, REFUSED | spoken | {"fields": fields | {self.said: [self.said]}}
        return 404, REFUSED | {"status": 404, "title": self.said, "detail": self.said}

    def _judged(self, service: str, schema: dict[str, Any], sent: Any) -> dict[str, Any]:
        """What is missing, and a fault of everything that is there and might be wrong."""
        given = sent if isinstance(sent, dict) else {}
        found: dict[str, Any] = {name: ["必填"] for name in schema.get("required", ()) if name not in given}
        for name, value in given.items():
            part = self._resolved(service, schema.get("properties", {}).get(name, {}))
            if isinstance(value, dict):
                found[name] = self._judged(service, part, value)
            elif not isinstance(value, bool) and value not in part.get("enum", ()):
                found[name] = ["填写有误"]
        return found

    def _loose(self) -> dict[str, Any]:
        """What a document leaves open: whatever pages read of such parts, and a name that nobody knows."""
        texts = ("zh", "en", "name", "text", "promise", "reason", "opinion", "remark", "label", "result", "verb")
        texts += ("remarks", "outcome", "org", "to_org", "kind", "step", "decision_no")
        numbers = ("p50_wd", "p90_wd", "amount_fen", "cases", "size", "overdue", "number", "n", "value", "required")
        numbers += ("correction_rate", "negative_rate", "push_on_time_rate", "view_p50_seconds", "view_p90_seconds")
        part = dict.fromkeys((*texts, self.said), self.said) | dict.fromkeys(numbers, 1)
        part |= {"code": CODE, "state": self.state}
        part |= dict.fromkeys(("due", "started_on", "defence_due"), FORMATS["date"])
        part |= dict.fromkeys(("at", "reported_at", "answered_at"), FORMATS["date-time"])
        return part | {"items": [part], "defects": [part], "files": [part | {"id": CODE, "sha256": CODE}]}

    def _schema(self, answers: dict[str, Any]) -> dict[str, Any]:
        good = next((answer for status, answer in sorted(answers.items()) if status.startswith("2")), {})
        return good.get("content", {}).get("application/json", {}).get("schema", {})

    def _resolved(self, service: str, schema: dict[str, Any]) -> dict[str, Any]:
        while way := schema.keys() & {"$ref", "allOf", "anyOf"}:
            schema = (
                schema[way.pop()][0]  # what may be null is there
                if "$ref" not in way
                else self.documents[service]["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            )
        return schema

    def _made(self, service: str, name: str, schema: dict[str, Any], depth: int = 0) -> Any:
        if name in self.whole:
            return self.whole[name]
        schema = self._resolved(service, schema)
        kind = schema.get("type")
        kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
        if "enum" in schema:
            return [one for one in schema["enum"] if one is not None][-1]
        if kind == "array":
            return [self._made(service, name, schema.get("items", {}), depth + 1)] if depth < DEEPEST else []
        if kind in ("integer", "number"):
            return 1
        if kind == "boolean":
            return True
        if "properties" in schema and depth < DEEPEST:
            return {key: self._made(service, key, part, depth + 1) for key, part in schema["properties"].items()}
        if kind == "object" or (kind is None and not schema.get("format")):
            return self._loose()
        if name in ("status", "state"):
            return self.state
        return FORMATS.get(schema.get("format", ""), self.said)


def _handler(story: Storyteller) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = json.loads(body) if body and "json" in self.headers.get("Content-Type", "") else None
            path = urlsplit(self.path).path
            story.asked.append(path)
            status, told = (200, story.jwks) if path.endswith("/jwks") else story.answer(self.command, path, sent)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

        def log_message(self, *args: Any) -> None:
            """A test says what went wrong."""

    return Handler
