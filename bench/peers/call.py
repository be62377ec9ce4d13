"""
Calls a peer in its own process, as its server would: `original` and `original_bytes` by ASGI, `rest` by WSGI, which is
Django's shortest way. Each line of standard input is a task, `{"path": "/topics/", "requests": 20}`, with `save` for the file
of the last body; each is answered by a line on descriptor 3.
"""

import asyncio
import io
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent))


async def by_asgi(peer):
    app = import_module(peer).app
    await app.router.startup()
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': '2.3'},
        'http_version': '1.1',
        'method': 'GET',
        'scheme': 'http',
        'query_string': b'',
        'root_path': '',
        'headers': [(b'host', b'127.0.0.1'), (b'accept', b'*/*')],
        'client': ('127.0.0.1', 50000),
        'server': ('127.0.0.1', 8000),
    }

    async def get(path):
        sent = []

        async def receive():
            return {'type': 'http.request', 'body': b'', 'more_body': False}

        async def send(message):
            sent.append(message)

        await app({**scope, 'path': path, 'raw_path': path.encode()}, receive, send)
        return sent[0]['status'], b''.join(one.get('body', b'') for one in sent[1:])

    return get


async def by_wsgi():
    from rest import wsgi

    environ = {
        'REQUEST_METHOD': 'GET',
        'SCRIPT_NAME': '',
        'SERVER_NAME': '127.0.0.1',
        'SERVER_PORT': '8000',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'HTTP_ACCEPT': '*/*',
        'wsgi.version': (1, 0),
        'wsgi.url_scheme': 'http',
        'wsgi.errors': sys.stderr,
        'wsgi.multithread': False,
        'wsgi.multiprocess': False,
        'wsgi.run_once': False,
    }

    async def get(path):
        status = []
        path, _, query = path.partition('?')
        asked = {**environ, 'PATH_INFO': path, 'QUERY_STRING': query, 'wsgi.input': io.BytesIO()}
        response = wsgi(asked, lambda line, headers: status.append(line))
        body = b''.join(response)
        response.close()
        return int(status[0][:3]), body

    return get


async def main(peer):
    if peer == 'rest':
        os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'  # nothing else waits for this thread
    get = await (by_wsgi() if peer == 'rest' else by_asgi(peer))
    with os.fdopen(3, 'w') as answers:
        print(json.dumps({'times': [], 'outcomes': []}), file=answers, flush=True)
        for line in sys.stdin:
            task = json.loads(line)
            times, outcomes = [], set()
            for _ in range(task.get('requests', 1)):
                start = perf_counter()
                status, body = await get(task.get('path', '/topics/'))
                times.append((perf_counter() - start) * 1000)
                outcomes.add(str(status))
            if 'save' in task:
                Path(task['save']).write_bytes(body)
            print(json.dumps({'times': times, 'outcomes': list(outcomes)}), file=answers, flush=True)


signal.signal(signal.SIGINT, signal.SIG_IGN)  # the benchmark ends its processes
asyncio.run(main(sys.argv[1]))
