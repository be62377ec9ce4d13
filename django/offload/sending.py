"""The current Config, and the Delivery to its transport."""

import logging

from django.core import mail

from .conf import read
from .delivery import Delivery

logger = logging.getLogger('offload')

_config = None
_delivery = None
#: The lists of `capture_changes` blocks; the last one receives the events instead of the transport.
captures = []


def configure():
    """Reads the settings. Returns the Config, or None if they are invalid; then no event is sent."""
    global _config, _delivery
    _config, problems = read()
    _delivery = None
    if _config is None:
        logger.error('No change will be announced: %s', ' '.join(p.msg for p in problems if p.is_serious()))
    elif _config.transport is not None:
        transport = _config.transport(_config)
        _delivery = Delivery(transport.send, timeout=_config.timeout, deadline=_config.deadline)
    return _config


def config():
    return _config


def event_of(relation, operation, transaction_id=None):
    event = {
        'source': 'offload',
        'schema': relation.schema,
        'table': relation.table,
        'operation': operation,
    }
    return event if transaction_id is None else {**event, 'transactionId': transaction_id}


def send(event):
    """Sends an event. Never raises; returns at once, or within DEADLINE if SYNCHRONOUS."""
    if captures:
        captures[-1].append(event)
        return
    delivery = _delivery
    if delivery is None or _is_held_back():
        return
    try:
        delivery.put(event, wait=_config.synchronous)
    except Exception:
        logger.exception('Not sent: %s', event)


def flush(timeout=None):
    """Waits until every event is sent or given up, `timeout` seconds at most. Returns whether all are."""
    delivery = _delivery
    return True if delivery is None else delivery.flush(timeout)


def _is_held_back():
    """Whether tests run without SEND_IN_TESTS. The test runners of Django and pytest-django create `mail.outbox`."""
    return hasattr(mail, 'outbox') and not _config.send_in_tests
