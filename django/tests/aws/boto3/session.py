import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.exceptions import ClientError


class Session:
    def client(self, service, *, config, endpoint_url, region_name, **_):
        return {'lambda': Lambda, 'events': Events}[service](endpoint_url, config)


class Client:
    def __init__(self, endpoint, config):
        self._endpoint = endpoint
        self._timeout = config.read_timeout

    def _post(self, path, body, **headers):
        headers = {name.replace('_', '-'): value for name, value in headers.items()}
        request = Request(self._endpoint + path, data=body, headers=headers, method='POST')
        try:
            with urlopen(request, timeout=self._timeout) as response:
                return response.status, response.read()
        except HTTPError as error:
            with error:
                found = json.loads(error.read())
            response = {
                'Error': {'Code': found['__type'], 'Message': found['message']},
                'ResponseMetadata': {'HTTPStatusCode': error.code},
            }
            raise ClientError(response) from error


class Lambda(Client):
    def invoke(self, *, FunctionName, InvocationType, Payload):
        path = f'/2015-03-31/functions/{FunctionName}/invocations'
        status, _ = self._post(path, Payload, X_Amz_Invocation_Type=InvocationType)
        return {'StatusCode': status}


class Events(Client):
    def put_events(self, *, Entries):
        body = json.dumps({'Entries': Entries}).encode()
        return json.loads(self._post('/', body, X_Amz_Target='AWSEvents.PutEvents')[1])
