"""The language of the windows: our own words from a dictionary, Qt's words from Qt's files.

Ours are no Qt translation, so that nothing has to be compiled and what has no window can be tested for its words.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from annotator.wording import JAPANESE, LANGUAGES


class Translation:
    """The language in use, the same for all windows; after a change they are to be told."""

    language = LANGUAGES[0]

    def __init__(self) -> None:
        self._qts = QTranslator()
        self._qts.load("qtbase_ja", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))

    def use(self, language: str) -> None:
        """Switch to a language of LANGUAGES."""
        Translation.language = language
        QCoreApplication.removeTranslator(self._qts)
        if language == "ja":
            QCoreApplication.installTranslator(self._qts)


def tr(text: str) -> str:
    """Return a text of ours in the language in use."""
    return JAPANESE.get(text, text) if Translation.language == "ja" else text


def system_language() -> str:
    """Return the language of LANGUAGES that the system asks for, English where it asks for another."""
    code = QLocale.system().name()[:2]
    return code if code in LANGUAGES else LANGUAGES[0]
