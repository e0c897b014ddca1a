"""Files from the net, with suspicion: https only, of a known size, with a known hash, and never half of one.

urllib is enough for that: it has time limits on every read, redirects that can be looked at, proxies of the
environment and the system's certificates. What a session of requests or HTTP/2 would bring is of no use for one file.
"""

import hashlib
import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, urljoin, urlsplit

from models.manager.catalogue import RemoteFile

PART: Final = ".part"
PYPI: Final = "https://pypi.org/simple"
INDEX_VARIABLE: Final = "PIP_INDEX_URL"

_BLOCK_BYTES: Final = 1 << 16
_SPEED_MEMORY_S: Final = 3.0
_LARGEST_INDEX_BYTES: Final = 8 << 20
_HTTP_OK, _HTTP_PARTIAL, _HTTP_RANGE = 200, 206, 416


class DownloadError(Exception):
    """Why a file did not come, as a clause: "the server does not answer"."""


class Cancelled(Exception):  # noqa: N818 (it is no error)
    """Whoever asked for it does not want it any more, for now."""


@dataclass(frozen=True)
class Progress:
    """How far a download is. Speed and time are None while they are unknown."""

    done_bytes: int
    total_bytes: int
    bytes_per_s: float | None = None
    file: str = ""

    @property
    def fraction(self) -> float:
        """0..1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds that remain at this speed."""
        if not self.bytes_per_s:
            return None
        return max(0, self.total_bytes - self.done_bytes) / self.bytes_per_s


@dataclass(frozen=True)
class Patience:
    """How long to wait.

    Attributes:
        timeout_s: for a connection, and for the next bytes.
        slow_s: over so many seconds...
        slow_bytes: ...at least so many bytes must come.
        attempts: how often a connection that breaks is taken up again where it broke.
        pause_s: between two attempts; twice as long each time.
    """

    timeout_s: float = 15.0
    slow_s: float = 60.0
    slow_bytes: int = 64 << 10
    attempts: int = 4
    pause_s: float = 1.0


def is_https(url: str) -> bool:
    """The addresses that are asked."""
    return url.lower().startswith("https://")


class Downloader:
    """Gets files. Nothing is asked of the net before `fetch`."""

    def __init__(
        self,
        allowed: Callable[[str], bool] = is_https,
        patience: Patience | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """`allowed` judges every address, also those of redirects; tests let their own server through."""
        self._allowed = allowed
        self._patience = patience or Patience()
        self._cancelled = cancelled
        context = ssl.create_default_context()
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Redirects(allowed))

    def fetch(self, file: RemoteFile, folder: Path, progress: Callable[[Progress], None] = lambda state: None) -> Path:
        """The file, whole and with the right hash, under its name in that folder.

        What has come so far lies beside it as `<name>.part` and is taken up where it ends, if the server still has the
        same file; it stays only if this is cancelled or the program is ended.

        Raises:
            DownloadError: why not; nothing of it is left.
            Cancelled: `cancelled` said so; what has come is left to be taken up.
            OSError: the folder cannot be written to; nothing of it is left.
        """
        target = folder / file.name
        partial = _Partial(folder / f"{file.name}{PART}")
        if target.is_file():
            if file.matches(_sha256(target)):
                return target
            target.unlink()
        meter = _Meter(file, progress)
        try:
            self._fetch(file, partial, meter)
            if not file.matches(_sha256(partial.path)):
                raise DownloadError("what came is not the file that was published (its SHA-256 differs)")
            os.replace(partial.path, target)
        except Cancelled:
            raise
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt | SystemExit):
                partial.remove()
            raise
        partial.remove()
        return target

    def _fetch(self, file: RemoteFile, partial: "_Partial", meter: "_Meter") -> None:
        """All bytes into the partial file, over as many connections as it takes."""
        url, failures = file.url, 0
        while True:
            before = partial.size
            try:
                self._receive(url, file, partial, meter)
            except _BrokenError as broken:
                gained = partial.size - before
                failures = 1 if gained >= self._patience.slow_bytes else failures + 1
                if broken.from_start:
                    partial.remove()
                if broken.final or failures >= self._patience.attempts:
                    if not file.project or url != file.url:
                        raise DownloadError(str(broken)) from None
                    url, failures = self._url_in_index(file, broken), 0
                    partial.remove()
                self._wait(self._patience.pause_s * 2 ** max(0, failures - 1))
            else:
                return

    def _receive(self, url: str, file: RemoteFile, partial: "_Partial", meter: "_Meter") -> None:
        """What one connection brings. Raises _BrokenError, DownloadError, Cancelled, OSError of the disk."""
        start, headers = partial.size, {}
        if start and (validator := partial.validator(url)):
            headers = {"Range": f"bytes={start}-", "If-Range": validator}
        elif start:
            partial.remove()
            start = 0
        if start and start == file.size_bytes:
            return
        with self._open(url, headers) as response:
            start = _start_of(response, start)
            total = _announced(response, start)
            if total is not None and total > file.most_bytes:
                raise DownloadError("the file that the server has is larger than the one that was published")
            if total is not None and file.size_bytes and total != file.size_bytes:
                raise DownloadError("the file that the server has is not as long as the one that was published")
            partial.begin(url, response.headers, start)
            self._copy(response, file, partial, meter, start)
        if total is not None and partial.size < total:
            raise _BrokenError("the connection broke off")
        if partial.size < file.size_bytes:
            raise DownloadError("the server sent less than the file that was published")

    def _copy(self, response: Any, file: RemoteFile, partial: "_Partial", meter: "_Meter", start: int) -> None:
        patience, size = self._patience, start
        slow_since_s, slow_since = time.monotonic(), start
        meter.begin(start)
        with partial.path.open("r+b") as out:
            out.seek(start)
            out.truncate()
            while True:
                if self._cancelled():
                    raise Cancelled
                block = _read(response)
                if not block:
                    return
                size += len(block)
                if size > file.most_bytes:
                    raise DownloadError("the server sends more than the file that was published")
                out.write(block)
                meter.show(size)
                now_s = time.monotonic()
                if now_s - slow_since_s >= patience.slow_s:
                    if size - slow_since < patience.slow_bytes:
                        raise _BrokenError("the server sends next to nothing")
                    slow_since_s, slow_since = now_s, size

    def _open(self, url: str, headers: dict[str, str]) -> Any:
        if not self._allowed(url):
            raise DownloadError(f"the address {url} is not safe (https)")
        request = urllib.request.Request(
            url, headers={"User-Agent": "Partwise", "Accept-Encoding": "identity", **headers}
        )
        try:
            return self._opener.open(request, timeout=self._patience.timeout_s)
        except _RefusedError as error:
            raise DownloadError(str(error)) from None
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == _HTTP_RANGE:
                raise _BrokenError("the server does not have the rest of it", from_start=True) from None
            final = 400 <= error.code < 500 and error.code not in (408, 429)
            raise _BrokenError(f"the server answers “{error.code} {error.reason}”", final) from None
        except TimeoutError:
            raise _BrokenError(f"{urlsplit(url).hostname} does not answer") from None
        except urllib.error.URLError as error:
            raise _BrokenError(_unreachable(url, error.reason), isinstance(error.reason, ssl.SSLError)) from None
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenError(_unreachable(url, error)) from None

    def _url_in_index(self, file: RemoteFile, broken: Exception) -> str:
        """Where the package index that is set up has the file. Raises DownloadError."""
        index = os.environ.get(INDEX_VARIABLE) or PYPI
        page = f"{index.rstrip('/')}/{quote(file.project)}/"
        try:
            with self._open(page, {"Accept": "application/vnd.pypi.simple.v1+json"}) as response:
                files = json.loads(response.read(_LARGEST_INDEX_BYTES))["files"]
            for item in files:
                if item["filename"] == file.name and item["hashes"].get("sha256", file.sha256) == file.sha256:
                    return urljoin(page, str(item["url"]))
        except (_BrokenError, OSError, ValueError, KeyError, TypeError, AttributeError, http.client.HTTPException):
            pass
        raise DownloadError(str(broken)) from None

    def _wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left := until_s - time.monotonic()) > 0.0:
            if self._cancelled():
                raise Cancelled
            time.sleep(min(left, 0.1))


class _BrokenError(Exception):
    """A connection that may be tried again, unless it is `final`; from the start if what has come is of no use."""

    def __init__(self, reason: str, final: bool = False, from_start: bool = False) -> None:
        super().__init__(reason)
        self.final = final
        self.from_start = from_start


class _RefusedError(Exception):
    """A redirect that is not followed."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to allowed addresses only."""

    max_redirections = 5

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request that follows. Raises _RefusedError."""
        if not self._allowed(newurl):
            fp.close()
            raise _RefusedError(f"the server sends us to {newurl[:200]}, which is not safe (https)")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Partial:
    """What has come of a file, and beside it what tells whether the server still has the same."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._about = path.with_name(f"{path.name}.json")

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def validator(self, url: str) -> str | None:
        """What the server called the file when it began, for If-Range; None if it gave it no name."""
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
            value = about["validator"] if about["url"] == url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return value if isinstance(value, str) and value.isprintable() and len(value) < 1000 else None

    def begin(self, url: str, headers: Any, start: int) -> None:
        """Bytes from `start` on follow."""
        if start:
            return
        etag = headers.get("ETag") or ""
        validator = headers.get("Last-Modified") if etag.startswith("W/") or not etag else etag
        self._about.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")
        self.path.write_bytes(b"")

    def remove(self) -> None:
        """Forget it."""
        for path in (self.path, self._about):
            with suppress(OSError):
                path.unlink(missing_ok=True)


class _Meter:
    """Tells how far it is and how fast, ten times a second at most."""

    def __init__(self, file: RemoteFile, progress: Callable[[Progress], None]) -> None:
        self._state = Progress(0, file.expected_bytes, file=file.name)
        self._progress = progress
        self._points: list[tuple[float, int]] = []
        self._shown_s = 0.0

    def begin(self, size: int) -> None:
        """A connection has been made, and so many bytes are there."""
        self._points = [(time.monotonic(), size)]
        self._progress(replace(self._state, done_bytes=size))

    def show(self, size: int) -> None:
        """So many bytes are there."""
        now_s = time.monotonic()
        if now_s - self._shown_s < 0.1:
            return
        self._shown_s = now_s
        self._points.append((now_s, size))
        while len(self._points) > 2 and now_s - self._points[1][0] > _SPEED_MEMORY_S:
            del self._points[0]
        since_s, since = self._points[0]
        elapsed_s = now_s - since_s
        speed = (size - since) / elapsed_s if elapsed_s > 0.2 else None
        self._progress(replace(self._state, done_bytes=size, bytes_per_s=speed))


def _start_of(response: Any, asked: int) -> int:
    """From which byte on the file follows."""
    if response.headers.get("Content-Encoding", "identity") not in ("identity", ""):
        raise DownloadError("the server packs the file in a way that was not asked for")
    if response.status == _HTTP_OK:
        return 0
    if response.status != _HTTP_PARTIAL or not asked:
        raise DownloadError(f"the server answers with status {response.status}")
    unit, _, said = response.headers.get("Content-Range", "").partition(" ")
    if unit != "bytes" or said.partition("-")[0] != str(asked):
        raise DownloadError("the server sends another part of the file than the one that was asked for")
    return asked


def _announced(response: Any, start: int) -> int | None:
    """How long the whole file is by what the server says, None if it does not say."""
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isascii() and length.isdigit() else None


def _read(response: Any) -> bytes:
    """Some bytes, none at the end. Raises _BrokenError."""
    try:
        return bytes(response.read1(_BLOCK_BYTES))
    except TimeoutError:
        raise _BrokenError("the server has stopped sending") from None
    except (OSError, http.client.HTTPException):
        raise _BrokenError("the connection broke off") from None


def _unreachable(url: str, reason: object) -> str:
    why = getattr(reason, "verify_message", None) or getattr(reason, "strerror", None) or str(reason)
    if isinstance(reason, TimeoutError):
        return f"{urlsplit(url).hostname} does not answer"
    return f"{urlsplit(url).hostname} cannot be reached ({str(why).rstrip('.')})"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
