"""In the place of Streamlit: answers every request with what arrived, to the byte where that matters.

Below `/static/kept/` an answer may be kept for an hour, below `/static/immutable/` for ever; it varies by the user agent.
`/seen` says how many bytes of the current upload have arrived so far, a websocket gets one frame with its headers.
`say=<name>:<value>` in a query, as often as need be, is a header of the answer, and `status=` is its status.
"""

import base64
import hashlib
import json
import pathlib
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/echo"
seen = {"bytes": 0}


class Echo(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        """Answer any method."""
        path = self.path.partition("?")[0]
        if path in (f"{BASE}/_stcore/health", "/_stcore/health"):
            return self.answer(b"ok", "text/plain")
        if path == f"{BASE}/seen":
            return self.answer(json.dumps(seen).encode())
        report = {"line": self.requestline, "headers": [[name, value] for name, value in self.headers.items()]}
        # Tells connections apart.
        report["peer"] = "{}:{}".format(*self.client_address)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            return self.websocket(json.dumps(report).encode())
        report["body"] = self.read_body()
        report["spooled"] = [str(file) for file in pathlib.Path("/tmp").rglob("*")]
        return self.answer(json.dumps(report).encode())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = handle_any

    def answer(self, body: bytes, kind: str = "application/json") -> None:
        """Send 200 with a body."""
        self.send_response(int(self.asked("status", "200")[0]))
        for folder, lifetime in (("kept", "max-age=3600"), ("immutable", "max-age=31536000, immutable")):
            if self.path.startswith(f"{BASE}/static/{folder}/"):
                self.send_header("Cache-Control", f"public, {lifetime}")
                self.send_header("Vary", "User-Agent")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "from_the_app=1; Path=/")
        self.say()
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def asked(self, name: str, *default: str) -> list[str]:
        """Values of the query."""
        query = urllib.parse.urlsplit(self.path).query
        return urllib.parse.parse_qs(query, separator="&").get(name, list(default))

    def say(self) -> None:
        """Send the headers that the query asks for."""
        for header in self.asked("say"):
            name, _, value = header.partition(":")
            self.send_header(name, value)

    def websocket(self, text: bytes) -> None:
        """Shake hands, send one frame of text, close."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.say()
        self.end_headers()
        self.wfile.write(b"\x81\x7e" + len(text).to_bytes(2, "big") + text if len(text) > 125 else b"")
        self.wfile.write(b"\x88\x00")
        self.close_connection = True

    def read_body(self) -> int:
        """Read what comes, counting as it comes."""
        seen["bytes"] = 0
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                seen["bytes"] += len(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        left = int(self.headers.get("Content-Length", 0))
        while left and (piece := self.rfile.read1(min(left, 65536))):
            left -= len(piece)
            seen["bytes"] += len(piece)
        return seen["bytes"]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ThreadingHTTPServer(("", 8501), Echo).serve_forever()
