"""Walks a graph, marks where it was in the item itself and takes every mark away again."""

PARAMS = {"items": 6, "depth": 13}


def make_items(items, depth):
    return [{"depth": depth, "path": [], "taken": {"root": k}} for k in range(items)]


def walk(item):
    path, taken = item["path"], item["taken"]
    if len(path) == item["depth"]:
        return 1
    found = 0
    for turn in (0, 1):
        path.append(turn)
        taken[len(path)] = turn
        found += walk(item)
        del taken[len(path)]
        path.pop()
    return found


def task(item):
    return walk(item)


def check(results, items, depth):
    assert results == [2**depth] * items
