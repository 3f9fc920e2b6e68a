"""In the place of two versions of Streamlit: each has the assets of its own version and answers any other with its page.

It says that somebody has it open, always.
"""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = os.environ["VERSION"]


class Versions(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as Streamlit does."""
        path = self.path.partition("?")[0]
        if path.endswith("/_stcore/health"):
            self.answer(b"ok", "text/plain")
        elif path.endswith("/_stcore/metrics"):
            self.answer(b"active_sessions 1\n", "text/plain")
        elif path.endswith(f".Version{VERSION}.js"):
            self.answer(f"asset of {VERSION}".encode(), "text/javascript", "public, immutable, max-age=31536000")
        else:
            self.answer(f"page of {VERSION}".encode(), "text/html")

    def answer(self, body: bytes, kind: str, cache: str = "no-cache") -> None:
        """Send 200 with a body."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", cache)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ThreadingHTTPServer(("", 8501), Versions).serve_forever()
