/** The largest load that a table shows. Beyond, there are tiers of prices that the model does not have. */
export const mostRequests = 1e9;

/**
 * The least requests a month from which on `other` is the cheaper, up to `mostRequests`; undefined where it is not.
 *
 * Bills have steps (a further task), so there may be dearer stretches beyond the point.
 */
export function breakEven(cost: (requests: number) => number, other: (requests: number) => number) {
  const isCheaper = (requests: number) => other(requests) < cost(requests);
  if (isCheaper(0)) return 0;
  let below = 0;
  for (let above = 1_000; above <= mostRequests; below = above, above *= 1.02) {
    if (!isCheaper(above)) continue;
    while (above - below > Math.max(1, above / 1_000)) {
      const middle = (above + below) / 2;
      if (isCheaper(middle)) above = middle;
      else below = middle;
    }
    return above;
  }
  return undefined;
}
