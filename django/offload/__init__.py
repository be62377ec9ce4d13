"""Announces to the offload service, after each commit, which tables changed.

Announce changes for which Django sends no signal (bulk_create, update(), raw SQL)::

    offload.changed(Topic)          # after the change

    with offload.changing(Topic):   # around the change; also a decorator
        ...
"""

from .changes import changed, changing
from .sending import flush

__all__ = ['changed', 'changing', 'flush']
