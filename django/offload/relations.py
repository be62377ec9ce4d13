"""The schema and the table of a model."""

import re
from typing import NamedTuple


class Relation(NamedTuple):
    schema: str
    table: str

    def __str__(self):
        return f'{self.schema}.{self.table}'


_quoted = re.compile(r'"((?:[^"]|"")+)"(?:\."((?:[^"]|"")+)")?')


def relation_of(model, default_schema):
    """The schema and the table of a model.

    Django quotes ``db_table`` unless it begins and ends with a quote, so both ``'app"."topic'`` and
    ``'"app"."topic"'`` are the table ``topic`` in the schema ``app``.
    """
    name = model._meta.db_table
    sql = name if name.startswith('"') and name.endswith('"') else f'"{name}"'
    match = _quoted.fullmatch(sql)
    if match is None:
        raise ValueError(f'{name!r} is not the name of a table.')
    first, second = (part and part.replace('""', '"') for part in match.groups())
    return Relation(default_schema, first) if second is None else Relation(first, second)
