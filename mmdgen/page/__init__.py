"""A model's description for people, in words and as a page.

wording    what the terminal and the page say alike; imports nothing heavy
pictures   thumbnails of the whole figure, the head and the face under each morph
document   one self-contained HTML page about models: no network, no scripts
"""
