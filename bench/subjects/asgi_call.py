"""Calls an ASGI application as a server would, without one."""


async def getter(app, path):
    """Starts the application. Returns a function that GETs the path, and gives the messages of the answer."""
    await app.router.startup()
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': '2.3'},
        'http_version': '1.1',
        'method': 'GET',
        'scheme': 'http',
        'path': path,
        'raw_path': path.encode(),
        'query_string': b'',
        'root_path': '',
        'headers': [(b'host', b'127.0.0.1'), (b'accept', b'*/*')],
        'client': ('127.0.0.1', 50000),
        'server': ('127.0.0.1', 8000),
    }

    async def get():
        sent = []

        async def receive():
            return {'type': 'http.request', 'body': b'', 'more_body': False}

        async def send(message):
            sent.append(message)

        await app(dict(scope), receive, send)
        return sent

    return get
