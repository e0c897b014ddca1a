"""What a person can do when the process that separates has ended by itself."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox

from app.session.session import Session


def offer_smaller_chunks(box: QMessageBox, session: Session, sentence: str) -> None:
    """Add a button to the box that tells this sentence, if it is of a separation that smaller chunks may save."""
    job = session.separation
    if job is None or job.error != sentence or not session.separator_died:
        return
    text = QCoreApplication.translate("RetryOffer", "Try again with smaller chunks")
    button = box.addButton(text, QMessageBox.ButtonRole.AcceptRole)
    button.setObjectName("retry-smaller")
    button.setAccessibleName(text)
    button.clicked.connect(lambda: session.separate(small_chunks=True))
    box.setDefaultButton(button)
