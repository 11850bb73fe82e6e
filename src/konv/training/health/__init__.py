"""Is the training healthy: what keeps a network from learning is found, measured, and said.

``examination.py`` looks at some pictures from within, now and then; ``course.py`` holds that and
the rows of the history; each file of ``rules/`` finds one family of ills in it; ``doctor.py`` is
the callback that tells each of them once. The folder's doctor, :mod:`konv.data.doctor`, looks at
pictures before training; this one at what becomes of them.
"""
