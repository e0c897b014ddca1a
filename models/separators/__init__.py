"""The separators: a file a kind, named as in `model.json` with `_` for `-`.

Each has `load(info: ModelInfo, description: dict[str, Any]) -> Separator`.
`models.separator` says what a separator is; `models.blocks` makes one of a network that separates a few seconds.
"""
