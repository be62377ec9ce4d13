from bbs.models import Topic
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone


def write(request, times, fail):
    for number in range(times):
        Topic.objects.create(title=f'topic {number}', comment='', dt=timezone.now())
    if fail:
        raise RuntimeError('the view fails')
    return HttpResponse(f'{connection.in_atomic_block}')


urlpatterns = [path('write/<int:times>/<int:fail>/', write)]
