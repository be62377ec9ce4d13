"""The transports to the service. A transport is a class that takes the Config and has one method::

    send(event, timeout)

It returns a short text for the log once the service has accepted the event. Otherwise it raises `NotSent`, or any other
error, which is retried. `timeout` is in seconds. `send` must be thread-safe.

A static method `problems(config)` may return checks of the settings.
"""

import json
import urllib.error
import urllib.request

from . import conf


class NotSent(Exception):
    """The service did not accept the event."""

    def __init__(self, message, *, again=True, after=0.0):
        super().__init__(message)
        #: Whether a retry could succeed.
        self.again = again
        #: The least delay before a retry, in seconds: `Retry-After`.
        self.after = after


def as_json(event):
    return json.dumps(event, separators=(',', ':')).encode()


class HttpTransport:
    """POST /refresh/ with the token."""

    problems = staticmethod(conf.http_problems)

    def __init__(self, config):
        self._url = config.url
        self._token = config.token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def send(self, event, timeout):
        request = urllib.request.Request(self._url, data=as_json(event), method='POST')
        request.add_header('Content-Type', 'application/json')
        request.add_header('Prefer', 'return=minimal')  # without the list in the response
        request.add_unredirected_header('Authorization', f'Bearer {self._token}')
        try:
            with self._opener.open(request, timeout=timeout) as response:
                if response.status == 200 and response.read(300).startswith(b'{"outcome":"ignored"'):
                    message = f'the service does not serve {event["schema"]}.{event["table"]}: add the table to tables/, and deploy'
                    raise NotSent(message, again=False)
                return f'{response.status} {response.reason}'
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error)
        except urllib.error.URLError as error:
            raise NotSent(f'no answer from {self._url}: {error.reason}') from error

    def _refused(self, error):
        message = f'{self._url} answered {error.code}: {error.read(300).decode("utf-8", "replace")}'
        again = error.code in (408, 425, 429) or error.code >= 500
        raise NotSent(message, again=again, after=_seconds(error.headers.get('Retry-After'))) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would follow a redirect with a GET, so a redirect is an error: the settings must have the final address."""

    def redirect_request(self, *_):
        return None


def _seconds(retry_after):
    try:
        return max(0.0, float(retry_after))
    except (TypeError, ValueError):
        return 0.0


class LambdaTransport:
    """Invokes the refresh function asynchronously: Lambda queues the event and retries."""

    problems = staticmethod(conf.lambda_problems)

    def __init__(self, config):
        self._function = config.function
        self._call = _calls('lambda', config)

    def send(self, event, timeout):
        answer = self._call(
            'invoke', FunctionName=self._function, InvocationType='Event', Payload=as_json(event)
        )
        return f'{answer["StatusCode"]} from Lambda'


class EventBridgeTransport:
    """Puts the event on a bus, whose rule invokes the refresh function."""

    problems = staticmethod(conf.eventbridge_problems)

    def __init__(self, config):
        self._source = config.source
        self._bus = config.event_bus
        self._call = _calls('events', config)

    def send(self, event, timeout):
        answer = self._call(
            'put_events',
            Entries=[
                {
                    'Source': self._source,
                    'DetailType': 'Table change',
                    'Detail': as_json(event).decode(),
                    'EventBusName': self._bus,
                }
            ],
        )
        entry = answer['Entries'][0]
        if answer['FailedEntryCount']:
            raise NotSent(f'EventBridge: {entry.get("ErrorCode")}: {entry.get("ErrorMessage")}')
        return f'event {entry["EventId"]}'


def _calls(service, config):
    """A function that calls an AWS operation without boto3's own retries. The first call imports boto3."""
    clients = []

    def call(operation, **arguments):
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import ClientError

        if not clients:
            once = Config(
                connect_timeout=config.timeout,
                read_timeout=config.timeout,
                retries={'total_max_attempts': 1},
            )
            clients.append(Session().client(service, **{'config': once, **config.aws}))
        try:
            return getattr(clients[0], operation)(**arguments)
        except ClientError as error:
            status = error.response.get('ResponseMetadata', {}).get('HTTPStatusCode', 500)
            code = error.response.get('Error', {}).get('Code', '')
            again = status == 429 or status >= 500 or 'Throttl' in code or 'TooManyRequests' in code
            raise NotSent(str(error), again=again) from error

    return call
