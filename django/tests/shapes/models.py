"""Models that change others' rows in every way that Django knows."""

from bbs.models import Topic
from django.db import models


class Board(models.Model):
    name = models.CharField(max_length=100)


class ProxyTopic(Topic):
    class Meta:
        proxy = True


class PinnedTopic(Topic):
    """Its rows have a row of Topic each, which goes with the board."""

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
    """A table in a schema of its own, named with the usual trick."""

    class Meta:
        managed = False
        db_table = 'tenant"."elsewhere'
