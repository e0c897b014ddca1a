"""The document comes back from JSON as it was, and nothing else is taken for one."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.json_file import InvalidError
from app.session.commands import Command
from app.session.document import Document
from app.session.document_json import document_from_json, document_to_json
from app.session.history import History
from tests.app.session.documents import commands


def written(document: Document) -> str:
    return json.dumps(document_to_json(document), allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(steps=st.lists(commands, min_size=1, max_size=12))
def test_what_is_read_is_what_was_written(steps: list[Command]) -> None:
    history = History()
    for step in steps:
        history.do(step)
    text = written(history.document)
    document = document_from_json(json.loads(text))
    assert document == history.document
    assert written(document) == text


def test_every_field_is_written() -> None:
    """A new field of the document that is forgotten here would be lost with every project."""
    assert set(document_to_json(Document())) == {field.name for field in fields(Document)}


def test_what_is_left_out_has_its_default() -> None:
    assert document_from_json({}) == Document()


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        ([], "the file must be an object in braces"),
        ({"colour": "red"}, "colour is not a setting"),
        ({"loop": [5, 5]}, "a loop must end after it starts"),
        ({"loop": [-1, 5]}, "must be a whole number from 0"),
        ({"loop": [0, 1 << 70]}, "must be a whole number from 0"),
        ({"loop": [0.0, 5.0]}, "must be a whole number"),
        ({"loop": [True, 5]}, "must be a whole number"),
        ({"loop": [1]}, "must have 2 entries"),
        ({"snapshots": [None]}, "snapshots must have 4 entries"),
        ({"sides": [{"side": "C"}] * 7}, r"sides\[0\].side must be A or B"),
        ({"practice": ["without", "tuba"]}, r"practice\[1\] must be"),
        ({"practice": "without"}, "practice must be a list of two texts"),
        ({"tempo": {"first_beat_frame": 3}}, "tempo.bpm is missing"),
        ({"tempo": {"bpm": 1e9}}, "tempo.bpm must be a number from 30 to 300"),
        ({"tempo": {"bpm": 100, "found": [5, 5]}}, "tempo.found must rise"),
        ({"mix": {"strips": {}}}, "mix: it is not a mix"),
        ({"mix": {"partwise_mix": 2, "strips": {"bass": {"pan": 7}}}}, "mix: strips.bass.pan must be"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(tree: Any, sentence: str) -> None:
    with pytest.raises(InvalidError, match=sentence):
        document_from_json(tree)


@settings(deadline=None, max_examples=60)
@given(
    key=st.sampled_from([field.name for field in fields(Document)]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    ),
)
def test_anything_else_is_refused_or_makes_a_document(key: str, value: object) -> None:
    try:
        document = document_from_json({key: value})
    except InvalidError:
        return
    assert document_from_json(json.loads(written(document))) == document
