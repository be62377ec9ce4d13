import type { Attributes } from '../../aws/dynamodb.ts';
import type { Version } from '../../snapshots/head.ts';

/** Conditions on an item's version, `:epoch` and `:rank` being another; none holds for an item that is not there. */
export const isEarlier = '(epoch < :epoch OR (epoch = :epoch AND #rank < :rank))';
export const isSame = '(epoch = :epoch AND #rank = :rank)';

/** What those conditions take. */
export const versionNames = { '#rank': 'rank' };
export const versionValues = ({ epoch, rank }: Version): Attributes => ({
  ':epoch': { N: String(epoch) },
  ':rank': { N: String(rank) },
});

/** The version as an item has it. */
export const versionItem = ({ epoch, rank }: Version): Attributes => ({
  epoch: { N: String(epoch) },
  rank: { N: String(rank) },
});
