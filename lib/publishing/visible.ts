/** The report of a change that readers see. The database's clock, which announced it, differs from this one. */
export const visible = (nowMs: number, announcedAtMs: number) => ({
  name: 'change.visible',
  lagMs: Math.max(0, nowMs - announcedAtMs),
});
