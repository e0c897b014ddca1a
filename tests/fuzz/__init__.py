"""Every format that comes from outside, fed with damaged files: `python -m tests.fuzz FORMAT --seconds N --seed S`."""
