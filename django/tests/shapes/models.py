"""Models that change each other's rows in every way that Django has."""

from bbs.models import Topic
from django.db import models


class Board(models.Model):
    name = models.CharField(max_length=100)


class ProxyTopic(Topic):
    class Meta:
        proxy = True


class PinnedTopic(Topic):
    """Each row extends a row of Topic, and is deleted with its board."""

    board = models.ForeignKey(Board, models.CASCADE)


class Author(models.Model):
    name = models.CharField(max_length=100)


class Tag(models.Model):
    name = models.CharField(max_length=100)


class Post(models.Model):
    author = models.ForeignKey(Author, models.SET_NULL, null=True)
    board = models.ForeignKey(Board, models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag)


class Elsewhere(models.Model):
    """A table in another schema, through quotes in `db_table`."""

    class Meta:
        managed = False
        db_table = 'tenant"."elsewhere'
