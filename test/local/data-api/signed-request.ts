/** Headers of signature version 4; the signature in them is of nothing. */
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

/** A request as the wire has it, for what the SDK hides. A string is sent as it is. */
export function postSigned(
  url: string,
  path: string,
  body: unknown,
  { headers = signedHeaders(), signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(url + path, { method: 'POST', body: text, headers, ...(signal && { signal }) });
}
