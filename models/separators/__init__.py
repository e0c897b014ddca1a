"""The separators: a file a kind, named as in `model.json` with `_` for `-`. A file dropped in here adds one.

Each has `load(info: ModelInfo, description: dict[str, Any]) -> Separator`. `models.separator` says what a separator is;
`models.blocks` makes one of a network that separates a few seconds, and knows nothing of which one.

What a separator says of itself stands in `model.json` and in `models.registry.ModelInfo`: name (its folder's), `title`,
`targets` or `instruments` (its stems), `sample_rate`, `licence` with `licence_url` and `non_commercial`, `source` of
the weights, and `has_activations`, which only `iass` and `iass-six` need not say; the size is that of its
`*.safetensors`. What it yields are the spans of `models.separator.Span`.

Rules for what differs:

- A stem that is no instrument of ours (`other`, `accompaniment`) is no lane: it stays in Other, like every instrument
  that the separator does not know and everything it leaves out. So the seven files always add up to the mix.
- A stem that feeds several lanes (`models.registry.LANES`: `guitar` feeds both guitars) is split in time: each lane
  gets its share of the squared activation probabilities, after the published median filter, plus a twentieth, so that
  it is shared equally where neither plays (`models.combined.split`).
- A separator without activations is lent those of `iass-six`, heard in the mix (`models.combined.WithActivations`);
  without that model all are 1, the weight that changes nothing, and a guitar lies in the electric one's lane.
- `first+second` is a hybrid: the first one's vocals, the second one's other stems of what these leave
  (`models.combined.Hybrid`); `spleeter+iass-six` is listed when a Spleeter is there.
"""
