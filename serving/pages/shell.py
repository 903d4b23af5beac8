"""The frame around every page: header with navigation, theme, stylesheet.

    @ui.page("/judge")
    def judge_page() -> None:
        with frame("Judge"):
            ui.label("…")

The stylesheet is style.css. Its colours are variables with other values in the dark theme. Texts of
models and users are only ever shown as text (`ui.label`, `Text`). Never pass them to `ui.html` or
`ui.markdown`, which would render them as markup.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import html, ui

from serving.pages.elements import Text

SITE = "Baseball GPT"
PAGES = {"Ask": "/", "Judge": "/judge", "Compare": "/compare", "Watch": "/watch"}

PAGE_SECONDS = 60  # to read the files that a page shows, as from a slow network folder

HERE = Path(__file__).parent
SCRIPTS = (HERE / "theme.js", HERE / "keys.js", HERE / "focus.js")
STYLESHEET = HERE / "style.css"


@contextmanager
def frame(title: str, purpose: str = "") -> Iterator[None]:
    """Draw the header, and let the caller draw the content below the page's heading.

    `title` is the heading, and marks the page in the navigation if its name is in PAGES. `purpose`
    is a sentence below the heading.
    """
    ui.page_title(f"{title} · {SITE}")
    for script in SCRIPTS:
        ui.add_head_html(f"<script>{script.read_text(encoding='utf-8')}</script>")
    ui.add_css(STYLESHEET)
    _draw_header(title)
    with html.div().classes("page") as content:
        Text("h1", title)
        if purpose:
            Text("p", purpose).classes("muted")
        yield
    ui.skip_link("Skip to content", target=content)


def _draw_header(title: str) -> None:
    with ui.header(wrap=False).classes("site-header"):
        ui.link(SITE, "/").classes("site-name")
        with html.nav().props('aria-label="Pages"'):
            for name, path in PAGES.items():
                link = ui.link(name, path)
                if name == title:
                    link.props("aria-current=page")
        # theme.js keeps the text of the button in step with the theme.
        theme = Text("button", "Theme").props("id=theme-switch type=button")
        theme.classes("theme-switch").on("click", js_handler="() => window.switchTheme()")
