/** Headers of signature version 4, with an invalid signature. */
export function signedHeaders({
  date = new Date(),
  scopeDate,
  service = 'rds-data',
}: {
  date?: Date;
  scopeDate?: string;
  service?: string;
} = {}) {
  const amzDate = date.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${scopeDate ?? amzDate.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  return {
    'x-amz-date': amzDate,
    authorization: `AWS4-HMAC-SHA256 Credential=any/${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
  };
}

/** Sends a raw request, for behaviour that the SDK hides. A string is sent unchanged. */
export function postSigned(
  url: string,
  path: string,
  body: unknown,
  { headers = signedHeaders(), signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url + path, { method: 'POST', body: text, headers, ...(signal && { signal }) });
}
