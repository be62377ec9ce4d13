/** Finds the table of the dataset that a name in an event refers to; undefined if there is none. */
export type MatchRelation = (relation: string) => string | undefined;

/**
 * A name matches exactly, or else without regard to case and quotes (`PUBLIC.BBS_TOPIC`, `"public"."bbs_topic"`), if
 * only one table matches that way.
 */
export function createRelationMatcher(relations: readonly string[]): MatchRelation {
  const byFoldedName = Map.groupBy(new Set(relations), folded);
  return (relation) => {
    if (relations.includes(relation)) return relation;
    const found = byFoldedName.get(folded(relation)) ?? [];
    return found.length === 1 ? found[0] : undefined;
  };
}

const folded = (relation: string) => relation.replaceAll('"', '').toLowerCase();
