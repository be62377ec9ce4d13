"""Runs the step that each line of stdin names against a real database, and prints its result as a line of JSON."""

import json
import os
import sys
import time
import traceback
from pathlib import Path

here = Path(__file__).resolve().parent
if __name__ == '__main__':
    sys.path[:0] = [str(here), str(here.parent)]

from offload.transports import HttpTransport  # noqa: E402

sent = []


class CountingTransport(HttpTransport):
    def send(self, event, timeout):
        sent.append(event)
        return super().send(event, timeout)


def main():
    import django

    django.setup()
    import live  # the module that the settings name, rather than this script as __main__
    import offload
    from bbs.models import Topic
    from django.db import connection, transaction
    from django.utils import timezone
    from shapes.models import Board, PinnedTopic

    def topic(title):
        return Topic(title=title, comment='コメント "\\" \n😊', dt=timezone.now())

    class Undo(Exception):
        pass

    def create():
        Topic.objects.create(title='created', comment='', dt=timezone.now())

    def save():
        found = Topic.objects.first()
        found.title = 'saved'
        found.save()

    def bulk_create():
        with offload.changing(Topic):
            Topic.objects.bulk_create([topic(f'one of many {n}') for n in range(50)])

    def bulk_update():
        topics = list(Topic.objects.order_by('pk')[:50])
        for each in topics:
            each.title = f'updated {each.pk}'
        with offload.changing(Topic):
            Topic.objects.bulk_update(topics, ['title'])

    def update():
        Topic.objects.filter(pk__lte=100).update(comment='updated')
        offload.changed(Topic)

    def delete():
        Topic.objects.first().delete()

    def delete_many():
        Topic.objects.filter(pk__lte=20).delete()

    def cascade():
        board = Board.objects.create(name='closing down')
        for n in range(3):
            PinnedTopic.objects.create(title=f'pinned {n}', comment='', dt=timezone.now(), board=board)

    def cascade_away():
        Board.objects.all().delete()

    def raw_sql():
        with offload.changing(Topic), connection.cursor() as cursor:
            cursor.execute("UPDATE bbs_topic SET title = 'by SQL' WHERE id %% 7 = %s", [0])

    def truncate():
        with offload.changing(Topic), connection.cursor() as cursor:
            cursor.execute('TRUNCATE bbs_topic CASCADE')

    def rollback():
        try:
            with transaction.atomic():
                topic('never').save()
                raise Undo
        except Undo:
            pass

    def savepoint_rollback():
        with transaction.atomic():
            topic('before the savepoint').save()
            try:
                with transaction.atomic():
                    topic('never').save()
                    raise Undo
            except Undo:
                pass

    def only_a_savepoint_rolled_back():
        with transaction.atomic():
            try:
                with transaction.atomic():
                    topic('never').save()
                    raise Undo
            except Undo:
                pass

    def hold():
        with transaction.atomic():
            topic('held back').save()
            time.sleep(3)

    def ten_thousand():
        with offload.changing(Topic):
            Topic.objects.bulk_create([topic(f'one of ten thousand {n}') for n in range(10_000)])

    def small_transactions():
        start = time.monotonic()
        for n in range(200):
            with transaction.atomic():
                topic(f'small {n}').save()
            time.sleep(max(0, start + (n + 1) * 5 / 200 - time.monotonic()))

    def commit_by_itself():
        transaction.set_autocommit(False)
        try:
            topic('committed by the program').save()
            time.sleep(1)
            transaction.commit()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)

    def look():
        """Changes nothing: returns the rows."""

    steps = {name: value for name, value in locals().items() if callable(value)}
    for line in sys.stdin:
        live.sent.clear()
        try:
            steps[line.strip()]()
            flushed = offload.flush(20)
            rows = list(Topic.objects.all().order_by('pk').values())
            compact = {'ensure_ascii': False, 'separators': (',', ':'), 'default': lambda v: v.isoformat()}
            answer = {'sent': live.sent, 'flushed': flushed, 'topics': json.dumps({'topics': rows}, **compact)}
        except Exception:
            answer = {'error': traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'project.live_settings')
    main()
