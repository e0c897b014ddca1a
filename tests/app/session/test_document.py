import pytest

from app.session.document import Document


def test_a_new_document_has_nothing_to_come_back_to() -> None:
    document = Document()
    assert document.snapshots == (None,) * 4
    assert {sides.side for sides in document.sides} == {"A"}
    assert document == Document()


@pytest.mark.parametrize(
    "wrong", [{"snapshots": ()}, {"sides": ()}, {"loop": (5, 5)}, {"loop": (-1, 5)}, {"loop": (5, 1)}]
)
def test_a_document_that_cannot_be_is_refused(wrong: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError):
        Document(**wrong)  # type: ignore[arg-type]
