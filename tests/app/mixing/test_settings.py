"""The frozen mix."""

import math
import subprocess
import sys
from collections.abc import Callable

import pytest

from app.mixing.settings import EqualizerSettings, MixSettings, StripSettings
from models.instruments import STEMS


def test_audible_strips() -> None:
    mix = MixSettings()
    assert mix.audible == (True,) * 7
    mix = mix.with_strip("piano", mute=True)
    assert [name for name, heard in zip(STEMS, mix.audible, strict=True) if not heard] == ["piano"]
    mix = mix.with_strip("bass", solo=True).with_strip("other", solo=True)
    assert [name for name, heard in zip(STEMS, mix.audible, strict=True) if heard] == ["bass", "other"]
    assert not any(mix.with_strip("bass", mute=True).with_strip("other", solo=False).audible)


def test_a_changed_strip_leaves_the_others_and_the_original() -> None:
    mix = MixSettings()
    changed = mix.with_strip("drums", gain_db=-3.0)
    assert changed.strip("drums").gain_db == -3.0
    assert mix.strip("drums").gain_db == 0.0
    assert changed.with_strip("drums", gain_db=0.0) == mix
    with pytest.raises(ValueError, match="tuple"):
        mix.with_strip("kazoo", gain_db=0.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: StripSettings(gain_db=12.1),
        lambda: StripSettings(gain_db=math.nan),
        lambda: StripSettings(pan=1.01),
        lambda: StripSettings(pan=math.nan),
        lambda: EqualizerSettings(low_gain_db=-24.1),
        lambda: EqualizerSettings(mid_gain_db=math.nan),
        lambda: EqualizerSettings(high_cutoff_hz=19.0),
        lambda: EqualizerSettings(mid_q=0.0),
        lambda: MixSettings(strips=()),
        lambda: MixSettings(master_gain_db=13.0),
    ],
)
def test_values_out_of_range_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"must lie|must be|strips, not"):
        make()


def test_flat_equalizers() -> None:
    assert EqualizerSettings().is_flat
    assert EqualizerSettings(low_gain_db=3.0, bypass=True).is_flat
    assert not EqualizerSettings(high_gain_db=-0.1).is_flat


def test_the_window_need_not_wait_for_the_engine() -> None:
    """What the window imports to show itself loads none of the slow libraries."""
    code = (
        "import sys, app.audio.decode, app.audio.encode, app.song.song, app.mixing.mixer, app.mixing.mix_file\n"
        "slow = {'torch', 'numba', 'av', 'soundfile', 'scipy', 'sounddevice'} & set(sys.modules)\n"
        "print('loaded:', *slow)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "loaded:\n"
