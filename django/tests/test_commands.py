from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings
from service import Service, reply

token = 'a-token-of-16-characters'


def settings(service, **more):
    return override_settings(OFFLOAD={'MODELS': ['bbs.Topic'], 'URL': service.url, 'TOKEN': token, **more})


def run(*command):
    out = StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


class Commands(TransactionTestCase):
    databases = ['default', 'other']

    def test_refresh_sends_a_change_and_says_what_was_answered(self):
        with Service() as service, settings(service):
            self.assertEqual(run('offload_refresh'), 'public.bbs_topic: 200 OK\n')
            self.assertEqual(run('offload_refresh', 'bbs.Topic'), 'public.bbs_topic: 200 OK\n')
        self.assertEqual(len(service.requests), 2)

    def test_refresh_fails_with_a_sentence(self):
        with Service(reply(401, b'{"code":"unauthorized"}')) as service, settings(service):
            with self.assertRaisesRegex(CommandError, 'public.bbs_topic: .* answered 401: .*unauthorized'):
                run('offload_refresh')
            for unknown in 'shapes.Board', 'no.Model', 'nothing':
                with self.assertRaises(CommandError):
                    run('offload_refresh', unknown)
        with self.assertRaisesRegex(CommandError, "'none'"):
            run('offload_refresh')

    def test_check_shows_every_part(self):
        with Service() as service, settings(service):
            self.assertEqual(
                run('offload_check').splitlines(),
                [
                    'settings: valid',
                    "table: bbs.Topic is public.bbs_topic in the database 'default'",
                    'public.bbs_topic: 200 OK',
                ],
            )

    def test_check_and_refresh_take_every_model_of_the_settings(self):
        with Service() as service, settings(service, MODELS=['bbs.Topic', 'shapes.Post']):
            self.assertEqual(
                run('offload_check').splitlines(),
                [
                    'settings: valid',
                    "table: bbs.Topic is public.bbs_topic in the database 'default'",
                    "table: shapes.Post is public.shapes_post in the database 'default'",
                    'public.bbs_topic: 200 OK',
                    'public.shapes_post: 200 OK',
                ],
            )
        self.assertEqual(len(service.requests), 2)

    def test_check_fails_where_a_part_does(self):
        with Service(reply(503)) as service:
            with settings(service), self.assertRaisesRegex(CommandError, 'answered 503'):
                run('offload_check')
            with settings(service, MODELS=['shapes.Elsewhere']), self.assertRaisesRegex(
                CommandError, 'tenant.elsewhere is not in the database'
            ):
                run('offload_check')
            with self.assertLogs('offload'), settings(service, TOKEN=''), self.assertRaisesRegex(
                CommandError, 'OFFLOAD is invalid'
            ):
                run('offload_check')

    def test_check_sees_a_table_in_another_schema(self):
        if connection.vendor != 'postgresql':
            self.skipTest('SQLite has no schemas')
        with Service() as service, settings(service, SCHEMA='app'):
            with self.assertRaisesRegex(CommandError, "in the schema 'public'"):
                run('offload_check')
