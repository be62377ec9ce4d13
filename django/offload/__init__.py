"""Tells the offload service, after each commit, which tables changed.

What Django sends no signal for is told with::

    offload.changed(Topic)          # after a bulk_create, an update(), raw SQL

    with offload.changing(Topic):   # around it; also as a decorator
        ...
"""

from .changes import changed, changing
from .sending import flush

__all__ = ['changed', 'changing', 'flush']
