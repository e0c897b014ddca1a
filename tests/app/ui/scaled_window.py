"""Pictures of a window with each page of its side panel: `THEME FOLDER PICTURES`. It prints what is cut off."""

import sys
import time
from dataclasses import replace
from pathlib import Path

from app.mixing.presets import EqualizerPresets
from app.playback.output import OutputSettings
from app.playback.player import Player
from app.session.preferences import Preferences
from app.session.session import Session
from app.ui.appearance import Appearance
from app.ui.application import make_application
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.side_pages import PAGES
from app.ui.theme import RESOURCES
from tests.app.ui.conftest import silent_output
from tests.app.ui.desk import PretendSeparation, write_song
from tests.app.ui.test_layout import cut_off

_LONGEST_WAIT_S = 120.0


def main(theme: str, folder: Path, pictures: Path) -> None:
    """Open the window, wait for the song, and grab it with every page."""
    application = make_application(["partwise"])
    bridge = Bridge()
    session = Session(
        bridge.post,
        Player(OutputSettings(), silent_output),
        replace(Preferences(), theme=theme),  # type: ignore[arg-type]
        separation_process=PretendSeparation(),
        presets=EqualizerPresets(RESOURCES / "presets" / "equalizer", folder / "presets"),
        play_on_open=False,
    )
    window = MainWindow(session, Appearance(application, theme))
    window.resize(1366, 768)
    window.show()
    session.open(write_song(folder))
    end = time.monotonic() + _LONGEST_WAIT_S
    while session.separation is None or session.separation.state != "done":
        application.processEvents()
        time.sleep(0.02)
        if time.monotonic() > end:
            raise TimeoutError("the song was not separated in time")
    for page in PAGES:
        window.side.panel.open_page(page)
        for _ in range(20):
            application.processEvents()
            time.sleep(0.01)
        for fault in cut_off(window):
            print(page, fault)
        window.grab().save(str(pictures / f"panel-{page}-{theme}-200.png"))
    window.close()
    session.close()
    bridge.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
