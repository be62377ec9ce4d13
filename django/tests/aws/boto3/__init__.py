"""A stand-in for the two operations of boto3 that are used, for machines without it: the same requests, unsigned."""
