"""What the audio callback remembers of what it did: where the song is when, and a log for tests. Compiled by numba."""

from typing import Any, Final

from app.playback.layout import HISTORY, LOG, LOG_ROWS, PIECE
from app.playback.memory import carray, compiled, entry, fence, pointer_to, record_at, types

_PIECE_BYTES: Final = PIECE.itemsize
_LOG_BYTES: Final = LOG.itemsize

_piece_at, _log_at = record_at(PIECE), record_at(LOG)
_integers_at = pointer_to(types.int64)


@compiled
def tell(m: Any, q: Any, s: Any, position: float, step: float, count: int) -> None:
    """Remember what will be heard when, for whoever asks for the position."""
    number = carray(_integers_at(m.piece_number), (2,))
    number[0] += 1
    fence()
    piece = _piece_at(m.pieces + number[1] % HISTORY * _PIECE_BYTES)
    piece.at_s = s.next_at_s + q.latency / q.rate
    piece.start = position
    piece.step = step
    piece.count = count
    piece.serial = s.serial
    piece.origin = s.origin
    number[1] += 1
    fence()
    number[0] += 1


@entry
def position_at(pieces: Any, number: Any, now_s: float, rate: float, serial: int) -> float:
    """The song position heard at a time, -1 if nothing has been rendered since the jump of that serial.

    Called on any thread. What is on its way counts from when it is heard on; until then it is at its start.
    """
    result = -1.0
    while True:
        before = number[0]
        fence()
        newest = number[1] - 1
        oldest = max(0, newest - len(pieces) + 2)
        index = newest
        result = -1.0
        while index >= oldest:
            piece = pieces[index % len(pieces)]
            if piece.serial != serial:
                break
            heard = (now_s - piece.at_s) * rate
            result = piece.start + min(max(heard, 0.0), float(piece.count)) * piece.step
            if heard >= 0.0:
                break
            index -= 1
        fence()
        if before == number[0] and before % 2 == 0:
            return result


@compiled
def log(m: Any, s: Any, count: int, level: int, direction: int) -> None:
    """Write down a piece: its length, the fade's level before it and where that went."""
    row = _log_at(m.log + s.logged % LOG_ROWS * _LOG_BYTES)
    row.stream_frame = s.stream_frame
    row.song_frame = s.frame
    row.frames = count
    row.mix_number = s.mix_number
    row.restarted = 1 if level == 0 else 0
    row.level = level
    row.direction = direction
    row.generation = s.generation
    s.logged += 1
