"""Equalizers as JSON, in mix files and presets: the bands by name, those that are as by default left out."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from app.json_file import Read, choice, flag, number, read_object
from app.mixing.settings import (
    DEFAULT_BANDS,
    EQUALIZER_FREQUENCY_RANGE_HZ,
    EQUALIZER_GAIN_RANGE_DB,
    EQUALIZER_Q_RANGE,
    SLOPES_DB_PER_OCTAVE,
    BandKind,
    BandSettings,
    EqualizerSettings,
)

_FIRST_PEAK: Final = next(index for index, band in enumerate(DEFAULT_BANDS) if band.kind == BandKind.PEAK)

BAND_NAMES: Final = tuple(
    f"peak_{index - _FIRST_PEAK + 1}" if band.kind == BandKind.PEAK else str(band.kind)
    for index, band in enumerate(DEFAULT_BANDS)
)
"""high_pass, low_shelf, peak_1 to peak_4, high_shelf, low_pass."""


def bands_to_json(bands: tuple[BandSettings, ...]) -> dict[str, Any]:
    """The bands that are not as by default."""
    named = zip(BAND_NAMES, bands, DEFAULT_BANDS, strict=True)
    return {name: _band_to_json(band) for name, band, default in named if band != default}


def read_bands(value: Any, key: str) -> tuple[BandSettings, ...]:
    """A reader of bands. One that is named is on unless it says otherwise; what it leaves out is as by default."""
    readers: dict[str, Read] = dict.fromkeys(BAND_NAMES, _read_changes)
    changes = read_object(value, key, readers)
    return tuple(
        replace(default, **{"on": True, **changes[name]}) if name in changes else default
        for name, default in zip(BAND_NAMES, DEFAULT_BANDS, strict=True)
    )


def read_old_equalizer(value: Any, key: str) -> EqualizerSettings:
    """A reader of the three bands of the first format: they become the low shelf, a peak and the high shelf."""
    gain, frequency = number(-24.0, 12.0), number(20.0, 20_000.0)
    readers: dict[str, Read] = {
        "low_gain_db": gain,
        "mid_gain_db": gain,
        "high_gain_db": gain,
        "low_cutoff_hz": frequency,
        "mid_center_hz": frequency,
        "mid_q": number(0.1, 10.0),
        "high_cutoff_hz": frequency,
        "bypass": flag,
    }
    return _from_three_bands(read_object(value, key, readers))


def _from_three_bands(old: Mapping[str, Any]) -> EqualizerSettings:
    places = {
        "low_shelf": ("low_gain_db", old.get("low_cutoff_hz", 250.0), None),
        "peak_2": ("mid_gain_db", old.get("mid_center_hz", 1000.0), old.get("mid_q", 0.7)),
        "high_shelf": ("high_gain_db", old.get("high_cutoff_hz", 4000.0), None),
    }
    bands = list(DEFAULT_BANDS)
    for name, (gain_key, frequency_hz, q) in places.items():
        gain_db = old.get(gain_key, 0.0)
        if gain_db != 0.0:  # a band that does nothing may as well stay where it is by default
            index = BAND_NAMES.index(name)
            band = replace(bands[index], on=True, frequency_hz=frequency_hz, gain_db=gain_db)
            bands[index] = band if q is None else replace(band, q=q)
    return EqualizerSettings(tuple(bands), bypass=old.get("bypass", False))


def _band_to_json(band: BandSettings) -> dict[str, Any]:
    return {field.name: getattr(band, field.name) for field in fields(BandSettings) if field.name != "kind"}


def _read_changes(value: Any, key: str) -> dict[str, Any]:
    readers: dict[str, Read] = {
        "on": flag,
        "frequency_hz": number(*EQUALIZER_FREQUENCY_RANGE_HZ),
        "gain_db": number(*EQUALIZER_GAIN_RANGE_DB),
        "q": number(*EQUALIZER_Q_RANGE),
        "slope_db_per_octave": choice(*SLOPES_DB_PER_OCTAVE),
    }
    return read_object(value, key, readers)
