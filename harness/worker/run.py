"""Start the worker: measure one trial, or answer a question about this interpreter.

Processes started by ``spawn`` and ``forkserver`` run this file again as ``__mp_main__``. Anything
imported above the guard would be paid by each of them, inside the clock when the pool is cold.
"""

if __name__ == "__main__":
    import sys

    from gilworker.main import main

    sys.exit(main(sys.argv))
