from io import StringIO
from pathlib import Path

import offload
from bbs.models import Topic
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

function = 'arn:aws:lambda:eu-west-1:123456789012:function:offload-prod-refresh'
settings = {'MODELS': ['bbs.Topic'], 'TRANSPORT': 'none'}


def migration(*more):
    out = StringIO()
    call_command('offload_trigger', 'bbs.Topic', *more, stdout=out)
    return out.getvalue()


def module(text):
    names = {}
    exec(compile(text, 'migration', 'exec'), names)
    return names


class Trigger(TransactionTestCase):
    databases = ['default', 'other']

    def test_the_migration_follows_the_last_one_and_has_the_sql_of_the_repository(self):
        names = module(migration('--dry-run'))
        self.assertEqual(names['Migration'].dependencies, [('bbs', '0001_initial')])
        self.assertEqual(names['TABLES'], ['"public"."bbs_topic"'])
        sql = (Path(offload.__file__).parent / 'offload.sql').read_text(encoding='utf-8')
        self.assertIn('CREATE OR REPLACE FUNCTION offload.install', sql)
        self.assertEqual(names['FUNCTIONS'], f'\n{sql}')

    def test_it_is_written_where_migrations_are(self):
        path = Path(apps.get_app_config('bbs').path) / 'migrations' / '0002_offload_triggers.py'
        self.addCleanup(lambda: path.unlink() if path.exists() else None)
        self.assertIn(str(path), migration())
        self.assertEqual(module(path.read_text(encoding='utf-8'))['Migration'].dependencies, [('bbs', '0001_initial')])

    def test_one_migration_takes_all_models_of_the_settings_and_follows_the_apps_of_each(self):
        with override_settings(OFFLOAD={**settings, 'MODELS': ['shapes.Post', 'bbs.Topic', 'shapes.Elsewhere']}):
            out = StringIO()
            call_command('offload_trigger', '--dry-run', stdout=out)
        names = module(out.getvalue())
        self.assertEqual(names['TABLES'], ['"public"."shapes_post"', '"public"."bbs_topic"', '"tenant"."elsewhere"'])
        self.assertEqual(names['Migration'].dependencies, [('shapes', '0001_initial'), ('bbs', '0001_initial')])
        self.assertIn('shapes.Post, bbs.Topic, shapes.Elsewhere: ', out.getvalue())

    def test_a_model_that_the_settings_do_not_name_is_refused(self):
        with self.assertRaisesRegex(CommandError, 'shapes.Board is not named'):
            call_command('offload_trigger', 'shapes.Board')

    def test_without_a_function_nothing_is_installed(self):
        names = module(migration('--dry-run'))
        with connection.schema_editor() as editor:
            names['install'](apps, editor)
            names['remove'](apps, editor)

    @override_settings(OFFLOAD={**settings, 'FUNCTION': function})
    def test_migrated_the_database_announces_and_migrated_back_it_does_not(self):
        if connection.vendor != 'postgresql':
            self.skipTest('needs PostgreSQL')
        names = module(migration('--dry-run'))
        with connection.cursor() as cursor:
            cursor.execute((Path(__file__).parent / 'aws_lambda.sql').read_text(encoding='utf-8'))
            self.addCleanup(self.drop_schemas)

            for _ in range(2):  # it can be repeated
                with connection.schema_editor() as editor:
                    names['install'](apps, editor)
            Topic.objects.bulk_create([Topic(title='', comment='', dt=timezone.now())] * 2)
            cursor.execute("SELECT function_name, payload FROM aws_lambda.calls WHERE invocation_type = 'Event'")
            ((called, event),) = cursor.fetchall()
            self.assertEqual(called, function)
            self.assertEqual((event['schema'], event['table'], event['operation']), ('public', 'bbs_topic', 'INSERT'))
            self.assertTrue(event['transactionId'].isdigit())

            with connection.schema_editor() as editor:
                names['remove'](apps, editor)
            Topic.objects.update(title='x')
            cursor.execute("SELECT count(*) FROM aws_lambda.calls WHERE invocation_type = 'Event'")
            self.assertEqual(cursor.fetchone(), (1,))

    def drop_schemas(self):
        with connection.cursor() as cursor:
            cursor.execute('DROP SCHEMA IF EXISTS offload, aws_lambda, aws_commons CASCADE')
