"""Sends events in the background. Does not depend on Django."""

import atexit
import logging
import os
import random
import threading
import time
import weakref
from collections import OrderedDict

logger = logging.getLogger('offload')

TRIES = 3
#: Seconds before the second and the third try. Jitter subtracts up to half, so that processes do not retry together.
BACKOFF = (0.5, 2.0)
#: The most waiting events. They are of different tables or transactions: events of one table are merged.
MOST_WAITING = 1_000
#: The most abandoned tries, each of which holds a thread.
MOST_HANGING = 8


class _Slot:
    """A waiting event. `done` is set when it is sent or given up."""

    def __init__(self, event):
        self.event = event
        self.done = threading.Event()


class Delivery:
    """A daemon thread, started by the first event, sends one event after another.

    `put` only takes a lock. An event means "this table changed", so later events of the same table merge with a waiting
    one: per table, at most one event is being sent and one waits. Each try runs in its own thread and is abandoned when
    it exceeds the timeout, so a server that sends one byte a second, or a name server that does not answer, delays the
    next event by no more than that.
    """

    def __init__(self, send, *, timeout, deadline, monotonic=time.monotonic, pause=time.sleep, jitter=random.random):
        """`send(event, timeout)` raises if it fails. The error's `again` is whether to retry, and `after` the least delay in s.

        `timeout`: seconds for one try. `deadline`: seconds for all tries of an event.
        """
        self._send = send
        self._timeout = timeout
        self._deadline = deadline
        self._monotonic = monotonic
        self._pause = pause
        self._jitter = jitter
        self._start_anew()
        _deliveries.add(self)

    def _start_anew(self):
        """Resets the state, also in the child of a fork, which has no delivery thread and may have inherited a held lock."""
        self._changed = threading.Condition()
        self._waiting = OrderedDict()
        self._busy = False
        self._thread = None
        self._hanging = []

    def put(self, event, wait=False):
        """Queues an event. With `wait`, returns once it is sent or given up, after `deadline` seconds at most."""
        key = (event['schema'], event['table'], event.get('transactionId'))
        with self._changed:
            slot = self._waiting.get(key)
            if slot is None:
                slot = self._waiting[key] = _Slot(event)
            slot.event = event
            if len(self._waiting) > MOST_WAITING:
                _, dropped = self._waiting.popitem(last=False)
                dropped.done.set()
                logger.error('Not sent, because %d events are waiting: %s', MOST_WAITING, dropped.event)
            self._changed.notify_all()
            started = self._ensure_thread()
        if not started:  # the interpreter is shutting down and starts no thread
            self._work(until_empty=True)
        elif wait and not slot.done.wait(self._deadline):
            logger.warning('Not sent within %s s, and still being sent: %s', self._deadline, slot.event)

    def flush(self, timeout=None):
        """Waits until no event is left to send, `timeout` seconds at most. Returns whether none is left."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout)

    def _ensure_thread(self):
        if self._thread is not None and self._thread.is_alive():
            return True
        first = self._thread is None
        thread = threading.Thread(target=self._work, name='offload', daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        if first:
            atexit.register(_flush_at_exit, weakref.ref(self), self._deadline)
        return True

    def _work(self, until_empty=False):
        while True:
            with self._changed:
                while not self._waiting:
                    if until_empty:
                        return
                    self._changed.wait()
                _, slot = self._waiting.popitem(last=False)
                self._busy = True
            try:
                self._deliver(slot.event)
            except Exception:  # the thread must survive every error
                logger.exception('Not sent: %s', slot.event)
            finally:
                slot.done.set()
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _deliver(self, event):
        end = self._monotonic() + self._deadline
        for number in range(1, TRIES + 1):
            try:
                answer = self._try(event, min(self._timeout, end - self._monotonic()))
            except Exception as error:
                pause = self._pause_after(error, number)
                if pause is None or self._monotonic() + pause >= end:
                    logger.error('Not sent after %d of %d tries: %s: %s', number, TRIES, event, _said(error))
                    return
                logger.warning('Try %d of %d failed: %s: %s', number, TRIES, event, _said(error))
                self._pause(pause)
            else:
                logger.debug('Sent: %s: %s', event, answer)
                return

    def _pause_after(self, error, number):
        if number == TRIES or not getattr(error, 'again', True):
            return None
        return max(BACKOFF[number - 1] * (1 + self._jitter()) / 2, getattr(error, 'after', 0))

    def _try(self, event, timeout):
        self._hanging = [thread for thread in self._hanging if thread.is_alive()]
        if len(self._hanging) >= MOST_HANGING:
            raise TimeoutError(f'not tried, because {MOST_HANGING} earlier tries still hang')
        result = []
        returned = threading.Event()

        def attempt():
            try:
                result.append((self._send(event, timeout), None))
            except Exception as error:
                result.append((None, error))
            returned.set()

        thread = threading.Thread(target=attempt, name='offload-try', daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is shutting down and starts no thread
            return self._send(event, timeout)
        if not returned.wait(timeout):
            self._hanging.append(thread)
            raise TimeoutError(f'no answer within {timeout:.1f} s')
        answer, error = result[0]
        if error is not None:
            raise error
        return answer


def _said(error):
    return str(error) or type(error).__name__


def _flush_at_exit(reference, timeout):
    delivery = reference()
    if delivery is not None and not delivery.flush(timeout):
        logger.error('The process ends with unsent events, after waiting %s s.', timeout)


_deliveries = weakref.WeakSet()


def _after_fork():
    for delivery in list(_deliveries):
        delivery._start_anew()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_after_fork)
