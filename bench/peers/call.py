"""
Calls a peer in its own process, as its server would: `original` by ASGI, `rest` by WSGI, which is Django's
shortest way. Each line of standard input is a task, `{"path": "/topics/", "requests": 20}`, with `save` for the file
of the last body; each is answered by a line on descriptor 3.
"""

import asyncio
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter
from wsgiref.util import setup_testing_defaults

sys.path.insert(0, str(Path(__file__).parent))


async def by_asgi(peer):
    app = import_module(peer).app
    await app.router.startup()
    scope = {'type': 'http', 'http_version': '1.1', 'method': 'GET', 'query_string': b'', 'root_path': '', 'headers': []}

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

    async def get(path):
        status = []
        path, _, query = path.partition('?')
        environ = {'PATH_INFO': path, 'QUERY_STRING': query}
        setup_testing_defaults(environ)
        response = wsgi(environ, lambda line, headers: status.append(line))
        body = b''.join(response)
        response.close()
        return int(status[0][:3]), body

    return get


async def main(peer):
    if peer == 'rest':
        os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'  # this thread runs nothing else
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


signal.signal(signal.SIGINT, signal.SIG_IGN)  # the benchmark stops its processes
asyncio.run(main(sys.argv[1]))
