"""A page as a browser reads it, by the parser of Python's standard library."""

from html.parser import HTMLParser

__all__ = ["Page"]

VOID = {"br", "img", "input", "link", "meta"}


class Page(HTMLParser):
    """A page, read: its tags are balanced; ``elements`` are (tag, attributes).

    ``words`` are its texts in their order; style sheets and scripts are none.
    """

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.words.append(data)

    @property
    def tags(self):
        return [tag for tag, _attributes in self.elements]

    def all(self, tag):
        """The attributes of every element of this kind."""
        return [attributes for name, attributes in self.elements if name == tag]
