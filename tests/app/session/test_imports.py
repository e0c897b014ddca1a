import subprocess
import sys

HEAVY = {"torch", "numba", "sounddevice", "av", "soundfile", "PySide6", "scipy.signal"}
MODULES = ("app.session.session", "app.session.preferences", "app.playback.player", "app.playback.output")


def test_a_window_can_have_its_session_before_anything_heavy_is_loaded() -> None:
    script = f"import sys, {', '.join(MODULES)}; print(*({HEAVY} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
