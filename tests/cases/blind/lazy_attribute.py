"""Documents that count their words when first asked, and remember it."""

from functools import cached_property

PARAMS = {"items": 8, "words": 40_000}


class Document:
    def __init__(self, number, words):
        self.number = number
        self.text = " ".join(f"w{(k * 31 + number) % 997}" for k in range(words))

    @cached_property
    def counts(self):
        counts = {}
        for word in self.text.split():
            counts[word] = counts.get(word, 0) + 1
        return counts


def make_items(items, words):
    return [Document(k, words) for k in range(items)]


def task(document):
    return sum(document.counts.values()), len(document.counts)


def check(results, items, words):
    assert results == [(words, 997)] * items
