import threading

import offload
from bbs.models import Topic
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from recording import FailingTransport, RecordingTransport, StuckTransport
from shapes.models import Author, Board, PinnedTopic, Post, ProxyTopic, Tag


def recording(transport=RecordingTransport, **options):
    settings = {
        'MODELS': ['bbs.Topic'],
        'TRANSPORT': f'recording.{transport.__name__}',
        'SYNCHRONOUS': True,
        'SEND_IN_TESTS': True,
        **options,
    }
    return override_settings(OFFLOAD=settings)


def topic(title='a topic', **fields):
    return Topic(title=title, comment='', dt=timezone.now(), **fields)


class Undo(Exception):
    pass


class Changes(TransactionTestCase):
    databases = ['default', 'other']

    def setUp(self):
        RecordingTransport.events.clear()

    def sent(self):
        """The operations of the events since the previous call."""
        operations = [event['operation'] for event in RecordingTransport.events]
        RecordingTransport.events.clear()
        return operations


@recording()
class OneEventPerTransaction(Changes):
    def test_in_autocommit_mode_each_write_is_a_transaction(self):
        first = topic()
        first.save()
        self.assertEqual(self.sent(), ['INSERT'])
        first.save()
        self.assertEqual(self.sent(), ['UPDATE'])
        first.delete()
        self.assertEqual(self.sent(), ['DELETE'])

    def test_the_event_is_what_the_service_takes(self):
        topic().save()
        event = {'source': 'offload', 'schema': 'public', 'table': 'bbs_topic', 'operation': 'INSERT'}
        self.assertEqual(RecordingTransport.events, [event])

    def test_a_transaction_sends_one_event_and_only_after_its_commit(self):
        with transaction.atomic():
            for _ in range(100):
                topic().save()
            self.assertEqual(self.sent(), [])
        self.assertEqual(self.sent(), ['INSERT'])

    def test_a_rollback_sends_nothing_and_the_next_transaction_is_sent(self):
        for _ in range(2):
            with self.assertRaises(Undo), transaction.atomic():
                topic().save()
                raise Undo
            self.assertEqual(self.sent(), [])
            with transaction.atomic():
                topic().save()
            self.assertEqual(self.sent(), ['INSERT'])

    def test_a_rollback_to_a_savepoint_sends_nothing(self):
        with transaction.atomic():
            with self.assertRaises(Undo), transaction.atomic():
                topic().save()
                raise Undo
        self.assertEqual(self.sent(), [])

    def test_a_write_after_the_rollback_to_a_savepoint_is_sent(self):
        with transaction.atomic():
            with self.assertRaises(Undo), transaction.atomic():
                topic().save()
                raise Undo
            topic().save()
        self.assertEqual(self.sent(), ['INSERT'])

    def test_a_write_before_a_savepoint_is_sent_whatever_becomes_of_it(self):
        with transaction.atomic():
            topic().save()
            with self.assertRaises(Undo), transaction.atomic():
                topic().save()
                raise Undo
        self.assertEqual(self.sent(), ['INSERT'])

    def test_other_callbacks_that_a_savepoint_takes_with_it_make_no_difference(self):
        with transaction.atomic():
            with self.assertRaises(Undo), transaction.atomic():
                transaction.on_commit(lambda: None)
                topic().save()
                raise Undo
            transaction.on_commit(lambda: None)
            topic().save()
            with self.assertRaises(Undo), transaction.atomic():
                transaction.on_commit(lambda: None)
                raise Undo
            topic().save()
        self.assertEqual(len(self.sent()), 1)

    def test_a_savepoint_of_a_savepoint_that_is_rolled_back_sends_nothing(self):
        with transaction.atomic():
            with self.assertRaises(Undo), transaction.atomic():
                with transaction.atomic():
                    topic().save()
                topic().save()
                raise Undo
        self.assertEqual(self.sent(), [])

    def test_a_write_after_the_commit_is_a_transaction_of_its_own(self):
        with transaction.atomic():
            topic().save()
            transaction.on_commit(lambda: topic().save())
        self.assertEqual(len(self.sent()), 2)

    def test_a_transaction_that_was_broken_inside_sends_nothing(self):
        with self.assertRaises(transaction.TransactionManagementError), transaction.atomic():
            topic().save()
            try:
                with transaction.atomic(savepoint=False):
                    raise Undo
            except Undo:
                pass
            Topic.objects.count()
        self.assertEqual(self.sent(), [])

    def test_each_database_has_its_transaction_and_its_event(self):
        with transaction.atomic(), transaction.atomic(using='other'):
            topic().save()
            topic().save(using='other')
        self.assertEqual(len(self.sent()), 2)
        with transaction.atomic():
            with self.assertRaises(Undo), transaction.atomic(using='other'):
                topic().save(using='other')
                raise Undo
            topic().save()
        self.assertEqual(len(self.sent()), 1)

    def test_two_threads_have_two_transactions(self):
        if connection.vendor != 'postgresql':
            self.skipTest('SQLite in memory has one connection')

        def write():
            topic().save()
            connections.close_all()

        with transaction.atomic():
            topic().save()
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
            self.assertEqual(len(self.sent()), 1)
        self.assertEqual(len(self.sent()), 1)

    def test_each_connection_of_a_request_is_asked_anew(self):
        with transaction.atomic():
            topic().save()
        if connection.vendor == 'postgresql':
            connection.close()
        with transaction.atomic():
            topic().save()
        self.assertEqual(len(self.sent()), 2)

    def test_a_program_that_commits_by_itself_names_its_transaction(self):
        if connection.vendor != 'postgresql':
            self.skipTest('needs PostgreSQL')
        transaction.set_autocommit(False)
        try:
            topic().save()
            with connection.cursor() as cursor:
                cursor.execute('SELECT pg_current_xact_id()::text')
                (expected,) = cursor.fetchone()
            transaction.commit()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
        self.assertEqual([event['transactionId'] for event in RecordingTransport.events], [expected])

    def test_atomic_requests(self):
        databases = connections.databases if hasattr(connections, 'databases') else connections.settings
        databases['default']['ATOMIC_REQUESTS'] = True
        try:
            self.assertEqual(self.client.get('/write/3/0/').content, b'True')
            self.assertEqual(self.sent(), ['INSERT'])
            with self.assertRaises(RuntimeError), self.assertLogs('django.request'):
                self.client.get('/write/3/1/')
            self.assertEqual(self.sent(), [])
        finally:
            databases['default']['ATOMIC_REQUESTS'] = False
        self.assertEqual(self.client.get('/write/3/0/').content, b'False')
        self.assertEqual(self.sent(), ['INSERT'] * 3)


@recording()
class InTestsOfAProject(TestCase):
    def test_captured_callbacks_send_each_time(self):
        for _ in range(2):
            with self.captureOnCommitCallbacks(execute=True):
                topic().save()
                topic().save()
            self.assertEqual(len(RecordingTransport.events), 1)
            RecordingTransport.events.clear()


@recording()
class WhatDjangoSignals(Changes):
    def test_a_proxy_and_a_model_that_inherits_the_table(self):
        ProxyTopic.objects.create(title='', comment='', dt=timezone.now())
        self.assertEqual(self.sent(), ['INSERT'])
        ProxyTopic.objects.get().delete()
        self.assertEqual(self.sent(), ['DELETE'])
        board = Board.objects.create()
        PinnedTopic.objects.create(title='', comment='', dt=timezone.now(), board=board)
        self.assertEqual(self.sent(), ['INSERT'])
        board.delete()
        self.assertEqual(self.sent(), ['DELETE'])
        self.assertEqual(Topic.objects.count(), 0)

    def test_a_deletion_of_many(self):
        Topic.objects.bulk_create([topic(), topic()])
        Topic.objects.all().delete()
        self.assertEqual(self.sent(), ['DELETE'])

    def test_get_or_create_and_update_or_create(self):
        fields = {'comment': '', 'dt': timezone.now()}
        Topic.objects.get_or_create(title='x', defaults=fields)
        self.assertEqual(self.sent(), ['INSERT'])
        Topic.objects.get_or_create(title='x', defaults=fields)
        self.assertEqual(self.sent(), [])
        Topic.objects.update_or_create(title='x', defaults=fields)
        self.assertEqual(self.sent(), ['UPDATE'])

    def test_a_fixture(self):
        call_command('loaddata', 'two_topics', verbosity=0)
        self.assertEqual(len(self.sent()), 1)
        self.assertEqual(Topic.objects.count(), 2)

    def test_a_table_that_is_not_named_sends_nothing(self):
        Board.objects.create().delete()
        self.assertEqual(self.sent(), [])

    @recording(MODELS=['shapes.Post'])
    def test_a_key_that_a_deletion_sets_null(self):
        author = Author.objects.create()
        Post.objects.create(author=author)
        self.sent()
        author.delete()
        self.assertEqual(self.sent(), ['UPDATE'])
        self.assertIsNone(Post.objects.get().author)

    @recording(MODELS=['shapes.Post'])
    def test_a_cascade(self):
        board = Board.objects.create()
        Post.objects.create(board=board)
        self.sent()
        Board.objects.filter(pk=board.pk).delete()
        self.assertEqual(self.sent(), ['DELETE'])

    @recording(MODELS=['shapes.Post_tags'])
    def test_a_many_to_many_table(self):
        post, tags = Post.objects.create(), [Tag.objects.create(), Tag.objects.create()]
        self.assertEqual(self.sent(), [])
        post.tags.add(*tags)
        self.assertEqual(self.sent(), ['INSERT'])
        post.tags.add(*tags)
        self.assertEqual(self.sent(), [])
        tags[0].post_set.remove(post)
        self.assertEqual(self.sent(), ['DELETE'])
        post.tags.clear()
        self.assertEqual(self.sent(), ['DELETE'])
        post.tags.set(tags)
        self.assertEqual(self.sent(), ['INSERT'])
        tags[0].delete()
        self.assertEqual(len(self.sent()), 1)
        post.delete()
        self.assertEqual(len(self.sent()), 1)


@recording()
class WhatDjangoDoesNotSignal(Changes):
    def setUp(self):
        super().setUp()
        Topic.objects.bulk_create([topic(), topic()])

    def silent(self):
        Topic.objects.update(title='x')
        Topic.objects.bulk_update(Topic.objects.all(), ['title'])
        with connection.cursor() as cursor:
            cursor.execute('UPDATE bbs_topic SET title = %s', ['y'])

    def test_is_not_seen(self):
        self.silent()
        self.assertEqual(self.sent(), [])

    def test_is_told_with_changed(self):
        self.silent()
        offload.changed(Topic)
        self.assertEqual(self.sent(), ['UPDATE'])

    def test_changed_waits_for_the_commit_and_goes_with_a_rollback(self):
        with transaction.atomic():
            offload.changed('bbs.Topic', operation='TRUNCATE')
            self.assertEqual(self.sent(), [])
        self.assertEqual(self.sent(), ['TRUNCATE'])
        with self.assertRaises(Undo), transaction.atomic():
            offload.changed(Topic)
            raise Undo
        self.assertEqual(self.sent(), [])

    def test_changed_is_about_one_database(self):
        with transaction.atomic(using='other'):
            offload.changed(Topic, using='other')
            self.assertEqual(self.sent(), [])
            offload.changed(Topic)
            self.assertEqual(len(self.sent()), 1)
        self.assertEqual(len(self.sent()), 1)

    def test_is_told_around_a_block(self):
        with offload.changing(Topic):
            self.silent()
            self.assertEqual(self.sent(), [])
        self.assertEqual(self.sent(), ['UPDATE'])

    def test_is_told_of_a_block_that_fails_for_some_of_it_may_be_committed(self):
        with self.assertRaises(Undo), offload.changing(Topic):
            self.silent()
            raise Undo
        self.assertEqual(self.sent(), ['UPDATE'])

    def test_is_told_around_a_function(self):
        @offload.changing('bbs.Topic')
        def work(result):
            self.silent()
            return result

        self.assertEqual([work(1), work(2)], [1, 2])
        self.assertEqual(len(self.sent()), 2)

    def test_a_proxy_or_a_historical_model_is_the_same_table(self):
        from django.db.migrations.loader import MigrationLoader

        historical = MigrationLoader(connection).project_state().apps.get_model('bbs', 'Topic')
        self.assertIsNot(historical, Topic)
        with transaction.atomic():
            offload.changed(ProxyTopic, historical, Topic)
        self.assertEqual(self.sent(), ['UPDATE'])

    def test_a_model_that_the_settings_do_not_name_is_a_mistake(self):
        with self.assertRaisesMessage(ValueError, "shapes.Board is not named in OFFLOAD['MODELS']."):
            offload.changed(Board)
        with self.assertRaises(ValueError), offload.changing(Board):
            self.fail('the work was begun')


class NothingHarmsTheView(Changes):
    @recording(FailingTransport)
    def test_a_transport_that_fails_is_logged(self):
        with self.assertLogs('offload', 'ERROR') as logs:
            topic().save()
        self.assertIn('the way is broken', logs.output[0])
        self.assertEqual(Topic.objects.count(), 1)

    @recording(SYNCHRONOUS=False)
    def test_the_transport_runs_in_no_thread_of_the_view(self):
        topic().save()
        self.assertTrue(offload.flush(5))
        self.assertEqual([thread.name for thread in RecordingTransport.threads], ['offload-try'])
        self.assertTrue(all(thread.daemon for thread in RecordingTransport.threads))

    @recording(StuckTransport, SYNCHRONOUS=False, TIMEOUT=0.2, DEADLINE=0.3)
    def test_in_the_background_a_stuck_transport_costs_a_view_nothing(self):
        self.addCleanup(StuckTransport.release.set)
        start = timezone.now()
        with self.assertLogs('offload'):
            for _ in range(20):
                topic().save()
            self.assertLess((timezone.now() - start).total_seconds(), 0.25)
            offload.flush(5)

    @recording(StuckTransport, TIMEOUT=30, DEADLINE=0.3)
    def test_synchronous_a_stuck_transport_holds_a_view_until_the_deadline(self):
        StuckTransport.release.clear()
        self.addCleanup(StuckTransport.release.set)
        start = timezone.now()
        with self.assertLogs('offload'):
            topic().save()
            self.assertLess((timezone.now() - start).total_seconds(), 1)
            offload.flush(5)

    @recording(TRANSPORT='none')
    def test_without_a_transport_nothing_is_sent(self):
        topic().save()
        offload.changed(Topic)
        self.assertTrue(offload.flush(1))

    def test_with_settings_that_are_wrong_nothing_is_sent_and_the_log_says_why(self):
        with self.assertLogs('offload', 'ERROR') as logs, recording(TRANSPORT='no.such.Transport'):
            topic().save()
            offload.changed(Topic)
        self.assertIn('no.such.Transport', logs.output[0])

    @recording()
    def test_a_database_error_of_the_view_stays_its_own(self):
        with self.assertRaises(DatabaseError), connection.cursor() as cursor:
            cursor.execute('no SQL')
        topic().save()
        self.assertEqual(len(self.sent()), 1)
