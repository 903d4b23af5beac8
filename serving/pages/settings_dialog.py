"""The dialog in which a visitor changes how answers are chosen."""

from collections.abc import Callable

from nicegui import html, ui

from serving.pages.elements import Text, button
from serving.settings import FIELDS, AnswerSettings, default_settings, read_settings


class SettingsDialog:
    """A form with the settings of chat.py; `on_save` is called with settings that are valid."""

    def __init__(self, settings: AnswerSettings, on_save: Callable[[AnswerSettings], None]):
        self.on_save = on_save
        self.saved = settings
        self.inputs: dict[str, ui.input] = {}
        with ui.dialog() as self.dialog, html.div().classes("dialog") as content:
            heading = Text("h2", "Settings").classes("dialog-title")
            for field in FIELDS:
                shown = ui.input(field.label).classes("setting").mark(field.name)
                shown.props("outlined dense autocomplete=off inputmode=decimal")
                shown.props["hint"] = field.explanation
                shown.on("keydown.enter", self.save)
                self.inputs[field.name] = shown
            self.problem = Text("p").classes("problem").props("role=alert")
            with html.div().classes("dialog-buttons"):
                button("Defaults", lambda: self._show(default_settings()))
                button("Cancel", self.dialog.close)
                button("Save", self.save, "primary")
        content.props(f"tabindex=-1 aria-labelledby={heading.html_id}")
        self.dialog.props(f"aria-labelledby={heading.html_id}")

    def open(self) -> None:
        """Show the dialog with the settings in force."""
        self._show(self.saved)
        self.dialog.open()

    def save(self) -> None:
        """Use the settings and close the dialog, or say what is wrong with them."""
        try:
            settings = read_settings({name: shown.value for name, shown in self.inputs.items()})
        except ValueError as problem:
            self.problem.text = f"{problem}."
            return
        self.saved = settings
        self.on_save(settings)
        self.dialog.close()

    def _show(self, settings: AnswerSettings) -> None:
        self.problem.text = ""
        for name, value in settings.as_json().items():
            self.inputs[name].value = str(value)
