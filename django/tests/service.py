"""A real HTTP server with the answers that a test sets."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Service:
    """Gives each request the next of `answers`, which are functions of the handler; the last one repeats."""

    def __init__(self, *answers):
        self.requests = []
        self.answers = list(answers) or [reply(200, b'{"topics":[]}')]
        self.closing = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                service.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
                try:
                    answer(self)
                except OSError:  # the client disconnected
                    pass

            def log_message(self, *_):
                pass

        Handler.closing = self.closing
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._server.daemon_threads = True
        self.url = f'http://127.0.0.1:{self._server.server_port}/refresh/'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


def reply(status, body=b'', **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {'Content-Length': str(len(body)), **headers}.items():
            handler.send_header(name.replace('_', '-'), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def slowly(seconds, answer):
    def later(handler):
        time.sleep(seconds)
        answer(handler)

    return later


def silent(handler):
    """Accepts the request and never answers."""
    handler.closing.wait(60)


def dripping(handler):
    """Sends a byte every 50 ms, so that no socket timeout fires."""
    for byte in b'HTTP/1.1 200 OK\r\nX: ' + b'x' * 1000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if handler.closing.wait(0.05):
            return


def closing(handler):
    """Closes the connection without an answer."""
    handler.connection.close()
