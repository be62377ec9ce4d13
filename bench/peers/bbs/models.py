from django.db import models


class Topic(models.Model):
    title = models.CharField(max_length=100)
    comment = models.TextField()
    dt = models.DateTimeField()

    class Meta:
        managed = False
        db_table = 'bbs_topic'
        ordering = ['id']


class Author(models.Model):
    class Meta:
        managed = False
        db_table = 'bbs_author'


class Post(models.Model):
    """A topic in the database of the queries, which has authors."""

    title = models.CharField(max_length=100)
    comment = models.TextField()
    dt = models.DateTimeField()
    author = models.ForeignKey(Author, on_delete=models.CASCADE)

    class Meta:
        managed = False
        db_table = 'bbs_topic'
