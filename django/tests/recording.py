"""Transports that record the events."""

import threading


class RecordingTransport:
    events = []
    threads = []

    def __init__(self, config):
        type(self).events = []
        type(self).threads = []

    def send(self, event, timeout):
        self.events.append(event)
        self.threads.append(threading.current_thread())
        return 'kept'


class FailingTransport(RecordingTransport):
    def send(self, event, timeout):
        super().send(event, timeout)
        error = OSError('the way is broken')
        error.again = False
        raise error


class StuckTransport(RecordingTransport):
    """Blocks until the test sets `release`."""

    release = threading.Event()

    def send(self, event, timeout):
        self.release.wait(60)
        return super().send(event, timeout)


