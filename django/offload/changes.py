"""One event per transaction, table and database, sent after the commit."""

import inspect
import logging
from contextlib import ContextDecorator

from django.apps import apps
from django.db import DatabaseError, router, transaction

from . import sending

logger = logging.getLogger('offload')


def changed(*models, using=None, operation='UPDATE'):
    """Announces a change of the models' rows for which Django sends no signal.

    The event is sent after the commit of the open transaction, or at once without one; a rollback discards it.
    `models` are classes or labels like ``'bbs.Topic'`` that ``OFFLOAD['MODELS']`` names. `using` is the alias of the
    database; default: the one that the router writes the model to.
    """
    for model in map(_model, models):
        note(relation_named(model), operation, using or router.db_for_write(model))


class changing(ContextDecorator):
    """Calls `changed` when the block or the function ends, even with an exception, because part of it may be committed."""

    def __init__(self, *models, using=None, operation='UPDATE'):
        self._models = models
        self._how = {'using': using, 'operation': operation}

    def __enter__(self):
        for model in self._models:  # raises for an unknown model before the block runs
            relation_named(_model(model))
        return self

    def __exit__(self, *_):
        changed(*self._models, **self._how)


def _model(model):
    return apps.get_model(model) if isinstance(model, str) else model


def relation_named(model):
    """The table of a model that the settings name, by its label: a migration's historical model has another class."""
    config = sending.config()
    label = model._meta.concrete_model._meta.label_lower
    relation = config.relations.get(label) if config else None
    if relation is None and config is not None:
        raise ValueError(f"{model._meta.label} is not named in OFFLOAD['MODELS'].")
    return relation


class _Pending:
    """An event that is sent after the commit of its transaction."""

    def __init__(self, relation, operation):
        self.operation = operation
        self.sent = False

        def send():
            if not self.sent:
                self.sent = True
                sending.send(sending.event_of(relation, self.operation))

        send.is_offload = True  # offload.testing finds the callback by this mark
        self._send = send
        self._place = None

    def register(self, connection):
        _on_commit(self._send, connection.alias)
        self._place = len(_callbacks(connection)) - 1

    def is_registered(self, connection):
        """Whether the commit will send the event. A rollback, also to a savepoint, removes the callbacks registered since."""
        callbacks = _callbacks(connection)
        return not self.sent and 0 <= self._place < len(callbacks) and callbacks[self._place][1] is self._send


def note(relation, operation, using):
    """Registers one event of the table for the open transaction; further calls until the commit join it."""
    if relation is None:
        return
    connection = transaction.get_connection(using)
    if not connection.in_atomic_block and not connection.get_autocommit():
        _announce(relation, operation, connection)
        return
    notes = connection.__dict__.setdefault('_offload_pending', {})
    pending = notes.get(relation)
    if pending is not None and pending.is_registered(connection):
        pending.operation = operation
        return
    notes[relation] = pending = _Pending(relation, operation)
    pending.register(connection)


def _announce(relation, operation, connection):
    """With autocommit off, Django signals no commit: sends the transaction's id at once, and the service waits for it."""
    if connection.vendor != 'postgresql':
        logger.error(
            'Not sent: a change of %s on %s. Autocommit is off, which needs PostgreSQL: use transaction.atomic().',
            relation,
            connection.alias,
        )
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute('SELECT txid_current()')
            (transaction_id,) = cursor.fetchone()
    except DatabaseError:  # the transaction has already failed and will be rolled back
        logger.exception('Not sent: a change of %s on %s', relation, connection.alias)
        return
    sending.send(sending.event_of(relation, operation, str(transaction_id)))


def _callbacks(connection):
    """The callbacks registered for the commit. `run_on_commit` is private: without it, each change registers its own."""
    return getattr(connection, 'run_on_commit', ())


_robust = {'robust': True} if 'robust' in inspect.signature(transaction.on_commit).parameters else {}


def _on_commit(callback, using):
    transaction.on_commit(callback, using=using, **_robust)
