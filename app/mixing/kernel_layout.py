"""Where everything lies in the arrays of the mixing kernel, see `app.mixing.kernel`. No numba: Python reads it too."""

from typing import Final

from app.mixing.equalizer import COEFFICIENTS, SECTIONS
from models.instruments import INSTRUMENTS, STEMS

LANES: Final = 16
SIDE: Final = 8  # lanes of one channel, and columns of an array of curves
STEM_COUNT: Final = len(INSTRUMENTS)
STRIPS: Final = len(STEMS)
MASTER_LANE: Final = STRIPS
TILE_FRAMES: Final = 64
TAP_FRAMES: Final = 4096

GAIN_ROW: Final = SECTIONS * COEFFICIENTS
CROSS_ROW: Final = GAIN_ROW + 1
MASTER_ROW: Final = GAIN_ROW + 2
PARAMETERS: Final = GAIN_ROW + 3

# Entries of `control`.
WANTED: Final = 0  # a number that the owner raises after writing `targets`
IN_FORCE: Final = 1  # the value of WANTED that the parameters follow now
REMAINING: Final = 2  # frames until they have arrived
RESET: Final = 3  # the owner sets 1: jump to the targets and forget the past; back to 0 when done
RAMP: Final = 4  # frames of the glide under way
TAPPED: Final = 5  # the owner writes: 1 + index of the strip to tap, 0 for none
TAP_NEXT: Final = 6  # where the tap's rings go on
DUE: Final = 7  # frames of a glide that is to begin when the one under way has ended
SECTION_STATES: Final = 8  # of each section, one of the next
CONTROLS: Final = SECTION_STATES + SECTIONS
OFF: Final = 0
STEADY: Final = 1
MOVING: Final = 2

# Rows of `meters`. The owner may set HELD and CLIPPED back to 0. `master_block` writes the last two.
PEAK: Final = 0  # largest absolute sample of the last block
MEAN_SQUARE: Final = 1  # of the last block
HELD: Final = 2  # largest absolute sample since it was last set to 0
CLIPPED: Final = 3  # lane 0: 1 once the master has exceeded full scale
LOUDNESS: Final = 4  # lanes 0 to 3: see `app.mixing.loudness_kernel`
METERS: Final = 5
FORGET: Final = 4  # lane of LOUDNESS: the owner sets 1 to measure a new programme; back to 0 when done

# Where things lie in `state`, in rows of 16.
TARGET: Final = 0
TRAVEL: Final = TARGET + PARAMETERS  # a parameter is now target - travel * shape + swing * bulge
SWING: Final = TRAVEL + PARAMETERS
STEADY_ROWS: Final = 6
STEADY_FORM: Final = SWING + PARAMETERS  # six coefficients of each section while it does not move
FILTERS: Final = STEADY_FORM + SECTIONS * STEADY_ROWS  # the two integrators of each section
SLEWED: Final = FILTERS + 2 * SECTIONS  # the weight of each stem at the last sample
DUCKED: Final = SLEWED + 1  # the gain of each strip's curve at the last sample
LEVELS: Final = DUCKED + 1  # scratch: peaks and squares
CURVE: Final = LEVELS + 2  # scratch: shape and bulge of each frame of a tile
TILE: Final = CURVE + TILE_FRAMES
STATE_ROWS: Final = TILE + TILE_FRAMES
