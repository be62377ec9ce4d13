/** This machine's monotonic clock, in ms with fractions, which all processes share. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
