"""For a project's tests: records the events instead of sending them.

::

    with capture_changes() as changes:
        Topic.objects.create(title='…')
    changes.assert_sent(Topic)

A ``TestCase`` never commits its transaction, so an event that waits for the commit counts as sent. An event that was rolled
back within the block does not count.
"""

from contextlib import ContextDecorator

from django.apps import apps
from django.db import connections

from . import sending
from .changes import relation_named


class capture_changes(ContextDecorator):
    def __init__(self):
        #: The events, in their order: dictionaries with `schema`, `table` and `operation`.
        self.events = []

    def __enter__(self):
        self._places = {}
        for connection in connections.all():
            self._places[connection] = len(getattr(connection, 'run_on_commit', ()))
            connection.__dict__.pop('_offload_pending', None)  # the block must not join events that were registered before it
        sending.captures.append(self.events)
        return self

    def __exit__(self, *_):
        try:
            for connection, place in self._places.items():
                for callback in list(getattr(connection, 'run_on_commit', ()))[place:]:
                    if getattr(callback[1], 'is_offload', False):
                        callback[1]()
                connection.__dict__.pop('_offload_pending', None)
        finally:
            sending.captures.pop()

    def assert_sent(self, *models):
        """Asserts that events of exactly these models' tables were sent. `models` are classes or labels."""
        expected = {str(_relation(model)) for model in models}
        sent = {f'{event["schema"]}.{event["table"]}' for event in self.events}
        if sent != expected:
            raise AssertionError(f'Expected changes of {_names(expected)}, got changes of {_names(sent)}.')

    def assert_nothing_sent(self):
        self.assert_sent()


def _relation(model):
    return relation_named(apps.get_model(model) if isinstance(model, str) else model)


def _names(relations):
    return ', '.join(sorted(relations)) or 'no table'
