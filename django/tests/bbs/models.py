from django.db import models


class Topic(models.Model):
    title = models.CharField(max_length=100)
    comment = models.TextField()
    dt = models.DateTimeField()

    def __str__(self):
        return self.title
