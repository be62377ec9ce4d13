import offload
from bbs.models import Topic
from django.db import transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone
from offload.testing import capture_changes
from recording import RecordingTransport
from shapes.models import Author, Post

settings = {'MODELS': ['bbs.Topic', 'shapes.Post'], 'TRANSPORT': 'recording.RecordingTransport', 'SYNCHRONOUS': True}


def create():
    return Topic.objects.create(title='', comment='', dt=timezone.now())


class Undo(Exception):
    pass


class Captured:
    """Rules for tests that commit and for tests that never do."""

    def test_what_would_be_sent_is_kept(self):
        with capture_changes() as changes:
            create()
            offload.changed('shapes.Post')
        changes.assert_sent(Topic, 'shapes.Post')
        self.assertEqual([event['table'] for event in changes.events], ['bbs_topic', 'shapes_post'])
        self.assertEqual(RecordingTransport.events, [])

    def test_what_another_model_writes_is_nothing(self):
        with capture_changes() as changes:
            Author.objects.create(name='')
        changes.assert_nothing_sent()

    def test_what_was_rolled_back_is_nothing(self):
        with capture_changes() as changes:
            try:
                with transaction.atomic():
                    create()
                    raise Undo
            except Undo:
                pass
        changes.assert_nothing_sent()

    def test_what_was_changed_before_the_block_is_not_of_it_and_does_not_hide_it(self):
        create()
        with capture_changes() as first:
            pass
        with capture_changes() as second:
            create()
        first.assert_nothing_sent()
        second.assert_sent(Topic)

    def test_the_assertion_says_what_was_sent_and_what_was_expected(self):
        with capture_changes() as changes:
            create()
        message = 'Expected changes of public.shapes_post, got changes of public.bbs_topic.'
        with self.assertRaisesMessage(AssertionError, message):
            changes.assert_sent(Post)
        with self.assertRaisesMessage(AssertionError, 'Expected changes of no table, got'):
            changes.assert_nothing_sent()


@override_settings(OFFLOAD=settings)
class InATestThatCommits(Captured, TransactionTestCase):
    databases = ['default', 'other']

    def setUp(self):
        RecordingTransport.events.clear()

    def test_nothing_is_sent_unless_the_settings_say_so(self):
        create()
        self.assertEqual(RecordingTransport.events, [])
        with override_settings(OFFLOAD={**settings, 'SEND_IN_TESTS': True}):
            create()
            self.assertEqual(len(RecordingTransport.events), 1)


@override_settings(OFFLOAD=settings)
class InATestThatNeverCommits(Captured, TestCase):
    databases = ['default', 'other']

    def setUp(self):
        RecordingTransport.events.clear()
