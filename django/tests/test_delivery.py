import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from unittest import TestCase, skipUnless

from offload.delivery import MOST_HANGING, MOST_WAITING, Delivery

event = {'source': 'offload', 'schema': 'public', 'table': 'bbs_topic', 'operation': 'UPDATE'}


def about(table):
    return {**event, 'table': table}


class Again(Exception):
    def __init__(self, after=0.0, again=True):
        super().__init__('not now')
        self.after = after
        self.again = again


class Sends:
    """A transport that raises the given errors, then succeeds."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.events = []

    def __call__(self, event, timeout):
        self.events.append(event)
        if self.failures:
            raise self.failures.pop(0)
        return 'sent'


class Gate:
    """A transport that blocks until the test releases it."""

    def __init__(self):
        self.events = []
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, event, timeout):
        self.events.append(event)
        self.entered.release()
        self.open.wait(30)


class Deliveries(TestCase):
    def delivery(self, send, timeout=5.0, deadline=10.0, **options):
        self.pauses = []
        options = {'pause': self.pauses.append, 'jitter': lambda: 1.0, **options}
        return Delivery(send, timeout=timeout, deadline=deadline, **options)

    def put_and_flush(self, delivery, *events):
        for each in events or [event]:
            delivery.put(each)
        self.assertTrue(delivery.flush(10))

    @contextmanager
    def within(self, seconds):
        start = time.monotonic()
        yield
        self.assertLess(time.monotonic() - start, seconds)


class Retries(Deliveries):
    def test_an_event_that_fails_twice_is_sent_at_the_third_try(self):
        send = Sends(Again(), OSError('broken'))
        with self.assertLogs('offload', 'WARNING') as logs:
            self.put_and_flush(self.delivery(send))
        self.assertEqual(send.events, [event] * 3)
        self.assertEqual(self.pauses, [0.5, 2.0])
        self.assertEqual([record.levelname for record in logs.records], ['WARNING'] * 2)

    def test_after_the_third_failure_it_is_given_up_and_logged(self):
        send = Sends(*[Again()] * 3)
        with self.assertLogs('offload', 'ERROR') as logs:
            self.put_and_flush(self.delivery(send))
        self.assertEqual(len(send.events), 3)
        self.assertIn('Not sent after 3 of 3 tries', logs.output[0])
        self.assertIn('bbs_topic', logs.output[0])

    def test_what_cannot_succeed_is_tried_once(self):
        send = Sends(Again(again=False))
        with self.assertLogs('offload', 'ERROR'):
            self.put_and_flush(self.delivery(send))
        self.assertEqual(len(send.events), 1)

    def test_the_service_says_when_it_wants_to_be_asked_again(self):
        send = Sends(Again(after=3))
        with self.assertLogs('offload'):
            self.put_and_flush(self.delivery(send))
        self.assertEqual(self.pauses, [3])

    def test_no_try_begins_after_the_deadline(self):
        send = Sends(Again(after=11))
        with self.assertLogs('offload', 'ERROR'):
            self.put_and_flush(self.delivery(send))
        self.assertEqual((len(send.events), self.pauses), (1, []))

    def test_the_last_try_has_what_is_left_of_the_time(self):
        now = [0.0]
        timeouts = []

        def send(_, timeout):
            timeouts.append(timeout)
            now[0] += 4
            raise Again()

        with self.assertLogs('offload'):
            self.put_and_flush(self.delivery(send, deadline=11, monotonic=lambda: now[0]))
        self.assertEqual(timeouts, [5, 5, 3])

    def test_pauses_differ_between_processes(self):
        with self.assertLogs('offload'):
            self.put_and_flush(self.delivery(Sends(Again()), jitter=lambda: 0.0))
        self.assertEqual(self.pauses, [0.25])

    def test_a_failed_event_does_not_keep_the_next_from_being_sent(self):
        send = Sends(*[Again()] * 3)
        delivery = self.delivery(send)
        with self.assertLogs('offload'):
            self.put_and_flush(delivery)
        self.put_and_flush(delivery)
        self.assertEqual(len(send.events), 4)


class Queue(Deliveries):
    def test_events_of_a_table_that_waits_are_one_event(self):
        gate = Gate()
        delivery = self.delivery(gate, timeout=20, deadline=20)
        delivery.put(event)
        gate.entered.acquire()
        for _ in range(10_000):
            delivery.put(event)
        gate.open.set()
        self.assertTrue(delivery.flush(10))
        self.assertEqual(len(gate.events), 2)

    def test_a_change_after_the_event_left_has_an_event_of_its_own(self):
        send = Sends()
        delivery = self.delivery(send)
        for _ in range(3):
            self.put_and_flush(delivery)
        self.assertEqual(len(send.events), 3)

    def test_tables_and_transactions_are_kept_apart_in_their_order(self):
        gate = Gate()
        delivery = self.delivery(gate)
        delivery.put(about('first'))
        gate.entered.acquire()
        named = [{**event, 'transactionId': '7'}, {**event, 'transactionId': '8'}]
        gate.open.set()
        self.put_and_flush(delivery, about('a'), about('b'), *named)
        self.assertEqual(gate.events, [about('first'), about('a'), about('b'), *named])

    def test_more_than_may_wait_are_dropped_from_the_front_and_logged(self):
        gate = Gate()
        delivery = self.delivery(gate, timeout=20, deadline=20)
        delivery.put(event)
        gate.entered.acquire()
        with self.assertLogs('offload', 'ERROR') as logs:
            for number in range(MOST_WAITING + 1):
                delivery.put(about(f'table {number}'))
        self.assertIn('table 0', logs.output[0])
        gate.open.set()
        self.assertTrue(delivery.flush(10))
        self.assertEqual(len(gate.events), MOST_WAITING + 1)

    def test_whoever_waits_returns_when_the_event_was_sent(self):
        send = Sends(Again())
        with self.assertLogs('offload'):
            self.delivery(send).put(event, wait=True)
        self.assertEqual(len(send.events), 2)

    def test_whoever_waits_does_not_wait_for_an_event_that_left_before(self):
        gate = Gate()
        delivery = self.delivery(gate)
        delivery.put(event)
        gate.entered.acquire()
        threading.Timer(0.1, gate.open.set).start()
        delivery.put(event, wait=True)
        self.assertEqual(len(gate.events), 2)

    def test_many_threads_may_put(self):
        send = Sends()
        delivery = self.delivery(send)
        threads = [
            threading.Thread(target=lambda n=n: [delivery.put(about(f't{n}')) for _ in range(200)])
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(delivery.flush(10))
        self.assertEqual({each['table'] for each in send.events}, {f't{n}' for n in range(8)})


class Hanging(Deliveries):
    def test_put_costs_nothing_while_the_way_hangs(self):
        gate = Gate()
        self.addCleanup(gate.open.set)
        delivery = self.delivery(gate)
        with self.within(0.5):
            for number in range(500):
                delivery.put(about(str(number)))

    def test_a_try_that_does_not_return_is_left_behind(self):
        gate = Gate()
        self.addCleanup(gate.open.set)
        with self.assertLogs('offload') as logs, self.within(2):
            self.put_and_flush(self.delivery(gate, timeout=0.1))
        self.assertEqual(len(gate.events), 3)
        self.assertIn('no answer within 0.1 s', logs.output[0])

    def test_whoever_waits_leaves_at_the_deadline(self):
        gate = Gate()
        self.addCleanup(gate.open.set)
        with self.assertLogs('offload'), self.within(2):
            delivery = self.delivery(gate, timeout=20, deadline=0.2)
            delivery.put(event, wait=True)
            delivery.flush(5)

    def test_tries_that_never_return_are_of_a_bounded_number(self):
        gate = Gate()
        delivery = self.delivery(gate, timeout=0.02)
        before = threading.active_count()
        with self.assertLogs('offload') as logs:
            for number in range(6):
                self.put_and_flush(delivery, about(str(number)))
        self.assertEqual(len(gate.events), MOST_HANGING)
        self.assertLessEqual(threading.active_count() - before, MOST_HANGING + 1)
        self.assertIn('earlier tries still hang', logs.output[-1])
        gate.open.set()
        time.sleep(0.1)
        self.put_and_flush(delivery)
        self.assertEqual(len(gate.events), MOST_HANGING + 1)


class Processes(Deliveries):
    def run_python(self, script):
        return subprocess.run(
            [sys.executable, '-c', script],
            cwd=Path(__file__).resolve().parent.parent / 'offload',  # runs the module without Django
            capture_output=True,
            text=True,
            timeout=20,
        )

    def test_a_process_that_ends_sends_what_waits(self):
        ended = self.run_python(
            'import time\n'
            'from delivery import Delivery\n'
            'def send(event, timeout): time.sleep(0.2); print(event["table"])\n'
            'delivery = Delivery(send, timeout=5, deadline=5)\n'
            'for table in "ab": delivery.put({"schema": "", "table": table})\n'
        )
        self.assertEqual((ended.stdout, ended.stderr), ('a\nb\n', ''))

    def test_a_process_that_ends_does_not_wait_for_ever(self):
        with self.within(5):
            ended = self.run_python(
                'import time\n'
                'from delivery import Delivery\n'
                'delivery = Delivery(lambda *_: time.sleep(60), timeout=60, deadline=0.3)\n'
                'delivery.put({"schema": "", "table": "a"})\n'
            )
        self.assertRegex(ended.stderr, '[Nn]ot sent|unsent')

    def test_an_event_made_while_the_process_ends_is_sent(self):
        ended = self.run_python(
            'import atexit\n'
            'from delivery import Delivery\n'
            'delivery = Delivery(lambda event, timeout: print(event["table"]), timeout=5, deadline=5)\n'
            'atexit.register(lambda: (delivery.put({"schema": "", "table": "a"}), delivery.flush(5)))\n'
        )
        self.assertEqual((ended.stdout, ended.stderr), ('a\n', ''))

    @skipUnless(hasattr(os, 'fork'), 'this system has no fork')
    def test_the_child_of_a_fork_has_a_thread_of_its_own(self):
        send = Sends()
        delivery = self.delivery(send)
        self.put_and_flush(delivery)
        delivery._changed.acquire()  # simulates another thread that holds the lock during the fork
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            delivery.put(event)
            os._exit(0 if delivery.flush(5) and len(send.events) == 2 else 1)
        delivery._changed.release()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
