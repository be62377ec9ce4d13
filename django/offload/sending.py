"""What is in force: the Config, and the Delivery to its transport."""

import logging

from django.core import mail

from .conf import read
from .delivery import Delivery

logger = logging.getLogger('offload')

_config = None
_delivery = None
#: Lists that take what would be sent, while a test captures it; the last one counts.
captures = []


def configure():
    """Reads the settings anew. Returns the Config, or None where they are wrong, and nothing will be sent."""
    global _config, _delivery
    _config, problems = read()
    _delivery = None
    if _config is None:
        logger.error('No change will be sent: %s', ' '.join(p.msg for p in problems if p.is_serious()))
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
    """Never raises, and never takes longer than the settings allow: a view goes on whatever becomes of the event."""
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
    """Waits until every event was sent, or was given up, `timeout` seconds at most; says whether that is so."""
    delivery = _delivery
    return True if delivery is None else delivery.flush(timeout)


def _is_held_back():
    """Whether a test runs, which is to send nothing unless it says so: Django's runner, and pytest's, make the outbox."""
    return hasattr(mail, 'outbox') and not _config.send_in_tests
