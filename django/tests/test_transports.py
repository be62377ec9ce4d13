import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from unittest import TestCase

from offload.conf import Config
from offload.delivery import Delivery
from offload.transports import EventBridgeTransport, HttpTransport, LambdaTransport, NotSent
from service import Service, closing, dripping, reply, silent, slowly

if find_spec('boto3') is None:
    sys.path.append(str(Path(__file__).parent / 'aws'))  # a stand-in for boto3 that calls the same server

event = {'source': 'offload', 'schema': 'public', 'table': 'bbs_topic', 'operation': 'UPDATE'}
token = 'a-token-of-enough-characters'
aws = {'region_name': 'eu-west-1', 'aws_access_key_id': 'any', 'aws_secret_access_key': 'any'}


def http(service, **settings):
    return HttpTransport(Config({}, None, url=service.url, token=token, **settings))


class Http(TestCase):
    def refused(self, *answers):
        with Service(*answers) as service, self.assertRaises(NotSent) as caught:
            http(service).send(event, 2)
        self.assertNotIn(token, str(caught.exception))
        return caught.exception

    def test_posts_the_event_with_the_token(self):
        with Service() as service:
            self.assertEqual(http(service).send(event, 2), '200 OK')
        ((path, headers, body),) = service.requests
        self.assertEqual((path, json.loads(body)), ('/refresh/', event))
        self.assertEqual(headers['content-type'], 'application/json')
        self.assertEqual(headers['authorization'], f'Bearer {token}')

    def test_recorded_is_as_good_as_done(self):
        with Service(reply(202, b'{}')) as service:
            self.assertEqual(http(service).send(event, 2), '202 Accepted')

    def test_a_large_answer_is_not_read(self):
        with Service(reply(200, b'x' * 20_000_000)) as service:
            start = time.monotonic()
            http(service).send(event, 2)
            self.assertLess(time.monotonic() - start, 1)

    def test_it_asks_for_the_refresh_and_not_for_the_list(self):
        with Service(reply(204)) as service:
            self.assertEqual(http(service).send(event, 2), '204 No Content')
        ((_, headers, _),) = service.requests
        self.assertEqual(headers['prefer'], 'return=minimal')

    def test_a_service_without_the_table_is_a_mistake(self):
        ignored = b'{"outcome":"ignored","relation":"public.bbs_topic"}'
        error = self.refused(reply(200, ignored))
        self.assertIn('does not serve public.bbs_topic: add the table to tables/', str(error))
        self.assertFalse(error.again)

    def test_a_wrong_token_or_a_wrong_event_is_not_sent_again(self):
        for status in 400, 401, 403, 404, 413, 415:
            error = self.refused(reply(status, b'{"code":"unauthorized"}'))
            self.assertFalse(error.again, status)
            self.assertIn(f'answered {status}: {{"code":"unauthorized"}}', str(error))

    def test_a_redirect_is_not_followed(self):
        error = self.refused(reply(301, Location='/elsewhere'))
        self.assertIn('answered 301', str(error))
        self.assertFalse(error.again)

    def test_a_service_that_is_down_is_asked_again_when_it_says(self):
        for status in 429, 500, 502, 503, 504:
            self.assertTrue(self.refused(reply(status)).again, status)
        self.assertEqual(self.refused(reply(503, Retry_After='7')).after, 7)
        self.assertEqual(self.refused(reply(503, Retry_After='Wed, 21 Oct 2015 07:28:00 GMT')).after, 0)

    def test_a_connection_that_is_refused_or_closed_can_be_tried_again(self):
        with Service() as gone:
            pass
        with self.assertRaises(NotSent) as caught:
            http(gone).send(event, 2)
        self.assertTrue(caught.exception.again)
        with Service(closing) as service, self.assertRaises(OSError):
            http(service).send(event, 2)


class HttpWithDelivery(TestCase):
    """Delivery and HTTP transport together, against a real server that fails, is slow, or hangs."""

    def deliver(self, *answers, timeout=0.3, deadline=10, flush=5):
        with Service(*answers) as service:
            delivery = Delivery(
                http(service).send, timeout=timeout, deadline=deadline, pause=lambda s: time.sleep(min(s, 0.01))
            )
            start = time.monotonic()
            delivery.put(event)
            put = time.monotonic() - start
            self.assertTrue(delivery.flush(flush))
            self.assertLess(put, 0.1)
            self.took = time.monotonic() - start
            return len(service.requests)

    def test_a_failing_service_gets_the_event_when_it_is_back(self):
        with self.assertLogs('offload', 'WARNING') as logs:
            self.assertEqual(self.deliver(reply(503, Retry_After='0'), closing, reply(200)), 3)
        self.assertEqual([r.levelname for r in logs.records], ['WARNING', 'WARNING'])

    def test_a_slow_service_is_waited_for(self):
        with self.assertNoErrors():
            self.assertEqual(self.deliver(slowly(0.2, reply(200)), timeout=2), 1)

    def test_a_silent_service_is_left_after_three_tries(self):
        with self.assertLogs('offload', 'ERROR'):
            self.assertEqual(self.deliver(silent), 3)
        self.assertLess(self.took, 2)

    def test_a_service_that_sends_a_byte_now_and_then_is_left_too(self):
        with self.assertLogs('offload', 'ERROR'):
            self.assertEqual(self.deliver(dripping), 3)
        self.assertLess(self.took, 2)

    def test_a_silent_service_that_wakes_up_gets_the_event(self):
        with self.assertLogs('offload', 'WARNING'):
            self.assertEqual(self.deliver(silent, reply(200)), 2)

    def assertNoErrors(self):
        # assertNoLogs needs Python 3.10
        case = self

        class NoErrors:
            def __enter__(self):
                self.logs = case.assertLogs('offload', 'DEBUG')
                self.captured = self.logs.__enter__()

            def __exit__(self, *how):
                self.logs.__exit__(*how)
                case.assertEqual([r.levelname for r in self.captured.records], ['DEBUG'])

        return NoErrors()


class Aws(TestCase):
    """With boto3, or its stand-in if boto3 is not installed, against a server on this machine."""

    def send(self, kind, answer, **settings):
        with Service(answer) as service:
            endpoint = service.url[: -len('/refresh/')]
            config = Config({}, None, aws={**aws, 'endpoint_url': endpoint}, timeout=2, **settings)
            try:
                return kind(config).send(event, 2)
            finally:
                self.requests = service.requests

    def test_lambda_invokes_the_function_asynchronously(self):
        self.assertEqual(self.send(LambdaTransport, reply(202), function='offload-prod-refresh'), '202 from Lambda')
        ((path, headers, body),) = self.requests
        self.assertEqual(path, '/2015-03-31/functions/offload-prod-refresh/invocations')
        self.assertEqual(headers['x-amz-invocation-type'], 'Event')
        self.assertEqual(json.loads(body), event)

    def test_eventbridge_puts_an_event_on_the_bus(self):
        answer = reply(200, b'{"FailedEntryCount":0,"Entries":[{"EventId":"e1"}]}')
        self.assertEqual(self.send(EventBridgeTransport, answer, event_bus='changes', source='offload.app.prod'), 'event e1')
        ((_, headers, body),) = self.requests
        self.assertEqual(headers['x-amz-target'], 'AWSEvents.PutEvents')
        (entry,) = json.loads(body)['Entries']
        self.assertEqual(json.loads(entry.pop('Detail')), event)
        expected = {'Source': 'offload.app.prod', 'DetailType': 'Table change', 'EventBusName': 'changes'}
        self.assertEqual(entry, expected)

    def test_an_entry_that_eventbridge_refuses_is_not_sent(self):
        entries = b'[{"ErrorCode":"InternalFailure","ErrorMessage":"busy"}]'
        with self.assertRaisesRegex(NotSent, 'InternalFailure: busy') as caught:
            self.send(EventBridgeTransport, reply(200, b'{"FailedEntryCount":1,"Entries":%s}' % entries))
        self.assertTrue(caught.exception.again)

    def test_a_throttled_call_can_be_tried_again_and_a_forbidden_one_cannot(self):
        for status, code, again in [
            (429, 'TooManyRequestsException', True),
            (500, 'ServiceException', True),
            (400, 'ThrottlingException', True),
            (403, 'AccessDeniedException', False),
            (404, 'ResourceNotFoundException', False),
        ]:
            with self.assertRaisesRegex(NotSent, code) as caught:
                headers = {'x-amzn-errortype': code, 'Content-Type': 'application/json'}
                body = json.dumps({'__type': code, 'message': code}).encode()
                self.send(LambdaTransport, reply(status, body, **headers), function='refresh')
            self.assertEqual(caught.exception.again, again, code)
            self.assertEqual(len(self.requests), 1)
