"""The manager of models: which there are, getting them safely, and what they do on this machine.

    from models.manager.library import Library
    Library().get("spleeter-2stems", progress=print)

`catalogue` reads what is known of each model, `download` brings files, `library` installs, imports, verifies and
removes, `quality` reads our own figures. Standard library only, but for the conversion itself.
"""
