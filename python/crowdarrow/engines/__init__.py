"""Conversions and tables on clusters: `crowdarrow.engines.dask`, `.ray` and `.spark`.

Each runs the splits of a plan as tasks of an engine that is there already, one thread a task. What is written, in
which order and under which names, is the same everywhere: it is decided by `crowdarrow.splitting`, `convert_split` and
`merge`, not by the engine.
"""
