"""konv and its peers on the same data, in one session, with equal numbers of threads.

``main`` reads the options, ``session`` measures, ``table`` prints. Every library runs in a process
of its own (``worker``), in its own environment, and is asked line by line (``protocol``). What the
workers share with the session and must not need konv: ``graph``, ``job``, ``protocol``, ``worker``
and ``peers``.
"""
