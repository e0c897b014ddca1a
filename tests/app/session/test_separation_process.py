import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.errors import Cancelled, SeparationError
from app.session.separation_process import NICENESS, SeparationProcess, SeparatorDiedError, SpanDone
from app.song.song import Song, open_song
from tests.fake_separator import SHARES
from tests.songs import noise, write_wav

RATE = 8000
SECONDS = 5
WAIT_S = 30.0


@pytest.fixture
def song(tmp_path: Path) -> Iterator[Song]:
    song = open_song(write_wav(tmp_path / "song.wav", noise(SECONDS * RATE + 123), RATE), folder=tmp_path / "stores")
    yield song
    song.close()


def process(function: str, model: str = "fake") -> SeparationProcess:
    return SeparationProcess(model, f"tests.fake_separator:{function}")


def add(song: Song, span: SpanDone) -> None:
    song.add_span(span.start, None, span.first_activation, span.activations, stop=span.stop)


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not gone(pid):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_stems_arrive_in_the_songs_file_and_the_child_stays_warm(song: Song) -> None:
    with closing(process("load")) as separation:
        for span in separation.separate(song):
            add(song, span)
        assert song.coverage.spans == ((0, song.frames),)
        np.testing.assert_array_equal(song.stems, SHARES[:, None, None] * song.mix)
        np.testing.assert_array_equal(song.activations, np.float32(0.9))
        pid = separation.pid
        assert list(separation.separate(song)) == [], "everything is done already"
        assert separation.pid == pid
    assert pid is not None
    wait_until_gone(pid)


def test_the_child_is_nice_and_leaves_a_core(tmp_path: Path) -> None:
    report = tmp_path / "report"
    with closing(process("load_reporting", str(report))) as separation:
        separation.wait_until_loaded()
        pid, nice, threads = map(int, report.read_text().split())
        assert pid == separation.pid
    assert nice == min(19, os.nice(0) + NICENESS)
    assert threads == max(1, (os.cpu_count() or 2) - 1)


def test_it_follows_the_position_and_skips_what_is_done(song: Song) -> None:
    song.add_span(RATE, np.zeros((6, RATE, 2), np.float32), 6, np.zeros((6, 2), np.float32))
    positions = [3 * RATE]
    starts = []
    with closing(process("load_slow")) as separation:
        for span in separation.separate(song, lambda: positions[-1]):
            starts.append(span.start // RATE)
            positions.append(0)
    assert starts[0] == 3
    assert sorted(starts) == [0, 2, 3, 4, 5]
    assert starts.index(0) <= 2, "one more chunk may have been begun"


def test_cancel_takes_effect_within_a_chunk_and_leaves_the_child_usable(song: Song) -> None:
    with closing(process("load_slow")) as separation:
        spans = separation.separate(song, cancelled=lambda: bool(song.coverage.spans))
        add(song, next(spans))
        with pytest.raises(Cancelled):
            next(spans)
        assert song.coverage.spans == ((0, RATE),)
        pid = separation.pid
        for span in separation.separate(song):
            assert song.coverage.covers(0, RATE)
            assert span.start >= RATE
            add(song, span)
        assert song.coverage.spans == ((0, song.frames),)
        assert separation.pid == pid


def test_closing_the_iterator_cancels(song: Song) -> None:
    with closing(process("load_slow")) as separation:
        spans = separation.separate(song)
        next(spans)
        spans.close()
        assert next(separation.separate(song)).start == 0, "nothing was left over from the first one"


def test_cancelled_while_the_model_loads(song: Song) -> None:
    with closing(process("load_slow")) as separation:
        with pytest.raises(Cancelled):
            next(separation.separate(song, cancelled=lambda: True))
        with pytest.raises(Cancelled):
            next(separation.separate(song, cancelled=lambda: True))
        assert next(separation.separate(song)).job == 3


def test_a_model_that_cannot_be_loaded(song: Song) -> None:
    with closing(process("load_nothing", "x")) as separation:
        for _ in range(2):
            with pytest.raises(SeparationError) as info:
                next(separation.separate(song))
            assert str(info.value) == "Cannot separate “song.wav”: the model x is not here."
            assert "Traceback" in info.value.__notes__[0]


def test_an_unknown_model_is_said_as_the_library_says_it(song: Song) -> None:
    with (
        closing(SeparationProcess("nonsense", "models.separator:load_separator")) as separation,
        pytest.raises(SeparationError, match=r"^There is no model “nonsense”; there are: "),
    ):
        next(separation.separate(song))


def test_a_failure_on_the_way_keeps_the_child(song: Song) -> None:
    with closing(process("load_failing")) as separation:
        spans = separation.separate(song)
        assert next(spans).start == 0
        with pytest.raises(SeparationError, match=r"^Cannot separate “song.wav”: there is not enough memory\.\s*$"):
            next(spans)
        assert next(separation.separate(song)).start == 0


def test_a_dead_child_is_reported_and_replaced(song: Song, tmp_path: Path) -> None:
    with closing(process("load_dying", str(tmp_path / "marker"))) as separation:
        spans = separation.separate(song)
        next(spans)
        pid = separation.pid
        with pytest.raises(SeparationError, match=r"ended with status 7; try again with smaller chunks\.$"):
            next(spans)
        assert [span.start // RATE for span in separation.separate(song)] == [0, 1, 2, 3, 4, 5]
        assert separation.pid != pid


def test_a_killed_child_is_reported(song: Song) -> None:
    with closing(process("load_slow")) as separation:
        spans = separation.separate(song)
        next(spans)
        assert separation.pid is not None
        os.kill(separation.pid, signal.SIGKILL)
        with pytest.raises(SeparatorDiedError, match="ended by signal 9, perhaps for lack of memory; try again with"):
            list(spans)


def test_small_chunks_reach_a_separator_that_has_them(song: Song, tmp_path: Path) -> None:
    report = tmp_path / "longest"
    with closing(process("load_sparing", str(report))) as separation:
        list(separation.separate(song))
        assert report.read_text() == "3"
        separation.small_chunks = True
        list(separation.separate(song))
        assert report.read_text() == "1"


def test_the_identity_of_a_separation_changes_with_model_and_loader() -> None:
    assert SeparationProcess().identity() == SeparationProcess().identity()
    identities = {SeparationProcess().identity(), process("load").identity(), process("load", "other").identity()}
    assert len(identities) == 3
    assert None not in identities
    assert SeparationProcess("nonsense").identity() is None


def test_a_closed_process_starts_no_child(song: Song) -> None:
    separation = process("load")
    separation.close()
    separation.close()
    with pytest.raises(Cancelled):
        next(separation.separate(song))


PARENT = """
import sys, time
from pathlib import Path
from app.session.separation_process import SeparationProcess
from app.song.song import open_song

if __name__ == "__main__":
    separation = SeparationProcess("fake", "tests.fake_separator:load_slow")
    song = open_song(Path(sys.argv[1]), folder=Path(sys.argv[2]))
    if sys.argv[3] == "busy":
        spans = separation.separate(song)
        next(spans)
    else:
        separation.wait_until_loaded()
    print(separation.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_the_child_ends_with_its_parent(tmp_path: Path, state: str) -> None:
    wav = write_wav(tmp_path / "song.wav", noise(60 * RATE), RATE)
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, str(script), str(wav), str(tmp_path / "stores"), state],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
        parent.wait()
        wait_until_gone(pid)
