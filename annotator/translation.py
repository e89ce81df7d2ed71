"""Puts the windows into Japanese: a translator over a dictionary, so that nothing has to be compiled."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from annotator.wording import JAPANESE, LANGUAGES

CONTEXT = "annotator"


def tr(text: str) -> str:
    """Return a text of ours in the language of the window."""
    return QCoreApplication.translate(CONTEXT, text)


def system_language() -> str:
    """Return the language of LANGUAGES that the system asks for, English where it asks for another."""
    code = QLocale.system().name()[:2]
    return code if code in LANGUAGES else LANGUAGES[0]


class _Dictionary(QTranslator):
    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._words = words

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False

    def translate(self, context: str, text: str, *_: object) -> str | None:
        """Return the Japanese of a text of ours, None for others'."""
        return self._words.get(text) if context == CONTEXT else None


class Translation:
    """The application's language; Qt's own words (of menus in text fields) come from Qt's files."""

    def __init__(self) -> None:
        self.language = LANGUAGES[0]
        self._ours = _Dictionary(JAPANESE)
        self._qts = QTranslator()
        self._qts.load("qtbase_ja", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))

    def use(self, language: str) -> None:
        """Switch to a language of LANGUAGES; windows are told by Qt's LanguageChange."""
        self.language = language
        for translator in (self._qts, self._ours):
            QCoreApplication.removeTranslator(translator)
            if language == "ja":
                QCoreApplication.installTranslator(translator)
