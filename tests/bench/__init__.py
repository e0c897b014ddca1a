"""`make bench`: speeds as ratios against peers timed in the same run, written to bench.json."""
