"""
Calls a peer in its own process, as its server would: `original` and `original_bytes` by ASGI, `rest` by WSGI,
which is Django's shortest way. Each line of standard input is a batch, `{"requests": 20}`, or a body to keep,
`{"save": "/a/file"}`; each is answered by a line on descriptor 3, with the statuses that there were, and
milliseconds of each request.
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

from asgi_call import getter

sys.path.insert(0, str(Path(__file__).parent.parent / 'peers'))


async def by_asgi(peer):
    messages = await getter(import_module(peer).app, '/topics/')

    async def get():
        sent = await messages()
        status, body = sent[0]['status'], b''.join(one.get('body', b'') for one in sent[1:])
        return status, body

    return get


async def by_wsgi():
    from rest import wsgi

    environ = {
        'REQUEST_METHOD': 'GET',
        'PATH_INFO': '/topics/',
        'SCRIPT_NAME': '',
        'QUERY_STRING': '',
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

    async def get():
        status = []
        response = wsgi({**environ, 'wsgi.input': io.BytesIO()}, lambda line, headers: status.append(line))
        body = b''.join(response)
        response.close()
        return int(status[0][:3]), body

    return get


async def main(peer):
    if peer == 'rest':
        # Nothing else waits for this thread, though it has an event loop.
        os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'
    get = await (by_wsgi() if peer == 'rest' else by_asgi(peer))
    with os.fdopen(3, 'w') as answers:
        print(json.dumps({'started': True}), file=answers, flush=True)
        for line in sys.stdin:
            task = json.loads(line)
            times, statuses = [], set()
            for _ in range(task.get('requests', 1)):
                start = perf_counter()
                status, body = await get()
                times.append((perf_counter() - start) * 1000)
                statuses.add(status)
            if 'save' in task:
                Path(task['save']).write_bytes(body)
            print(json.dumps({'statuses': list(statuses), 'times': times}), file=answers, flush=True)


signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the benchmark, which ends its parts
asyncio.run(main(sys.argv[1]))
