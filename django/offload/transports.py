"""The ways to the service. Each is a class made with the Config, and has one method::

    send(event, timeout)

It returns a few words for the log when the service has the event, and raises when it does not: `NotSent`, or
anything else, which is tried again. `timeout` is in seconds. It may be called from any thread.

A class may also say, with a static method `problems(config)`, what of the settings does not fit it.
"""

import json
import urllib.error
import urllib.request

from . import conf


class NotSent(Exception):
    """The service has not got the event."""

    def __init__(self, message, *, again=True, after=0.0):
        super().__init__(message)
        #: Whether the same could succeed later.
        self.again = again
        #: Seconds that the service wants to be left alone.
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
        request.add_header('Prefer', 'return=minimal')  # the refresh, and not the list that comes of it
        request.add_unredirected_header('Authorization', f'Bearer {self._token}')
        try:
            with self._opener.open(request, timeout=timeout) as response:
                if response.status == 200 and response.read(300).startswith(b'{"outcome":"ignored"'):
                    message = f'the service has no table {event["schema"]}.{event["table"]}: its tables/ must name it'
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
    """A redirect would turn the POST into a GET; the address in the settings is to be the right one."""

    def redirect_request(self, *_):
        return None


def _seconds(retry_after):
    try:
        return max(0.0, float(retry_after))
    except (TypeError, ValueError):
        return 0.0


class LambdaTransport:
    """An asynchronous invocation of the refresh function: Lambda keeps the event, and retries by itself."""

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
    """An event on a bus, whose rule leads it to the refresh function."""

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
    """A function that calls operations of an AWS service, once each; boto3 is imported at the first call."""
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
