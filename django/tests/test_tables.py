from types import SimpleNamespace
from unittest import TestCase

from offload import tables

connection = SimpleNamespace(vendor='postgresql', alias='default')


def field(name, db_type, **more):
    return SimpleNamespace(
        **{
            'name': name,
            'attname': name,
            'column': name,
            'null': False,
            'primary_key': False,
            'help_text': '',
            'flatchoices': [],
            'db_type': lambda _: db_type,
            **more,
        }
    )


def model(*fields, pk=None, **more):
    meta = SimpleNamespace(
        **{
            'label': 'shop.Line',
            'model_name': 'line',
            'db_table': 'shop_line',
            'abstract': False,
            'swapped': False,
            'pk': pk,
            'local_concrete_fields': fields,
            **more,
        }
    )
    found = SimpleNamespace(_meta=meta)
    meta.concrete_model = found
    for each in fields:
        each.model = found
    return found


class CompositePrimaryKey:
    field_names = ('order', 'number')


key = field('id', 'bigint', primary_key=True)


def described(*fields):
    lines = tables.describe(model(key, *fields), 'public', connection)
    return [line.strip() for line in lines[lines.index('  columns: {') + 2 : -2]]


class Tables(TestCase):
    """Rules for fields of newer Django versions, and for rare types."""

    def test_a_generated_field_is_read_and_may_be_null(self):
        generated = field('total', 'numeric(10, 2)', generated=True)
        self.assertEqual(described(generated), ['total: column.numeric({ nullable: true }),'])

    def test_a_composite_key_is_refused_by_name(self):
        with self.assertRaisesRegex(tables.NotATable, r'shop.Line has a CompositePrimaryKey \(order, number\)'):
            tables.describe(model(pk=CompositePrimaryKey()), 'public', connection)

    def test_a_model_without_a_table_is_refused_by_name(self):
        for state in 'abstract', 'swapped':
            with self.assertRaisesRegex(tables.NotATable, f'shop.Line has no table: it is {state}.'):
                tables.describe(model(key, **{state: True}), 'public', connection)

    def test_a_database_that_is_not_postgresql_is_refused_by_name(self):
        sqlite = SimpleNamespace(vendor='sqlite', alias='default')
        with self.assertRaisesRegex(tables.NotATable, "'default', which is sqlite, not PostgreSQL"):
            tables.describe(model(key), 'public', sqlite)

    def test_a_field_without_a_column_function_is_named(self):
        for db_type in 'geometry(POINT,4326)', 'money', 'oid[]', None:
            with self.subTest(db_type), self.assertRaisesRegex(tables.NotATable, 'shop.Line.at is a SimpleNamespace'):
                described(field('at', db_type))

    def test_a_type_is_known_without_its_length_its_collation_and_its_schema(self):
        for db_type, expected in [
            ('varchar(20)', 'column.text({ maxLength: 20 })'),
            ('varchar(20) COLLATE "und-x-icu"', 'column.text({ maxLength: 20 })'),
            ('varchar', 'column.text()'),
            ('numeric(5, 1)', 'column.numeric()'),
            ('numeric(5, 1)[3][2]', 'column.array(column.numeric())'),
            ('timestamp with time zone', 'column.timestamptz()'),
            ('ext.citext', 'column.text()'),
            ('"ext"."hstore"', 'column.hstore()'),
            ('int4range[]', 'column.array(column.range(column.integer()))'),
        ]:
            with self.subTest(db_type):
                self.assertEqual(described(field('a', db_type)), [f'a: {expected},'])

    def test_a_list_is_called_by_the_plural_where_it_can_be_a_path(self):
        for plural, expected in [('articles', 'articles'), ('Old Articles!', 'old-articles'), ('記事', 'lines')]:
            self.assertEqual(tables.default_name(model(key, verbose_name_plural=plural)), expected)

    def test_a_literal_is_what_javascript_reads(self):
        for text, expected in [
            ('a', "'a'"),
            ("it's", '"it\'s"'),
            ("'\"", "'\\'\"'"),
            ('\\\n\u2028', "'\\\\\\n\\u2028'"),
        ]:
            self.assertEqual(tables._string(text), expected)
