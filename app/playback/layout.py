"""The records that Python and the compiled callback share. Frames are the song's unless they say otherwise."""

from typing import Final

import numpy as np

HISTORY: Final = 1024
"""Pieces of sound that are remembered for telling the position."""

LOG_ROWS: Final = 1 << 14
TIMES: Final = 1 << 15
RINGS: Final = 2
RING_FRAMES: Final = 1 << 15
"""Output frames that are prepared ahead when the song is stretched or resampled: two thirds of a second."""


def _record(**fields: type) -> "np.dtype[np.void]":
    return np.dtype(list(fields.items()), align=True)


def words(record: "np.dtype[np.void]") -> int:
    """Length of a record in words of 64 bits."""
    return record.itemsize // 8


TABLE: Final = _record(
    # what the callback is given: addresses
    control=np.int64,  # int64 (4,), see the names below
    shared=np.int64,  # what is published: a REQUEST, the mix's targets, the addresses of the mixer's arrays
    staged=np.int64,
    request=np.int64,  # the REQUEST in force
    state=np.int64,
    where=np.int64,  # addresses of the mixer's arrays
    call=np.int64,
    rings=np.int64,
    ring_mix=np.int64,  # float32 (RINGS, RING_FRAMES, 2)
    ring_stems=np.int64,  # float32 (RINGS, 6, RING_FRAMES, 2)
    ring_positions=np.int64,  # float64 (RINGS, RING_FRAMES): the song position of each frame
    pieces=np.int64,
    piece_number=np.int64,  # int64 (2,): a sequence lock, how many there were
    log=np.int64,
    clicks=np.int64,  # float32 (2, click_frames)
    click_frames=np.int64,
    weighting=np.int64,
    weighting_memory=np.int64,
    scratch=np.int64,
    block_times=np.int64,
    clock_value=np.int64,
)

# Entries of the array at `control`.
SEQUENCE: Final = 0  # of the sequence lock over `shared`
GATE: Final = 1  # the song that may be read; another one is silence, whatever the request in force says
ENTERED: Final = 2  # how often the callback was entered and left: equal while it does not run
LEFT: Final = 3

REQUEST: Final = _record(
    # the song: its number (0 for none), length and samples; addresses of arrays that stay alive until acknowledged
    song=np.int64,
    frames=np.int64,
    mix=np.int64,
    stems=np.int64,
    weights=np.int64,
    weight_rows=np.int64,
    curves=np.int64,
    curve_rows=np.int64,
    activation_per_frame=np.float64,
    slew=np.float64,
    # the mix: a change of number is a change of the targets that come with the request
    mix_number=np.int64,
    ramp_frames=np.int64,
    limit=np.int64,
    ceiling=np.float64,
    latency=np.int64,  # output frames by which the limiter delays while it is on
    # the transport: a change of number is a new wish to play or not, a change of serial a jump to `frame`
    playing=np.int64,
    play_number=np.int64,
    serial=np.int64,
    frame=np.int64,
    loop_start=np.int64,  # -1 for no loop
    loop_stop=np.int64,
    repeat=np.int64,
    fade_frames=np.int64,  # output frames
    rate=np.float64,  # output frames per second
    output_latency_s=np.float64,  # where the output does not tell itself
    channels=np.int64,
    # which of the prepared streams to play: 0 for none, reading the song itself
    generation=np.int64,
    # scrubbing: a change of number is a grain at `scrub_frame`
    scrubbing=np.int64,
    scrub_number=np.int64,
    scrub_frame=np.int64,
    grain_frames=np.int64,
    # counting in before the play of this number: output frames until the song starts, and between clicks
    count_in=np.int64,
    count_in_frames=np.int64,
    count_in_period=np.float64,
    beats_per_bar=np.int64,
    # clicks on the beats
    metronome=np.int64,
    click_gain=np.float64,
    beats=np.int64,
    beat_count=np.int64,
    bar_phase=np.int64,
    # the original instead of the remix
    compare=np.int64,
    compare_frames=np.int64,  # of the cross-fade
    loudness_memory=np.float64,  # share of the past that is left after a frame
    logging=np.int64,
    clock=np.int64,  # address of C's clock_gettime, 0 for none: blocks are timed by it then
    clock_kind=np.int64,  # its first argument
)

STATE: Final = _record(
    seen=np.int64,  # number of the request in force
    song=np.int64,
    mix_number=np.int64,
    stream_frame=np.int64,  # output frames rendered
    next_at_s=np.float64,  # when the next one is heard
    level=np.int64,  # of the fade: 0 is silent, fade_frames is full
    serial=np.int64,
    frame=np.int64,  # the next one
    origin=np.int64,  # where the last jump ended
    return_to=np.int64,  # the loop's start while fading out at its end, else -1
    ended=np.int64,  # the play_number that reached the song's end
    sounding=np.int64,
    tail=np.int64,  # output frames of silence that the limiter still has to see
    generation=np.int64,  # that is read; 0 is the song itself
    ring=np.int64,
    read=np.int64,  # of the ring, since its start
    starved=np.int64,  # how often a ring ran empty
    starving=np.int64,
    scrubbing=np.int64,
    scrub_number=np.int64,
    grain=np.int64,  # output frames left of it
    counted=np.int64,  # the count_in that is done or under way
    count_left=np.int64,
    next_click=np.float64,  # output frames until it
    count_beat=np.int64,
    click=np.int64,  # next sample of the click that sounds, -1 for none
    accent=np.int64,
    beat=np.int64,  # index of the next one
    beat_position=np.float64,  # the song position up to which beats have clicked
    compared=np.int64,  # of the cross-fade: 0 is the remix, compare_frames the original
    loudness=np.float64,  # mean square of the remix, of the original
    original_loudness=np.float64,
    original_peak=np.float64,
    match_gain=np.float64,
    underflows=np.int64,  # how often the output ran empty
    underflow_at_s=np.float64,  # when it last was told, or noticed
    blocks=np.int64,
    logged=np.int64,
)

RING: Final = _record(
    generation=np.int64,  # 0 while it is being prepared
    written=np.int64,  # output frames, since its start
    end=np.int64,  # the song's end among them, -1 if it is not reached
    step=np.float64,  # song frames per output frame
)

PIECE: Final = _record(
    at_s=np.float64,  # when its first frame is heard
    start=np.float64,  # song position
    step=np.float64,  # song frames per output frame
    count=np.int64,  # output frames
    serial=np.int64,
    origin=np.int64,
)

LOG: Final = _record(
    stream_frame=np.int64,
    song_frame=np.int64,
    frames=np.int64,
    mix_number=np.int64,
    restarted=np.int64,
    level=np.int64,  # of the fade before it
    direction=np.int64,  # -1, 0 or 1
    generation=np.int64,
)

CALL: Final = _record(
    # of the mixing kernels: their addresses and what they are called with
    mix_function=np.int64,
    master_function=np.int64,
    where=np.int64,
    mix=np.int64,
    stems=np.int64,
    frames=np.int64,
    weights=np.int64,
    weight_rows=np.int64,
    curves=np.int64,
    curve_rows=np.int64,
    start=np.int64,
    count=np.int64,
    activation_start=np.float64,
    activation_per_frame=np.float64,
    slew=np.float64,
    ramp_frames=np.int64,
    limit=np.int64,
    ceiling=np.float64,
    out=np.int64,
)
