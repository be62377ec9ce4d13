from bbs.models import Topic
from django.core.checks import run_checks
from django.test import SimpleTestCase, override_settings
from offload import conf, sending
from offload.relations import Relation

good = {'MODELS': ['bbs.Topic'], 'URL': 'https://example.org/refresh/', 'TOKEN': 'a-token-of-16-characters'}


class Settings(SimpleTestCase):
    def problems(self, offload):
        with override_settings(OFFLOAD=offload):
            problems = run_checks(tags=['offload'])
            wrong = any(problem.is_serious() for problem in problems)
            self.assertEqual(sending.config() is None, wrong)
            return [problem.id[-4:] for problem in problems]

    def test_the_fewest_settings(self):
        self.assertEqual(self.problems(good), [])
        with override_settings(OFFLOAD=good):
            config = sending.config()
        self.assertEqual(config.relations, {'bbs.topic': Relation('public', 'bbs_topic')})
        self.assertEqual((config.timeout, config.deadline, config.synchronous), (5, 20, False))
        self.assertNotIn(good['TOKEN'], repr(config))

    def test_each_mistake_has_an_error_of_its_own(self):
        for wrong, expected in [
            (None, ['E001']),
            ([], ['E001']),
            ({**good, 'MODEL': 'x', 'Url': 'y'}, ['E002', 'E002']),
            ({**good, 'TIMEOUT': '5'}, ['E003']),
            ({**good, 'TIMEOUT': True}, ['E003']),
            ({**good, 'TIMEOUT': 0}, ['E003']),
            ({**good, 'DEADLINE': float('nan')}, ['E003']),
            ({**good, 'SYNCHRONOUS': 'yes'}, ['E003']),
            ({**good, 'SEND_IN_TESTS': 'yes'}, ['E003']),
            ({**good, 'SCHEMA': None}, ['E003']),
            ({**good, 'MODELS': 'bbs.Topic'}, ['E003', 'E004']),
            ({**good, 'MODELS': []}, ['E004']),
            ({**good, 'MODELS': ['bbs.Topik']}, ['E004']),
            ({**good, 'MODELS': ['Topic', Topic, 7]}, ['E004'] * 3),
            ({**good, 'TRANSPORT': 'post'}, ['E005']),
            ({**good, 'TRANSPORT': 'recording.Missing'}, ['E005']),
            ({**good, 'URL': ''}, ['E006']),
            ({**good, 'URL': 'example.org/refresh/'}, ['E006']),
            ({**good, 'URL': 'https://user:secret@example.org/'}, ['E006']),
            ({**good, 'URL': 'http://example.org/refresh/'}, ['W001']),
            ({**good, 'URL': 'http://127.0.0.1:3000/refresh/'}, []),
            ({**good, 'URL': 'http://localhost/refresh/'}, []),
            ({**good, 'TOKEN': 'short'}, ['E007']),
            ({**good, 'TOKEN': 'with a space in between'}, ['E007']),
            ({**good, 'TOKEN': 'トークン' * 8}, ['E007']),
            ({'MODELS': ['bbs.Topic']}, ['E006', 'E007']),
            ({'MODELS': ['bbs.Topic'], 'TRANSPORT': 'none'}, []),
        ]:
            with self.subTest(wrong), self.assertLogs('offload') if _serious(expected) else self.subTest():
                self.assertEqual(self.problems(wrong), expected)

    def test_lambda_needs_a_function(self):
        lambda_settings = {'MODELS': ['bbs.Topic'], 'TRANSPORT': 'lambda'}
        with self.assertLogs('offload'):
            self.assertIn('E008', self.problems(lambda_settings))

    def test_eventbridge_needs_the_source_that_the_rule_takes(self):
        bus = {'MODELS': ['bbs.Topic'], 'TRANSPORT': 'eventbridge'}
        for source, expected in [
            ('', ['E010']),
            ('aws.events', ['E010']),
            ('with space', ['E010']),
            ('offload.django-offload.prod', []),
        ]:
            with self.subTest(source), self.assertLogs('offload') if expected else self.subTest():
                self.assertEqual(set(self.problems({**bus, 'SOURCE': source})) - {'E009'}, set(expected))

    def test_a_message_says_what_to_do(self):
        with self.assertLogs('offload'), override_settings(OFFLOAD={**good, 'MODELS': ['bbs.Topik']}):
            ((problem,),) = (conf.read()[1],)
        self.assertIn("OFFLOAD['MODELS'] names 'bbs.Topik', which is not a model", problem.msg)


def _serious(expected):
    return any(each.startswith('E') for each in expected)
