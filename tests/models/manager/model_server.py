"""A web server on this machine that does what it is told: serves, stalls, lies, breaks off, sends elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Behaviour:
    """How a file is served.

    Attributes:
        data: what is served.
        stall_at: after so many bytes of the file nothing more comes; None for all of it.
        cut_at: the connection ends after these many bytes of the file, once for each number.
        announce: what Content-Length says instead; None for the truth.
        redirect: where the client is sent instead.
        status: what the answer is instead.
        ranges: whether Range is answered.
        wrong_range: whether another part than the one that was asked for is sent.
        etag: the file's name on the server.
        delay_s: before each block.
    """

    data: bytes = b""
    stall_at: int | None = None
    cut_at: list[int] = field(default_factory=list)
    announce: int | None = None
    redirect: str = ""
    status: int = 0
    ranges: bool = True
    wrong_range: bool = False
    etag: str = '"one"'
    delay_s: float = 0.0
    content_type: str = "application/octet-stream"


class ModelServer:
    """Serves `files`, by path without the slash; `requests` has the path and Range header of each request."""

    def __init__(self, port: int) -> None:
        self.files: dict[str, Behaviour] = {}
        self.requests: list[tuple[str, str]] = []
        self.over = threading.Event()
        self._port = port

    def url(self, name: str) -> str:
        """The address of a file."""
        return f"http://127.0.0.1:{self._port}/{name}"

    def other_host(self, name: str) -> str:
        """The same server by another name, which the tests' rule does not let through."""
        return f"http://localhost:{self._port}/{name}"

    def allows(self, url: str) -> bool:
        """What tests let through instead of https."""
        return url.startswith(self.url(""))

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Serve one request."""
        name, wanted = handler.path.lstrip("/").split("?")[0], handler.headers.get("Range", "")
        self.requests.append((name, wanted))
        how = self.files.get(name)
        if how is None or how.status:
            handler.send_error(how.status if how else 404)
            return
        if how.redirect:
            handler.send_response(302)
            handler.send_header("Location", how.redirect)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        start = self._start(handler, how, wanted)
        rest = how.data[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(rest) if how.announce is None else how.announce - start))
        handler.send_header("Content-Type", how.content_type)
        if how.etag:
            handler.send_header("ETag", how.etag)
        if start:
            said = start + 1 if how.wrong_range else start
            handler.send_header("Content-Range", f"bytes {said}-{len(how.data) - 1}/{len(how.data)}")
        handler.end_headers()
        self._send(handler, how, start)

    def _start(self, handler: BaseHTTPRequestHandler, how: Behaviour, wanted: str) -> int:
        same = handler.headers.get("If-Range") == how.etag
        return int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and how.ranges and same else 0

    def _send(self, handler: BaseHTTPRequestHandler, how: Behaviour, start: int) -> None:
        end = how.cut_at.pop(0) if how.cut_at else len(how.data)
        for at in range(start, end, 4096):
            if how.stall_at is not None and at >= how.stall_at:
                self.over.wait(20)
                return
            time.sleep(how.delay_s)
            try:
                handler.wfile.write(how.data[at : min(at + 4096, end)])
                handler.wfile.flush()
            except OSError:
                return  # the client has gone


@contextmanager
def served() -> Iterator[ModelServer]:
    """The server, running."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Tests are silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = ModelServer(http.server_address[1])
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()
        thread.join()
