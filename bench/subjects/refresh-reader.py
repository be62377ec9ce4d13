"""
Reads the topics in its own process: `original` by its /refresh/, whose whole answer counts, `psycopg2` by one SELECT. Each
line of standard input is a reading; each is answered by a line on descriptor 3, with the milliseconds that it took and
what came of it.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent / 'peers'))


async def original():
    from original import app

    await app.router.startup()
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': '2.3'},
        'http_version': '1.1',
        'method': 'GET',
        'scheme': 'http',
        'path': '/refresh/',
        'raw_path': b'/refresh/',
        'query_string': b'',
        'root_path': '',
        'headers': [(b'host', b'127.0.0.1'), (b'accept', b'*/*')],
        'client': ('127.0.0.1', 50000),
        'server': ('127.0.0.1', 8000),
    }

    async def read():
        sent = []

        async def receive():
            return {'type': 'http.request', 'body': b'', 'more_body': False}

        async def send(message):
            sent.append(message)

        await app(dict(scope), receive, send)
        return str(sent[0]['status'])

    return read


async def psycopg2():
    import psycopg2

    connection = psycopg2.connect(os.environ['DATABASE_URL'])
    connection.autocommit = True

    async def read():
        with connection.cursor() as cursor:
            cursor.execute('SELECT id, title, comment, dt FROM bbs_topic ORDER BY id')
            return f'{len(cursor.fetchall())} rows'

    return read


async def main(way):
    read = await {'original': original, 'psycopg2': psycopg2}[way]()
    with os.fdopen(3, 'w') as answers:
        print(json.dumps({'ms': 0, 'outcome': 'started'}), file=answers, flush=True)
        for _ in sys.stdin:
            start = perf_counter()
            outcome = await read()
            answer = {'ms': (perf_counter() - start) * 1000, 'outcome': outcome}
            print(json.dumps(answer), file=answers, flush=True)


asyncio.run(main(sys.argv[1]))
