from django.db import models


class Topic(models.Model):
    title = models.CharField(max_length=100)
    comment = models.TextField()
    dt = models.DateTimeField()

    class Meta:
        managed = False
        db_table = 'bbs_topic'
        ordering = ['id']
