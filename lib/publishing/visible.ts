/** Reports that readers see a change. The announcement is by the database's clock, so a negative lag counts as 0. */
export const visible = (nowMs: number, announcedAtMs: number) => ({
  name: 'change.visible',
  lagMs: Math.max(0, nowMs - announcedAtMs),
});
