/** What one request has tried so far. */
export interface Tries {
  /** The pointer's revision when a blob was found missing. */
  brokenRevision: string | undefined;
  repairs: number;
  /** The number of repairs in this container when the request last started over. */
  repairsBefore: number;
  hasRefreshed: boolean;
  /** Whether memory has adopted what the last refresh published. */
  isAdopted: boolean;
  /** A due refresh failed. */
  isBehind: boolean;
}

export const newTries = (): Tries => ({
  ...{ brokenRevision: undefined, repairs: 0, repairsBefore: 0 },
  ...{ hasRefreshed: false, isAdopted: false, isBehind: false },
});
