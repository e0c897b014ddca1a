"""Formats that hold other files: projects, the cache's manifests, archives and checkpoints of published models."""

import io
import struct
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from app.json_file import json_text
from app.session.project_file import Project, SongReference, write_project
from app.song.cache_entry import MANIFEST, SongFacts, manifest_to_json, read_manifest
from app.song.cache_entry import Manifest as CacheManifest
from models.conversion.crc32c import masked_crc32c
from models.conversion.tensorflow_checkpoint import Checkpoint
from models.conversion.unpack import unpack

_VALUES: Final = struct.pack("<4f", 1.0, 2.0, 3.0, 4.0)


def project_seeds(folder: Path) -> list[bytes]:
    """A project with a song, and an empty one."""
    path = folder / "seed.partwise"
    files = []
    for song in (None, SongReference("/music/song.flac", "song.flac", "0" * 64, "Song", 44100, 100_000)):
        write_project(path, Project(song))
        files.append(path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            files.append(archive.read("project.json"))  # read as it is too
    return files


def manifest_seeds(folder: Path) -> list[bytes]:
    """The manifest of a song that is half separated."""
    import numpy as np

    facts = SongFacts(44100, 100_000, 2)
    checks = np.ones(-(-facts.frames // (1 << 16)), np.uint32)
    manifest = CacheManifest("0" * 64, "iass-six", "song.flac", facts, ((0, 50_000),), ((0, 40),), checks)
    return [json_text(manifest_to_json(manifest)).encode()]


def read_manifest_file(path: Path) -> None:
    """As the cache reads it."""
    (path.parent / MANIFEST).write_bytes(path.read_bytes())
    read_manifest(path.parent)


def archive_seeds(folder: Path) -> list[bytes]:
    """The same two files as zip, plain and packed, and as tar."""
    files = {"model/checkpoint": b"text", "model/model.index": bytes(500)}
    seeds = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        seeds.append(buffer.getvalue())
    for mode in ("w", "w:gz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        seeds.append(buffer.getvalue())
    return seeds


def unpack_archive(path: Path) -> None:
    """Into a folder, beside which nothing may appear."""
    import shutil

    into = path.parent / "unpacked" / "here"
    into.mkdir(parents=True)
    try:
        unpack(path, lambda name: name != PurePosixPath("skip"), into)
        outside = [entry.name for entry in into.parent.iterdir() if entry != into]
        if outside or any(entry.is_symlink() for entry in into.rglob("*")):
            raise PermissionError(f"something escaped: {outside}")
    finally:
        shutil.rmtree(into.parent)


def checkpoint_seeds(folder: Path) -> list[bytes]:
    """The index of a checkpoint of one shard and one variable, written by hand as TensorFlow does."""
    header = b"\x08\x01"  # one shard
    entry = (
        b"\x08\x01" + b"\x12\x04\x12\x02\x08\x04" + b"\x28\x10" + b"\x35" + struct.pack("<I", masked_crc32c(_VALUES))
    )
    return [sorted_table({b"": header, b"conv2d/kernel": entry})]


def sorted_table(values: dict[bytes, bytes]) -> bytes:
    """LevelDB's table of one uncompressed block of these values, in the order of their keys."""

    def block(entries: dict[bytes, bytes]) -> bytes:
        body = b"".join(bytes((0, len(key), len(value))) + key + value for key, value in sorted(entries.items()))
        return body + struct.pack("<II", 0, 1)

    def stored(data: bytes) -> bytes:
        return data + b"\x00" + struct.pack("<I", masked_crc32c(data + b"\x00"))

    def varint(number: int) -> bytes:
        result = bytearray()
        while number > 0x7F:
            result.append(number & 0x7F | 0x80)
            number >>= 7
        return bytes((*result, number))

    data, meta = block(values), block({})
    table = stored(data)
    meta_handle = varint(len(table)) + varint(len(meta))
    table += stored(meta)
    index = block({b"\xff": varint(0) + varint(len(data))})
    index_handle = varint(len(table)) + varint(len(index))
    table += stored(index)
    footer = meta_handle + index_handle
    return table + footer + bytes(40 - len(footer)) + struct.pack("<Q", 0xDB4775248B80FB57)


def read_checkpoint(path: Path) -> None:
    """The index and what it says of each variable, beside the shard that it was made for."""
    path.with_name(f"{path.stem}.data-00000-of-00001").write_bytes(_VALUES)
    checkpoint = Checkpoint(path)
    for name, entry in checkpoint.entries.items():
        checkpoint.read(name, entry.shape)
