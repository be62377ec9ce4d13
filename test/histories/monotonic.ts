/** This machine's monotonic clock, in ms with fractions: it goes on alike in every process. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
