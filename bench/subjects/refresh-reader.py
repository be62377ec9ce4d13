"""
Reads the topics in its own process: `original` by its /refresh/, whose whole answer counts, `psycopg2` by one
SELECT. Each line of standard input is a reading; each is answered by a line on descriptor 3, with the
milliseconds that it took and what came of it.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter

from asgi_call import getter

sys.path.insert(0, str(Path(__file__).parent.parent / 'peers'))


async def original():
    from original import app

    messages = await getter(app, '/refresh/')

    async def read():
        sent = await messages()
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
        print(json.dumps({'started': True}), file=answers, flush=True)
        for _ in sys.stdin:
            start = perf_counter()
            outcome = await read()
            answer = {'ms': (perf_counter() - start) * 1000, 'outcome': outcome}
            print(json.dumps(answer), file=answers, flush=True)


asyncio.run(main(sys.argv[1]))
