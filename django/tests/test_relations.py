from unittest import TestCase

from bbs.models import Topic
from offload.relations import Relation, relation_of
from shapes.models import Elsewhere, PinnedTopic, Post


class Named:
    def __init__(self, name):
        self._meta = type('Meta', (), {'db_table': name})


class RelationOf(TestCase):
    def test_a_model_is_in_the_default_schema(self):
        self.assertEqual(relation_of(Topic, 'public'), Relation('public', 'bbs_topic'))
        self.assertEqual(relation_of(Topic, 'app'), Relation('app', 'bbs_topic'))
        self.assertEqual(relation_of(PinnedTopic, 'public').table, 'shapes_pinnedtopic')
        self.assertEqual(relation_of(Post.tags.through, 'public').table, 'shapes_post_tags')

    def test_a_schema_in_quotes_is_read_as_postgresql_reads_it(self):
        self.assertEqual(relation_of(Elsewhere, 'public'), Relation('tenant', 'elsewhere'))
        for name, expected in {
            '"app"."topic"': ('app', 'topic'),
            'app"."topic': ('app', 'topic'),
            '"topic"': ('public', 'topic'),
            'app.topic': ('public', 'app.topic'),
            'a""b': ('public', 'a"b'),
            'Über"."Größe': ('Über', 'Größe'),
        }.items():
            self.assertEqual(relation_of(Named(name), 'public'), expected, name)

    def test_what_is_no_name_is_refused(self):
        for name in ['', 'a"b', 'a"."b"."c', '""']:
            with self.assertRaises(ValueError, msg=name):
                relation_of(Named(name), 'public')
