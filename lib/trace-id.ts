/** The caller's trace id: from W3C's `traceparent`, else the root of X-Ray's header. */
export function traceIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const [, traceId] =
    /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(headers['traceparent'] ?? '') ?? [];
  if (traceId !== undefined && !/^0+$/.test(traceId)) return traceId;
  return xRayRootOf(headers['x-amzn-trace-id']);
}

/** The root of `Root=1-…;Parent=…;Sampled=1`, as it is in the header and in Lambda's environment. */
export const xRayRootOf = (header = '') => /(?:^|;)\s*Root=(1-[\da-f]{8}-[\da-f]{24})/i.exec(header)?.[1];
