"""Measure passes with and without the probes around them, in one process, in random order.

``PYTHON toggled.py WORKER_FOLDER PAIRS SEED`` prints a list of [with, without]: the CPU seconds
of the calling thread within the timed region, in pairs that lie next to each other.
"""

import json
import random
import sys
import time


def work():
    """Compute for some five milliseconds."""
    state = 1
    for _ in range(60_000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return state


def main():
    """Print the pairs."""
    folder, pairs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sys.path.insert(0, folder)
    from gilworker import probes, state

    scope = probes.Scope("sequential", False, state.threads(), [])
    observer = probes.Observer(scope, {})
    assert {"cpu", "threads", "machine", "state"} <= set(probes.names()) - set(observer.unavailable)
    draw = random.Random(seed)
    kept = []

    def timed(observed):
        before = observer.before() if observed else None
        started = time.thread_time()
        work()
        used = time.thread_time() - started
        if observed:
            kept.append((before, observer.after()))
        return used

    for _ in range(20):
        timed(True)
    measured = []
    for _ in range(pairs):
        order = [True, False]
        draw.shuffle(order)
        used = {observed: timed(observed) for observed in order}
        measured.append([used[True], used[False]])
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
