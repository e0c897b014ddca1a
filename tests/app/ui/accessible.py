"""What a screen reader is told about the widgets of a window."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QHeaderView, QWidget

VALUED = (
    QAccessible.Role.Slider,
    QAccessible.Role.SpinBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.Dial,
)
"""The roles of controls that have a value."""


@dataclass(frozen=True)
class Told:
    """What is told about one widget."""

    widget: QWidget
    name: str
    role: QAccessible.Role
    value: str

    @property
    def where(self) -> str:
        """For the message of a test that fails."""
        return f"{type(self.widget).__name__} {self.widget.objectName()!r} in {type(self.widget.parent()).__name__}"


def told(widget: QWidget) -> Told:
    """Ask as a screen reader does."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None, widget
    value = interface.text(QAccessible.Text.Value) or interface.text(QAccessible.Text.Description)
    return Told(widget, interface.text(QAccessible.Text.Name), interface.role(), value)


def focusable(root: QWidget) -> list[QWidget]:
    """The widgets below it (and itself) that the keyboard can reach, seen or not; not the insides of Qt's own."""
    widgets = [root, *root.findChildren(QWidget)]
    return [
        widget
        for widget in widgets
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.isWindow()
        and widget.window().windowType() != Qt.WindowType.Popup  # a combo box's own list
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget, QHeaderView)
        and widget.focusProxy() is None
    ]


def faults(root: QWidget) -> list[str]:
    """What is wrong: a focusable widget without a name or a role, or a control without a value."""
    found = []
    for widget in focusable(root):
        about = told(widget)
        if not about.name.strip():
            found.append(f"no name: {about.where}")
        if about.role in (QAccessible.Role.NoRole, QAccessible.Role.Client):
            found.append(f"no role: {about.where} ({about.role.name})")
        if about.role in VALUED and not about.value.strip():
            found.append(f"no value: {about.where}")
    return found
