"""The page of ``trainer eval --html``: one file that needs nothing else.

pictures.py   which examples and frames are shown, and their pictures as data: URLs
page.py       what was measured and those pictures as JSON, in a page with page.css and page.js
"""
