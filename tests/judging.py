"""Claims judged in the standard campaign."""

import synthetic

from analysis.dataset.tidy import Reading, Session
from analysis.inference import verdicts


def judged(*claims, made=None, records=None, blocks=10):
    """Return the table of verdicts on ``claims`` in the standard campaign."""
    standard, trials = synthetic.standard(blocks=blocks)
    made = {**(made or standard), "claims": [{**synthetic.CLAIM, **claim} for claim in claims]}
    frame = synthetic.frame_of(made, records or trials)
    session = Session(made["machine"], made["experiment"], made["session"], made, {})
    return verdicts.table(Reading(frame, (session,), ()))


THREADS = {"model": "threads", "workers": 2}
