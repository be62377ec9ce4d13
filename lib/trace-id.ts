/** The trace that a request belongs to: of W3C's `traceparent` the trace id, else of X-Ray's header the root. */
export function traceIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const [, traceId] =
    /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(headers['traceparent'] ?? '') ?? [];
  if (traceId !== undefined && !/^0+$/.test(traceId)) return traceId;
  return xRayRootOf(headers['x-amzn-trace-id']);
}

/** `Root=1-…;Parent=…;Sampled=1`, in a header and in Lambda's environment: its root. */
export const xRayRootOf = (header = '') => /(?:^|;)\s*Root=(1-[\da-f]{8}-[\da-f]{24})/i.exec(header)?.[1];
