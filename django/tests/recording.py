"""A transport that keeps what it is given."""

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
    """It returns when the test lets it."""

    release = threading.Event()

    def send(self, event, timeout):
        self.release.wait(60)
        return super().send(event, timeout)


