class ClientError(Exception):
    def __init__(self, response):
        super().__init__(f'An error occurred ({response["Error"]["Code"]})')
        self.response = response
