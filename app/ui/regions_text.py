"""Regions as text to paste elsewhere."""

import csv
import io
from collections.abc import Sequence

from app.audio.units import format_time
from app.song.regions import Region
from app.ui.names import display_name


def regions_as_lines(regions: Sequence[Region]) -> str:
    """`Vocals  0:02.40 – 0:07.60  (5.2 s)`, a line each, parted by tabs."""
    return "".join(
        f"{display_name(region.instrument)}\t{format_time(region.start_s, 2)} – {format_time(region.stop_s, 2)}"
        f"\t({region.stop_s - region.start_s:.1f} s)\n"
        for region in regions
    )


def regions_as_csv(regions: Sequence[Region]) -> str:
    """`instrument,start_s,stop_s,length_s` with six decimals, a row each."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("instrument", "start_s", "stop_s", "length_s"))
    for region in regions:
        length_s = region.stop_s - region.start_s
        writer.writerow((region.instrument, f"{region.start_s:.6f}", f"{region.stop_s:.6f}", f"{length_s:.6f}"))
    return file.getvalue()
