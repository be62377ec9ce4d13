class Config:
    def __init__(self, *, connect_timeout, read_timeout, retries):
        self.read_timeout = read_timeout
