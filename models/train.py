"""Train a separator: `python -m models.train --config iass-six --data synthetic --output RUN`.

See `models.training.command_line` for the options and `models/README.md` for what to do with them.
"""

import sys

from models.training.environment import restart_in_environment

if __name__ == "__main__":
    restart_in_environment()
    from models.training.command_line import main  # takes seconds to load, which is not done twice

    sys.exit(main())
