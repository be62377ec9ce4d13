"""One event for each transaction, table and database, after the commit."""

import inspect
import logging
from contextlib import ContextDecorator

from django.apps import apps
from django.db import DatabaseError, router, transaction

from . import sending

logger = logging.getLogger('offload')


def changed(*models, using=None, operation='UPDATE'):
    """Says that rows of the models changed, in a way that Django sends no signal for.

    The event goes out after the commit of the transaction that is open, or at once where none is; a rollback takes it
    back. `models` are classes or labels like ``'bbs.Topic'``, named in ``OFFLOAD['MODELS']``; `using` is the alias of
    the database, without it the one that the model is written to.
    """
    for model in map(_model, models):
        note(relation_named(model), operation, using or router.db_for_write(model))


class changing(ContextDecorator):
    """`changed`, when the block or the function ends; also by an exception: some of it may be committed."""

    def __init__(self, *models, using=None, operation='UPDATE'):
        self._models = models
        self._how = {'using': using, 'operation': operation}

    def __enter__(self):
        for model in self._models:  # a mistake is told before the work, not after it
            relation_named(_model(model))
        return self

    def __exit__(self, *_):
        changed(*self._models, **self._how)


def _model(model):
    return apps.get_model(model) if isinstance(model, str) else model


def relation_named(model):
    """The table of a model that the settings name. A migration's historical model is known by its label."""
    config = sending.config()
    label = model._meta.concrete_model._meta.label_lower
    relation = config.relations.get(label) if config else None
    if relation is None and config is not None:
        raise ValueError(f"{model._meta.label} is not named in OFFLOAD['MODELS'].")
    return relation


class _Pending:
    """An event that is sent when its transaction is committed."""

    def __init__(self, relation, operation):
        self.operation = operation
        self.sent = False

        def send():
            if not self.sent:
                self.sent = True
                sending.send(sending.event_of(relation, self.operation))

        send.is_offload = True  # for a test that captures it
        self._send = send
        self._place = None

    def register(self, connection):
        _on_commit(self._send, connection.alias)
        self._place = len(_callbacks(connection)) - 1

    def is_registered(self, connection):
        """Whether the commit will send it: a rollback, also to a savepoint, drops the callbacks made since."""
        callbacks = _callbacks(connection)
        return not self.sent and 0 <= self._place < len(callbacks) and callbacks[self._place][1] is self._send


def note(relation, operation, using):
    """An event of this table after the commit, however often this is called until then."""
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
    """For a program that commits by itself, which Django does not tell of: the service waits for the transaction."""
    if connection.vendor != 'postgresql':
        logger.error('Not sent, as no commit will be seen: a change of %s on %s', relation, connection.alias)
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute('SELECT txid_current()')
            (transaction_id,) = cursor.fetchone()
    except DatabaseError:  # the transaction failed before: it will be rolled back
        logger.exception('Not sent: a change of %s on %s', relation, connection.alias)
        return
    sending.send(sending.event_of(relation, operation, str(transaction_id)))


def _callbacks(connection):
    """What waits for the commit; empty where Django keeps it elsewhere, and then each change has a callback of its own."""
    return getattr(connection, 'run_on_commit', ())


_robust = {'robust': True} if 'robust' in inspect.signature(transaction.on_commit).parameters else {}


def _on_commit(callback, using):
    transaction.on_commit(callback, using=using, **_robust)
